"""Every failure of the guide's table, in every way that a node can fail, with the control plane
living through it and with the control plane killed in the middle."""

import signal

import botocore.exceptions
import pytest

from stories import KEYS, Story, ways

covers = pytest.mark.covers
CUT_OFF = (botocore.exceptions.HTTPClientError, botocore.exceptions.ClientError)


@ways
@covers("G17")
def test_the_primary_alone(server, how, killed):
    story = Story(server, how, killed)
    story.fail(story.first)
    new = story.primary_is("story-002", "story-003")
    story.over(story.first).kept()
    words = f"Failover from master node {story.first} to replica node {new} completed"
    assert story.group.events_since(story.mark) == [
        (story.first, words), ("story", words), (story.first, "Recovering cache nodes 0001"),
        (story.first, "Finished recovery for cache nodes 0001")]


@ways
@covers("G20")
def test_the_primary_alone_without_automatic_failover(server, how, killed):
    story = Story(server, how, killed, failover=False)
    story.fail(story.first)
    story.over(story.first).lost()
    assert story.group.primary == story.first
    assert story.events("story") == []


@ways
@covers("G20")
def test_a_replica_alone_without_automatic_failover(server, how, killed):
    story = Story(server, how, killed, failover=False)
    story.fail("story-003")
    story.over("story-003").kept()
    assert story.group.primary == story.first
    assert story.events("story") == []


@ways
@covers("G18")
def test_the_primary_and_one_replica(server, how, killed):
    story = Story(server, how, killed)
    story.fail(story.first, "story-002")
    story.primary_is("story-003")
    story.over(story.first, "story-002").kept()


@ways
@covers("G18")
def test_the_primary_and_all_replicas_but_one(server, how, killed):
    story = Story(server, how, killed, nodes=4)
    story.fail(story.first, "story-002", "story-003")
    story.primary_is("story-004")
    story.over(story.first, "story-002", "story-003").kept()


@ways
def test_all_replicas(server, how, killed):
    story = Story(server, how, killed)
    story.fail("story-002", "story-003")
    story.over("story-002", "story-003").kept()
    assert story.group.primary == story.first
    assert story.events("story") == []


@ways
@covers("G19")
def test_everything(server, how, killed):
    story = Story(server, how, killed)
    server.operate("fail/group", name="story", how=how)
    story.interrupt()
    story.over(story.first, "story-002", "story-003").lost()
    assert "data is lost" in server.log()


@ways
@covers("G12", "G17")
def test_the_zone_of_the_primary(server, how, killed):
    story = Story(server, how, killed)
    story.down("us-east-1a")
    new = story.primary_is("story-002", "story-003")
    story.group.wait("its recovery is announced", lambda: "Recovering cache nodes 0001"
                     in story.events(story.first))
    assert story.group.redis().set("meanwhile", "1")
    assert story.group.pid(story.first) is None
    story.up("us-east-1a")
    story.over(story.first)
    assert story.group.primary == new
    assert story.data() == KEYS + 1


@ways
@covers("G12")
def test_the_zone_of_a_replica(server, how, killed):
    story = Story(server, how, killed)
    story.down("us-east-1b")
    story.group.wait("its recovery is announced", lambda: "Recovering cache nodes 0001"
                     in story.events("story-002"))
    assert story.group.primary == story.first
    story.up("us-east-1b")
    story.over("story-002").kept()


@ways
@covers("G12", "G18")
def test_two_zones(server, how, killed):
    story = Story(server, how, killed)
    story.down("us-east-1a", "us-east-1c")
    story.primary_is("story-002")
    story.group.wait("their recovery is announced", lambda: "Recovering cache nodes 0001"
                     in story.events(story.first) and "Recovering cache nodes 0001"
                     in story.events("story-003"))
    story.up("us-east-1c")
    story.group.wait("one zone's node is back",
                     lambda: story.group.have_recovered(["story-003"], story.mark))
    assert story.group.pid(story.first) is None
    story.up("us-east-1a")
    story.over(story.first, "story-003").kept()


@ways
@covers("G12", "G19")
def test_all_zones(server, how, killed):
    story = Story(server, how, killed)
    zones = sorted(set(story.group.zones().values()))
    story.down(*zones)
    story.group.wait("the primary is gone", lambda: not story.group.pid(story.first))
    if how == "hang":  # its replicas wake up, with what they had
        story.up(*zones)
        story.over(story.first).kept()
        return
    story.group.wait("everything is gone", lambda: not any(story.group.pids().values()))
    story.up(*zones)
    story.over(*story.places).lost()


@ways
@covers("G18")
def test_the_primary_while_a_replacement_synchronises(server, how, killed):
    story = Story(server, how, killed)
    for _ in range(7):
        server.operate("fail-step", workflow="replace", step="await-sync")
    before = story.group.pid("story-002")
    story.group.fail("story-002")
    story.group.wait("its replacement runs",
                     lambda: story.group.pid("story-002") not in (None, before))
    story.fail(story.first)
    # Redis may have given it everything by then, whatever the control plane knows.
    story.primary_is("story-002", "story-003")
    story.over(story.first, "story-002").kept()


@ways
@covers("G08")
def test_the_chosen_replica_before_it_is_promoted(server, how, killed):
    story = Story(server, how, killed)
    for _ in range(7):
        server.operate("fail-step", workflow="failover", step="promote-replica")
    story.group.fail(story.first)
    chosen = story.candidate()
    other = ({"story-002", "story-003"} - {chosen}).pop()
    story.fail(chosen)
    story.primary_is(other)
    story.over(story.first, chosen).kept()


@ways
def test_the_new_primary_right_after_its_promotion(server, how, killed):
    story = Story(server, how, killed)
    story.group.fail(story.first)
    new = story.primary_is("story-002", "story-003")
    last = ({"story-002", "story-003"} - {new}).pop()
    story.fail(new)
    story.primary_is(last)
    story.over(story.first, new).kept()


@ways
def test_during_deletion(server, how, killed):
    story = Story(server, how, killed)
    story.group.delete()
    if not story.group.is_gone():
        try:
            story.group.fail(story.first, how=how)
        except AssertionError as error:
            assert "does not run" in str(error) or "There is no node" in str(error)
    if killed:
        server.kill()
        server.start()
    story.group.gone()
    assert list((server.data / "nodes").rglob("story-*")) == []


@ways
def test_deletion_during_a_failover(server, how, killed):
    story = Story(server, how, killed)
    for _ in range(7):
        server.operate("fail-step", workflow="failover", step="promote-replica")
    story.fail(story.first)
    story.group.delete()
    story.group.gone()
    assert list((server.data / "nodes").rglob("story-*")) == []


@ways
def test_during_creation(server, how, killed):
    for _ in range(5):
        server.operate("fail-step", workflow="create", step="attach-replicas")
    group = server.create("early", wait=False)
    group.wait("the primary runs", lambda: group.pids().get("early-001"))
    group.fail("early-001", how=how)
    if killed:
        server.kill()
        server.start()
    group.settled(90)
    assert group.redis().set("k", "v") and group.redis().wait(2, 5000) == 2
    assert [text for _, text in group.events() if "created" in text].count(
        "Replication group early created") == 1


@ways
@covers("G07")
def test_twenty_failovers_in_a_row(server, how, killed):
    story = Story(server, how, killed)
    server.repeats += ["Recovering cache nodes", "Finished recovery"]
    for number in range(20):
        old = story.group.primary
        mark = story.group.mark()
        story.group.fail(old, how=how)
        if killed and number % 5 == 0:
            story.interrupt()
        story.primary_is(*set(story.places) - {old})
        if number % 3 == 2:
            story.group.recovered([old], since=mark)
        else:  # the next one comes as soon as there is somebody to fail over to
            story.group.wait("somebody is in sync", lambda: server.rows(
                "SELECT count(*) FROM node n JOIN node_group s ON s.id = n.node_group_id"
                " WHERE n.health = 'in-sync' AND n.id <> s.primary_node")[0][0])
    story.over(*story.places).kept()


def test_a_hung_primary_that_wakes_up_too_late_is_nobody(server):
    """The control plane is down while the primary hangs and wakes: it was never replaced."""
    story = Story(server, "hang", False)
    server.kill()
    story.group.signal(story.first, how=signal.SIGSTOP)
    story.group.signal(story.first, how=signal.SIGCONT)
    server.start()
    story.group.settled()
    assert story.group.primary == story.first
    story.kept()
