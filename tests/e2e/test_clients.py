"""What a client sees that had a connection open when its node failed, and how it gets on."""

import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

import pytest
import redis
import redis.backoff
import redis.exceptions
import redis.retry

from harness.waiting import until
from stories import MODES, Story

covers = pytest.mark.covers
QUIET = 0.3                # long for an answer on one machine
PATIENT = "60000"          # ms between heartbeats: nobody notices a hang meanwhile


def pinned(where, **options):
    """redis-py with one connection and no second try."""
    client = redis.Redis(*where, single_connection_client=True, decode_responses=True,
                         socket_connect_timeout=2, **options)
    assert client.ping()
    return client


def fails(client, *kinds, seconds=10):
    """The error that the client's next command ends with, and after how long."""
    begun = time.monotonic()
    with pytest.raises(kinds) as caught:
        client.get("k1")
    passed = time.monotonic() - begun
    assert passed < seconds
    return caught.value, passed


def dial(where, timeout):
    connection = socket.socket()
    connection.settimeout(timeout)
    try:
        connection.connect(where)
    except OSError as error:
        connection.close()
        return error
    return connection


def test_a_crash_resets_open_connections(server):
    story = Story(server, "crash", False)
    client = pinned(story.endpoint, socket_timeout=5)
    blocked, failed = pinned(story.endpoint), []

    def wait_for_work():
        try:
            blocked.blpop("queue", 0)
        except redis.exceptions.ConnectionError as error:
            failed.append(error)

    waiting = threading.Thread(target=wait_for_work)
    waiting.start()
    story.group.wait("it is blocked", lambda: client.info("clients")["blocked_clients"])
    story.fail(story.first)
    error, _ = fails(client, redis.exceptions.ConnectionError)
    assert "reset" in str(error) or "closed" in str(error), error
    waiting.join(10)
    assert failed, "one that waits for an answer is told as well"
    story.over(story.first).kept()


def test_a_hang_is_silence_that_keepalive_takes_for_health(make_server):
    """The kernel of a machine whose redis-server hangs goes on acknowledging."""
    server = make_server(heartbeat_interval=PATIENT).start()
    story = Story(server, "hang", False)
    plain = pinned(story.endpoint, socket_timeout=QUIET)
    watchful = pinned(story.endpoint, socket_timeout=4, socket_keepalive=True,
                      socket_keepalive_options=impatience())
    story.fail(story.first)
    fails(plain, redis.exceptions.TimeoutError)
    error, passed = fails(watchful, redis.exceptions.TimeoutError)
    assert passed >= 4, f"only its own timeout ends it: {error}"
    taken = dial(story.endpoint, 2)
    assert isinstance(taken, socket.socket), f"connections are taken: {taken}"
    taken.sendall(b"PING\r\n")
    taken.settimeout(QUIET)
    with pytest.raises(TimeoutError):
        taken.recv(1)
    taken.close()
    os.kill(story.group.pid(story.first), signal.SIGCONT)
    story.group.settled()
    assert story.group.redis().get("k1") == "v1"


def impatience():
    """A machine that has been gone for two seconds is noticed: the cure for silent death."""
    return {socket.TCP_KEEPIDLE: 1, socket.TCP_KEEPINTVL: 1, socket.TCP_KEEPCNT: 2,
            socket.TCP_USER_TIMEOUT: 2000}


def test_silence_is_noticed_by_keepalive_and_by_tcp_user_timeout_only(server):
    story = Story(server, "silent", False)
    plain = pinned(story.endpoint, socket_timeout=QUIET)
    user_timeout = dial(story.endpoint, 2)
    user_timeout.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 2000)
    keepalive = dial(story.endpoint, 2)
    keepalive.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in impatience().items():
        if option != socket.TCP_USER_TIMEOUT:
            keepalive.setsockopt(socket.IPPROTO_TCP, option, value)
    story.down("us-east-1a")
    story.primary_is("story-002", "story-003")
    fails(plain, redis.exceptions.TimeoutError)
    user_timeout.sendall(b"PING\r\n")
    for connection in (user_timeout, keepalive):
        connection.settimeout(15)
        with pytest.raises(OSError) as caught:
            connection.recv(1)
        assert isinstance(caught.value, TimeoutError) and caught.value.errno, "ETIMEDOUT"
        connection.close()
    assert isinstance(dial(story.group.address(story.first), QUIET), TimeoutError), \
        "new connections to the node are not answered either"
    assert story.group.redis().get("k1") == "v1", "those to the primary endpoint are"
    story.up("us-east-1a")
    story.over(story.first).kept()


def test_silent_connections_are_reset_when_power_returns(server):
    story = Story(server, "silent", False)
    client = dial(story.endpoint, 2)
    client.sendall(b"PING\r\n")
    assert client.recv(7) == b"+PONG\r\n"
    story.down("us-east-1a")
    client.settimeout(QUIET)
    with pytest.raises(TimeoutError):
        client.recv(1)
    story.up("us-east-1a")
    client.settimeout(10)
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    client.close()
    story.over(story.first).kept()


def test_silence_ends_after_the_time_that_was_asked_for(server):
    story = Story(server, "silent", False)
    client = dial(story.group.address("story-002"), 10)
    client.sendall(b"PING\r\n")
    assert client.recv(7) == b"+PONG\r\n"
    server.operate("fail/node", name="story-002", how="silent", silence="200ms")
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    client.close()
    story.over("story-002").kept()


@covers("G03")
def test_a_demoted_node_answers_readonly_and_unblocks_who_waits(server):
    """A planned switch: the node lives on as a replica, and so do connections to its address."""
    story = Story(server, "crash", False, failover=False)
    old = pinned(story.group.address(story.first))
    blocked, said = pinned(story.group.address(story.first)), []

    def wait_for_work():
        try:
            blocked.blpop("queue", 0)
        except redis.exceptions.RedisError as error:
            said.append(error)

    waiting = threading.Thread(target=wait_for_work)
    waiting.start()
    story.group.wait("it is blocked", lambda: old.info("clients")["blocked_clients"])
    story.group.modify(PrimaryClusterId="story-002")
    waiting.join(20)
    story.group.settled()
    assert [str(error) for error in said] == [
        "UNBLOCKED force unblock from blocking operation, instance state changed "
        "(master -> replica?)"]
    with pytest.raises(redis.exceptions.ReadOnlyError):
        old.set("k1", "never")
    assert old.get("k1") == "v1"
    assert story.group.redis().set("k1", "again"), "the primary endpoint takes writes"
    assert story.group.primary == "story-002"


@pytest.mark.parametrize("how", MODES)
@covers("G02", "G03")
def test_redis_py_writes_again_through_the_primary_endpoint(server, how):
    """With the settings that its users are advised to have."""
    story = Story(server, how, False)
    client = redis.Redis(
        *story.endpoint, single_connection_client=True, socket_timeout=1,
        socket_connect_timeout=1, socket_keepalive=True,
        socket_keepalive_options=impatience(),
        retry=redis.retry.Retry(redis.backoff.ConstantBackoff(0.02), 200),
        retry_on_error=[redis.exceptions.ConnectionError, redis.exceptions.TimeoutError,
                        redis.exceptions.ReadOnlyError])
    assert client.set("mine", "0")
    story.fail(story.first)
    for number in range(1, 20):
        assert client.set("mine", str(number))
    assert client.get("mine") == b"19"
    client.close()
    story.over(story.first)
    assert story.group.redis().get("mine") == "19"


class NodeRedis:
    """tests/e2e/client.js, and what it has said so far."""

    def __init__(self, where, directory):
        self.out = directory / "client.out"
        with open(self.out, "wb") as out:
            self.process = subprocess.Popen(
                ["/usr/bin/node", str(pathlib.Path(__file__).with_name("client.js")), where[0],
                 str(where[1])], stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                env={"NODE_PATH": "/usr/share/nodejs", "PATH": "/usr/bin:/bin"})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def lines(self):
        return self.out.read_text().splitlines()

    def wrote(self, after=0):
        return [line for line in self.lines()[after:] if line.startswith("wrote")]

    def until(self, what, condition, seconds=20):
        until(f"node-redis {what}", condition, seconds, lambda: "\n".join(self.lines()[-20:]))


@covers("G03")
def test_node_redis_is_told_of_a_crash_and_writes_again(server, tmp_path):
    story = Story(server, "crash", False)
    with NodeRedis(story.endpoint, tmp_path) as client:
        client.until("writes", lambda: len(client.wrote()) > 20)
        before = len(client.lines())
        story.fail(story.first)
        client.until("connects again", lambda: "reconnecting" in client.lines()[before:])
        at = client.lines().index("reconnecting", before)
        client.until("writes again", lambda: len(client.wrote(at)) > 20)
        assert not [line for line in client.lines() if "READONLY" in line]
    story.over(story.first)


@covers("G03")
def test_node_redis_is_cut_off_by_a_planned_switch_and_writes_again(server, tmp_path):
    story = Story(server, "crash", False, failover=False)
    with NodeRedis(story.endpoint, tmp_path) as client:
        client.until("writes", lambda: len(client.wrote()) > 20)
        before = len(client.lines())
        story.group.modify(PrimaryClusterId="story-002")
        story.group.settled()
        client.until("connects again", lambda: "reconnecting" in client.lines()[before:])
        at = client.lines().index("reconnecting", before)
        client.until("writes again", lambda: len(client.wrote(at)) > 20)
    assert story.group.primary == "story-002"
