"""Compare this library with its peers: see README.md beside this file."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from contender import CONTENDERS, OPERATIONS  # noqa: E402 - found by the line above

WARM_UP = 30


class Contender:
    """A process that waits for orders."""

    def __init__(self, name: str, database: dict[str, Any], users: int) -> None:
        self.name = name
        self.spent: dict[str, list[float]] = {operation: [] for operation in OPERATIONS}
        arguments = [name, json.dumps(database), str(users)]
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "contender.py"), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if self.process.stdout.readline() != "ready\n":
            sys.exit(f"{name} did not start")

    def order(self, operation: str, number: int) -> Any:
        """Microseconds of ``number`` requests; with 0 the statements of one."""
        self.process.stdin.write(f"{number} {operation}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"{self.name} broke in {operation}")
        return json.loads(answer)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def on_sqlite() -> tuple[str, list[dict[str, Any]]]:
    """The server's name and a database for each contender."""
    folder = tempfile.mkdtemp()
    options = {"init_command": "PRAGMA journal_mode=WAL", "transaction_mode": "IMMEDIATE"}
    names = [f"{folder}/{place}.sqlite3" for place in range(len(CONTENDERS))]
    engine = "django.db.backends.sqlite3"
    return "SQLite", [{"ENGINE": engine, "NAME": name, "OPTIONS": options} for name in names]


def on_postgresql() -> tuple[str, list[dict[str, Any]]]:
    """The same, on a server from pip."""
    import psycopg

    from tests.servers import postgres_host, postgres_settings

    names = [f"bench{place}" for place in range(len(CONTENDERS))]
    host = postgres_host(durable=True)
    with psycopg.connect(host=host, user="postgres", autocommit=True) as connection:
        for name in names:
            connection.execute(f"CREATE DATABASE {name}")
        number = connection.info.server_version // 10000
    return f"PostgreSQL {number}", [postgres_settings(name) for name in names]


def table(contenders: list[Contender], statements: dict[tuple[str, str], int]) -> str:
    """Markdown: median microseconds, the ratio to the second contender, statements."""
    lines = [f"| contender | {' | '.join(OPERATIONS)} |", "| --- |" + " ---: |" * len(OPERATIONS)]
    bare = {operation: median(contenders[1].spent[operation]) for operation in OPERATIONS}
    for each in contenders:
        found = [(median(each.spent[name]), name) for name in OPERATIONS]
        cells = [
            f"{spent:.0f} µs ({spent / bare[name]:.2f}), {statements[each.name, name]} SQL"
            for spent, name in found
        ]
        lines.append(f"| {each.name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--requests", type=int, default=60, help="of each operation and round")
    parser.add_argument("--users", type=int, default=2000)
    parser.add_argument("--sqlite", action="store_true")
    options = parser.parse_args()

    try:
        server, places = on_sqlite() if options.sqlite else on_postgresql()
    except Exception as error:  # whatever keeps PostgreSQL from starting
        print(f"PostgreSQL does not start ({error}); SQLite it is.", file=sys.stderr)
        server, places = on_sqlite()
    contenders = [Contender(*each, options.users) for each in zip(CONTENDERS, places, strict=True)]
    try:
        for each in contenders:
            for operation in OPERATIONS:
                each.order(operation, WARM_UP)
        counted = {(c.name, o): c.order(o, 0) for c in contenders for o in OPERATIONS}
        for number in range(options.rounds):
            # Another one begins each round.
            start = number % len(contenders)
            for each in contenders[start:] + contenders[:start]:
                for operation in OPERATIONS:
                    each.spent[operation] += each.order(operation, options.requests)
    finally:
        for each in contenders:
            each.close()
    packages = ("django", "djangorestframework", "djangorestframework-simplejwt", "django-axes")
    print(f"{server}, {options.users} users, {options.rounds * options.requests} requests each,")
    print(", ".join(f"{name} {version(name)}" for name in packages) + "\n")
    print(table(contenders, counted))


if __name__ == "__main__":
    main()
