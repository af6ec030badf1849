"""What ElastiCache withholds from clients, every command of it, at every printed endpoint, and by every
way round that there is; and replicas from outside (G16)."""

import pathlib
import re
import subprocess

import pytest

from harness import resp
from harness.waiting import until

covers = pytest.mark.covers

# As the documentation lists them, with arguments that would do something.
DOCUMENTED = {
    "acl|deluser": "default", "acl|load": "", "acl|save": "", "acl|setuser": "me on nopass ~* +@all",
    "bgrewriteaof": "", "bgsave": "", "cluster|addslots": "1", "cluster|addslotsrange": "1 2",
    "cluster|bumpepoch": "", "cluster|delslots": "1", "cluster|delslotsrange": "1 2",
    "cluster|failover": "", "cluster|flushslots": "", "cluster|forget": "0" * 40,
    "cluster|links": "", "cluster|meet": "127.0.0.1 6379", "cluster|setslot": "1 stable",
    "config": "set maxmemory 1", "debug": "sleep 0", "migrate": "127.0.0.1 6379 k 0 10",
    "psync": "? -1", "replicaof": "no one", "save": "", "shutdown": "nosave",
    "slaveof": "no one", "sync": "",
}
# What would lead out of a role, into the machine, or to other processes' files.
OURS = {
    "cluster|replicate": "0" * 40, "cluster|reset": "", "cluster|saveconfig": "",
    "cluster|set-config-epoch": "1", "failover": "", "module": "list", "pfdebug": "getreg k",
    "pfselftest": "", "replconf": "listening-port 1", "restore-asking": "k 0 x",
}
ALL = {**DOCUMENTED, **OURS}
REFUSED = r"^NOPERM|not allowed"


def words(name):
    return [*name.split("|"), *ALL[name].split()]


@pytest.fixture(scope="module")
def group(everyones):
    group = everyones.create("withheld", nodes=2)
    yield group
    group.delete()
    group.gone()


def endpoints(group):
    return [group.endpoint, group.reader, *[group.address(member) for member in group.members()]]


def refused(where, *command):
    """The error that the command is refused with."""
    with pytest.raises(resp.Refused) as caught:
        resp.ask(*where, *command)
    assert re.search(REFUSED, str(caught.value)), f"{command}: {caught.value}"
    return str(caught.value)


def state(group):
    return [(resp.ask(*where, "ROLE")[0], resp.ask(*where, "DBSIZE"),
             resp.ask(*where, "ACL", "USERS")) for where in endpoints(group)]


def test_the_list_is_the_engine_s():
    source = pathlib.Path(__file__).parents[2] / "src/engine/conf.c"
    listed = re.search(r"conf_withheld\[\] = \{(.*?)NULL", source.read_text(), re.DOTALL).group(1)
    assert sorted(re.findall(r'"([^"]+)"', listed)) == sorted(ALL)


@covers("G16")
@pytest.mark.parametrize("name", sorted(ALL))
def test_a_withheld_command_is_refused_everywhere(group, name):
    before = state(group)
    for where in endpoints(group):
        refused(where, *words(name))
        refused(where, *[word.upper() for word in words(name)])
    assert state(group) == before


@pytest.mark.parametrize("name", sorted(ALL))
def test_there_is_no_way_round(group, name):
    """In a transaction, from a script and from a function."""
    command = words(name)
    connection = resp.Connection(*group.endpoint)
    connection.call("MULTI")
    with pytest.raises(resp.Refused):
        connection.call(*command)
    with pytest.raises(resp.Refused, match="EXECABORT"):
        connection.call("EXEC")
    script = "return redis.call(" + ", ".join(f"'{word}'" for word in command) + ")"
    with pytest.raises(resp.Refused):
        connection.call("EVAL", script, 0)
    connection.call("FUNCTION", "LOAD", "REPLACE", "#!lua name=round\n"
                    f"redis.register_function('round', function() {script} end)")
    with pytest.raises(resp.Refused):
        connection.call("FCALL", "round", 0)
    connection.call("FUNCTION", "DELETE", "round")
    connection.close()


@pytest.mark.parametrize("user", ["understudy", "replication", "default", "admin"])
def test_nobody_else_s_rights_can_be_had(group, user):
    for password in ("", "understudy", "password", user):
        connection = resp.Connection(*group.endpoint)
        try:
            connection.call("AUTH", user, password)
        except resp.Refused as error:
            assert str(error).startswith("WRONGPASS")
        assert connection.call("ACL", "WHOAMI") == "default"
        connection.close()


@covers("G16")
@pytest.mark.parametrize("login", [[], ["--masteruser", "replication", "--masterauth", "guess"],
                                   ["--masteruser", "understudy", "--masterauth", "guess"]],
                         ids=["nobody", "replication", "understudy"])
def test_a_replica_from_outside_cannot_attach_anywhere(group, tmp_path, login):
    group.redis().set("secret", "1")
    address = f"{group.server.network.prefix}.31.249"
    known = resp.ask(*group.endpoint, "INFO", "replication").count("\r\nslave")
    stranger = subprocess.Popen(
        ["/usr/bin/redis-server", "--bind", address, "--bind-source-addr", address, "--port",
         "6390", "--dir", str(tmp_path), "--save", "", "--logfile", str(tmp_path / "log"), *login])
    try:
        until("the stranger answers", lambda: resp.ask(address, 6390, "PING") == "PONG")
        for host, port in endpoints(group):
            assert resp.ask(address, 6390, "REPLICAOF", host, port) == "OK"
            at = len((tmp_path / "log").read_text())
            until("it is refused", lambda: re.search(
                "NOPERM|NOAUTH|WRONGPASS|Unable to AUTH|without permission|ERR",
                (tmp_path / "log").read_text()[at - 1:]))
            role = resp.ask(address, 6390, "ROLE")
            assert role[0] == "slave" and role[3] != "connected", role
            assert resp.ask(address, 6390, "DBSIZE") == 0
            assert resp.ask(*group.endpoint, "INFO", "replication").count("\r\nslave") == known
    finally:
        stranger.kill()
        stranger.wait()
    assert group.healthy()
