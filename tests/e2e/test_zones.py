"""Availability Zones that go down, and what the operator can do beside."""

import json
import threading

import pytest

from harness import confine, wire
from stories import MODES, Story

covers = pytest.mark.covers
CAPACITY = ("cache.m5.large (VPC) is not currently supported in the availability zone us-east-1a. "
            "Retry the launch with no availability zone or target: us-east-1b, us-east-1c, "
            "us-east-1d, us-east-1e, us-east-1f.")


@covers("G12")
def test_creating_in_a_zone_that_is_down_is_refused_and_names_the_others(server):
    server.zone("us-east-1a", "down")
    said = server.aws("create-replication-group", "--replication-group-id", "dark",
                      "--replication-group-description", "d", "--cache-node-type",
                      "cache.m5.large", "--num-cache-clusters", "2",
                      "--preferred-cache-cluster-a-zs", "us-east-1a", "us-east-1b", fails=True)
    assert "InsufficientCacheClusterCapacity" in said and CAPACITY in said
    group = server.create("light")
    assert set(group.zones().values()) == {"us-east-1b", "us-east-1c", "us-east-1d"}
    assert server.rows("SELECT count(*) FROM replication_group") == [(1,)]
    server.zone("us-east-1a", "up")
    group = server.create("again", nodes=1, failover=False,
                          PreferredCacheClusterAZs=["us-east-1a"])
    assert group.zones() == {"again-001": "us-east-1a"}


@covers("G12")
def test_when_every_zone_is_down_nothing_can_be_created(server):
    for zone in "abcdef":
        server.zone(f"us-east-1{zone}", "down")
    answer = server.call("CreateReplicationGroup", ReplicationGroupId="x",
                         ReplicationGroupDescription="x", CacheNodeType="cache.m5.large",
                         NumCacheClusters=1)
    assert answer.error == (400, "InsufficientCacheClusterCapacity", (
        "cache.m5.large (VPC) is not currently supported in any availability zone of us-east-1."))
    assert server.create("west", region="us-west-2").healthy(), "another region is not concerned"


@pytest.mark.parametrize("how", MODES)
@covers("G02", "G12")
def test_a_zone_takes_its_nodes_in_all_groups_at_once(server, how):
    zones = [["us-east-1a", "us-east-1b", "us-east-1c"], ["us-east-1b", "us-east-1a"],
             ["us-east-1a", "us-east-1c"], ["us-east-1c", "us-east-1b"]]
    groups = [server.create(f"g{number}", nodes=len(places), PreferredCacheClusterAZs=places)
              for number, places in enumerate(zones)]
    for group in groups:
        assert group.redis().set("k", group.name) and group.redis().wait(1, 5000) >= 1
    mark = groups[0].mark()
    answer = server.zone("us-east-1a", "down", how=how)
    assert sorted(node["node"] for node in answer["nodes"]) == ["g0-001", "g1-002", "g2-001"]
    for group in (groups[0], groups[2]):
        group.wait("it has failed over", lambda: group.primary != f"{group.name}-001")
    for group in groups:
        assert group.redis().get("k") == group.name
        assert group.redis().set("k2", "v"), "each can be written while the zone is down"
    assert groups[1].primary == "g1-001" and groups[3].healthy()
    for name in ("g0-001", "g1-002", "g2-001"):
        group = server.group(name.split("-")[0])
        group.wait(f"{name} is dead", lambda: group.pid(name) is None)
    server.zone("us-east-1a", "up")
    groups[0].recovered(["g0-001"], since=mark)
    groups[1].recovered(["g1-002"], since=mark)
    groups[2].recovered(["g2-001"], since=mark)
    for group in groups:
        assert {group.ask(group.address(name), "GET", "k2") for name in group.members()} == {"v"}


def test_a_zone_stays_down_over_restarts_of_the_control_plane(server):
    story = Story(server, "crash", False)
    story.down("us-east-1a")
    new = story.primary_is("story-002", "story-003")
    story.group.wait("its recovery is announced", lambda: "Recovering cache nodes 0001"
                     in story.events(story.first))
    server.kill()
    server.start()
    assert "us-east-1a     down (crash)" in server.understudy("zone", "list")
    server.stop()
    server.start()
    story.group.wait("it has resumed", lambda: story.group.ask(story.endpoint, "PING") == "PONG")
    assert story.group.pid(story.first) is None
    answer = server.call("CreateReplicationGroup", ReplicationGroupId="x",
                         ReplicationGroupDescription="x", CacheNodeType="cache.m5.large",
                         NumCacheClusters=1, **{"PreferredCacheClusterAZs.member.1": "us-east-1a"})
    assert answer.error[1] == "InsufficientCacheClusterCapacity"
    server.zone("us-east-1a", "up")
    story.over(story.first).kept()
    assert story.group.primary == new


def test_a_node_that_is_being_started_when_its_zone_goes_down_does_not_stay(server):
    story = Story(server, "crash", False)
    server.repeats.append("Recovering cache nodes")
    for _ in range(5):
        server.operate("fail-step", workflow="replace", step="await-sync")
    before = story.group.pid("story-002")
    story.group.fail("story-002")
    story.group.wait("its replacement runs",
                     lambda: story.group.pid("story-002") not in (None, before))
    server.zone("us-east-1b", "down")
    story.group.wait("it is gone", lambda: story.group.pid("story-002") is None)
    server.zone("us-east-1b", "up")
    story.group.settled()
    story.kept()


@covers("G12")
def test_without_automatic_failover_a_primary_waits_for_its_zone(server):
    story = Story(server, "silent", False, failover=False)
    server.zone("us-east-1a", "down", how="silent")
    story.group.wait("its recovery is announced", lambda: "Recovering cache nodes 0001"
                     in story.events(story.first))
    reader = story.group.address("story-002")
    assert story.group.ask(reader, "GET", "k1") == "v1", "replicas go on serving what they have"
    server.zone("us-east-1a", "up")
    story.over(story.first).lost()
    assert story.group.primary == story.first


def test_a_closed_zone_takes_no_new_nodes_and_keeps_its_own(server):
    story = Story(server, "crash", False)
    server.understudy("zone", "close", "us-east-1a")
    assert "us-east-1a     closed" in server.understudy("zone", "list")
    assert story.group.healthy() and story.group.pid(story.first)
    assert set(server.create("other").zones().values()) == {
        "us-east-1b", "us-east-1c", "us-east-1d"}
    story.fail(story.first)
    story.primary_is("story-002", "story-003")
    story.group.wait("its recovery is announced", lambda: "Recovering cache nodes 0001"
                     in story.events(story.first))
    assert story.group.pid(story.first) is None
    server.understudy("zone", "open", "us-east-1a")
    story.over(story.first).kept()


def test_a_node_that_is_held_down_comes_back_later(server):
    story = Story(server, "crash", False)
    story.fail(story.first, hold="1h")
    story.primary_is("story-002", "story-003")
    story.group.wait("its recovery is announced", lambda: "Recovering cache nodes 0001"
                     in story.events(story.first))
    assert story.group.pid(story.first) is None
    server.kill()
    server.start()
    assert story.group.pid(story.first) is None, "it is held over a restart"
    server.understudy("heal")
    story.over(story.first).kept()


def test_a_hold_ends_by_itself(server):
    story = Story(server, "crash", False)
    story.fail("story-002", hold="300ms")
    story.over("story-002").kept()
    story.group.wait("it is forgotten",
                     lambda: server.rows("SELECT count(*) FROM fault") == [(0,)])


@covers("G08")
def test_a_replica_whose_link_is_deaf_lags_and_loses_the_election(server):
    story = Story(server, "crash", False)
    assert server.operate("lag", node="story-002", **{"for": "50s"}) == {
        "node": "story-002", "for_ms": 50000}
    with story.group.redis() as primary:
        for number in range(100):
            primary.set(f"late{number}", "x")
        assert primary.wait(1, 5000) == 1
    lagging = story.group.address("story-002")
    assert story.group.ask(lagging, "DBSIZE") == 200, "it goes on serving what it has"
    lag = {node["node"]: node["offset"] for node in json.loads(
        server.understudy("status", "-o", "json"))["groups"][0]["shards"][0]["nodes"]}
    story.fail(story.first)
    story.primary_is("story-003")
    story.over(story.first)
    assert story.data() == 300
    [record] = [shard["last_failover"] for shard in json.loads(
        server.understudy("status", "-o", "json"))["groups"][0]["shards"]]
    seen = dict(word.split("=") for word in record["offsets"].split())
    assert int(seen["story-002"]) == lag["story-002"] < int(seen["story-003"])
    assert int(record["primary_offset"]) >= lag["story-001"] - 500
    assert record["lost_bytes"] == "0" and int(record["primary_seen_ms"]) < 5000
    assert "lost_bytes=0" in server.log()


@covers("G07", "G08")
def test_the_loss_of_a_failover_is_told_in_bytes(server):
    """Every replica lags: what only the primary had is lost, and how much that is is known."""
    story = Story(server, "crash", False)
    for name in ("story-002", "story-003"):
        server.operate("lag", node=name, **{"for": "50s"})
    with story.group.redis() as primary:
        primary.set("late", "x" * 5000)
    old = story.first
    story.group.test_failover()
    story.over(old)
    [record] = [shard["last_failover"] for shard in json.loads(
        server.understudy("status", "-o", "json"))["groups"][0]["shards"]]
    assert 5000 < int(record["lost_bytes"]) < 6000
    assert story.data() == 200


def test_a_link_that_hears_again_catches_up(server):
    story = Story(server, "crash", False)
    server.understudy("lag", "story-002", "--for", "300ms")
    story.group.redis().set("late", "1")
    where = story.group.address("story-002")
    story.group.wait("it caught up", lambda: story.group.ask(where, "GET", "late") == "1")
    server.operate("lag", node="story-003", **{"for": "50s"})
    story.group.redis().set("late", "2")
    where = story.group.address("story-003")
    assert story.group.ask(where, "GET", "late") == "1"
    server.operate("lag", node="story-003", **{"for": "0s"})
    story.group.wait("it caught up", lambda: story.group.ask(where, "GET", "late") == "2")
    assert story.group.events_since(story.mark) == []


def test_zones_that_fail_while_others_are_brought_up(server):
    """Commands at the same time do not lose each other."""
    story = Story(server, "crash", False)
    failures = []

    def cycle(zone):
        try:
            for _ in range(3):
                server.zone(zone, "down")
                server.zone(zone, "up")
        except AssertionError as error:
            failures.append(error)

    threads = [threading.Thread(target=cycle, args=[f"us-east-1{zone}"]) for zone in "bc"]
    server.repeats += ["Recovering cache nodes", "Finished recovery"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    story.group.settled()
    assert server.understudy("zone", "list") == "every zone is up\n"
    story.kept()


@pytest.mark.parametrize("words, said", [
    (["fail", "node", "nobody"], "There is no node nobody."),
    (["fail", "primary", "nobody"], "There is no replication group nobody."),
    (["fail", "primary", "g", "--shard", "0009"],
     "Replication group g has no node group 0009."),
    (["fail", "node", "g-001", "--how", "explode"],
     "'how' must be crash, hang or silent, not 'explode'."),
    (["fail", "node", "g-001", "--hold", "-1s"], "'hold' must be a duration from 0ms to 24h"),
    (["fail", "node", "g-001", "--hold", "1000000h"], "'hold' must be a duration"),
    (["fail", "node", "g-001", "--silence", "soon"], "'silence' must be a duration"),
    (["fail", "node", "g-001", "--shard", "0001"], "'shard' goes with a primary or a group."),
    (["fail", "moon", "g"], "what fails is a node, primary, group or step, not 'moon'"),
    (["fail", "node"], "one name must follow 'node'"),
    (["fail", "step", "failover", "dance"], "There is no step dance of a workflow failover"),
    (["fail", "step", "failover"], "a step is named by its workflow and its name"),
    (["zone", "down", "us-east-1z"], "There is no zone us-east-1z: there are us-east-1a"),
    (["zone", "down", "mars"], "There is no zone mars: a zone is a region and a letter"),
    (["zone", "down"], "one zone must follow 'down'"),
    (["zone", "left", "us-east-1a"], "a zone goes down, up, close or open, not 'left'"),
    (["zone", "up", "us-east-1a", "--how", "crash"], "'up' has no options"),
    (["zone", "down", "us-east-1a", "--how", ""], "'how' must be crash, hang or silent"),
    (["lag", "g-001"], "g-001 is the primary: only a replica can lag."),
    (["lag", "g-002", "--for", "51s"], "'for' must be a duration from 0ms to 50s"),
    (["lag"], "one node must be named"),
    (["heal", "now"], "unexpected 'now'"),
])
def test_wrong_words_get_one_clear_sentence(everyones_group, words, said):
    server = everyones_group
    complaint = server.understudy(*words, status=2)
    assert said in complaint, complaint
    assert complaint.startswith(f"understudy {words[0]}: ")
    assert len([line for line in complaint.splitlines() if not line.startswith("Try ")]) == 1


@pytest.fixture(scope="module")
def everyones_group(everyones):
    everyones.create("g", nodes=2)
    return everyones


def test_where_the_kernel_refuses_silence_it_is_said_and_never_pretended(make_server):
    server = make_server().start(confined=confine.refusing(confine.PIDFD_GETFD))
    health = wire.send(server.host, server.port, "GET", "/health").json["faults"]
    assert health == {"crash": True, "hang": True, "silent": False,
                      "reason": "the kernel refuses pidfd_getfd"}
    assert wire.send(server.host, server.port, "GET", "/health").json["status"] == "ready"
    story = Story(server, "crash", False)
    answer = server.operate("fail/node", name=story.first, how="silent")
    assert answer["nodes"][0]["how"] == "crash"
    assert "crashed instead" in answer["warning"]
    story.primary_is("story-002", "story-003")
    story.over(story.first).kept()
    done = server.operate("lag", status=409, node=story.group.replicas[0])
    assert "the kernel refuses pidfd_getfd" in done
    assert server.understudy("fail", "node", story.group.replicas[0], "--how", "silent")
    story.group.settled()


def test_nobody_there(server):
    done = server.understudy("fail", "node", "x", "--endpoint", "http://127.0.0.1:1", status=1)
    assert "127.0.0.1" in done and len(done.splitlines()) == 1


def test_names_that_several_have_must_be_told_apart(server):
    here = server.create("twin", nodes=1, failover=False)
    there = server.create("twin", nodes=1, failover=False, region="eu-west-1")
    said = server.operate("fail/node", status=409, name="twin-001")
    assert said == ("There are several called twin-001: say which as REGION/ACCOUNT/twin-001.")
    mark = here.mark()
    there.fail("twin-001")
    there.recovered(["twin-001"], since=mark)
    assert here.events_since(mark) == []
