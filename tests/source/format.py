"""C is formatted as .clang-format says; other text has no stray white space."""

import re
import subprocess

from tree import ROOT, files, text, verdict


def c_format():
    paths = [str(path) for path in files("*.c", "*.h")]
    done = subprocess.run(["clang-format", "--dry-run", "-Werror", *paths], cwd=ROOT,
                          capture_output=True, text=True)
    return sorted({line for line in done.stderr.splitlines() if "error:" in line})


def white_space():
    for path in files("*.py", "*.sh", "*.md", "*.sql", "*.json", "*.build", "scripts/*"):
        content = text(path)
        if re.search(r"[ \t]$", content, re.MULTILINE):
            yield f"{path}: white space at the end of a line"
        if content and not content.endswith("\n"):
            yield f"{path}: no newline at the end"


verdict([*c_format(), *white_space()])
