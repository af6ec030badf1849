"""Looking at processes. Those of a server and of its nodes are known by their working directory
or parent; nothing else is ever touched."""

import collections
import ctypes
import fcntl
import os
import pathlib
import re
import signal

from harness.waiting import until

PR_SET_CHILD_SUBREAPER = 36
EXECUTABLE = os.environ.get("UNDERSTUDY", "understudy")


def adopt_orphans():
    """Nodes whose server was killed become children of this process, so that they can be reaped
    however the machine's first process behaves."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def stat(pid):
    """(command, state, parent), or None when there is no such process."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    command, rest = text[text.index("(") + 1:text.rindex(")")], text[text.rindex(")") + 2:]
    state, parent = rest.split()[:2]
    return command, state, int(parent)


def everyone():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def living_in(directory):
    """{pid: working directory} of processes at work at or below the directory."""
    directory = os.path.realpath(directory)
    found = {}
    for pid in everyone():
        try:
            where = os.readlink(f"/proc/{pid}/cwd").removesuffix(" (deleted)")
        except OSError:
            continue
        if where == directory or where.startswith(directory + "/"):
            if (stat(pid) or ("", "Z"))[1] != "Z":
                found[pid] = where
    return found


def children_of(parent):
    return [pid for pid in everyone() if (found := stat(pid)) and found[2] == parent]


def zombies_of(parent):
    return [pid for pid in children_of(parent) if (found := stat(pid)) and found[1] == "Z"]


def descriptors(pid):
    """What a process has open: {what: how often}, but for its standard streams and for connections
    over TCP, which are its clients' affair."""
    found, directory = collections.Counter(), f"/proc/{pid}/fd"
    tcp = set(re.findall(r" (\d+) \d+ [0-9a-f]{16} ", pathlib.Path("/proc/net/tcp").read_text()))
    numbers = os.listdir(directory) if os.path.exists(directory) else []
    for number in set(numbers) - {"0", "1", "2"}:
        try:
            what = os.readlink(f"{directory}/{number}")
        except OSError:
            continue
        if what.startswith("socket:"):
            if what[8:-1] in tcp:
                continue
            what = "socket"
        found[what] += 1
    return found


def held_locks(directory):
    """Lock files below it that somebody holds."""
    for path in pathlib.Path(directory).rglob("lock"):
        with open(path) as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield path


def reap_orphans():
    for pid in zombies_of(os.getpid()):
        if stat(pid)[0] == "redis-server":
            os.waitpid(pid, os.WNOHANG)


def kill_below(directory):
    """Ends what is still at work below a directory of ours."""
    for pid in living_in(directory):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    until("processes below the directory end", lambda: not living_in(directory))
    reap_orphans()
