"""What the source checks share: the files of the tree, C without its comments, a verdict."""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def files(*patterns):
    """Files under version control or about to be, as paths relative to the root; all files that
    are not ignored when there is no git."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "--cached", "--others",
         "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        names = listed.stdout.splitlines()
    else:
        names = [os.path.relpath(os.path.join(folder, name), ROOT)
                 for folder, folders, found in os.walk(ROOT)
                 for name in found if "/build" not in folder and "/." not in folder]
    paths = sorted({pathlib.Path(name) for name in names})
    return [path for path in paths if (ROOT / path).is_file()
            and any(path.match(pattern) for pattern in patterns)]


def sources(*patterns):
    return [path for path in files(*(patterns or ("*.c", "*.h"))) if path.parts[0] == "src"]


def text(path):
    return (ROOT / path).read_text()


TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def code(path):
    """The file with comments blanked out, line numbers kept."""
    return TOKEN.sub(lambda m: blank(m) if m.group()[0] == "/" else m.group(), text(path))


def bare_code(path):
    """The file with comments, strings and characters blanked out, line numbers kept."""
    return TOKEN.sub(blank, text(path))


def line_of(content, offset):
    return content.count("\n", 0, offset) + 1


def verdict(problems):
    """Prints what is wrong and ends the check."""
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)
