"""More crashes than the daily suite has time for (scripts/test crash-long): two in a row, in a
second flow, with a node that dies in the same moment, at any commit."""

import pytest

from crash.crashes import DEATHS, POINTS, Run, reference, steps_of

REPEATABLE = ("failover", "replace", "recreate", "promote", "reboot-primary", "reboot-replica")
TWICE = [(workflow, point) for workflow, point in POINTS if point.endswith(".acted")]
AGAIN = [(workflow, point) for workflow, point in POINTS if workflow in REPEATABLE]


@pytest.mark.parametrize("workflow, point", TWICE, ids=[point for _, point in TWICE])
def test_killed_twice_after_the_same_action(make_server, references, workflow, point):
    wanted = reference(references, workflow, make_server)
    assert Run(make_server(), workflow).go([point, point]) == wanted


@pytest.mark.parametrize("workflow, point", TWICE, ids=[point for _, point in TWICE])
def test_killed_at_a_step_and_at_the_next(make_server, references, workflow, point):
    steps = steps_of(workflow)
    following = steps.index(point.split(".")[1]) + 1
    wanted = reference(references, workflow, make_server)
    second = f"{workflow}.{steps[following]}.acted" if following < len(steps) \
        else f"{workflow}.{steps[-1]}.acted"
    assert Run(make_server(), workflow).go([point, second]) == wanted


@pytest.mark.parametrize("workflow, point", AGAIN, ids=[point for _, point in AGAIN])
def test_killed_in_a_second_flow(make_server, references, workflow, point):
    wanted = reference(references, workflow, make_server, repeat=2)
    assert Run(make_server(), workflow).go([f"{point}:2"], repeat=2) == wanted


@pytest.mark.parametrize("workflow, point, victim", DEATHS,
                         ids=[f"{point}-{victim}" for _, point, victim in DEATHS])
def test_killed_while_any_node_dies(make_server, workflow, point, victim):
    Run(make_server(), workflow).with_death(point, victim)


@pytest.mark.parametrize("workflow", sorted({workflow for workflow, _ in POINTS}))
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("count", range(1, 13))
def test_killed_at_any_commit(make_server, workflow, when, count):
    """Counted from the start of the armed server; whether the change was asked for at all depends,
    so only the world is looked at."""
    Run(make_server(), workflow).roughly(f"store.{when}-commit:{count}")
