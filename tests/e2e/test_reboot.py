"""A reboot that its user asks for (RebootCacheCluster): nothing has failed, and nobody fails over."""

import contextlib
import os
import signal
import threading

import botocore.exceptions
import pytest

from harness import processes, resp
from harness.load import Writer
from harness.sampler import Sampler

covers = pytest.mark.covers
RESTARTED = "Cache node 0001 restarted"
RECOVERED = ["Recovering cache nodes 0001", "Finished recovery for cache nodes 0001"]
UNFINISHED = "A failover, node replacement or reboot of replication group {} has not finished."
REBOOTING = ("rebooting cache cluster nodes", "rebooting")


class Statuses(threading.Thread):
    """Every status that the API shows while a member reboots: of the group, the shard and the roles
    in it, of the member, and of the others."""

    def __init__(self, group, member):
        super().__init__(daemon=True)
        self.group, self.member = group, member
        self.seen, self.own, self.others, self.over = set(), set(), set(), threading.Event()

    def run(self):
        while not self.over.wait(0.005):
            found = self.group.describe()
            [shard] = found["NodeGroups"]
            roles = tuple(member["CurrentRole"] for member in shard["NodeGroupMembers"])
            self.seen.add((found["Status"], shard["Status"], roles))
            for member, statuses in shown(self.group).items():
                (self.own if member == self.member else self.others).add(statuses)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


def shown(group):
    """(status of the cache cluster, status of its node) of each member."""
    clusters = group.client.describe_cache_clusters(ShowCacheNodeInfo=True)["CacheClusters"]
    return {cluster["CacheClusterId"]: (cluster["CacheClusterStatus"],
                                        cluster["CacheNodes"][0]["CacheNodeStatus"])
            for cluster in clusters if cluster["ReplicationGroupId"] == group.name}


def fill(group):
    with group.redis() as primary:
        primary.set("k", "v")
        replicas = len(group.replicas)
        assert primary.wait(replicas, 5000) == replicas


def values(group):
    return {group.ask(group.address(member), "GET", "k") for member in group.members()}


def serves(group):
    """Writes reach every member again."""
    with group.redis() as primary:
        primary.set("after", "2")
        replicas = len(group.replicas)
        assert primary.wait(replicas, 5000) == replicas
    return {group.ask(group.address(member), "GET", "after") for member in group.members()} == {"2"}


def changed(group, pids):
    return {member for member, pid in group.pids().items() if pid != pids[member]}


def is_cut(connection):
    try:
        return connection.socket.recv(1) == b""
    except ConnectionResetError:
        return True


@covers("G13", "G14")
def test_the_aws_cli_reboots_a_primary_that_comes_back_empty_and_does_not_fail_over(server):
    group = server.create("redis12", nodes=3)
    fill(group)
    assert values(group) == {"v"}
    primary, places, pids = group.primary, group.members(), group.pids()
    ends = group.endpoint, group.reader
    waiting = resp.Connection(*group.endpoint, timeout=10)
    waiting.send("BLPOP", "nothing", 0)
    direct = resp.Connection(*group.address(primary), timeout=10)
    reading = resp.Connection(*group.reader)
    mark = group.mark()

    with Statuses(group, primary) as statuses:
        answer = server.aws("reboot-cache-cluster", "--cache-cluster-id", primary,
                            "--cache-node-ids-to-reboot", "0001")["CacheCluster"]
        group.rebooted(primary, since=mark)
    assert answer["CacheClusterId"] == primary
    assert answer["CacheClusterStatus"] == "rebooting cache cluster nodes"
    [node] = answer["CacheNodes"]
    assert (node["CacheNodeId"], node["CacheNodeStatus"]) == ("0001", "rebooting")
    assert (node["Endpoint"]["Address"], node["Endpoint"]["Port"]) == group.address(primary)
    assert statuses.seen == {("available", "available", ("primary", "replica", "replica"))}
    assert statuses.own == {REBOOTING, ("available", "available")}
    assert statuses.others == {("available", "available")}

    assert is_cut(waiting) and is_cut(direct)
    assert reading.call("PING") == "PONG", "nobody else's connections are cut"
    assert group.members() == places and group.primary == primary
    assert (group.endpoint, group.reader) == ends
    assert changed(group, pids) == {primary}
    assert group.events_since(mark) == [(primary, RESTARTED)]
    assert values(group) == {None}, "the replicas have seen the empty primary"
    assert serves(group)
    told = server.aws("describe-events", "--source-type", "cache-cluster", "--duration", "60")
    newest = told["Events"][0]
    assert (newest["SourceIdentifier"], newest["Message"]) == (primary, RESTARTED)
    server.aws("wait", "cache-cluster-available", "--cache-cluster-id", primary)


@covers("G13", "G14")
@pytest.mark.parametrize("nodes, failover", [(3, True), (3, False), (2, True), (2, False),
                                             (1, False)])
def test_a_primary_is_rebooted_in_its_place(server, nodes, failover):
    group = server.create("place", nodes=nodes, failover=failover)
    fill(group)
    primary, places, pids, mark = group.primary, group.members(), group.pids(), group.mark()
    ends = group.endpoint, group.reader
    answer = group.reboot(primary.upper())
    assert answer["CacheClusterStatus"] == "rebooting cache cluster nodes"
    group.rebooted(primary, since=mark)
    assert group.events_since(mark) == [(primary, RESTARTED)]
    assert group.members() == places
    assert (group.endpoint, group.reader) == ends
    assert changed(group, pids) == {primary}
    assert values(group) == {None}
    assert serves(group)


@pytest.mark.parametrize("nodes, failover", [(3, True), (3, False), (2, True), (2, False)])
def test_a_rebooted_replica_has_everything_again_and_nobody_who_writes_notices(
        server, nodes, failover):
    group = server.create("rep", nodes=nodes, failover=failover)
    fill(group)
    places, pids, mark = group.members(), group.pids(), group.mark()
    member = group.replicas[0]
    with Writer(group.endpoint, replicas=nodes - 2) as writer:
        writer.wait_for(100)
        with Statuses(group, member) as statuses:
            answer = group.reboot(member)
            group.rebooted(member, since=mark)
        writer.wait_for(50)
    assert answer["CacheClusterStatus"] == "rebooting cache cluster nodes"
    assert answer["CacheNodes"][0]["CacheNodeStatus"] == "rebooting"
    assert {(status, shard) for status, shard, _ in statuses.seen} == {("available", "available")}
    assert statuses.own <= {REBOOTING, ("available", "available")}
    assert statuses.others == {("available", "available")}
    assert writer.failures == []
    assert writer.lost(replicas=0) == []
    assert group.events_since(mark) == [(member, RESTARTED)]
    assert group.members() == places
    assert changed(group, pids) == {member}
    assert values(group) == {"v"}
    with group.redis() as primary:
        assert primary.wait(nodes - 1, 5000) == nodes - 1
        assert group.redis(group.address(member)).dbsize() == primary.dbsize()


def test_nodes_are_rebooted_one_after_the_other(server):
    group = server.create("turn", nodes=3)
    fill(group)
    mark = group.mark()
    for member in group.replicas:
        since = group.mark()
        group.reboot(member)
        group.rebooted(member, since=since)
    assert values(group) == {"v"}
    old, since = group.primary, group.mark()
    group.test_failover()
    group.recovered([old], since=since)
    since = group.mark()
    group.reboot(old)
    group.rebooted(old, since=since)
    assert group.events_since(since) == [(old, RESTARTED)]
    assert values(group) == {"v"}
    assert [text for _, text in group.events_since(mark)].count(RESTARTED) == 3


def test_a_failover_after_a_reboot_keeps_what_was_written_since(server):
    group = server.create("since", nodes=3)
    fill(group)
    old, mark = group.primary, group.mark()
    group.reboot(old)
    group.rebooted(old, since=mark)
    with Writer(group.endpoint, replicas=1) as writer:
        writer.wait_for(100)
        mark = group.mark()
        group.signal(old)
        group.recovered([old], since=mark)
        writer.wait_for(20)
    assert group.primary != old
    assert writer.lost(replicas=1) == []
    assert values(group) == {None}


@pytest.mark.parametrize("role", ["primary", "replica"])
def test_a_node_that_hangs_is_rebooted(make_server, role):
    """Faster than its hang is noticed."""
    server = make_server(heartbeat_interval=1000).start()
    group = server.create("hang", nodes=2)
    fill(group)
    member = group.having_role(role)[0]
    primary, pids, mark = group.primary, group.pids(), group.mark()
    group.signal(member, how=signal.SIGSTOP)
    group.reboot(member)
    group.rebooted(member, since=mark)
    assert group.events_since(mark) == [(member, RESTARTED)]
    assert group.primary == primary
    assert changed(group, pids) == {member}
    assert values(group) == {None if role == "primary" else "v"}


# ---- what is refused ----

STATE = "InvalidCacheClusterState"
WRONG = [
    ({"CacheClusterId": "nobody-001"},
     (404, "CacheClusterNotFound", "CacheCluster not found: nobody-001")),
    ({"CacheClusterId": "wrong"}, (404, "CacheClusterNotFound", "CacheCluster not found: wrong")),
    ({"CacheClusterId": "wrong-002"},
     (404, "CacheClusterNotFound", "CacheCluster not found: wrong-002")),
    ({"CacheNodeIdsToReboot.CacheNodeId.1": "0002"},
     (400, "InvalidParameterValue", "Cache cluster wrong-001 has no cache node 0002.")),
    ({"CacheNodeIdsToReboot.CacheNodeId.2": "0003"},
     (400, "InvalidParameterValue", "Cache cluster wrong-001 has no cache node 0003.")),
    ({"CacheNodeIdsToReboot.CacheNodeId.1": "1"},
     (400, "InvalidParameterValue", "Cache cluster wrong-001 has no cache node 1.")),
    ({"CacheNodeIdsToReboot.CacheNodeId.1": None},
     (400, "InvalidParameterValue",
      "The parameter CacheNodeIdsToReboot must be provided and must not be null.")),
    ({"CacheNodeIdsToReboot.CacheNodeId.1": None, "CacheNodeIdsToReboot": ""},
     (400, "InvalidParameterValue",
      "The parameter CacheNodeIdsToReboot must be provided and must not be blank.")),
    ({"CacheClusterId": None},
     (400, "InvalidParameterValue",
      "The parameter CacheClusterId must be provided and must not be null.")),
    ({"CacheClusterId": ""},
     (400, "InvalidParameterValue",
      "The parameter CacheClusterId must be provided and must not be blank.")),
]


@pytest.fixture(scope="module")
def single(everyones):
    group = everyones.create("wrong", nodes=1, failover=False)
    yield group
    group.settled().delete()
    group.gone()


@pytest.mark.parametrize("parameters, wanted", WRONG, ids=str)
def test_wrong_input_is_refused(shared, single, parameters, wanted):
    mark, pids = single.mark(), single.pids()
    asked = {"CacheClusterId": "wrong-001", "CacheNodeIdsToReboot.CacheNodeId.1": "0001",
             **parameters}
    answer = shared.call("RebootCacheCluster", **{
        name: value for name, value in asked.items() if value is not None})
    assert answer.error == wanted
    assert (single.events_since(mark), single.pids()) == ([], pids)


@pytest.mark.parametrize("spelling", ["CacheNodeId.1", "member.1", "1", "CacheNodeId.7"])
def test_the_list_is_understood_in_every_spelling(shared, spelling):
    name = f"spell-{spelling.lower().replace('.', '-')}"
    group = shared.create(name, nodes=1, failover=False)
    mark = group.mark()
    answer = shared.call("RebootCacheCluster", method="GET", **{
        "CacheClusterId": f"{name}-001", f"CacheNodeIdsToReboot.{spelling}": "0001"})
    assert answer.status == 200, answer.text
    root, content = answer.xml
    assert root == "RebootCacheClusterResponse"
    cluster = content["RebootCacheClusterResult"]["CacheCluster"]
    assert cluster["CacheClusterStatus"] == "rebooting cache cluster nodes"
    group.rebooted(f"{name}-001", since=mark)
    group.delete()
    group.gone()


def reboot_answer(server, member):
    return server.call("RebootCacheCluster", CacheClusterId=member,
                       **{"CacheNodeIdsToReboot.CacheNodeId.1": "0001"})


def test_what_is_created_or_deleted_is_not_rebooted(shared):
    group = shared.create("early", nodes=6, wait=False)
    answer = reboot_answer(shared, "early-001")
    assert answer.error == (400, STATE, "Cache cluster early-001 is not in available state.")
    group.settled().delete()
    answer = reboot_answer(shared, "early-001")
    assert answer.error in [
        (400, STATE, "Cache cluster early-001 is not in available state."),
        (404, "CacheClusterNotFound", "CacheCluster not found: early-001")]
    group.gone()


def test_of_reboots_at_the_same_time_one_is_carried_out(server):
    group = server.create("race", nodes=3)
    mark, members = group.mark(), list(group.members())
    barrier, answers = threading.Barrier(6), []

    def call(member):
        barrier.wait()
        answers.append((member, reboot_answer(server, member)))

    threads = [threading.Thread(target=call, args=[member]) for member in members * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [member] = [member for member, answer in answers if answer.status == 200]
    assert {answer.error[1] for _, answer in answers if answer.status != 200} == {STATE}
    group.rebooted(member, since=mark)
    assert group.events_since(mark) == [(member, RESTARTED)]


def test_nothing_is_rebooted_while_a_failed_node_is_replaced(server):
    group = server.create("busy", nodes=3)
    old, mark = group.primary, group.mark()
    group.test_failover()
    for member in group.members():
        status, code, message = reboot_answer(server, member).error
        assert (status, code) == (400, STATE)
        assert message in (UNFINISHED.format("busy"),
                           f"Cache cluster {member} is not in available state.")
    group.recovered([old], since=mark)
    assert RESTARTED not in [text for _, text in group.events_since(mark)]


# ---- what may go wrong meanwhile ----

class Program:
    """A redis-server that can be broken: nodes that run go on, none can be started."""

    def __init__(self, directory):
        self.path = directory / "redis-server"
        self.repair()

    def write(self, line):
        draft = self.path.with_suffix(".new")
        draft.write_text(f"#!/bin/sh\n{line}\n")
        draft.chmod(0o755)
        os.replace(draft, self.path)

    def break_it(self):
        self.write('[ "$1" = --version ] && exec /usr/bin/redis-server --version; exit 3')

    def repair(self):
        self.write('exec /usr/bin/redis-server "$@"')


@pytest.fixture
def program(tmp_path):
    return Program(tmp_path)


@pytest.fixture
def breakable(make_server, program):
    server = make_server(redis_server=program.path).start()
    with Sampler(server):
        yield server


def refuses_to_start(group, lives=1):
    """Waits until a start has been tried several times in each of the server's lives."""
    group.wait("it is tried again and again",
               lambda: group.server.log().count("attempt=4") == lives)


@covers("G13", "G14")
def test_a_primary_that_cannot_be_started_is_tried_again_and_nobody_fails_over(breakable, program):
    group = breakable.create("broken", nodes=3)
    fill(group)
    primary, replicas, mark, pids = group.primary, group.replicas, group.mark(), group.pids()
    program.break_it()
    group.reboot(primary)
    refuses_to_start(group)

    def goes_on():
        found = group.describe()
        assert (found["Status"], found["NodeGroups"][0]["Status"]) == ("available", "available")
        assert group.primary == primary
        assert shown(group) == {primary: REBOOTING, **dict.fromkeys(
            replicas, ("available", "available"))}
        assert group.events_since(mark) == []
        assert [group.ask(group.address(member), "GET", "k") for member in replicas] == ["v", "v"]
        assert group.ask(group.reader, "GET", "k") == "v"
        return True

    assert goes_on()
    test = breakable.call("TestFailover", ReplicationGroupId="broken", NodeGroupId="0001")
    assert test.error == (400, "InvalidReplicationGroupState", UNFINISHED.format("broken"))
    assert reboot_answer(breakable, primary).error == (
        400, STATE, f"Cache cluster {primary} is not in available state.")
    assert reboot_answer(breakable, replicas[0]).error == (
        400, STATE, UNFINISHED.format("broken"))
    assert group.modify(ReplicationGroupDescription="meanwhile")["Description"] == "meanwhile"
    group.modify(AutomaticFailoverEnabled=False)
    group.wait("it is switched off", lambda: group.describe()["AutomaticFailover"] == "disabled")
    promotion = breakable.call("ModifyReplicationGroup", ReplicationGroupId="broken",
                               PrimaryClusterId=replicas[0], ApplyImmediately="true")
    assert promotion.error == (400, "InvalidReplicationGroupState", UNFINISHED.format("broken"))
    group.modify(AutomaticFailoverEnabled=True)
    group.wait("it is switched on", lambda: group.describe()["AutomaticFailover"] == "enabled")
    mark = group.mark()
    assert goes_on()

    breakable.kill()
    breakable.start()
    refuses_to_start(group, lives=2)
    assert goes_on()
    program.repair()
    group.rebooted(primary, since=mark)
    assert group.events_since(mark) == [(primary, RESTARTED)]
    assert group.primary == primary
    assert changed(group, pids) == {primary}
    assert values(group) == {None}
    assert serves(group)


def test_a_server_that_stops_while_a_primary_cannot_be_started_goes_on_later(breakable, program):
    group = breakable.create("later", nodes=2)
    fill(group)
    primary, mark = group.primary, group.mark()
    program.break_it()
    group.reboot(primary)
    refuses_to_start(group)
    breakable.stop()
    assert group.pid(group.name + "-002"), "a shard without its primary is left running"
    program.repair()
    breakable.start()
    group.rebooted(primary, since=mark)
    assert group.events_since(mark) == [(primary, RESTARTED)]
    assert values(group) == {None}


@pytest.mark.parametrize("member", ["gone-001", "gone-002"])
def test_a_group_is_deleted_in_the_middle_of_a_reboot(breakable, program, member):
    group = breakable.create("gone", nodes=2)
    mark = group.mark()
    program.break_it()
    group.reboot(member)
    refuses_to_start(group)
    group.delete()
    group.gone()
    assert processes.living_in(breakable.data) == {}
    assert RESTARTED not in [text for _, text in group.events_since(mark)]


@pytest.mark.parametrize("nodes", [2, 3])
def test_readers_are_answered_while_their_replica_reboots(breakable, program, nodes):
    group = breakable.create("read", nodes=nodes)
    fill(group)
    run = resp.run_id(*group.reader)
    [member] = [name for name in group.replicas if resp.run_id(*group.address(name)) == run]
    mark, reading = group.mark(), resp.Connection(*group.reader, timeout=10)
    program.break_it()
    group.reboot(member)
    assert is_cut(reading)
    refuses_to_start(group)
    assert shown(group)[member] == REBOOTING
    assert group.ask(group.reader, "GET", "k") == "v"
    assert group.ask(group.reader, "ROLE")[0] == ("slave" if nodes == 3 else "master")
    program.repair()
    group.rebooted(member, since=mark)
    assert group.ask(group.reader, "ROLE")[0] == "slave"


@covers("G02", "G13")
def test_a_primary_that_dies_while_a_replica_reboots_is_failed_over_at_once(breakable, program):
    group = breakable.create("both", nodes=3)
    fill(group)
    old, mark = group.primary, group.mark()
    program.break_it()
    group.reboot("both-002")
    refuses_to_start(group)
    group.signal(old)
    group.wait("the other replica is promoted", lambda: group.primary == "both-003")
    assert shown(group)["both-002"] == REBOOTING
    assert group.redis().get("k") == "v"
    program.repair()
    group.rebooted("both-002", since=mark)
    group.recovered([old], since=mark)
    told = [text for source, text in group.events_since(mark) if source == "both-002"]
    assert told == [RESTARTED]
    assert values(group) == {"v"}
    assert serves(group)


def reboot_until(server, group, member):
    """The server dies at its failpoint, whether before or after its answer."""
    with contextlib.suppress(botocore.exceptions.HTTPClientError,
                             botocore.exceptions.ConnectionError):
        group.reboot(member)
    server.ended()


@covers("G13")
@pytest.mark.parametrize("failover, how", [
    (True, signal.SIGKILL), (False, signal.SIGKILL), (True, signal.SIGSTOP)], ids=str)
def test_a_primary_that_fails_once_it_is_back_fails_like_any_other(make_server, failover, how):
    server = make_server().start(failpoint="reboot-primary.start-primary.committed")
    group = server.create("again", nodes=3, failover=failover)
    fill(group)
    old, mark = group.primary, group.mark()
    reboot_until(server, group, old)
    group.signal(old, how=how)
    server.start()
    group.rebooted(old, since=mark)
    group.recovered([old], since=mark)
    told = group.events_since(mark)
    assert told[0] == (old, RESTARTED)
    assert told.count((old, RESTARTED)) == 1
    assert [text for source, text in told if source == old][-2:] == RECOVERED
    assert (group.primary != old) == failover
    assert len(values(group)) == 1, "whatever was left, everybody has the same"
    assert serves(group)


@pytest.mark.parametrize("point, told", [("start-replica.acted", [RESTARTED]),
                                         ("await-sync.committed", [RESTARTED, *RECOVERED])])
def test_a_replica_that_dies_once_more_comes_back(make_server, point, told):
    server = make_server().start(failpoint=f"reboot-replica.{point}")
    group = server.create("twice", nodes=3)
    fill(group)
    primary, mark = group.primary, group.mark()
    reboot_until(server, group, "twice-002")
    group.signal("twice-002")
    server.start()
    group.rebooted("twice-002", since=mark)
    group.wait("all is told", lambda: len(group.events_since(mark)) == len(told))
    group.settled()
    assert group.events_since(mark) == [("twice-002", text) for text in told]
    assert group.primary == primary
    assert values(group) == {"v"}


def test_a_replica_that_hangs_while_its_primary_reboots_is_replaced(make_server):
    server = make_server().start(failpoint="reboot-primary.publish-primary.acted")
    group = server.create("stuck", nodes=3)
    fill(group)
    primary, mark = group.primary, group.mark()
    reboot_until(server, group, primary)
    group.signal("stuck-003", how=signal.SIGSTOP)
    server.start()
    group.rebooted(primary, since=mark)
    group.recovered(["stuck-003"], since=mark)
    assert [text for source, text in group.events_since(mark) if source == primary] == [RESTARTED]
    assert values(group) == {None}


def test_what_a_stop_of_the_server_has_saved_does_not_come_back_with_a_reboot(server):
    group = server.create("saved", nodes=2)
    fill(group)
    server.stop()
    server.start()
    group.settled()
    primary, mark = group.primary, group.mark()
    assert (group.directory(primary) / "dump.rdb").exists()
    group.reboot(primary)
    group.rebooted(primary, since=mark)
    assert values(group) == {None}
