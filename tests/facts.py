"""The facts about Redis under failover that cost data or hours when they are not known, each with the
rule that it became, where the rule stands, and a test that fails without it.

`facts.py --check` (part of the suite) sees to it that each rule still stands where the table says.
`facts.py` (scripts/test mutants) takes one rule after the other out of a copy of the tree, builds it and
runs its test, which must fail; the tests pass with all rules in place, or the suite would not."""

import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
PYTHON = "/usr/bin/python3"


@dataclasses.dataclass
class Rule:
    fact: str
    rule: str
    file: str
    stands: str                # in that file, once
    mutant: str                # what stands there without the rule
    test: tuple                # ("unit", program) or ("e2e", file, words)


RULES = [
    Rule("a link that is up need not carry anything for a second",
         "a replica is in sync when the primary has seen it acknowledge an offset",
         "src/flow/nodes.c",
         "if (!is_linked(&view, primary))\n			return SYNC_WAITING;",
         "return is_linked(&view, primary) ? SYNC_REACHED : SYNC_WAITING;",
         ("e2e", "test_failover.py", "receive_what_is_written_at_once")),
    Rule("a dead primary's last words are still in its replicas' sockets",
         "candidates drain before their offsets are compared", "src/flow/failover.c",
         "while (!election_drained(candidates, count) && clock_monotonic() < deadline) {",
         "while (!election_drained(candidates, count) && clock_monotonic() < deadline && !count) {",
         ("unit", "flow")),
    Rule("a hung primary wakes up and serves", "the primary is fenced first", "src/flow/failover.c",
         "return engine_fence(flow->engine, shard_primary(flow->shard), err) ? DONE : AGAIN;",
         "return err ? DONE : AGAIN;", ("e2e", "test_failover.py", "wakes_up_cannot_serve")),
    Rule("what was decided is lost with the control plane",
         "the candidate is committed before it is promoted", "src/flow/failover.c",
         "	flow_set_node(flow, \"candidate\", shard_node(flow->shard, chosen->node));\n	return DONE;",
         "	flow_set_node(flow, \"candidate\", shard_node(flow->shard, chosen->node));\n"
         "	return engine_promote(flow->engine, flow->group, flow_node(flow, \"candidate\"), err) ?"
         " DONE : AGAIN;",
         ("unit", "flow")),
    Rule("a candidate may die before it is promoted", "then another is chosen", "src/flow/failover.c",
         "return engine_fence(flow->engine, candidate, err) ? ABANDONED : AGAIN;",
         "return engine_fence(flow->engine, candidate, err) ? AGAIN : AGAIN;", ("unit", "flow")),
    Rule("an empty primary wipes its replicas",
         "a dead primary is not recreated while a replica lives", "src/domain/remedy.c",
         "return REMEDY_FAILOVER;", "return REMEDY_RECREATE;", ("unit", "remedy")),
    Rule("an empty primary wipes its replicas",
         "who recreates a primary looks once more for a copy", "src/flow/recreate.c",
         "if (group_fails_over(flow->group)) {",
         "if (group_fails_over(flow->group) && !flow->attempt) {", ("unit", "flow")),
    Rule("connections survive that an address is given up",
         "after a planned switch the old primary's clients are cut off", "src/flow/promote.c",
         "engine_drop_clients(\n		       flow->engine, flow->group, old, "
         "endpoint_primary(flow->shard), err);",
         "endpoint_primary(flow->shard);", ("e2e", "test_clients.py", "planned_switch")),
    Rule("a change of the binding closes every listener for a moment",
         "it is changed only where it differs", "src/engine/verbs.c",
         "if (reply->elements == 2 && same_set(reply->element[1]->str, addresses, count))",
         "if (reply->elements == 3 && same_set(reply->element[1]->str, addresses, count))",
         ("unit", "verbs")),
    Rule("leftovers in TIME_WAIT do not hinder the next holder of an address",
         "a bind that is refused is a holder that lives: it fails, and is tried again",
         "src/engine/verbs.c",
         'return demand(engine, group, node, WORDS("CONFIG", "SET", "bind", list.data), err);',
         'return demand(engine, group, node, WORDS("CONFIG", "SET", "bind", list.data), err) || 1;',
         ("unit", "endpoint")),
    Rule("a process may be running that nobody has recorded",
         "it is found by the lock that it holds", "src/engine/node.c",
         "if (!census_next(*census, home.directory, home.lock, CENSUS_LEADER, &position, &found))",
         "if (handle->users || "
         "!census_next(*census, home.directory, home.lock, CENSUS_LEADER, &position, &found))",
         ("unit", "adoption")),
    Rule("who writes to a pipe of ours dies or stops with us", "a node logs to a file",
         "src/engine/process.c",
         "	(void)posix_spawn_file_actions_addopen(\n"
         "		&actions, 1, \"redis.log\", O_WRONLY | O_CREAT | O_APPEND, 0600);\n",
         "", ("unit", "engine")),
]


def misplaced():
    for rule in RULES:
        times = (ROOT / rule.file).read_text().count(rule.stands)
        if times != 1:
            yield f"{rule.file} has {times} times: {rule.stands}"


def run(words, tree, **environment):
    return subprocess.run(words, cwd=tree, capture_output=True, text=True, timeout=900,
                          env={**os.environ, **environment})


def build(tree):
    done = run(["ninja", "-C", "build/mutant", "--quiet"], tree)
    assert done.returncode == 0, f"the mutant does not build:\n{done.stdout}{done.stderr}"


def passes(tree, test):
    if test[0] == "unit":
        return run([f"build/mutant/tests/unit/test_{test[1]}"], tree,
                   SOURCE_ROOT=str(tree)).returncode == 0
    done = run([PYTHON, "-m", "pytest", "-q", "-x", f"tests/e2e/{test[1]}", "-k", test[2]], tree,
               UNDERSTUDY=str(tree / "build/mutant/src/understudy"))
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.returncode == 0


def killed(tree, rule):
    path = tree / rule.file
    sound = path.read_text()
    path.write_text(sound.replace(rule.stands, rule.mutant))
    try:
        build(tree)
        return not passes(tree, rule.test)
    finally:
        path.write_text(sound)


def main():
    wrong = list(misplaced())
    if "--check" in sys.argv:
        print("\n".join(wrong) or f"{len(RULES)} rules stand where they should")
        return 1 if wrong else 0
    assert not wrong, wrong
    failed = 0
    with tempfile.TemporaryDirectory(prefix="us-facts-") as directory:
        tree = pathlib.Path(directory) / "tree"
        files = run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], ROOT).stdout.splitlines()
        for name in files:
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
        done = run(["meson", "setup", "build/mutant", "-Dwerror=false"], tree)
        assert done.returncode == 0, done.stdout
        build(tree)
        for rule in RULES:
            caught = killed(tree, rule)
            failed += not caught
            print(f"{'caught' if caught else 'SURVIVED'}: {rule.fact}: {rule.rule}", flush=True)
    print(f"{len(RULES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
