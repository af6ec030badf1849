"""How to bring a server to each workflow, and what must be true when it is over, whether or not
the server was killed on the way. A workflow without a scenario fails the suite: write one."""

import contextlib

import botocore.exceptions

from harness.server import Server

SCENARIOS = {}
CUT_OFF = (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError)


def scenario(workflow, **properties):
    """Registers a scenario for a workflow."""
    def register(kind):
        kind.properties = properties
        SCENARIOS[workflow] = kind
        return kind
    return register


class Scenario:
    """prepare() builds what is needed, act() starts the workflow, over() says whether it ended."""

    nodes, failover = 3, True
    doomed = ()                # members whose process ends on purpose

    def __init__(self, server: Server):
        self.server = server
        self.group = server.group("g")
        self.mark = 0
        self.pids = {}

    def prepare(self):
        self.server.create("g", nodes=self.nodes, failover=self.failover)
        self.write()

    def write(self):
        with self.group.redis() as primary:
            primary.set("k", "v")
            if self.nodes > 1:
                assert primary.wait(self.nodes - 1, 5000) == self.nodes - 1

    def armed(self):
        """Called when all is prepared, before act()."""
        self.mark = self.group.mark()
        self.pids = self.group.pids()

    def act(self):
        raise NotImplementedError

    def over(self):
        return self.group.healthy() and self.group.have_recovered(self.doomed, self.mark)

    def done(self):
        self.group.wait("the story ends", self.over, 40)

    def holds_data(self, living):
        """Whether some node of those still living has what was written: it lived all along, and
        a dead primary is not recreated over it."""
        return self.failover and any(
            pid == self.pids.get(name) for name, pid in living.items())

    def outcome(self):
        """What a user can see in the end."""
        group = self.group.describe()
        clusters = self.group.client.describe_cache_clusters(ShowCacheNodeInfo=True)
        return {
            "group": group, "clusters": clusters["CacheClusters"],
            "events": self.group.events_since(self.mark),
            "data": {name: self.group.ask(self.group.address(name), "GET", "k")
                     for name in self.group.members()},
        }


@contextlib.contextmanager
def may_be_cut_off():
    """The server may die before it answers."""
    try:
        yield
    except CUT_OFF:
        pass


@scenario("create")
class Create(Scenario):
    def prepare(self):
        pass

    def act(self):
        with may_be_cut_off():
            self.server.create("g", nodes=3, wait=False)

    def over(self):
        return self.group.healthy()


@scenario("modify")
class Modify(Scenario):
    failover = False

    def act(self):
        with may_be_cut_off():
            self.group.modify(AutomaticFailoverEnabled=True)


@scenario("promote")
class Promote(Scenario):
    failover = False

    def act(self):
        with may_be_cut_off():
            self.group.modify(PrimaryClusterId=self.group.replicas[-1])


@scenario("failover")
class Failover(Scenario):
    def armed(self):
        super().armed()
        self.doomed = (self.group.primary,)

    def act(self):
        with may_be_cut_off():
            self.group.test_failover()


@scenario("replace")
class Replace(Scenario):
    doomed = ("g-002",)

    def act(self):
        self.group.signal(*self.doomed)


@scenario("recreate")
class Recreate(Scenario):
    nodes, failover = 2, False
    doomed = ("g-001",)

    def act(self):
        self.group.signal(*self.doomed)


class Reboot(Scenario):
    def __init__(self, server):
        super().__init__(server)
        server.repeats.append("restarted")

    def act(self):
        with may_be_cut_off():
            self.group.reboot(*self.doomed)

    def over(self):
        return self.group.healthy() and self.group.have_rebooted(self.doomed, self.mark)


@scenario("reboot-primary")
class RebootPrimary(Reboot):
    doomed = ("g-001",)

    def holds_data(self, living):
        """Its user has given it up."""
        return False


@scenario("reboot-replica")
class RebootReplica(Reboot):
    doomed = ("g-002",)


@scenario("resume", arms_at_restart=True)
class Resume(Scenario):
    def prepare(self):
        super().prepare()
        self.server.stop()

    def armed(self):
        self.mark = self.group.mark()

    def act(self):
        pass


@scenario("delete")
class Delete(Scenario):
    def act(self):
        with may_be_cut_off():
            self.group.delete()

    def over(self):
        return self.group.is_gone()

    def outcome(self):
        left = [str(path) for path in (self.server.data / "nodes").rglob("g-*")]
        return {"events": self.group.events_since(self.mark), "left": left}
