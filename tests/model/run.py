"""Runs spin on shard.pml and speaks TAP: the properties hold, every rule that is taken out violates the
property that it is there for, what is worth seeing is reached, and the steps are those of the program.
Usage: run.py UNDERSTUDY."""

import concurrent.futures
import dataclasses
import pathlib
import re
import subprocess
import sys
import tempfile

MODEL = pathlib.Path(__file__).with_name("shard.pml")
WORKFLOWS = ("failover", "replace", "recreate")

SAFETY = ("-DSAFETY", "-DNOCLAIM")
LIVENESS = ("-DCOLLAPSE",)
FAIRLY = ("-a", "-f")

TWO_PRIMARIES = r"assertion violated .*primary\[0\]"
COPY_WIPED = r"assertion violated .*copy\[i\]"
NEVER_WELL = r"acceptance cycle"


@dataclasses.dataclass
class Check:
    name: str
    defines: str
    compile: tuple = SAFETY
    search: tuple = ()
    violates: str = ""         # what pan must say; empty: it finds nothing


SMALL = "OUTAGES=0"
CHECKS = [
    Check("one primary, one endpoint, no copy wiped", f"KILLS=2 HANGS=1 CRASHES=2 {SMALL}"),
    Check("the same with a zone that goes down", "KILLS=2 HANGS=1 CRASHES=1 OUTAGES=1"),
    Check("it converges after three misfortunes", f"TIME KILLS=2 HANGS=1 CRASHES=0 {SMALL}",
          LIVENESS, FAIRLY),
    Check("it converges though the control plane dies", f"TIME KILLS=1 HANGS=1 CRASHES=2 {SMALL}",
          LIVENESS, FAIRLY),
    Check("it converges when the zone is up again", "TIME KILLS=1 HANGS=0 CRASHES=1 OUTAGES=1",
          LIVENESS, FAIRLY),
    Check("without the fence there are two primaries", f"NO_FENCE {SMALL}",
          violates=TWO_PRIMARIES),
    Check("a candidate that is committed after its promotion is one of two primaries",
          f"CANDIDATE_AFTER {SMALL}", violates=TWO_PRIMARIES),
    Check("a dead primary that is restarted in place wipes its replicas",
          f"RESTART_IN_PLACE {SMALL}", violates=COPY_WIPED),
    Check("without a second look a recreated primary wipes who hung",
          f"NO_SECOND_LOOK {SMALL}", violates=COPY_WIPED),
    Check("a dead candidate that is kept is waited for for ever",
          f"TIME KEEP_CANDIDATE CRASHES=1 {SMALL}", LIVENESS, FAIRLY, NEVER_WELL),
    *[Check(f"seen: {what}", f"WITNESS={number} {SMALL}", violates=rf"violated \({number}!=")
      for number, what in enumerate(("a failover ends", "a recreation ends",
                                     "the control plane dies between promotion and publication",
                                     "a candidate dies before its promotion"), 1)],
]


def run(words, directory, seconds=300):
    done = subprocess.run(words, cwd=directory, capture_output=True, text=True, timeout=seconds)
    return done.returncode, done.stdout + done.stderr


def verify(check):
    """(whether it went as it should, what was seen)."""
    with tempfile.TemporaryDirectory(prefix="us-model-") as directory:
        defines = [f"-D{word}" for word in check.defines.split()]
        status, said = run(["spin", *defines, "-a", str(MODEL)], directory)
        if status or "rror:" in said:
            return False, said
        status, said = run(["gcc", "-w", "-O2", *check.compile, "-o", "pan", "pan.c"], directory)
        if status:
            return False, said
        _, said = run(["./pan", "-m1000000", "-w22", *check.search], directory)
    found = re.search(r"errors: (\d+)", said)
    states = re.search(r"^\s*([\d.e+]+) states, stored", said, re.MULTILINE)
    seen = f"{states.group(1)} states" if states else said
    if not found or "max search depth too small" in said:
        return False, said
    if check.violates:
        return bool(int(found.group(1)) and re.search(check.violates, said)), seen
    return found.group(1) == "0", seen if found.group(1) == "0" else said


def steps(program):
    """The names of the model's steps, a workflow each, against the program's."""
    text = MODEL.read_text()
    words = set(re.findall(r"\b(?:at|step|rat\[n\]|replace\[n\]) = (\w+)", text)) | set(
        re.findall(r"start_flow\(\w+, (\w+)\)", text))
    modelled = {word.replace("_", "-") for word in words} - {"none", "at", "step", "first"}
    _, listed = run([program, "steps"], ".")
    wanted = {step for workflow, step in map(str.split, listed.splitlines())
              if workflow in WORKFLOWS}
    return modelled == wanted, f"only in one: {sorted(modelled ^ wanted)}"


def main(program):
    cases = [("the steps are the program's", *steps(program))]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        cases += [(check.name, *result)
                  for check, result in zip(CHECKS, pool.map(verify, CHECKS))]
    print(f"1..{len(cases)}")
    for number, (name, good, seen) in enumerate(cases, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {name} # {' '.join(seen.split())[:1000]}")
    return 0 if all(good for _, good, _ in cases) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
