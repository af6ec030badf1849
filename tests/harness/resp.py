"""A Redis connection that hides nothing: no retries, no pools, an error for every cut."""

import socket


class Refused(Exception):
    """An error reply."""


class Connection:
    def __init__(self, address, port, timeout=1.0):
        self.socket = socket.create_connection((address, port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def close(self):
        self.socket.close()

    def send(self, *words):
        parts = [b"*%d\r\n" % len(words)]
        for word in words:
            data = word if isinstance(word, bytes) else str(word).encode()
            parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
        self.socket.sendall(b"".join(parts))

    def _fill(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionResetError("closed by the node")
        self.buffer += data

    def _line(self):
        while b"\r\n" not in self.buffer:
            self._fill()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def _bytes(self, length):
        while len(self.buffer) < length + 2:
            self._fill()
        data, self.buffer = self.buffer[:length], self.buffer[length + 2:]
        return data

    def receive(self):
        line = self._line()
        kind, rest = line[:1], line[1:]
        if kind == b"-":
            raise Refused(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self._bytes(int(rest)).decode()
        if kind == b"*":
            return [self.receive() for _ in range(int(rest))]
        return rest.decode()

    def call(self, *words):
        self.send(*words)
        return self.receive()


def ask(address, port, *words, timeout=1.0):
    """One command over a connection of its own."""
    connection = Connection(address, port, timeout)
    try:
        return connection.call(*words)
    finally:
        connection.close()


def run_id(address, port):
    """Which process answers there."""
    info = ask(address, port, "INFO", "server")
    return next(line[7:] for line in info.splitlines() if line.startswith("run_id:"))
