"""Short functions, files and headers. Prints the ten longest functions, in any case."""

import re

from tree import bare_code, sources, verdict

FUNCTION_MAX, FILE_MAX, HEADER_MAX = 80, 600, 160

# In this dialect only a function's body opens with a brace in the first column after its head.
BODY = re.compile(r"^\{\n(.*?)^\}", re.DOTALL | re.MULTILINE)


def functions():
    for path in sources("*.c"):
        content = bare_code(path)
        for body in BODY.finditer(content):
            before = content[:body.start()]
            start = max(before.rfind("\n}"), before.rfind(";\n"), before.rfind("\n\n"), 0)
            name = re.search(r"(\w+)\s*\(", before[start:])
            length = body.group().count("\n") + 1
            yield length, path, name.group(1) if name else "?"


def main():
    problems = []
    found = sorted(functions(), key=lambda entry: entry[0], reverse=True)
    lengths = [length for length, _, _ in found]
    if lengths:
        print(f"{len(lengths)} functions, median {lengths[len(lengths) // 2]} lines; the longest:")
    for length, path, name in found[:10]:
        print(f"  {length:4} {name} ({path})")
    for length, path, name in found:
        if length > FUNCTION_MAX:
            problems.append(f"{path}: {name}() has {length} lines, {FUNCTION_MAX} are enough")
    for path in sources():
        count = bare_code(path).count("\n")
        most = HEADER_MAX if path.suffix == ".h" else FILE_MAX
        if count > most:
            problems.append(f"{path}: {count} lines, {most} are enough")
    verdict(problems)


main()
