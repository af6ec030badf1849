"""What examples/ shows is true: each runs against a server and cleans up."""

import pathlib
import subprocess

import pytest

EXAMPLES = sorted((pathlib.Path(__file__).parents[2] / "examples").glob("*.*"))
SHOWS = {
    "awscli.sh": ["Test Failover API called for node group 0001", "Finished recovery"],
    "curl.sh": ["<TestFailoverResponse", "Test Failover API called", "<Status>deleting</Status>"],
    "failover.py": ["at the same endpoint", "longest silence"],
}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_runs(server, path):
    done = subprocess.run([path], env=server.aws_environment(), capture_output=True, text=True,
                          timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    for words in SHOWS[path.name]:
        assert words in done.stdout
    server.group(path.name.split(".")[0]).wait(
        "what it made is gone", lambda: not server.rows("SELECT 1 FROM replication_group"))
