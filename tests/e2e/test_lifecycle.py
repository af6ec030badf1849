"""The control plane starts, stops, dies and comes back."""

import os
import pathlib
import signal
import socket
import sqlite3
import subprocess

import pytest

from harness import processes, wire
from harness.load import Writer


def refusal(server, **options):
    """What a server that cannot start says; it must be one sentence and end soon."""
    done = subprocess.run(server.command(**options), env=server.environment(), text=True,
                          capture_output=True, timeout=20)
    assert done.returncode > 0, done.stderr
    lines = [line for line in done.stderr.splitlines()
             if "level=info" not in line and not line.startswith("Try ")]
    assert len(lines) == 1, done.stderr
    assert "Sanitizer" not in done.stderr
    assert "export AWS_ENDPOINT" not in done.stdout
    return lines[0]


def test_ctrl_c_keeps_groups_and_data_for_the_next_start(server):
    group = server.create("kept", nodes=3)
    seen, places = group.describe(), group.members()
    with group.redis() as primary:
        primary.set("k", "v")
    mark = group.mark()
    server.stop(how=signal.SIGINT)
    assert processes.living_in(server.data) == {}
    server.start()
    group.settled()
    assert group.members() == places
    assert group.describe() == seen
    assert group.redis().get("k") == "v"
    for member in group.members():
        assert group.ask(group.address(member), "GET", "k") == "v"
    assert group.events_since(mark) == []
    assert group.redis().set("k", "more") and group.redis().wait(2, 2000) == 2


def test_a_stop_after_a_failover_keeps_who_is_primary(server):
    group = server.create("order", nodes=2)
    old, mark = group.primary, group.mark()
    group.test_failover()
    group.recovered([old], since=mark)
    group.redis().set("k", "v")
    server.stop()
    server.start()
    group.settled()
    assert group.primary != old
    assert group.redis().get("k") == "v"


def test_several_groups_come_back_after_a_stop(server):
    groups = [server.create(name, nodes=nodes, failover=nodes > 1)
              for name, nodes in (("one", 1), ("duo", 2), ("trio", 3))]
    for group in groups:
        group.redis().set("name", group.name)
    server.stop()
    server.start()
    for group in groups:
        group.settled()
        assert group.redis().get("name") == group.name


def test_a_killed_server_adopts_its_nodes_again(server):
    group = server.create("adopt", nodes=3)
    pids, mark, seen = group.pids(), group.mark(), group.describe()
    with Writer(group.endpoint, replicas=2) as writer:
        writer.wait_for(50)
        server.kill()
        writer.wait_for(50)
        server.start()
        group.settled()
        writer.wait_for(50)
    assert writer.failures == [], "who writes does not notice"
    assert group.pids() == pids
    assert group.describe() == seen
    assert group.events_since(mark) == []
    old, mark = group.primary, group.mark()
    group.signal(old)
    group.recovered([old], since=mark)
    assert group.primary != old, "an adopted primary is watched like any other"


def test_a_node_that_dies_while_nobody_watches_is_found_at_the_next_start(server):
    group = server.create("alone", nodes=3)
    old, replica = group.primary, group.replicas[0]
    server.kill()
    mark = group.mark()
    group.signal(old, replica)
    server.start()
    group.recovered([old, replica], since=mark)
    assert group.primary not in (old, replica)


def test_nodes_run_on_with_leave_nodes(make_server):
    server = make_server().start(leave_nodes=True)
    group = server.create("left", nodes=2)
    pids, endpoint = group.pids(), group.endpoint
    server.stop()
    assert {member: group.pid(member) for member in pids} == pids
    assert group.ask(endpoint, "SET", "k", "v") == "OK"
    server.start()
    group.settled()
    assert group.pids() == pids
    assert group.redis().get("k") == "v"


def test_a_second_server_on_the_same_data_directory_is_refused(server):
    said = refusal(server)
    assert str(server.data) in said
    assert server.client().describe_replication_groups()["ReplicationGroups"] == []


def test_a_port_in_use_is_said(server, tmp_path):
    said = refusal(server, listen=f"127.0.0.1:{server.port}", data_dir=tmp_path / "d",
                   network="127.251.0.0/16")
    assert str(server.port) in said


def test_a_server_that_cannot_listen_leaves_no_node_running(make_server):
    server = make_server().start()
    server.create("stopped", nodes=2).redis().set("k", "v")
    server.stop()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refusal(server, listen=f"127.0.0.1:{taken.getsockname()[1]}")
    assert processes.living_in(server.data) == {}
    server.start()
    group = server.group("stopped").settled()
    assert group.redis().get("k") == "v"


def test_a_network_in_use_is_said(server, tmp_path):
    group = server.create("holder", nodes=1, failover=False)
    said = refusal(server, data_dir=tmp_path / "d")
    assert server.network.prefix in said
    assert group.redis().ping()


@pytest.mark.parametrize("where", ["/proc/understudy", "{file}/data"])
def test_a_directory_that_cannot_be_written_is_said(make_server, tmp_path, where):
    (tmp_path / "file").write_text("")
    directory = where.format(file=tmp_path / "file")
    assert directory.rsplit("/", 1)[0] in refusal(make_server(data_dir=directory))


def test_a_missing_redis_server_is_said(make_server):
    assert "/nowhere/redis-server" in refusal(make_server(redis_server="/nowhere/redis-server"))


def test_something_that_is_not_redis_is_said(make_server):
    assert "/bin/true" in refusal(make_server(redis_server="/bin/true"))


def test_a_damaged_database_is_said_and_left_alone(make_server):
    server = make_server()
    server.data.mkdir(parents=True)
    database = server.data / "understudy.db"
    database.write_bytes(b"this is no database\n" * 500)
    assert "understudy.db" in refusal(server)
    assert database.read_bytes() == b"this is no database\n" * 500
    database.unlink()


def test_a_database_of_a_newer_version_is_refused(make_server):
    server = make_server()
    server.start().stop()
    database = sqlite3.connect(server.data / "understudy.db")
    database.execute("PRAGMA user_version = 9999")
    database.close()
    assert "newer" in refusal(server)


@pytest.mark.parametrize("options", [
    {"network": "10.0.0.0/16"}, {"network": "127.300.0.0/16"}, {"network": "nonsense"},
    {"listen": "nowhere"}, {"listen": "127.0.0.1:99999"}, {"account": "12"},
    {"heartbeat_interval": "soon"}, {"heartbeat_failures": "-1"}, {"workers": "0"},
    {"test_failover_quota": "many"}, {"log_level": "loud"}, {"log_format": "xml"},
    {"no_such_option": "1"},
], ids=str)
def test_an_option_that_makes_no_sense_is_said(make_server, options):
    [name] = options
    assert name.replace("_", "-") in refusal(make_server(), **options).lower().replace("_", "-")


def test_every_option_is_an_environment_variable_too(make_server):
    server = make_server()
    environment = {f"UNDERSTUDY_{name.upper()}": str(value)
                   for name, value in server.options.items()}
    environment |= {"UNDERSTUDY_REGION": "eu-central-1", "UNDERSTUDY_ACCOUNT": "111122223333",
                    "UNDERSTUDY_LOG_FORMAT": "json"}
    server.start(environment=environment, **{name: None for name in server.options})
    answer = server.call("CreateReplicationGroup", ReplicationGroupId="env", NumCacheClusters="1",
                         ReplicationGroupDescription="d", CacheNodeType="cache.m5.large")
    arn = answer.xml[1]["CreateReplicationGroupResult"]["ReplicationGroup"]["ARN"]
    assert arn == "arn:aws:elasticache:eu-central-1:111122223333:replicationgroup:env"
    assert server.log().startswith("{")
    for line in server.log().splitlines():
        assert wire.json.loads(line)["level"]


def test_help_names_every_option_and_every_command(make_server):
    program = make_server().command()[0]
    text = subprocess.run([program, "serve", "--help"], capture_output=True, text=True,
                          check=True).stdout
    for option in ("listen", "data-dir", "network", "region", "account", "heartbeat-interval",
                   "heartbeat-failures", "workers", "test-failover-quota", "log-level",
                   "log-format", "redis-server", "leave-nodes"):
        assert f"--{option}" in text
    text = subprocess.run([program, "help"], capture_output=True, text=True, check=True).stdout
    for command in ("serve", "drill", "steps", "version", "help"):
        assert command in text
    version = subprocess.run([program, "version"], capture_output=True, text=True, check=True)
    assert any(character.isdigit() for character in version.stdout)
    wrong = subprocess.run([program, "no-such-command"], capture_output=True, text=True)
    assert wrong.returncode > 0 and wrong.stderr


def test_the_start_says_how_it_is_configured(server):
    text = server.out.read_text() + server.log()
    assert f"export AWS_ENDPOINT_URL_ELASTICACHE={server.url}" in server.out.read_text()
    assert str(server.data) in text
    assert server.network.prefix in text
    version = subprocess.run([server.command()[0], "version"], capture_output=True, text=True)
    assert version.stdout.split()[-1] in text


def test_a_node_does_not_inherit_what_the_server_has_open(server):
    group = server.create("fds", nodes=1, failover=False)
    opened = [os.readlink(path) for path in pathlib.Path(
        f"/proc/{group.pid('fds-001')}/fd").iterdir() if path.exists() or path.is_symlink()]
    assert not [name for name in opened if "understudy.db" in name]
    listening = socket.create_connection((server.host, server.port))
    listening.close()
    server.stop()
    with pytest.raises(OSError):
        socket.create_connection((server.host, server.port))
