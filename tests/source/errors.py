"""Every error code that a client can get from an action is declared in the model for some action
or for all, and what is declared for an action is an error the model knows."""

import json
import re

from tree import code, line_of, sources, text, verdict

CODE = re.compile(r'\bfail\s*\(\s*\w+\s*,\s*"(\w+)"')


def declared(model):
    codes = set()
    for action in model.get("actions", {}).values():
        codes.update(action.get("errors", []))
    for name, value in model.items():
        if "error" in name.lower():
            codes.update(value)
    return codes


def main():
    codes = declared(json.loads(text("api/elasticache.json"))) | {"InternalFailure"}
    problems = []
    for path in sources("*.c"):
        content = code(path)
        for match in CODE.finditer(content):
            if match.group(1) not in codes:
                problems.append(f"{path}:{line_of(content, match.start())}: {match.group(1)}"
                                " is declared nowhere in api/elasticache.json")
    verdict(problems)


main()
