"""The control plane is killed at every step of every workflow, after the step has acted and after
it has been committed, and is started again. It must end where an uninterrupted run ends, with the
same events, and with the nodes that survived it running on. The steps come from the program."""

import pytest

from crash.crashes import POINTS, Run, reference


@pytest.mark.parametrize("workflow, point", POINTS, ids=[point for _, point in POINTS])
def test_killed_at(make_server, references, workflow, point):
    wanted = reference(references, workflow, make_server)
    assert Run(make_server(), workflow).go([point]) == wanted
