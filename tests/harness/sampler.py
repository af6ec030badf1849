"""Watches the roles of every node of a server, every few milliseconds, beside a test: at no moment
may two nodes of one shard be masters."""

import select
import socket
import sqlite3
import threading
import time

NODES = """
SELECT n.address, g.port, s.id, n.name FROM node n JOIN node_group s ON s.id = n.node_group_id
	JOIN replication_group g ON g.id = s.group_id
"""
ROLE = b"*1\r\n$4\r\nROLE\r\n"
EVERY, LOOK_AGAIN, PATIENCE = 0.002, 0.1, 0.02


class Sampler:
    def __init__(self, server):
        self.server = server
        self.connections = {}      # (address, port, shard, name) -> socket
        self.violations = []
        self.rounds = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop()
        assert not self.violations, "two masters at once: " + "\n".join(self.violations[:10])

    def stop(self):
        self.over.set()
        if self.thread.is_alive():
            self.thread.join()
        for connection in self.connections.values():
            connection.close()
        self.connections.clear()

    def run(self):
        next_look = 0
        nodes = []
        while not self.over.wait(EVERY):
            if time.monotonic() > next_look:
                nodes = self.nodes()
                next_look = time.monotonic() + LOOK_AGAIN
            self.connect(nodes)
            suspects = self.doubles(self.masters())
            if suspects:
                # Two answers are no moment: both were masters at one only if both still are.
                confirmed = self.doubles(self.masters())
                self.violations += [str(confirmed[shard]) for shard in suspects
                                    if confirmed.get(shard) == suspects[shard]]
            self.rounds += 1

    def nodes(self):
        try:
            return self.server.rows(NODES)
        except sqlite3.Error:
            return []

    def connect(self, nodes):
        for node in nodes:
            if node not in self.connections:
                connection = socket.socket()
                connection.settimeout(0.2)
                try:
                    connection.connect(node[:2])
                    self.connections[node] = connection
                except OSError:
                    connection.close()
        for node in set(self.connections) - set(nodes):
            self.connections.pop(node).close()

    def masters(self):
        """The nodes that answer now that they are masters. One that does not answer in time is
        asked over a fresh connection next time."""
        asked = {}
        for node, connection in list(self.connections.items()):
            try:
                connection.send(ROLE)
                asked[connection] = node
            except OSError:
                self.drop(node)
        found = []
        deadline = time.monotonic() + PATIENCE
        while asked and (left := deadline - time.monotonic()) > 0:
            for connection in select.select(list(asked), [], [], left)[0]:
                node = asked.pop(connection)
                try:
                    answer = connection.recv(65536)
                except OSError:
                    answer = b""
                if not answer:
                    self.drop(node)
                elif b"$6\r\nmaster\r\n" in answer:
                    found.append(node)
        for node in asked.values():
            self.drop(node)
        return found

    def drop(self, node):
        self.connections.pop(node).close()

    @staticmethod
    def doubles(masters):
        shards = {}
        for _, _, shard, name in masters:
            shards.setdefault(shard, set()).add(name)
        return {shard: names for shard, names in shards.items() if len(names) > 1}
