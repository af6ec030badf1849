"""Two groups under write load while their nodes are killed, hung and silenced, zones go down, failover
is tested and the control plane itself is killed, from a printed seed. At no moment may two nodes of a shard be
masters; no write that replicas confirmed may be lost while one of them lives; and everything must
come back to full strength each time. SOAK_SECONDS (300), SOAK_SEED."""

import collections
import os
import pathlib
import random
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from harness import processes, world  # noqa: E402
from harness.load import Writer  # noqa: E402
from harness.sampler import Sampler  # noqa: E402
from harness.server import Server  # noqa: E402

REPLICAS = 2
ZONES = {"left": "abc", "right": "def"}  # so that a zone that goes down is one group's
STEPS = [("failover", "isolate-primary"), ("failover", "choose-replica"),
         ("failover", "promote-replica"), ("failover", "publish-primary"),
         ("failover", "follow-primary"), ("replace", "replace-node"), ("replace", "await-sync")]


class Soak:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.server = Server(test_failover_quota="off")
        self.server.repeats += ["Recovering cache nodes", "Failover from master node", "restarted"]
        self.done = collections.Counter()

    # Each fault: who must come back, and how many copies of a write make it safe.

    def kill_primary(self, group):
        return self.hurt(group, [group.primary], signal.SIGKILL), 1

    def hang_primary(self, group):
        return self.hurt(group, [group.primary], signal.SIGSTOP), 1

    def kill_replica(self, group):
        return self.hurt(group, [self.random.choice(group.replicas)], signal.SIGKILL), 0

    def hang_replica(self, group):
        return self.hurt(group, [self.random.choice(group.replicas)], signal.SIGSTOP), 0

    def kill_primary_and_replica(self, group):
        victims = [group.primary, self.random.choice(group.replicas)]
        return self.hurt(group, victims, signal.SIGKILL), 2

    def kill_replicas(self, group):
        return self.hurt(group, group.replicas, signal.SIGKILL), 0

    def silence_primary(self, group):
        return self.silence(group, group.primary), 1

    def silence_replica(self, group):
        return self.silence(group, self.random.choice(group.replicas)), 0

    def silence(self, group, victim):
        group.fail(victim, how="silent", silence=f"{self.random.randint(1, 2000)}ms")
        return [victim]

    def take_zone_down(self, group):
        victim = self.random.choice(list(group.members()))
        zone, primary = group.zones()[victim], group.primary
        self.server.zone(zone, "down", how=self.random.choice(["crash", "hang", "silent"]))
        group.wait(f"{victim} is dead", lambda: group.pid(victim) is None)
        if victim == primary:
            group.wait("it fails over", lambda: group.primary != primary)
        self.server.zone(zone, "up")
        return [victim], int(victim == primary)

    def fail_a_step(self, group):
        workflow, step = self.random.choice(STEPS)
        self.server.operate("fail-step", workflow=workflow, step=step)
        return self.kill_primary(group)

    def test_failover(self, group):
        primary = group.primary
        group.test_failover()
        return [primary], 1

    def reboot_replica(self, group):
        group.reboot(self.random.choice(group.replicas))
        return [], 0

    def reboot_primary(self, group):
        group.reboot(group.primary)
        return [], None

    def kill_primary_and_control_plane(self, group):
        victims = self.hurt(group, [group.primary], signal.SIGKILL)
        self.server.kill()
        self.server.start()
        return victims, 1

    def kill_control_plane(self, group):
        self.server.kill()
        self.server.start()
        return [], 0

    def kill_everything(self, group):
        return self.hurt(group, list(group.members()), signal.SIGKILL), None

    FAULTS = [kill_primary, kill_primary, hang_primary, kill_replica, hang_replica,
              kill_primary_and_replica, kill_replicas, test_failover, test_failover,
              kill_primary_and_control_plane, kill_control_plane, kill_everything, silence_primary,
              silence_replica, take_zone_down, take_zone_down, fail_a_step, reboot_replica,
              reboot_replica, reboot_primary]

    def hurt(self, group, victims, how):
        group.signal(*victims, how=how)
        return victims

    def one_round(self, pairs):
        """A fault for each of the groups, one after the other but before any of them has come back
        (when the control plane is killed, the other group's flow is under way)."""
        marks, faults = [], []
        for group, writer in pairs:
            marks.append(group.mark())
            fault = self.random.choice(self.FAULTS)
            faults.append((fault, *fault(self, group)))
            self.done[fault.__name__] += 1
        for (group, writer), mark, (fault, victims, copies) in zip(pairs, marks, faults):
            group.recovered(victims, since=mark)
            if copies is None:
                writer.forget()
            else:
                # A write confirmed by fewer may have been only on those that died.
                lost = writer.lost(replicas=copies)
                assert not lost, (f"{fault.__name__} of {group.name}: lost {len(lost)}: {lost[:5]}"
                                  f"\n{self.server.story()}")
                writer.settle_debts(copies)
            writer.wait_for(20)

    def run(self, seconds):
        self.server.start()
        groups = [self.server.create(name, nodes=1 + REPLICAS, PreferredCacheClusterAZs=[
            f"us-east-1{zone}" for zone in zones]) for name, zones in ZONES.items()]
        writers = [Writer(group.endpoint, replicas=REPLICAS) for group in groups]
        deadline = time.monotonic() + seconds
        with Sampler(self.server) as sampler, writers[0], writers[1]:
            while time.monotonic() < deadline:
                pairs = list(zip(groups, writers))
                self.one_round(self.random.sample(pairs, self.random.randint(1, 2)))
        world.check(self.server)
        world.check_end(self.server)
        faults = ", ".join(f"{name} {count}" for name, count in sorted(self.done.items()))
        print(f"{sum(self.done.values())} faults ({faults}); "
              f"{sum(writer.acknowledged for writer in writers)} writes; "
              f"roles seen {sampler.rounds} times", file=sys.stderr)


def main():
    seed = int(os.environ.get("SOAK_SEED") or random.SystemRandom().randrange(10**9))
    print(f"soak with SOAK_SEED={seed}", file=sys.stderr, flush=True)
    processes.adopt_orphans()
    soak = Soak(seed)
    try:
        soak.run(float(os.environ.get("SOAK_SECONDS") or 300))
    finally:
        soak.server.clean()


if __name__ == "__main__":
    main()
