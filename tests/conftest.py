"""Fixtures of all suites that run the server."""

import contextlib
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from harness import processes, world  # noqa: E402
from harness.sampler import Sampler  # noqa: E402
from harness.server import Server  # noqa: E402


def pytest_configure(config):
    processes.adopt_orphans()


def pytest_collection_modifyitems(items):
    for item in items:
        rows = [row for mark in item.iter_markers("covers") for row in mark.args]
        item.user_properties += [("covers", row) for row in rows]


@pytest.fixture
def make_server(request):
    """Servers made by the test, each watched meanwhile, checked and ended after it."""
    made, samplers = [], contextlib.ExitStack()

    def make(**options):
        server = Server(**options)
        made.append(server)
        if not request.node.get_closest_marker("unwatched"):
            samplers.enter_context(Sampler(server))
        return server

    try:
        with samplers:
            yield make
        for server in made:
            world.check(server)
            world.check_end(server)
    finally:
        for server in made:
            server.clean()


@pytest.fixture
def server(make_server):
    """A server of the test's own."""
    return make_server().start()


@pytest.fixture(scope="session")
def everyones():
    server = Server(test_failover_quota="off").start()
    try:
        with Sampler(server):
            yield server
        world.check_end(server)
    finally:
        server.clean()


@pytest.fixture
def shared(everyones):
    """A server that tests share because they harm no process; each has groups of its own."""
    yield everyones
    world.check(everyones)
