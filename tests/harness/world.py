"""The look at the whole world after a test, whatever the test was about."""

import collections
import itertools
import os
import re

from harness import processes, record, resp
from harness.waiting import TRANSIENT, until

SANITIZER = re.compile(
    r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error: |Assertion .* failed|"
    r"==\d+==ERROR")
ERROR_LINE = re.compile(r'(?:^| )level=error(?: |$)|"level":"error"')
SHARDS = """
SELECT s.id, g.name, g.status, g.port, s.primary_address, s.reader_address, p.address, r.address
FROM node_group s JOIN replication_group g ON g.id = s.group_id
	LEFT JOIN node p ON p.id = s.primary_node LEFT JOIN node r ON r.id = s.reader_node
"""


def check_log(server):
    for line in server.log().splitlines():
        if SANITIZER.search(line):
            yield f"the server reports: {line}"
        elif ERROR_LINE.search(line) and not any(part in line for part in server.announced):
            yield f"an error that nobody announced: {line}"


def check_database(server):
    for [word] in server.rows("PRAGMA integrity_check"):
        if word != "ok":
            yield f"integrity: {word}"
    for row in server.rows("PRAGMA foreign_key_check"):
        yield f"foreign key: {row}"


def check_events(server):
    events = server.rows(
        "SELECT account, region, source_type, source, message, date FROM event ORDER BY id")
    for before, after in itertools.pairwise(events):
        if after[5] < before[5]:
            yield f"events out of order: {before} then {after}"
    last = {}
    for *source, message, date in events:
        again = last.get(tuple(source)) == message
        if again and not message.endswith(" created") \
                and not any(part in message for part in server.repeats):
            yield f"event twice: {source} {message} {date}"
        last[tuple(source)] = message


def shard_problems(server, shard):
    identity, group, _, port, primary_vip, reader_vip, primary, reader = shard
    nodes = server.rows("SELECT name, address FROM node WHERE node_group_id = ?", identity)
    for name, address in nodes:
        role = resp.ask(address, port, "ROLE")
        if (role[0] == "master") != (address == primary):
            yield f"{name} says {role[0]}, the primary of {group} is {primary}"
        if role[0] == "slave" and (role[1] != primary or role[3] != "connected"):
            yield f"{name} follows {role[1:4]}, the primary of {group} is {primary}"
    if resp.ask(primary_vip, port, "ROLE")[0] != "master":
        yield f"the primary endpoint of {group} is answered by a replica"
    if resp.run_id(primary_vip, port) != resp.run_id(primary, port):
        yield f"the primary endpoint of {group} is not answered by {primary}"
    if resp.run_id(reader_vip, port) != resp.run_id(reader, port):
        yield f"the reader endpoint of {group} is not answered by {reader}"
    if (len(nodes) > 1) != (resp.ask(reader_vip, port, "ROLE")[0] == "slave"):
        yield f"the reader endpoint of {group} is answered by the wrong role"


def check_shards(server):
    """Exactly one primary a shard; endpoints and roles agree. Looks again for a moment: a replica
    may be following anew."""
    for shard in server.rows(SHARDS):
        if shard[2] != "available":
            continue
        seen = []

        def clean():
            seen[:] = shard_problems(server, shard)
            return not seen

        try:
            until("roles and endpoints agree", clean, 10, ignoring=TRANSIENT)
        except AssertionError as error:
            yield from seen or [f"{shard[1]}: {error}"]


def excess(server):
    """What the server has open beyond what it had at first and what its nodes account for: a watch
    and a connection each for the monitor and for the engine; and of the database one for each
    thread at most."""
    pid = server.process.pid
    [[nodes]] = server.rows("SELECT count(*) FROM node")
    allowed = server.at_first + collections.Counter({"anon_inode:[pidfd]": 2 * nodes,
                                                     "socket": 2 * nodes})
    for what in allowed:
        if what.startswith(f"{server.data}/understudy.db"):
            allowed[what] = len(os.listdir(f"/proc/{pid}/task")) + 1
    return processes.descriptors(pid) - allowed


def check_descriptors(server):
    try:
        until("nothing is left open", lambda: not excess(server), 5)
    except AssertionError:
        yield f"left open: {dict(excess(server))}"


def settle(server):
    groups = server.rows("SELECT name, region, account FROM replication_group"
                         " WHERE status <> 'create-failed'")
    for name, region, account in groups:
        server.group(name, region=region, account=account).settled()


def check(server):
    """Everything that must hold, whatever was tested; the server may be running or not."""
    problems = []
    if server.running:
        if not server.unsettled:
            settle(server)
            problems += [*check_shards(server), *check_descriptors(server)]
        try:
            until("the server reaps its children",
                  lambda: not processes.zombies_of(server.process.pid), 5)
        except AssertionError:
            problems.append("zombies: the server does not reap " + ", ".join(
                str(processes.stat(pid)) for pid in processes.zombies_of(server.process.pid)))
    if (server.data / "understudy.db").exists():
        problems += [*check_database(server), *check_events(server),
                     *record.check_choices(server), *record.check_told(server)]
    problems += check_log(server)
    assert not problems, "\n".join([*problems, server.story()])


def check_end(server):
    """The server is stopped as a user would, and nothing of it is left running."""
    if server.running:
        server.stop()
        left = processes.living_in(server.data)
        assert not left, f"left running: {left}\n{server.story()}"
        held = list(processes.held_locks(server.data))
        assert not held, f"left locked: {held}\n{server.story()}"
    problems = list(check_log(server))
    assert not problems, "\n".join(problems)
