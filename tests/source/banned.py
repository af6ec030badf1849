"""What is not done in this code base, with the reason for each."""

import re

from tree import bare_code, files, line_of, sources, text, verdict

# (pattern, where it is allowed, why not elsewhere)
CALLS = [
    (r"(?<![\w.>])free\s*\(", {"src/util/arena.c"}, "memory belongs to an arena"),
    (r"\b(?:malloc|calloc|realloc|strdup|strndup|asprintf|vasprintf)\s*\(", {"src/util/arena.c"},
     "memory belongs to an arena"),
    (r"\bgoto\b", set(), "release with _cleanup_"),
    (r"\b(?:u|nano)?sleep\s*\(", set(), "wait for a condition with a deadline"),
    (r"\bstr(?:n?cpy|n?cat)\s*\(", set(), "format into an arena or with snprintf"),
    (r"\bv?sprintf\s*\(", set(), "snprintf"),
    (r"\b(?:gets|tmpnam|mktemp)\s*\(", set(), "unsafe"),
    (r"\b(?:system|popen)\s*\(", set(), "posix_spawn"),
    (r"\bv?fork\s*\(", set(), "posix_spawn: we have threads"),
    (r"\bato[ifl]l?\s*\(", {"src/util/failpoint.c"}, "text_to_int"),
    (r"\bstrtok\s*\(", set(), "not thread-safe"),
    (r"\b(?:gmtime|localtime|ctime|asctime)\s*\(", set(), "not thread-safe: the _r form"),
]
OUTPUT = re.compile(r"(?<![\w])(?:printf|puts|putchar|vprintf)\s*\(|\bstdout\b")
WRITERS = ("src/cli/", "src/main.c", "src/serve.c", "src/config.c")
LEFT_OPEN = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
OUR_CASE = re.compile(
    r"\bcase (?:STATUS|HEALTH|FAILOVER|ROLE|BEAT|LOG|DONE|AGAIN|OVER|ABANDONED|FAILED|VERDICT)")


def calls():
    for path in sources():
        content = bare_code(path)
        for pattern, users, reason in CALLS:
            if str(path) in users:
                continue
            for match in re.finditer(pattern, content):
                yield f"{path}:{line_of(content, match.start())}: {match.group()} - {reason}"
        if not str(path).startswith(WRITERS):
            for match in OUTPUT.finditer(content):
                yield f"{path}:{line_of(content, match.start())}: {match.group()} - output is cli/'s"


def switch_bodies(content):
    for match in re.finditer(r"\bswitch\s*\(", content):
        start = content.index("{", match.end())
        depth = 0
        for offset in range(start, len(content)):
            depth += {"{": 1, "}": -1}.get(content[offset], 0)
            if depth == 0:
                yield match.start(), content[start:offset]
                break


def defaults():
    for path in sources("*.c"):
        content = bare_code(path)
        for offset, body in switch_bodies(content):
            if OUR_CASE.search(body) and re.search(r"\bdefault\s*:", body):
                yield (f"{path}:{line_of(content, offset)}: default: over an enum of ours hides"
                       " the value that will be added")


def left_open():
    me = "tests/source/banned.py"
    for path in files("*.c", "*.h", "*.py", "*.sh", "*.sql", "*.build", "*.json"):
        if str(path) == me:
            continue
        content = text(path)
        for match in LEFT_OPEN.finditer(content):
            yield f"{path}:{line_of(content, match.start())}: {match.group()}: finish it"


def pragma_once():
    for path in sources("*.h"):
        if "#pragma once" not in text(path):
            yield f"{path}: no #pragma once"


verdict([*calls(), *defaults(), *left_open(), *pragma_once()])
