"""A drill and a server's life under valgrind: no error, nothing lost. Usage: valgrind.py
UNDERSTUDY (a build without sanitizers)."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from harness.server import Network  # noqa: E402

VALGRIND = ["valgrind", "--quiet", "--error-exitcode=99", "--leak-check=full",
            "--errors-for-leak-kinds=definite", "--trace-children=yes",
            "--trace-children-skip=*redis*"]


def main(program):
    network = Network()
    with tempfile.TemporaryDirectory(prefix="us-") as home:
        log = pathlib.Path(home) / "valgrind"
        done = subprocess.run(
            [*VALGRIND, f"--log-file={log}.%p", program, "drill"], cwd=home, timeout=600,
            env={**os.environ, "HOME": home, "UNDERSTUDY_NETWORK": f"{network.prefix}.0.0/16",
                 "UNDERSTUDY_LISTEN": f"127.0.0.1:{20000 + int(network.prefix[4:]) * 7}"})
        said = "".join(path.read_text() for path in pathlib.Path(home).glob("valgrind.*"))
    network.release()
    print(said, file=sys.stderr)
    return 1 if done.returncode or re.search(r"==\d+== ", said) else 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1])))
