import os

import pytest

collect_ignore = [] if os.environ.get("CRASH_LONG") else ["test_crash_long.py"]


@pytest.fixture
def references(tmp_path_factory, worker_id):
    """Where the workers of one run keep what uninterrupted runs led to."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent
