"""A client that writes without pause through the primary endpoint and remembers what it was told:
which writes were acknowledged, which were confirmed by replicas (WAIT), and how long the longest
silence was."""

import dataclasses
import threading
import time

from harness import resp
from harness.waiting import until

SLOTS = 5000


@dataclasses.dataclass
class Confirmed:
    value: int
    replicas: int              # 0: acknowledged by the primary only


class Writer:
    """Writes a growing number to keys in turn: a value read back must be at least the one that
    was confirmed for its key."""

    def __init__(self, endpoint, replicas=1, prefix="w"):
        self.endpoint, self.replicas, self.prefix = endpoint, replicas, prefix
        self.confirmed = {}
        self.acknowledged = 0
        self.gap = 0.0
        self.last = None
        self.failures = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.over.set()
        if self.thread.is_alive():
            self.thread.join()

    def run(self):
        connection, number = None, 0
        while not self.over.is_set():
            number += 1
            try:
                connection = connection or resp.Connection(*self.endpoint, timeout=0.5)
                self.write(connection, number)
            except (OSError, resp.Refused) as error:
                self.failures.append(repr(error))
                if connection:
                    connection.close()
                connection = None
                self.over.wait(0.001)
        if connection:
            connection.close()

    def write(self, connection, number):
        key = f"{self.prefix}:{number % SLOTS}"
        connection.send("SET", key, number)
        connection.send("WAIT", self.replicas, 100)
        connection.receive()
        now = time.monotonic()
        self.gap = max(self.gap, now - (self.last or now))
        self.last = now
        self.acknowledged += 1
        entry = self.confirmed[key] = Confirmed(number, 0)
        entry.replicas = connection.receive()  # settle_debts may have forgotten it meanwhile

    def wait_for(self, count, seconds=20):
        """Until so many more writes have been acknowledged."""
        target = self.acknowledged + count
        until(f"{count} more writes", lambda: self.acknowledged >= target, seconds)

    def forget(self):
        """After a failure that takes every copy with it, nothing is owed."""
        self.confirmed = {}

    def settle_debts(self, replicas):
        """Forgets writes that fewer replicas had confirmed: they may be gone, and were not owed."""
        for key, entry in list(self.confirmed.items()):
            if entry.replicas < replicas and self.confirmed.get(key) is entry:
                del self.confirmed[key]

    def lost(self, replicas=1, endpoint=None):
        """Writes confirmed by at least so many replicas that cannot be read back: [(key, value
        read, value confirmed)]. With 0: any acknowledged write."""
        owed = [(key, entry.value) for key, entry in list(self.confirmed.items())
                if entry.replicas >= replicas]
        connection = resp.Connection(*(endpoint or self.endpoint), timeout=5)
        try:
            missing = []
            for start in range(0, len(owed), 500):
                part = owed[start:start + 500]
                values = connection.call("MGET", *[key for key, _ in part])
                missing += [(key, value, least) for (key, least), value in zip(part, values)
                            if value is None or int(value) < least]
            return missing
        finally:
            connection.close()
