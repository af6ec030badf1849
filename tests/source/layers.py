"""Who may include whom: the table of src/README.md, and one user a library."""

import re

from tree import code, line_of, sources, text, verdict

# The same table is printed in src/README.md; readme() compares the two.
LAYERS = {
    "util": set(),
    "domain": {"util"},
    "store": {"util", "domain"},
    "engine": {"util", "domain"},
    "endpoint": {"util", "domain", "engine"},
    "flow": {"util", "domain", "store", "engine", "endpoint"},
    "work": {"util", "domain", "store", "flow"},
    "monitor": {"util", "domain", "store", "engine"},
    "fault": {"util", "domain", "store", "engine"},
    "api": {"util", "domain"},
    "protocol": {"util", "api"},
    "actions": {"util", "domain", "store", "api", "endpoint"},
    "http": {"util", "api", "protocol"},
    "operator": {"util", "domain", "store", "engine", "endpoint", "flow", "fault",
                 "http/route.h"},
    "cli": {"util", "engine/client.h"},
}
WIRING = {"main", "config", "serve", "version"}
SHARED = {
    "embed.h": {"store", "api"},  # files that are data, in the program
    "handlers.h": {"actions"},  # made from the model
}

LIBRARIES = {
    "microhttpd.h": {"http"},
    "sqlite3.h": {"store"},
    "hiredis/hiredis.h": {"engine"},
    "hiredis.h": {"engine"},
    "jansson.h": {"api", "protocol", "actions", "operator", "cli"},
    "curl/curl.h": {"cli"},
}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def allowed(layer, header):
    owner = header.split("/")[0]
    return owner == layer or owner in LAYERS[layer] or header in LAYERS[layer]


def includes():
    problems = []
    for path in sources():
        layer = path.parts[1] if len(path.parts) > 2 else path.stem
        if layer not in LAYERS and layer not in WIRING and path.name not in SHARED:
            problems.append(f"{path}: `{layer}` is not in the table of layers")
            continue
        content = code(path)
        for match in INCLUDE.finditer(content):
            where = f"{path}:{line_of(content, match.start())}"
            header = match.group(2)
            if match.group(1) == "<":
                users = LIBRARIES.get(header)
                if users is not None and layer not in users and layer not in WIRING:
                    problems.append(f"{where}: {header} belongs in {', '.join(sorted(users))}")
            elif layer in SHARED.get(header, ()):
                continue
            elif "/" not in header and layer not in WIRING:
                problems.append(f'{where}: say where it lives: "{layer}/{header}"')
            elif layer in LAYERS and not allowed(layer, header):
                problems.append(f"{where}: {layer}/ may not include {header}")
    return problems


def table_of_readme():
    rows = re.findall(r"^\| `(\w+)/` \|[^|]*\| ([^|]*) \|$", text("src/README.md"), re.MULTILINE)
    return {layer: set() if may == "nobody" else set(may.split(", ")) for layer, may in rows}


def readme():
    written = table_of_readme()
    return [f"src/README.md: {layer}/ may include {', '.join(sorted(written.get(layer, ())))};"
            f" tests/source/layers.py: {', '.join(sorted(LAYERS.get(layer, ())))}"
            for layer in sorted({*LAYERS, *written})
            if written.get(layer) != LAYERS.get(layer)]


verdict(includes() + readme())
