"""The control plane is killed at every step of every workflow, after the step has acted and after
it has been committed, and is started again. It must end where an uninterrupted run ends, with the
same events, and with the nodes that survived it running on. The same once more with a node that dies
in that moment, another one from point to point. The steps come from the program."""

import pytest

from crash.crashes import ONE_DEATH, POINTS, Run, reference


@pytest.mark.parametrize("workflow, point", POINTS, ids=[point for _, point in POINTS])
def test_killed_at(make_server, references, workflow, point):
    wanted = reference(references, workflow, make_server)
    assert Run(make_server(), workflow).go([point]) == wanted


@pytest.mark.parametrize("workflow, point, victim", ONE_DEATH,
                         ids=[f"{point}-{victim}" for _, point, victim in ONE_DEATH])
def test_killed_at_while_a_node_dies(make_server, workflow, point, victim):
    Run(make_server(), workflow).with_death(point, victim)
