"""Calendar time, which the operator may advance and freeze; quota, retention and maintenance windows
follow it, the work does not."""

import datetime
import re

import pytest

from harness.group import RECOVERED

covers = pytest.mark.covers


def shown(server):
    """(time, the rest of the line) of `understudy clock show`."""
    time, _, rest = server.understudy("clock", "show").strip().partition(", ")
    return datetime.datetime.fromisoformat(time.replace("Z", "+00:00")), rest


@covers("G26")
def test_the_quota_of_test_failover_follows_the_clock(make_server):
    server = make_server(test_failover_quota=2).start()
    groups = [server.create(f"g{number}", nodes=2) for number in range(3)]

    def test(group):
        old, mark = group.primary, group.mark()
        group.test_failover()
        group.recovered([old], since=mark)

    test(groups[0])
    test(groups[1])
    refused = server.call("TestFailover", ReplicationGroupId="g2", NodeGroupId="0001")
    assert refused.error[:2] == (400, "APICallRateForCustomerExceeded")
    server.understudy("clock", "advance", "23h")
    refused = server.call("TestFailover", ReplicationGroupId="g2", NodeGroupId="0001")
    assert refused.error[1] == "APICallRateForCustomerExceeded"
    server.understudy("clock", "advance", "61m")
    test(groups[2])


@covers("G33")
def test_events_are_kept_for_fourteen_days(server):
    group = server.create("old", nodes=1, failover=False)
    assert server.aws("describe-events", "--duration", "20160")["Events"]
    server.understudy("clock", "advance", "13d")
    assert server.aws("describe-events", "--duration", "20160")["Events"]
    server.understudy("clock", "advance", "2d")
    assert server.aws("describe-events", "--duration", "20160")["Events"] == []
    group.wait("they are removed", lambda: server.rows("SELECT count(*) FROM event") == [(0,)])
    group.wait("so is the history of work",
               lambda: server.rows("SELECT count(*) FROM flow") == [(0,)])


@covers("G21")
def test_pending_changes_are_applied_when_the_maintenance_window_comes(server):
    now = shown(server)[0]
    opens = now + datetime.timedelta(days=2)
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    window = (f"{days[opens.weekday()]}:{opens:%H}:00-"
              f"{days[(opens + datetime.timedelta(hours=2)).weekday()]}:"
              f"{opens + datetime.timedelta(hours=2):%H}:00")
    group = server.create("later", nodes=2, failover=False)
    group.modify(PreferredMaintenanceWindow=window)
    answer = group.modify(now=False, AutomaticFailoverEnabled=True)
    assert answer["PendingModifiedValues"]["AutomaticFailoverStatus"] == "enabled"
    server.understudy("clock", "advance", "24h")
    assert group.describe()["AutomaticFailover"] == "disabled"
    server.understudy("clock", "advance", "24h")
    group.wait("it is applied", lambda: group.describe()["AutomaticFailover"] == "enabled")
    group.settled()
    assert group.describe()["PendingModifiedValues"] == {}


@covers("G02")
def test_a_frozen_clock_stops_dates_and_no_work(server):
    group = server.create("ice", nodes=3)
    before = server.understudy("clock", "freeze")
    assert re.fullmatch(r"\S+, frozen\n", before)
    old, mark = group.primary, group.mark()
    group.fail(old, how="hang")
    group.recovered([old], since=mark)
    dates = server.rows("SELECT DISTINCT date FROM event WHERE id > ?", mark)
    assert len(dates) == 1, "heartbeats went on, dates did not"
    assert shown(server)[0].timestamp() * 1000 == pytest.approx(dates[0][0], abs=1)
    server.understudy("clock", "advance", "1h")
    assert shown(server)[0].timestamp() * 1000 == pytest.approx(dates[0][0] + 3600000, abs=1)
    server.understudy("clock", "resume")
    now, rest = shown(server)
    assert now.timestamp() * 1000 >= dates[0][0] + 3600000 and "frozen" not in rest


def test_the_clock_is_what_it_was_after_a_restart(server):
    group = server.create("again", nodes=1, failover=False)
    server.understudy("clock", "advance", "36h")
    first, rest = shown(server)
    assert "ahead of the wall clock" in rest
    server.kill()
    server.start()
    second, rest = shown(server)
    assert first <= second and "ahead of the wall clock" in rest
    frozen = server.operate("clock/freeze")["time"]
    server.stop()
    server.start()
    assert server.operate("clock/advance", by="1ms")["frozen"] is True
    group.settled()
    mark = group.mark()
    group.fail("again-001")
    group.recovered(["again-001"], since=mark)
    assert RECOVERED in [text for _, text in group.events_since(mark)]
    assert server.operate("clock/resume")["time"] >= frozen


@pytest.mark.parametrize("words, said", [
    (["advance", "-1h"], "'-1' is no option, or lacks its value"),
    (["advance", "--", "-1h"], "'by' must be a duration"),
    (["advance", "0s"], "'by' must be a duration"),
    (["advance", "tomorrow"], "'by' must be a duration"),
    (["advance", "5000d"], "'by' must be a duration"),
    (["advance"], "one TIME must follow 'advance'"),
    (["advance", "1h", "2h"], "one TIME must follow 'advance'"),
    (["stop"], "the clock is advanced, frozen, resumed or shown, not 'stop'"),
    ([], "the clock is advanced, frozen, resumed or shown, not ''"),
])
def test_wrong_words_about_the_clock(shared, words, said):
    complaint = shared.understudy("clock", *words, status=2)
    assert said in complaint
    assert shared.operate("clock/advance", status=400) == "'by' must be given."


def test_the_clock_cannot_run_away(server):
    for _ in range(2):
        server.operate("clock/advance", by="1800d")
    said = server.operate("clock/advance", status=400, by="1800d")
    assert said == "Calendar time may be at most ten years ahead of the wall clock."
