"""understudy drill, the first thing that anybody runs."""

import json
import os
import pathlib
import subprocess

import pytest

from harness import processes
from harness.server import SANITIZERS
from harness.waiting import until

covers = pytest.mark.covers
EVENTS = ["Test Failover API called for node group 0001", "Failover from master node",
          "Failover from master node", "Recovering cache nodes 0001",
          "Finished recovery for cache nodes 0001"]


def drill(*words, **environment):
    keep = {name: value for name, value in os.environ.items()
            if not name.startswith(("UNDERSTUDY", "AWS_"))}
    return subprocess.run([processes.EXECUTABLE, "drill", *words], capture_output=True, text=True,
                          timeout=120, env={**SANITIZERS, **keep, **environment})


def directories():
    return set(pathlib.Path("/tmp").glob("understudy-*"))


@covers("G25", "G29")
def test_the_drill_runs_without_a_server_and_leaves_nothing():
    before, children = directories(), processes.children_of(os.getpid())
    done = drill()
    assert done.returncode == 0, done.stdout + done.stderr
    told = done.stdout + done.stderr
    at = 0
    for words in EVENTS:
        at = told.index(words, at) + 1
    for words in ("primary endpoint", "write gap", "writes acknowledged", "writes lost"):
        assert words in done.stdout
    assert "Sanitizer" not in told
    assert processes.children_of(os.getpid()) == children
    until("the drill's directory is gone", lambda: directories() <= before)


def test_the_drill_speaks_json():
    done = drill("-o", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout)
    assert result["held"] is True
    assert result["writes_lost"] == 0 and result["writes_acknowledged"] > 0
    assert 0 < result["write_gap_ms"] < 10000
    assert len(result["events"]) == 5
    for event, words in zip(result["events"], EVENTS):
        assert event["Message"].startswith(words)
    zones = [member["PreferredAvailabilityZone"] for member in result["after"]["Members"]]
    assert len(set(zones)) == 3
    roles = [member["CurrentRole"] for member in result["after"]["Members"]]
    assert sorted(roles) == ["primary", "replica", "replica"]


def test_the_drill_uses_a_server_that_runs_and_leaves_it_as_it_was(server):
    other = server.create("other", nodes=2)
    pids = other.pids()
    done = drill(AWS_ENDPOINT_URL_ELASTICACHE=server.url)
    assert done.returncode == 0, done.stdout + done.stderr
    [only] = server.client().describe_replication_groups()["ReplicationGroups"]
    assert only["ReplicationGroupId"] == "other"
    assert other.pids() == pids
    told = server.client().describe_events(SourceType="replication-group")["Events"]
    assert any("Test Failover API called" in event["Message"] for event in told)


@pytest.mark.parametrize("words", [["--no-such-option"], ["-o", "yaml"], ["more"]], ids=str)
def test_the_drill_refuses_what_it_does_not_know(words):
    done = drill(*words)
    assert done.returncode > 0 and done.stderr and not done.stdout
