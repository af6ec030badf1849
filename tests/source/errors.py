"""Every error code that a client can get from an action is declared in the model for some action
or for all, and what is declared for an action is an error the model knows."""

import json
import re

from tree import code, line_of, sources, text, verdict

CODE = re.compile(r'\bfail\s*\(\s*\w+\s*,\s*"(\w+)"')


def declared(model):
    codes = set(model["common"])
    for action in model["actions"].values():
        codes.update(action.get("errors", []))
    return codes


def main():
    model = json.loads(text("api/elasticache.json"))
    codes = declared(model)
    problems = [f"api/elasticache.json: {code} has no status"
                for code in sorted(codes - {*model["common"], *model["errors"]})]
    problems += [f"api/elasticache.json: no action declares {code}"
                 for code in sorted(set(model["errors"]) - codes)]
    for path in sources("*.c"):
        content = code(path)
        for match in CODE.finditer(content):
            if match.group(1) not in codes:
                problems.append(f"{path}:{line_of(content, match.start())}: {match.group(1)}"
                                " is declared nowhere in api/elasticache.json")
    verdict(problems)


main()
