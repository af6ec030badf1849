"""README.md's table of actions, between <!-- actions --> and <!-- /actions -->, is the model's."""

import json
import re

from tree import text, verdict


def main():
    wanted = set(json.loads(text("api/elasticache.json"))["actions"])
    block = re.search(r"<!-- actions -->(.*?)<!-- /actions -->", text("README.md"), re.DOTALL)
    if not block:
        verdict(["README.md: no table between <!-- actions --> and <!-- /actions -->"])
    listed = set(re.findall(r"^\| *`?([A-Z]\w+)`? *\|", block.group(1), re.MULTILINE))
    verdict([f"README.md: {name} is not in the table" for name in sorted(wanted - listed)]
            + [f"README.md: {name} is not an action of ours" for name in sorted(listed - wanted)])


main()
