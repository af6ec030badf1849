"""understudy drill, the first thing that anybody runs."""

import json
import os
import subprocess

import pytest

from harness import processes
from harness.server import SANITIZERS, Network

covers = pytest.mark.covers


def drill(*words, environment=None, home, seconds=90):
    keep = {name: value for name, value in os.environ.items()
            if not name.startswith(("UNDERSTUDY", "AWS_"))}
    return subprocess.run(
        [processes.EXECUTABLE, "drill", *words], capture_output=True, text=True, timeout=seconds,
        cwd=home, env={**SANITIZERS, **keep, "HOME": str(home), **(environment or {})})


@pytest.fixture
def own(tmp_path):
    """What makes the drill's own server one of its own: another port, network and directory."""
    network = Network()
    yield {"UNDERSTUDY_NETWORK": f"{network.prefix}.0.0/16",
           "UNDERSTUDY_LISTEN": f"127.0.0.1:{20000 + int(network.prefix[4:]) * 7}"}
    network.release()


@covers("G25", "G29")
def test_the_drill_runs_without_a_server_and_leaves_nothing(tmp_path, own):
    done = drill(environment=own, home=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    told = done.stdout + done.stderr
    for words in ("Test Failover API called for node group 0001", "Failover from master node",
                  "Recovering cache nodes 0001", "Finished recovery for cache nodes 0001"):
        assert words in told
    assert "Sanitizer" not in told
    assert processes.living_in(tmp_path) == {}


def test_the_drill_speaks_json(tmp_path, own):
    done = drill("-o", "json", environment=own, home=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout)
    numbers = {name: value for name, value in result.items()
               if isinstance(value, (int, float)) and not isinstance(value, bool)}
    assert [name for name in numbers if "gap" in name]
    assert [name for name in numbers if "acknowledged" in name and numbers[name] > 0]
    assert [name for name in numbers if "lost" in name and numbers[name] == 0]
    assert len(result["events"]) == 5


def test_the_drill_uses_a_server_that_runs_and_leaves_it_as_it_was(server, tmp_path):
    other = server.create("other", nodes=2)
    pids = other.pids()
    done = drill(environment={"AWS_ENDPOINT_URL_ELASTICACHE": server.url}, home=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    [only] = server.client().describe_replication_groups()["ReplicationGroups"]
    assert only["ReplicationGroupId"] == "other"
    assert other.pids() == pids
    told = server.client().describe_events(SourceType="replication-group")["Events"]
    assert any("Test Failover API called" in event["Message"] for event in told)
