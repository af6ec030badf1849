"""Runs a scenario, kills the server at points of it, restarts it, and compares what came of it
with a run that nothing interrupted."""

import fcntl
import json
import os
import re
import signal
import subprocess

from crash.scenarios import SCENARIOS
from harness import processes, world
from harness.waiting import until


def steps():
    """(workflow, step), from the program, in its order."""
    done = subprocess.run([processes.EXECUTABLE, "steps"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout, done.stderr
    return [tuple(line.split()) for line in done.stdout.splitlines()]


STEPS = steps()
POINTS = [(workflow, f"{workflow}.{step}.{when}")
          for workflow, step in STEPS for when in ("acted", "committed")]
DEATHS = [(workflow, point, f"g-{number:03}") for workflow, point in POINTS
          for number in range(1, SCENARIOS[workflow].nodes + 1)]
ONE_DEATH = [(workflow, point, f"g-{1 + turn % SCENARIOS[workflow].nodes:03}")
             for turn, (workflow, point) in enumerate(POINTS)]


def steps_of(workflow):
    return [step for name, step in STEPS if name == workflow]


def canonical(outcome, prefix):
    """Without what differs from run to run: dates, the network, windows of chance, and which of
    two equal replicas was promoted."""
    text = json.dumps(outcome, default=str, sort_keys=True).replace(f"{prefix}.", "NET.")
    text = re.sub(r'"[^"]*(?:Time|Date)": "[^"]*", ', "", text)
    text = re.sub(r'("\w*Window": )"[^"]*"', r'\1"…"', text)
    switch = re.search(r"master node (g-00\d) to replica node (g-00\d) completed", text)
    if switch:
        names = {switch.group(1): "old", switch.group(2): "new"}
        text = re.sub(r"g-00\d", lambda match: names.get(match.group(), "other"), text)
    return json.loads(text)


def by_name(outcome):
    """Members of lists by their names: addresses and zones of equals change places with them."""
    group = outcome.get("group", {})
    for shard in group.get("NodeGroups", []):
        shard["NodeGroupMembers"] = {
            member["CacheClusterId"]: {"role": member["CurrentRole"],
                                       "port": member["ReadEndpoint"]["Port"]}
            for member in shard["NodeGroupMembers"]}
    for name in ("MemberClusters", "ARN", "ReplicationGroupId"):
        group.pop(name, None)
    outcome["clusters"] = sorted(
        (cluster["CacheClusterId"], cluster["CacheClusterStatus"], cluster["EngineVersion"],
         len(cluster["CacheNodes"])) for cluster in outcome.get("clusters", []))
    return json.loads(json.dumps(outcome))


class Run:
    def __init__(self, server, workflow):
        self.server = server
        self.kind = SCENARIOS[workflow]
        self.scenario = self.kind(server)

    def prepare(self, point):
        """The server is up (or about to be, for what happens at its start) and armed."""
        at_restart = self.kind.properties.get("arms_at_restart")
        self.server.start(failpoint=None if at_restart else point)
        self.scenario.prepare()
        self.scenario.armed()
        if at_restart:
            self.server.start(failpoint=point, dies=bool(point))

    def die(self, point):
        self.server.ended()
        assert self.server.process.returncode == -signal.SIGKILL, \
            f"{point}: {self.server.process.returncode}\n{self.server.tail()}"

    def go(self, points=(), meanwhile=None, repeat=1):
        """Returns the outcome. The server dies at each of the points, each time in a new life of
        it; meanwhile() is called while it is dead. The scenario is acted out `repeat` times before
        that; a point of a repeated one is that of its last time. With meanwhile() the end is
        another one each time, and nothing is returned."""
        self.prepare(points[0] if points else None)
        for _ in range(repeat - 1):
            self.scenario.act()
            self.scenario.done()
            self.scenario.armed()
        self.scenario.act()
        alive = {}
        for number, point in enumerate(points):
            self.die(point)
            alive.update(self.living())
            if meanwhile:
                meanwhile(self)
            later = points[number + 1] if number + 1 < len(points) else None
            self.server.start(failpoint=later, dies=bool(later))
        if meanwhile:
            return None
        self.scenario.done()
        self.check_adopted(alive)
        return by_name(canonical(self.scenario.outcome(), self.server.network.prefix))

    def living(self):
        return {name: pid for name, pid in self.scenario.group.pids().items() if pid}

    def check_adopted(self, alive):
        """Nodes that lived when the server died live on, but for those whose death is the story."""
        now = self.scenario.group.pids()
        for name, pid in alive.items():
            doomed = name in self.scenario.doomed and pid == self.scenario.pids.get(name)
            if name in now and not doomed:
                assert now[name] == pid, f"{name} was restarted\n{self.server.story()}"

    def roughly(self, point):
        """Armed only when all is prepared; the server may die anywhere from then on, or not at
        all, and is brought back. What was asked for must have come to its end then, unless the
        server died before it said so; and all is well."""
        self.server.start()
        self.scenario.prepare()
        self.scenario.armed()
        if self.server.running:
            self.server.kill()
        self.server.start(failpoint=point, dies=True)
        if self.server.running:
            self.scenario.act()
            until("it dies or comes to its end",
                  lambda: not self.server.running or self.scenario.over(), 40,
                  story=self.server.story)
        if self.server.running:
            self.server.kill()
        self.server.start()
        self.settle()

    def with_death(self, point, victim):
        """A node dies in the same moment. The end may differ, but all is well, while one copy of
        the data lives none is lost, and a failover after that loses nothing either."""
        self.server.repeats += ["Recovering cache nodes", "Failover from master node"]
        survivors = {}

        def one_dies(run):
            survivors.update(run.living())
            pid = survivors.pop(victim, None)
            if pid:
                os.kill(pid, signal.SIGKILL)

        self.go([point], meanwhile=one_dies)
        self.settle()
        if self.scenario.group.is_gone():
            return
        if self.scenario.holds_data(survivors):
            assert self.scenario.group.redis().get("k") == "v", self.server.story()
        self.fail_over()

    def fail_over(self):
        """Whatever happened before, the replicas can stand in for the primary."""
        group = self.scenario.group
        if group.describe()["AutomaticFailover"] == "disabled":
            group.modify(AutomaticFailoverEnabled=True)
            group.settled()
        others = len(group.replicas)
        with group.redis() as primary:
            primary.set("late", "v")
            assert primary.wait(others, 5000) == others
        old, mark = group.primary, group.mark()
        group.signal(old)
        group.recovered([old], since=mark)
        assert group.primary != old, self.server.story()
        assert group.redis().get("late") == "v", self.server.story()

    def settle(self):
        """All is well, and goes on so: every node answers in the role that the database says."""
        group = self.scenario.group

        def calm():
            return group.is_gone() or group.healthy() and not any(
                list(world.shard_problems(self.server, shard))
                for shard in self.server.rows(world.SHARDS))

        until("all is calm", calm, 60, story=self.server.story)


def reference(directory, workflow, make_server, repeat=1):
    """The outcome of an uninterrupted run, made once for all workers."""
    path = directory / f"reference-{workflow}-{repeat}.json"
    with open(directory / f"reference-{workflow}-{repeat}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            outcome = Run(make_server(), workflow).go(repeat=repeat)
            path.write_text(json.dumps(outcome))
    return json.loads(path.read_text())
