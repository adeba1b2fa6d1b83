"""The other side of the proofs: a project served by real processes, asked over real HTTP."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from threading import Barrier
from typing import Any
from urllib.parse import urlencode

import psycopg

from tests.servers import postgres_host

ROOT, ROOT_PASSWORD = "root", "Root-proof-1"
PASSWORD = "correct horse battery"
WRONG = "wrong horse battery"
#: The roles every site has, and what each may do besides.
ROLES = {
    "Cashier": (),
    "Attendant": (),
    "Clerk": (),
    "Manager": ("assign_role", "change_rolesettings", "view_rolesettings"),
}

_PROJECT = Path(__file__).resolve().parents[2]
_PATIENCE = 60
_SECRET = re.compile(r"[0-9a-f]{64}\.[0-9a-f]{64}")
_numbers = count(1)


@dataclass(frozen=True)
class Call:
    """One request: JSON, or a form with ``form=True``."""

    method: str
    path: str
    data: dict[str, Any] = field(default_factory=dict)
    token: str = ""
    form: bool = False
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What came back; ``body`` is parsed where it is JSON."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Person:
    """A user whom the proofs made through the API."""

    id: int
    username: str
    email: str


def sign_in(identifier: str, password: str = PASSWORD) -> Call:
    return Call("POST", "/accounts/sign-in/", {"identifier": identifier, "password": password})


def refresh(token: str) -> Call:
    return Call("POST", "/accounts/token/refresh/", {"refresh": token})


def me(token: str) -> Call:
    return Call("GET", "/accounts/me/", token=token)


def sign_out(token: str) -> Call:
    return Call("POST", "/accounts/sign-out/", token=token)


def ask_pin(email: str) -> Call:
    return Call("POST", "/authentication/mail/", {"type": "email", "value": email})


def verify_pin(email: str, pin: str) -> Call:
    return Call("POST", "/authentication/verify/", {"type": "email", "value": email, "pin": pin})


def update_password(email: str, password: str, secret: str = "") -> Call:
    headers = {"X-Reset-Token": secret} if secret else {}
    data = {"type": "email", "value": email, "password": password}
    return Call("POST", "/authentication/update_user_password/", data, headers=headers)


def assign_role(username: str, role: str, token: str) -> Call:
    data = {"username": username, "role": role}
    return Call("POST", "/authentication/assign-role/", data, token)


class Site:
    """Server processes over one database."""

    def __init__(self, database: str, folder: Path, *, processes: int = 3, **environment: str):
        self.database = database
        self.hashes_file, self.gate = folder / "hashes", folder / "gate"
        self.log = folder / "log"
        self.compared, self.mailbox = folder / "compared", folder / "mailbox"
        for file in (self.hashes_file, self.compared, self.mailbox):
            file.touch()
        self._log = self.log.open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.concurrency.serve", str(processes), "16"],
            cwd=_PROJECT,
            env=environment_for(database)
            | {"KDF_LOG": str(self.hashes_file), "PROOF_GATE": str(self.gate)}
            | {"PROOF_COMPARED": str(self.compared), "PROOF_MAILBOX": str(self.mailbox)}
            | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        printed = self._process.stdout.readline()
        if not printed:
            self.close()
            raise RuntimeError(self.log.read_text())
        self.ports = json.loads(printed)
        self._turn = count()
        self._connection = connect(database)
        self._root_token = ""

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()
        self._log.close()
        if hasattr(self, "_connection"):
            self._connection.close()

    def ask(self, call: Call) -> Answer:
        """One request, to each process in its turn."""
        return self._ask(self._connected(), call)

    def at_once(self, calls: list[Call]) -> list[Answer]:
        """All requests at the same moment, each from a thread and over a connection of its own."""
        start = Barrier(len(calls))

        def fire(call: Call, connection: HTTPConnection) -> Answer:
            start.wait(_PATIENCE)
            return self._ask(connection, call)

        connections = [self._connected() for _ in calls]
        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(fire, calls, connections))

    @contextmanager
    def held(
        self, calls: list[Call], *, hashes: int = 0, comparisons: int = 0
    ) -> Iterator[list[Future[Answer]]]:
        """Inside the block the calls are on their way and ``hashes`` of them (or ``comparisons``
        of PINs) stand between their reservation and their verdict; after it they are answered."""
        wanted = (self.hashes() + hashes, self.comparisons() + comparisons)
        self.gate.touch()
        with ThreadPoolExecutor(len(calls)) as pool:
            try:
                answers = [pool.submit(self.ask, call) for call in calls]
                wait_until(lambda: self.hashes() >= wanted[0] and self.comparisons() >= wanted[1])
                yield answers
            finally:
                self.gate.unlink()

    def hashes(self) -> int:
        """How many password hashes all processes have begun so far."""
        return self.hashes_file.stat().st_size

    def comparisons(self) -> int:
        """How many PINs all processes have compared so far."""
        return self.compared.read_bytes().count(b"\n")

    def mails(self, person: Person) -> list[dict[str, Any]]:
        """What was sent to a person so far."""
        return self.mails_to(person.email)

    def mails_to(self, address: str) -> list[dict[str, Any]]:
        """What was sent to an address so far."""
        return [mail for mail in self.every_mail() if mail["to"] == [address]]

    def every_mail(self) -> list[dict[str, Any]]:
        """What was sent so far."""
        return [json.loads(line) for line in self.mailbox.read_text().splitlines()]

    def secrets(self, address: str) -> list[str]:
        """The secret of every link that was sent to an address."""
        found = map(secret_in, self.mails_to(address))
        return [secret for secret in found if secret]

    def pins(self, person: Person) -> list[str]:
        """Every PIN that was sent to a person."""
        found = (re.search(r"Your PIN: (\d{6})\n", mail["body"]) for mail in self.mails(person))
        return [match[1] for match in found if match]

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Look into the database, past the project."""
        return self._connection.execute(sql, values).fetchall()

    def run(self, sql: str, *values: Any) -> None:
        """Change the database, past the project."""
        self._connection.execute(sql, values)

    def person(self, **fields: Any) -> Person:
        """A new user."""
        name = f"user{next(_numbers)}"
        values = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
        made = self.ask(Call("POST", "/accounts/users/", {**values, **fields}, self.root_token()))
        assert made.status == 201, made
        return Person(made.body["id"], made.body["username"], made.body["email"])

    def newcomer(self) -> Person:
        """Somebody who has just registered and was asked to confirm the address."""
        email = f"newcomer{next(_numbers)}@example.com"
        made = self.ask(Call("POST", "/api/register/", {"email": email, "password": PASSWORD}))
        assert made.status == 201, made
        return Person(made.body["id"], "", email)

    def root_token(self) -> str:
        """An access token of the superuser."""
        if not self._root_token:
            self._root_token = self.tokens(ROOT, ROOT_PASSWORD)["access"]
        return self._root_token

    def tokens(self, identifier: str, password: str = PASSWORD) -> dict[str, Any]:
        """Sign in."""
        answer = self.ask(sign_in(identifier, password))
        assert answer.status == 200, answer
        return answer.body

    def edit(self, person: Person, **fields: Any) -> Call:
        """The superuser changes a user."""
        return Call("PATCH", f"/accounts/users/{person.id}/", fields, self.root_token())

    def _connected(self) -> HTTPConnection:
        port = self.ports[next(self._turn) % len(self.ports)]
        connection = HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
        connection.connect()
        return connection

    def _ask(self, connection: HTTPConnection, call: Call) -> Answer:
        body = urlencode(call.data) if call.form else json.dumps(call.data)
        kind = "application/x-www-form-urlencoded" if call.form else "application/json"
        headers = {"Content-Type": kind, **call.headers}
        if call.token:
            headers["Authorization"] = f"Bearer {call.token}"
        try:
            connection.request(call.method, call.path, body.encode(), headers)
            got = connection.getresponse()
            raw = got.read()
        finally:
            connection.close()
        answer = Answer(got.status, dict(got.headers), _parsed(raw, got.headers))
        assert answer.status < 500, f"{call}: {answer}\n{self.log.read_text()[-4000:]}"
        return answer


def environment_for(database: str) -> dict[str, str]:
    """The environment of a process of the project."""
    kept = {name: value for name, value in os.environ.items() if name != "TEST_ATOMIC_REQUESTS"}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "tests.concurrency.settings",
        "TEST_DATABASE": "postgresql",
        "TEST_POSTGRES_HOST": postgres_host(),
        "TEST_DATABASE_NAME": database,
        "KDF_ITERATIONS": "20000",
        "KDF_LOG": os.devnull,
        "PROOF_GATE": "/nowhere",
        "PROOF_COMPARED": os.devnull,
        "PROOF_MAILBOX": os.devnull,
    }


def secret_in(mail: dict[str, Any]) -> str | None:
    """The secret of the link in a message."""
    found = _SECRET.search(mail["body"])
    return found[0] if found else None


def connect(database: str) -> psycopg.Connection:
    return psycopg.connect(host=postgres_host(), user="postgres", dbname=database, autocommit=True)


def wait_until(what: Callable[[], bool], patience: float = 20) -> None:
    """Poll until it is so."""
    deadline = time.monotonic() + patience
    while not what():
        assert time.monotonic() < deadline, "what was waited for did not come"
        time.sleep(0.002)


def _parsed(raw: bytes, headers: Any) -> Any:
    return json.loads(raw) if "json" in headers.get("Content-Type", "") else raw
