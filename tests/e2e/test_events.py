"""DescribeEvents: filters, windows, pages."""

import datetime
import sqlite3
import time

import pytest

covers = pytest.mark.covers
MINUTE, DAY = 60_000, 24 * 60 * 60_000


def fill(server, events):
    """Writes events into the database of a server that is stopped: (minutes ago, type, source,
    message)."""
    now = int(time.time() * 1000)
    database = sqlite3.connect(server.data / "understudy.db")
    with database:
        database.executemany(
            "INSERT INTO event (account, region, source_type, source, message, date)"
            " VALUES ('000000000000', 'us-east-1', ?, ?, ?, ?)",
            [(kind, source, text, now - int(ago * MINUTE)) for ago, kind, source, text in events])
    database.close()


@pytest.fixture
def past(make_server):
    """A server that remembers 60 events: one a minute of the last half hour, in two sources, and
    older ones."""
    server = make_server()
    server.start().stop()
    recent = [(ago + 0.5, ["cache-cluster", "replication-group"][ago % 2],
               ["old-001", "old"][ago % 2], f"event {ago}") for ago in range(29, -1, -1)]
    older = [(16 * 24 * 60, "replication-group", "old", "forgotten"),
             (13 * 24 * 60, "replication-group", "old", "nearly forgotten"),
             (2 * 24 * 60, "replication-group", "old", "days ago"),
             (90, "replication-group", "old", "before the hour")]
    fill(server, older + recent)
    return server.start()


def told(server, **parameters):
    pages = server.client().get_paginator("describe_events").paginate(**parameters)
    return [event["Message"] for page in pages for event in page["Events"]]


NEWEST_FIRST = [f"event {ago}" for ago in range(30)]


@covers("G33")
def test_without_parameters_the_last_hour_is_shown_newest_first(past):
    assert told(past) == NEWEST_FIRST


@covers("G33")
def test_events_are_filtered_by_source(past):
    even, odd = NEWEST_FIRST[0::2], NEWEST_FIRST[1::2]
    assert told(past, SourceType="cache-cluster") == even
    assert told(past, SourceType="replication-group") == odd
    assert told(past, SourceType="replication-group", SourceIdentifier="old") == odd
    assert told(past, SourceIdentifier="old-001") == even
    assert told(past, SourceIdentifier="OLD-001") == even, "ids do not depend on case"
    assert told(past, SourceType="cache-cluster", SourceIdentifier="old") == []
    assert told(past, SourceIdentifier="nobody") == []
    assert told(past, SourceType="user") == []


@covers("G33")
def test_events_are_filtered_by_time(past):
    now = datetime.datetime.now(datetime.timezone.utc)
    def ago(minutes):
        return now - datetime.timedelta(minutes=minutes)
    assert told(past, Duration=10) == NEWEST_FIRST[:10]
    assert told(past, Duration=1440) == [*NEWEST_FIRST, "before the hour"]
    assert told(past, Duration=20160)[30:] == ["before the hour", "days ago", "nearly forgotten"]
    assert told(past, StartTime=ago(5)) == NEWEST_FIRST[:5]
    assert told(past, StartTime=ago(10), EndTime=ago(5)) == NEWEST_FIRST[5:10]
    assert told(past, EndTime=ago(20), Duration=5) == NEWEST_FIRST[20:25]
    assert told(past, StartTime=ago(60 * 24 * 30))[-1] in ("nearly forgotten",)
    assert told(past, StartTime=now + datetime.timedelta(hours=1)) == []


@covers("G33")
def test_the_aws_cli_reads_events(past):
    found = past.aws("describe-events", "--source-type", "replication-group",
                     "--source-identifier", "old", "--duration", "60", "--max-items", "4")
    assert [event["Message"] for event in found["Events"]] == NEWEST_FIRST[1:8:2]
    assert {tuple(sorted(event)) for event in found["Events"]} == {
        ("Date", "Message", "SourceIdentifier", "SourceType")}


@covers("G33")
def test_pages_stay_as_they_are_while_events_are_added(past):
    client = past.client()
    first = client.describe_events(MaxRecords=20)
    seen = [event["Message"] for event in first["Events"]]
    assert seen == NEWEST_FIRST[:20]
    past.create("noise", nodes=1, failover=False)
    second = client.describe_events(MaxRecords=20, Marker=first["Marker"])
    assert seen + [event["Message"] for event in second["Events"]] == NEWEST_FIRST
    assert not second.get("Marker")
    assert "Replication group noise created" in told(past)


def test_events_of_one_moment_are_paged_without_loss(make_server):
    server = make_server()
    server.start().stop()
    fill(server, [(1, "cache-cluster", f"same-{n:03}", f"moment {n}") for n in range(50)])
    server.start()
    assert told(server, PaginationConfig={"PageSize": 20}) == [
        f"moment {n}" for n in range(49, -1, -1)]


def test_events_outlive_the_group_that_they_tell_of(shared):
    group = shared.create("brief", nodes=1, failover=False)
    group.delete()
    group.gone()
    assert [text for source, text in group.events() if source == "brief-001"][-1] \
        == "Cache cluster deleted"


def test_other_accounts_and_regions_see_none_of_it(past):
    assert past.client("eu-west-1").describe_events(Duration=20160)["Events"] == []
    assert past.client(account="123456789012").describe_events(Duration=20160)["Events"] == []


NOW = datetime.datetime.now(datetime.timezone.utc)
BAD = [
    ({"SourceType": "cluster"}, "InvalidParameterValue"),
    ({"MaxRecords": "19"}, "InvalidParameterValue"),
    ({"MaxRecords": "101"}, "InvalidParameterValue"),
    ({"MaxRecords": "many"}, None),
    ({"MaxRecords": "9" * 40}, None),
    ({"Marker": "nonsense"}, "InvalidParameterValue"),
    ({"Duration": "-1"}, None),
    ({"Duration": "9" * 30}, None),
    ({"Duration": "ten"}, None),
    ({"StartTime": "yesterday"}, None),
    ({"StartTime": "2026-13-45T99:99:99Z"}, None),
    ({"EndTime": "9" * 60}, None),
    ({"StartTime": "2026-01-02T00:00:00Z", "EndTime": "2026-01-01T00:00:00Z"},
     "InvalidParameterCombination"),
    ({"StartTime": "2026-01-01T00:00:00Z", "EndTime": "2026-01-02T00:00:00Z", "Duration": "60"},
     "InvalidParameterCombination"),
]


@pytest.mark.parametrize("parameters, code", BAD, ids=[str(bad[0])[:50] for bad in BAD])
def test_what_makes_no_sense_is_refused(shared, parameters, code):
    status, found, message = shared.call("DescribeEvents", **parameters).error
    assert status == 400 and message
    assert found == (code or found)
    if "MaxRecords" in parameters and parameters["MaxRecords"].isdigit() \
            and len(parameters["MaxRecords"]) < 5:
        assert message == "Invalid value for max records. Must be between 20 and 100"
