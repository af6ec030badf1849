"""Runs pytest and reports in TAP on standard output; what pytest itself prints goes to standard
error. Arguments are pytest's."""

import os
import sys

import pytest


class Tap:
    """One line a test case. A test whose teardown fails (the world it leaves is not in order) has
    failed, however well it went."""

    def __init__(self, out):
        self.out = out
        self.count = 0
        self.outcomes = {}

    def line(self, text):
        print(text, file=self.out, flush=True)

    def pytest_runtest_logreport(self, report):
        outcome, covers, details = self.outcomes.get(report.nodeid, ("passed", [], ""))
        if report.outcome != "passed":
            outcome = "failed" if report.failed or outcome == "failed" else report.outcome
            details += "\n" + report.longreprtext
        if report.when == "call":
            covers = [value for name, value in report.user_properties if name == "covers"]
        self.outcomes[report.nodeid] = (outcome, covers, details)
        if report.when == "teardown":
            self.case(report.nodeid, *self.outcomes.pop(report.nodeid))

    def pytest_collectreport(self, report):
        if report.failed:
            self.case(report.nodeid, "failed", [], report.longreprtext)

    def case(self, nodeid, outcome, covers, details):
        self.count += 1
        name = nodeid.replace("#", " ").split("::", 1)[-1]
        verdict = "not ok" if outcome == "failed" else "ok"
        self.line(f"{verdict} {self.count} {name}{' # SKIP' if outcome == 'skipped' else ''}")
        for row in covers if outcome == "passed" else []:
            self.line(f"# covers {row}")
        if outcome == "failed":
            for text in details.splitlines():
                self.line(f"#   {text}")

    def pytest_sessionfinish(self, session, exitstatus):
        if hasattr(session.config, "workerinput"):
            return
        for nodeid, (_, covers, details) in list(self.outcomes.items()):
            self.case(nodeid, "failed", covers, details or "it did not finish")
        if exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            self.case(f"pytest ended with {exitstatus!s}", "failed", [], "")
        self.line(f"1..{self.count}")


def main():
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return pytest.main([*sys.argv[1:], "-q", "--no-header", "--tb=short"], plugins=[Tap(out)])


if __name__ == "__main__":
    sys.exit(main())
