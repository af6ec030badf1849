"""What the user guide promises when something fails, and when failing is tested."""

import signal
import subprocess
import threading

import botocore.exceptions
import pytest

from harness.load import Writer
from harness.waiting import pause

covers = pytest.mark.covers
CREDENTIAL = "AKIDEXAMPLE%2F20140401%2Fus-east-1%2Felasticache%2Faws4_request"
SIGNED = ("Version=2015-02-02&SignatureVersion=4&SignatureMethod=HmacSHA256"
          f"&Timestamp=20140401T192317Z&X-Amz-Credential={CREDENTIAL}")


def failover_words(old, new):
    return f"Failover from master node {old} to replica node {new} completed"


def promoted(group, old):
    """The new primary, as soon as the API shows one."""
    return group.wait("a replica is promoted",
                      lambda: (now := group.primary) != old and now)


def place(group, member):
    entry = group.members()[member]
    return entry["PreferredAvailabilityZone"], entry["ReadEndpoint"], entry["CacheNodeId"]


class Statuses(threading.Thread):
    """Every status that the API shows of a group while something goes on."""

    def __init__(self, group):
        super().__init__(daemon=True)
        self.group, self.seen, self.over = group, set(), threading.Event()

    def run(self):
        while not self.over.wait(0.01):
            found = self.group.describe()
            self.seen.add(("group", found["Status"]))
            self.seen.add(("failover", found["AutomaticFailover"]))
            for shard in found["NodeGroups"]:
                self.seen.add(("shard", shard["Status"]))
                self.seen.add(("primaries", sum(
                    member["CurrentRole"] == "primary" for member in shard["NodeGroupMembers"])))
            for cluster in self.group.client.describe_cache_clusters()["CacheClusters"]:
                self.seen.add(("cluster", cluster["CacheClusterStatus"]))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


@covers("G03", "G15", "G17", "G25", "G29", "G30", "G31", "G33")
def test_the_aws_cli_tests_failover_and_sees_five_events_in_order(server):
    group = server.create("redis00", nodes=3, CacheNodeType="cache.m3.medium")
    endpoint, reader = group.endpoint, group.reader
    old, places = group.primary, {member: place(group, member) for member in group.members()}
    group.redis().set("before", "1")
    assert group.redis().wait(2, 2000) == 2
    mark, old_pid = group.mark(), group.pid(old)

    with Statuses(group) as statuses:
        answer = server.aws("test-failover", "--replication-group-id", "redis00",
                            "--node-group-id", "0001")["ReplicationGroup"]
        group.recovered([old], since=mark)
    assert answer["Status"] == "available"
    assert answer["AutomaticFailover"] == "enabled"
    assert answer["ClusterEnabled"] is False
    assert answer["CacheNodeType"] == "cache.m3.medium"
    [shard] = answer["NodeGroups"]
    assert shard["Status"] == "available"
    zones = {member["PreferredAvailabilityZone"] for member in shard["NodeGroupMembers"]}
    assert len(shard["NodeGroupMembers"]) == len(zones) == 3
    assert statuses.seen == {("group", "available"), ("shard", "available"),
                             ("cluster", "available"), ("failover", "enabled"), ("primaries", 1)}

    new = group.primary
    assert new != old
    assert (group.endpoint, group.reader) == (endpoint, reader)
    assert group.members()[old]["CurrentRole"] == "replica"
    assert {member: place(group, member) for member in group.members()} == places
    assert group.pid(old) != old_pid, "the primary failed for real"
    shown = server.aws("describe-events", "--duration", "60")["Events"]
    assert shown == sorted(shown, key=lambda event: event["Date"], reverse=True)
    told = [(event["SourceType"], event["SourceIdentifier"], event["Message"])
            for event in reversed(shown)][-5:]
    assert told == [
        ("replication-group", "redis00", "Test Failover API called for node group 0001"),
        ("cache-cluster", old, failover_words(old, new)),
        ("replication-group", "redis00", failover_words(old, new)),
        ("cache-cluster", old, "Recovering cache nodes 0001"),
        ("cache-cluster", old, "Finished recovery for cache nodes 0001"),
    ]
    assert len(group.events_since(mark)) == 5

    writer = group.redis(endpoint)
    assert writer.get("before") == "1"
    assert writer.set("after", "2") and writer.wait(2, 2000) == 2
    for member in group.replicas:
        replica = group.redis(group.address(member))
        assert replica.get("after") == "2"
        assert replica.info("replication")["master_host"] == group.address(new)[0]


@covers("G32", "G25")
def test_the_guide_s_plain_request_for_test_failover_works_as_printed(server):
    group = server.create("redis00", nodes=2)
    old, mark = group.primary, group.mark()
    missing = curl(server, "/?Action=TestFailover&NodeGroupId=redis00-0003"
                           f"&ReplicationGroupId=redis00&{SIGNED}")
    assert "<Code>NodeGroupNotFoundFault</Code>" in missing
    assert group.events_since(mark) == []
    answer = curl(server, "/?Action=TestFailover&NodeGroupId=redis00-0001"
                          f"&ReplicationGroupId=redis00&{SIGNED}")
    assert answer.startswith("<TestFailoverResponse ")
    assert "<ReplicationGroupId>redis00</ReplicationGroupId>" in answer
    group.recovered([old], since=mark)
    assert group.primary != old


def curl(server, target):
    done = subprocess.run(["/usr/bin/curl", "-sS", server.url + target], capture_output=True,
                          text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    return done.stdout


@covers("G02", "G03", "G07", "G17")
def test_a_killed_primary_is_replaced_and_no_confirmed_write_is_lost(server):
    group = server.create("crash", nodes=3)
    old, mark, spot = group.primary, group.mark(), place(group, group.primary)
    with Writer(group.endpoint, replicas=1) as writer:
        writer.wait_for(200)
        group.signal(old)
        writer.wait_for(50)
        group.recovered([old], since=mark)
        writer.wait_for(50)
    assert writer.lost(replicas=1) == []
    new = group.primary
    assert group.events_since(mark) == [
        (old, failover_words(old, new)), ("crash", failover_words(old, new)),
        (old, "Recovering cache nodes 0001"), (old, "Finished recovery for cache nodes 0001")]
    assert place(group, old) == spot
    assert group.redis(group.address(old)).info("replication")["role"] == "slave"


@covers("G02", "G17")
def test_a_hung_primary_is_noticed_fenced_and_replaced(server):
    group = server.create("hang", nodes=3)
    old, mark, pid = group.primary, group.mark(), group.pid(group.primary)
    with Writer(group.endpoint, replicas=2) as writer:
        writer.wait_for(200)
        group.signal(old, how=signal.SIGSTOP)
        group.recovered([old], since=mark)
        writer.wait_for(50)
    assert writer.lost(replicas=2) == []
    assert group.pid(old) not in (None, pid)
    assert group.primary != old


def test_a_killed_replica_is_replaced_in_place_and_writes_go_on(server):
    group = server.create("rep", nodes=3)
    primary, victim, mark = group.primary, group.replicas[0], group.mark()
    spot, pids = place(group, victim), group.pids()
    with Writer(group.endpoint, replicas=1) as writer:
        writer.wait_for(100)
        group.signal(victim)
        group.recovered([victim], since=mark)
        writer.wait_for(50)
    assert writer.failures == [], "nobody who writes notices"
    assert writer.lost(replicas=0) == []
    assert group.primary == primary
    assert place(group, victim) == spot
    assert group.events_since(mark) == [(victim, "Recovering cache nodes 0001"),
                                        (victim, "Finished recovery for cache nodes 0001")]
    assert {member for member, pid in group.pids().items() if pid != pids[member]} == {victim}


def test_a_hung_replica_is_replaced(server):
    group = server.create("stuck", nodes=3)
    primary, victim, mark = group.primary, group.replicas[1], group.mark()
    pid = group.pid(victim)
    group.signal(victim, how=signal.SIGSTOP)
    group.recovered([victim], since=mark)
    assert group.pid(victim) not in (None, pid)
    assert group.primary == primary


@covers("G03")
def test_readers_are_answered_again_when_their_replica_has_died(server):
    group = server.create("read", nodes=3)
    group.redis().set("k", "v")
    assert group.redis().wait(2, 2000) == 2
    reader_run = group.redis(group.reader).info("server")["run_id"]
    [victim] = [member for member in group.replicas
                if group.redis(group.address(member)).info("server")["run_id"] == reader_run]
    mark = group.mark()
    group.signal(victim)
    group.wait("readers are answered", lambda: group.ask(group.reader, "GET", "k") == "v")
    assert group.ask(group.reader, "ROLE")[0] == "slave"
    group.recovered([victim], since=mark)
    assert group.ask(group.address(victim), "GET", "k") == "v"


@covers("G08", "G07")
def test_a_replica_that_lags_is_not_promoted(server):
    group = server.create("lag", nodes=3)
    old, laggard, fresh = group.primary, "lag-002", "lag-003"
    group.signal(laggard, how=signal.SIGSTOP)
    with group.redis() as primary:
        for number in range(200):
            primary.set(f"k{number}", "x" * 100)
        assert primary.wait(1, 2000) == 1
        mark = group.mark()
        group.signal(old)
    assert promoted(group, old) == fresh
    group.recovered([old], since=mark)
    assert group.redis().dbsize() == 200


@covers("G18")
def test_primary_and_one_replica_fail_and_the_other_replica_takes_over(server):
    group = server.create("two", nodes=3)
    old, victim, last = group.primary, "two-002", "two-003"
    places = {member: place(group, member) for member in group.members()}
    with Writer(group.endpoint, replicas=2) as writer:
        writer.wait_for(100)
        mark = group.mark()
        group.signal(old, victim)
        group.recovered([old, victim], since=mark)
        writer.wait_for(20)
    assert writer.lost(replicas=2) == []
    assert group.primary == last
    assert {member: place(group, member) for member in group.members()} == places
    assert [text for source, text in group.events_since(mark) if source == "two"] == [
        failover_words(old, last)]


@covers("G19")
def test_when_everything_fails_everything_is_recreated_cold_where_it_was(server):
    group = server.create("all", nodes=3)
    endpoint, reader = group.endpoint, group.reader
    places = {member: place(group, member) for member in group.members()}
    assert group.redis().set("k", "v") and group.redis().wait(2, 2000) == 2
    mark = group.mark()
    group.signal(*group.members())
    group.recovered(list(places), since=mark)
    assert (group.endpoint, group.reader) == (endpoint, reader)
    assert {member: place(group, member) for member in group.members()} == places
    assert group.redis().dbsize() == 0
    assert group.redis().set("k", "new") and group.redis().wait(2, 2000) == 2
    assert "lost" in server.log(), "that data is lost is said in the log"


@covers("G20")
def test_without_automatic_failover_a_failed_primary_is_recreated_in_place(server):
    group = server.create("off", nodes=3, failover=False)
    primary, endpoint = group.primary, group.endpoint
    places = {member: place(group, member) for member in group.members()}
    group.redis().set("k", "v")
    mark = group.mark()
    group.signal(primary)
    group.recovered([primary], since=mark)
    assert group.primary == primary and group.endpoint == endpoint
    assert {member: place(group, member) for member in group.members()} == places
    assert group.redis().dbsize() == 0
    assert group.redis().set("k", "again") and group.redis().wait(2, 2000) == 2
    assert not [text for _, text in group.events_since(mark) if text.startswith("Failover")]


@covers("G20")
def test_without_automatic_failover_a_failed_replica_is_recreated_in_place(server):
    group = server.create("offrep", nodes=2, failover=False)
    victim, mark = "offrep-002", group.mark()
    group.redis().set("k", "v")
    spot = place(group, victim)
    group.signal(victim)
    group.recovered([victim], since=mark)
    assert place(group, victim) == spot
    assert group.ask(group.address(victim), "GET", "k") == "v"


def test_a_single_node_group_without_replicas_is_recreated_in_place(server):
    group = server.create("single", nodes=1, failover=False)
    mark = group.mark()
    group.signal("single-001")
    group.recovered(["single-001"], since=mark)
    assert group.redis().set("k", "v")


@covers("G07")
def test_writes_confirmed_by_a_replica_survive_failover_after_failover(server):
    group = server.create("again", nodes=3)
    with Writer(group.endpoint, replicas=1) as writer:
        for _ in range(3):
            writer.wait_for(100)
            old, mark = group.primary, group.mark()
            group.signal(old)
            group.recovered([old], since=mark)
            assert writer.lost(replicas=1) == []


@covers("G27")
def test_two_groups_fail_over_at_the_same_time(server):
    groups = [server.create(name, nodes=2) for name in ("left", "right")]
    mark = groups[0].mark()
    old = {group.name: group.primary for group in groups}
    barrier, failures = threading.Barrier(2), []

    def call(group):
        client = group.client
        barrier.wait()
        try:
            client.test_failover(ReplicationGroupId=group.name, NodeGroupId="0001")
        except botocore.exceptions.ClientError as error:
            failures.append(error)

    threads = [threading.Thread(target=call, args=[group]) for group in groups]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    for group in groups:
        group.recovered([old[group.name]], since=mark)
        assert group.primary != old[group.name]
        assert len(group.events_since(mark)) == 5


@covers("G28")
def test_a_second_call_is_refused_until_the_failed_node_is_replaced(server):
    group = server.create("twice", nodes=3)
    old, mark = group.primary, group.mark()
    barrier, answers = threading.Barrier(3), []

    def call():
        barrier.wait()
        answers.append(server.call("TestFailover", ReplicationGroupId="twice", NodeGroupId="0001"))

    threads = [threading.Thread(target=call) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers) == [200, 400, 400]
    for answer in answers:
        if answer.status == 400:
            assert answer.error[1] in ("InvalidReplicationGroupState", "InvalidCacheClusterState")
    group.recovered([old], since=mark)
    assert len(group.events_since(mark)) == 5
    middle, mark = group.primary, group.mark()
    group.test_failover()
    group.recovered([middle], since=mark)


@covers("G26")
def test_five_node_groups_in_a_day_may_be_tested_and_a_sixth_may_not(make_server):
    server = make_server(test_failover_quota=2).start()
    groups = [server.create(f"quota{n}", nodes=2) for n in range(3)]
    for group in groups[:2]:
        group.test_failover()
    for group in groups[:2]:
        group.settled()
    mark = groups[2].mark()
    answer = server.call("TestFailover", ReplicationGroupId="quota2", NodeGroupId="0001")
    assert answer.error == (400, "APICallRateForCustomerExceeded",
                            "The customer has exceeded the allowed rate of API calls.")
    assert groups[2].events_since(mark) == []
    server.stop()
    server.start()
    for group in groups:
        group.settled()  # started again with their data
    assert server.call("TestFailover", ReplicationGroupId="quota2", NodeGroupId="0001").status == 400
    mark, old = groups[0].mark(), groups[0].primary
    groups[0].test_failover()
    groups[0].recovered([old], since=mark)


@covers("G26")
def test_the_quota_is_five_unless_configured(make_server):
    server = make_server().start()
    groups = [server.create(f"five{n}", nodes=2, wait=False) for n in range(6)]
    for group in groups:
        group.settled()
    for group in groups[:5]:
        group.test_failover()
    with pytest.raises(botocore.exceptions.ClientError, match="APICallRateForCustomerExceeded"):
        groups[5].test_failover()
    for group in groups:
        group.settled()


@covers("G07")
def test_a_primary_killed_the_moment_its_group_is_available_loses_nothing(server):
    for attempt in range(3):
        group = server.create(f"young{attempt}", nodes=3)
        old, mark = group.primary, group.mark()
        with group.redis() as primary:
            for number in range(200):
                primary.set(f"k{number}", number)
            group.signal(old)
        group.recovered([old], since=mark)
        assert group.redis().dbsize() >= 199, "at most what was on its way when the primary died"


@covers("G07", "G15")
def test_replicas_of_an_available_group_receive_what_is_written_at_once(server):
    """A link that is up is not enough: for up to a second nothing flows over a new one."""
    for attempt in range(4):
        group = server.create(f"flows{attempt}", nodes=3)
        with group.redis() as primary:
            primary.set("k", "v")
            assert primary.wait(2, 500) == 2, server.story()
        old, mark = group.primary, group.mark()
        group.test_failover()
        group.recovered([old], since=mark)
        with group.redis() as primary:
            primary.set("k", "v")
            assert primary.wait(2, 500) == 2, server.story()


@covers("G07")
def test_a_primary_killed_the_moment_the_old_one_is_back_loses_nothing(server):
    group = server.create("back", nodes=2)
    for attempt in range(3):
        old, mark = group.primary, group.mark()
        group.test_failover()
        group.recovered([old], since=mark)
        middle, mark = group.primary, group.mark()
        with group.redis() as primary:
            primary.flushall()
            for number in range(200):
                primary.set(f"k{number}", number)
            group.signal(middle)
        group.recovered([middle], since=mark)
        assert group.redis().dbsize() >= 199, server.story()


def test_the_promoted_replica_may_die_at_once(server):
    group = server.create("unlucky", nodes=3)
    server.repeats += ["Recovering cache nodes"]
    old, mark = group.primary, group.mark()
    with Writer(group.endpoint, replicas=2) as writer:
        writer.wait_for(50)
        group.signal(old)
        new = promoted(group, old)
        group.signal(new)
        third = group.wait("the last one is promoted",
                           lambda: (now := group.primary) not in (old, new) and now)
        group.recovered([old, new], since=mark)
        writer.wait_for(20)
    assert third == ({"unlucky-001", "unlucky-002", "unlucky-003"} - {old, new}).pop()
    assert writer.lost(replicas=2) == []


def test_an_old_primary_that_wakes_up_cannot_serve(server):
    group = server.create("wake", nodes=2)
    old, mark, pid = group.primary, group.mark(), group.pid(group.primary)
    group.signal(old, how=signal.SIGSTOP)
    promoted(group, old)
    assert group.pid(old) != pid, "it was killed before another one was promoted"
    group.recovered([old], since=mark)


def test_the_log_tells_the_story_of_a_failover_in_the_words_of_its_steps(server):
    group = server.create("story", nodes=2)
    old, mark = group.primary, group.mark()
    group.test_failover()
    group.recovered([old], since=mark)
    program = subprocess.run([server.command()[0], "steps"], capture_output=True, text=True)
    steps = [line.split()[1] for line in program.stdout.splitlines()
             if line.startswith("failover ")]
    assert steps
    log, at = server.log(), 0
    for step in steps:
        at = log.find(step, at)
        assert at >= 0, f"{step} is missing or out of order in the log\n{server.tail(80)}"


def test_a_server_at_rest_leaves_its_nodes_alone(server):
    group = server.create("rest", nodes=2)
    mark, pids = group.mark(), group.pids()
    for _ in range(10):
        pause(0.1)
        assert group.healthy()
    assert (group.events_since(mark), group.pids()) == ([], pids)
