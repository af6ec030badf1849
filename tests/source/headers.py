"""Every header compiles alone: it includes or declares what it uses."""

import concurrent.futures
import os
import subprocess

from tree import ROOT, sources, verdict

COMPILER = os.environ.get("CC", "gcc").split()
FLAGS = ["-std=gnu17", "-D_GNU_SOURCE", "-fsyntax-only", "-Wall", "-Wextra", "-Werror",
         "-Wno-unused-function", "-Isrc", "-x", "c", "-"]


def compile_alone(path):
    header = path.relative_to("src")
    done = subprocess.run([*COMPILER, *FLAGS], cwd=ROOT, capture_output=True, text=True,
                          input=f'#include "{header}"\n#include "{header}"\n')
    return f"{path} does not compile alone:\n{done.stderr}" if done.returncode else None


with concurrent.futures.ThreadPoolExecutor(2) as pool:
    verdict([problem for problem in pool.map(compile_alone, sources("*.h")) if problem])
