"""State at a glance: `understudy status`, `events` and /metrics."""

import json
import os
import signal
import subprocess

import pytest
from prometheus_client.parser import text_string_to_metric_families

from harness import processes, wire
from harness.waiting import until
from stories import Story

covers = pytest.mark.covers


def state(server):
    return json.loads(server.understudy("status", "-o", "json"))


def nodes(server):
    return {node["node"]: node for group in state(server)["groups"]
            for shard in group["shards"] for node in shard["nodes"]}


def test_status_without_groups_says_how_to_make_one(server):
    assert "There are no replication groups." in server.understudy("status")


def test_status_shows_nodes_as_they_are(server):
    story = Story(server, "crash", False)
    with story.group.redis() as primary:
        seen = nodes(server)
        offset = primary.info("replication")["master_repl_offset"]
    assert [node["role"] for node in seen.values()] == ["primary", "replica", "replica"]
    for name, node in seen.items():
        assert node["process"]["pid"] == story.group.pid(name)
        assert node["process"]["answers"] is True
        assert node["says"] == node["role"] and node["keys"] == 200
        assert node["health"] == "in-sync" and node["faults"] == {}
        assert 0 < node["offset"] <= offset and node["clients"] >= 1
    assert seen["story-002"]["lag_bytes"] == 0
    lines = server.understudy("status").splitlines()
    assert lines[0].startswith("story  available, automatic failover enabled")
    [heads] = [line for line in lines if "NODE" in line]
    for name, zone in story.group.zones().items():
        [line] = [line for line in lines if f" {name} " in line]
        assert line.index(zone) == heads.index("ZONE"), "columns are aligned"


def test_status_shows_what_is_broken_and_what_is_under_way(server):
    story = Story(server, "crash", False)
    server.operate("lag", node="story-003", **{"for": "50s"})
    server.zone("us-east-1e", "close")
    server.operate("fail-step", workflow="create", step="finish")
    story.group.redis().set("late", "1")
    server.operate("fail/node", name="story-002", how="silent", hold="1h")
    story.group.wait("its replacement waits", lambda: "await-zone" in server.log()
                     or "replacement waits" in server.log())
    seen = nodes(server)
    assert seen["story-003"]["lag_bytes"] > 0 and seen["story-003"]["faults"]["lags_ms"] > 0
    assert seen["story-002"]["process"] is None and "says" not in seen["story-002"]
    assert 0 < seen["story-002"]["faults"]["held_ms"] <= 3600000
    assert seen["story-002"]["faults"]["silent_sockets"] > 0
    [flow] = state(server)["groups"][0]["shards"][0]["flows"]
    assert (flow["workflow"], flow["node"]) == ("replace", "story-002")
    words = server.understudy("status")
    assert "zone us-east-1e is closed since" in words
    assert "step finish of create is going to fail, times: 1" in words
    assert "replace of story-002" in words and "held for" in words and "lags for" in words
    server.understudy("heal")
    story.over("story-002")


def test_a_node_that_hangs_does_not_hold_the_others_up(make_server):
    server = make_server(heartbeat_interval="60000").start()
    story = Story(server, "crash", False)
    story.group.signal("story-002", how=signal.SIGSTOP)
    seen = nodes(server)
    assert seen["story-002"]["process"]["state"] == "T"
    assert seen["story-002"]["process"]["answers"] is False
    assert seen["story-001"]["process"]["answers"] and seen["story-003"]["process"]["answers"]
    assert "stopped" in server.understudy("status")
    os.kill(story.group.pid("story-002"), signal.SIGCONT)
    story.group.settled()


@covers("G08")
def test_the_record_of_the_last_failover(server):
    story = Story(server, "crash", False)
    assert state(server)["groups"][0]["shards"][0]["last_failover"] is None
    story.fail(story.first)
    new = story.primary_is("story-002", "story-003")
    story.over(story.first)
    record = state(server)["groups"][0]["shards"][0]["last_failover"]
    assert record["old"] == story.first and record["candidate"] == new
    assert f"{new}=" in record["offsets"]


class Following:
    """A command that goes on, and what it has printed so far."""

    def __init__(self, server, directory, *words):
        self.out = directory / "out"
        with open(self.out, "wb") as out:
            self.process = subprocess.Popen(
                [processes.EXECUTABLE, *words], stdout=out, stderr=subprocess.STDOUT,
                env=server.aws_environment())

    def lines(self):
        return self.out.read_text().splitlines()

    def stop(self, how=signal.SIGINT):
        self.process.send_signal(how)
        assert self.process.wait(10) == 0, self.out.read_text()


def test_events_are_followed_as_they_come(server, tmp_path):
    story = Story(server, "crash", False)
    other = server.create("storyless", nodes=1, failover=False, region="eu-west-1")
    following = Following(server, tmp_path, "events", "--follow", "--group", "story")
    until("the old ones are shown", lambda: len(following.lines()) == 8)
    story.fail(story.first)
    story.over(story.first)
    until("the new ones are shown", lambda: len(following.lines()) == 12)
    following.stop()
    assert [line.split("  ")[-1].strip() for line in following.lines()[8:]] == [
        text for _, text in story.group.events_since(story.mark)]
    assert "Finished recovery" in following.lines()[-1]
    everything = server.understudy("events", "-o", "json").splitlines()
    assert {json.loads(line)["region"] for line in everything} == {"us-east-1", "eu-west-1"}
    assert other.healthy()


def test_nobody_reads_any_more(server):
    server.create("pipe", nodes=1, failover=False)
    done = subprocess.run(
        ["/bin/sh", "-c", f"{processes.EXECUTABLE} events --follow | head -1"],
        capture_output=True, text=True, timeout=20, env=server.aws_environment())
    assert "Cache cluster created" in done.stdout and done.stderr == ""


def test_status_is_watched(server, tmp_path):
    server.create("watched", nodes=1, failover=False)
    following = Following(server, tmp_path, "status", "--watch")
    until("it is shown twice", lambda: len([line for line in following.lines()
                                            if line.startswith("watched ")]) >= 2)
    following.stop(signal.SIGTERM)
    assert "\x1b" not in following.out.read_text(), "no escapes but on a terminal"


def metrics(server):
    answer = wire.send(server.host, server.port, "GET", "/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {family.name: family for family in text_string_to_metric_families(answer.text)}


def samples(families, name, **labels):
    return [sample.value for family in families.values() for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()]


@covers("G02")
def test_metrics_have_cloudwatch_s_names_and_tell_of_failovers(server):
    story = Story(server, "crash", False)
    families = metrics(server)
    assert samples(families, "IsMaster", cache_cluster=story.first) == [1]
    assert samples(families, "IsMaster", replication_group="story") == [1, 0, 0]
    assert len(samples(families, "ReplicationLag", zone="us-east-1b")) == 1
    assert samples(families, "CurrItems") == [200, 200, 200]
    assert all(value >= 1 for value in samples(families, "CurrConnections"))
    assert samples(families, "understudy_node_up") == [1, 1, 1]
    assert samples(families, "understudy_failovers_total") == []
    story.fail(story.first)
    story.over(story.first)
    old, mark = story.group.primary, story.group.mark()
    story.group.test_failover()
    story.group.recovered([old], since=mark)
    families = metrics(server)
    assert samples(families, "understudy_failovers_total", cause="died") == [1]
    assert samples(families, "understudy_failovers_total", cause="api") == [1]
    assert samples(families, "understudy_write_gap_seconds_count", cause="died") == [1]
    assert samples(families, "understudy_write_gap_seconds_bucket", cause="died",
                   le="+Inf") == [1]
    assert samples(families, "understudy_flows_total", workflow="replace",
                   outcome="done") == [2]
    assert samples(families, "understudy_flow_duration_seconds_count", workflow="create") == [1]
    assert samples(families, "understudy_requests_total", action="TestFailover",
                   status="200") == [1]
    for name, family in families.items():
        assert family.documentation, name
    server.zone("us-east-1f", "down")
    assert samples(metrics(server), "understudy_zones_down") == [1]
