"""A drill under valgrind, against a server under valgrind: no error, nothing leaked. Usage:
valgrind.py, with UNDERSTUDY naming a build without sanitizers."""

import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from harness import processes, world  # noqa: E402
from harness.server import Server  # noqa: E402


PIDFDS = pathlib.Path(processes.EXECUTABLE).parents[1] / "tests/valgrind_pidfd.so"


class Watched(Server):
    def valgrind(self):
        return ["env", f"LD_PRELOAD={PIDFDS}", "valgrind", "--quiet", "--error-exitcode=99", "--leak-check=full",
                "--errors-for-leak-kinds=definite", f"--log-file={self.home}/valgrind.%p"]

    def command(self, **options):
        return [*self.valgrind(), *super().command(**options)]

    def found(self):
        logs = [path.read_text() for path in self.home.glob("valgrind.*")]
        assert len(logs) >= 2, "the server, the drill, and what was between fork and exec"
        return "".join(logs)


def main():
    processes.adopt_orphans()
    server = Watched()
    try:
        server.start()
        drill = subprocess.run([*server.valgrind(), processes.EXECUTABLE, "drill", "--endpoint",
                                server.url], env=server.environment(), timeout=300)
        world.check(server)
        world.check_end(server)
        print(server.found(), end="", file=sys.stderr)
        return 1 if drill.returncode or server.found() else 0
    finally:
        server.clean()


if __name__ == "__main__":
    sys.exit(main())
