"""What stories of failure have in common: a group with data, ways to fail, and what must be true
when it is over."""

import pytest

MODES = ("crash", "hang", "silent")
KEYS = 200

RUNNING = """
SELECT count(*) FROM flow f JOIN replication_group g ON g.id = f.group_id
WHERE g.name = ? AND f.state = 'running'
"""
DECIDED = """
SELECT n.name FROM flow_value v JOIN flow f ON f.id = v.flow_id
	JOIN replication_group g ON g.id = f.group_id JOIN node n ON n.id = CAST(v.value AS INTEGER)
WHERE g.name = ? AND f.state = 'running' AND f.workflow = 'failover' AND v.name = 'candidate'
"""
PRIMARY = """
SELECT n.name FROM node_group s JOIN replication_group g ON g.id = s.group_id
	JOIN node n ON n.id = s.primary_node WHERE g.name = ?
"""


class Story:
    """how: the nodes fail. killed: the control plane dies while it is at it, and is started again."""

    def __init__(self, server, how, killed, name="story", nodes=3, **options):
        self.server, self.how, self.killed = server, how, killed
        self.group = server.create(name, nodes=nodes, **options)
        self.places = self.where()
        self.endpoint, self.reader = self.group.endpoint, self.group.reader
        self.write()
        self.mark = self.group.mark()
        self.first = self.group.primary

    def where(self):
        return {name: (member["PreferredAvailabilityZone"], member["ReadEndpoint"])
                for name, member in self.group.members().items()}

    def write(self):
        with self.group.redis() as primary:
            pipeline = primary.pipeline(transaction=False)
            for number in range(KEYS):
                pipeline.set(f"k{number}", f"v{number}")
            pipeline.execute()
            replicas = len(self.places) - 1
            assert replicas == 0 or primary.wait(replicas, 5000) == replicas

    # ---- failing ----

    def fail(self, *members, **order):
        for answer in self.group.fail(*members, how=self.how, **order):
            assert [node["how"] for node in answer["nodes"]] == [self.how]
            assert "warning" not in answer
        self.interrupt()

    def down(self, *zones):
        for zone in zones:
            self.server.zone(zone, "down", how=self.how)
        self.interrupt()

    def up(self, *zones):
        for zone in zones:
            assert self.server.zone(zone, "up")["was_down"]

    def interrupt(self):
        """The control plane dies when its work has begun."""
        if not self.killed:
            return
        self.group.wait("work begins", lambda: self.server.rows(RUNNING, self.group.name)[0][0])
        self.server.kill()
        self.server.start()

    # ---- looking ----

    def primary_is(self, *names):
        """Waits until the database says so; the API would be too slow a witness."""
        return self.group.wait(f"the primary is {' or '.join(names)}", lambda: (
            now := self.server.rows(PRIMARY, self.group.name)[0][0]) in names and now)

    def candidate(self):
        """The replica that a failover has chosen and not promoted yet."""
        return self.group.wait("a replica is chosen", lambda: (
            found := self.server.rows(DECIDED, self.group.name)) and found[0][0])

    def events(self, source):
        return [text for name, text in self.group.events_since(self.mark) if name == source]

    def over(self, *members):
        """All is well again, with the nodes where they were."""
        self.group.recovered(members, since=self.mark, seconds=60)
        assert self.where() == self.places
        assert (self.group.endpoint, self.group.reader) == (self.endpoint, self.reader)
        return self

    def data(self):
        """What every node has: the number of keys, the same for all."""
        with self.group.redis() as primary:
            assert primary.set("after", "1")
            assert primary.wait(len(self.places) - 1, 5000) == len(self.places) - 1
            assert primary.delete("after") == 1
            assert primary.wait(len(self.places) - 1, 5000) == len(self.places) - 1
        counts = {self.group.ask(self.group.address(name), "DBSIZE") for name in self.places}
        assert len(counts) == 1, counts
        return counts.pop()

    def kept(self):
        assert self.data() == KEYS
        assert self.group.redis().get(f"k{KEYS - 1}") == f"v{KEYS - 1}"

    def lost(self):
        assert self.data() == 0


ways = pytest.mark.parametrize("how, killed", [
    pytest.param(how, killed, id=f"{how}-killed" if killed else how)
    for how in MODES for killed in (False, True)])
