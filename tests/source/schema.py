"""schema/schema.sql, which is read, describes what migrations/, which are executed, build."""

import re
import sqlite3

from tree import ROOT, files, text, verdict


def normal(sql):
    """Comments and white space do not count."""
    sql = re.sub(r"--[^\n]*", " ", re.sub(r"/\*.*?\*/", " ", sql, flags=re.DOTALL))
    return re.sub(r"\s*([(),])\s*", r"\1", re.sub(r"\s+", " ", sql)).strip()


def built(paths):
    database = sqlite3.connect(":memory:")
    for path in paths:
        database.executescript(text(path))
    rows = database.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'")
    return {(kind, name): normal(sql) for kind, name, sql in rows}


def main():
    migrations = files("migrations/*.sql")
    numbers = [int(path.name.split("-")[0]) for path in migrations]
    problems = []
    if numbers != list(range(1, len(numbers) + 1)):
        problems.append(f"migrations/ are not numbered one after the other: {numbers}")
    executed, described = built(migrations), built([ROOT / "schema/schema.sql"])
    for key in sorted({*executed, *described}):
        if executed.get(key) != described.get(key):
            problems.append(f"{' '.join(key)}:\n  migrations: {executed.get(key)}"
                            f"\n  schema.sql: {described.get(key)}")
    for kind, name in described:
        if kind == "table" and f"**{name}**" not in text("schema/README.md"):
            problems.append(f"schema/README.md: no paragraph on {name}")
    verdict(problems)


main()
