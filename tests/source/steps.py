"""`understudy steps` names every step of every workflow once, in words fit for a cursor, and every
workflow has a scenario in the crash tests. Usage: steps.py UNDERSTUDY."""

import collections
import re
import subprocess
import sys

from tree import text, verdict


def main(program):
    lines = subprocess.run([program, "steps"], capture_output=True, text=True,
                           check=True).stdout.splitlines()
    problems = [] if lines else ["understudy steps prints nothing"]
    for line, times in collections.Counter(lines).items():
        if times > 1:
            problems.append(f"{line}: {times} times")
        if not re.fullmatch(r"[a-z][a-z-]* [a-z][a-z-]*", line):
            problems.append(f"{line!r} is not `workflow step`")
    scenarios = text("tests/crash/scenarios.py")
    for workflow in {line.split()[0] for line in lines}:
        if f'@scenario("{workflow}"' not in scenarios:
            problems.append(f"{workflow}: no scenario in tests/crash/scenarios.py")
    verdict(problems)


main(sys.argv[1])
