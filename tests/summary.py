"""The end of scripts/test: adds up the test cases of all suites of one run of `meson test` and
prints the rows of the user guide that passing tests cover. Usage: summary.py MESON-LOGS."""

import json
import pathlib
import re
import sys

GUIDE_ROWS = [f"G{n:02d}" for n in range(1, 37)]
CASE = re.compile(r"^(not )?ok\b(.*)$", re.MULTILINE)


def cases(test):
    """(passed, failed) of one test program: its TAP lines, or itself when it speaks no TAP."""
    succeeded = test["result"] in ("OK", "EXPECTEDFAIL")
    found = CASE.findall(test.get("stdout") or "")
    failed = sum(1 for negative, _ in found if negative)
    passed = len(found) - failed
    if not found:
        return (1, 0) if succeeded else (0, 1)
    if not succeeded and not failed:
        failed = 1  # crashed or was stopped: whatever it printed before
    return passed, failed


def main(logs):
    passed = failed = 0
    covered = set()
    for line in (pathlib.Path(logs) / "testlog.json").read_text().splitlines():
        test = json.loads(line)
        good, bad = cases(test)
        passed += good
        failed += bad
        covered.update(re.findall(r"^# covers (G\d\d)$", test.get("stdout") or "", re.MULTILINE))
    if covered:
        print("guide rows covered:", " ".join(row for row in GUIDE_ROWS if row in covered))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
