"""A drill, with the server that it starts, under valgrind: no error, nothing lost. Usage:
valgrind.py UNDERSTUDY (a build without sanitizers)."""

import os
import pathlib
import subprocess
import sys
import tempfile

VALGRIND = ["valgrind", "--quiet", "--error-exitcode=99", "--leak-check=full",
            "--errors-for-leak-kinds=definite", "--trace-children=yes",
            "--trace-children-skip=*redis*"]


def main(program):
    keep = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with tempfile.TemporaryDirectory(prefix="us-") as home:
        done = subprocess.run(
            [*VALGRIND, f"--log-file={home}/valgrind.%p", program, "drill"], cwd=home,
            timeout=600, env={**keep, "DEBUGINFOD_URLS": ""})
        logs = {path.name: path.read_text() for path in pathlib.Path(home).glob("valgrind.*")}
    print(*logs.values(), sep="", end="", file=sys.stderr)
    if len(logs) < 2:
        print(f"only {len(logs)} processes were looked at", file=sys.stderr)
        return 1
    return 1 if done.returncode or any(logs.values()) else 0


if __name__ == "__main__":
    sys.exit(main(os.path.abspath(sys.argv[1])))
