"""The document's requests, as it writes them, and one way to play them at anything that answers.

A file in ``documented/`` holds a request and, below a line ``HTTP <status>``, its answer.
``String`` and ``Integer`` are the document's own words for a value that is not told. An array in
an answer lists objects that must be among those that came. ``{{name}}`` stands for what only the
server knows; ``# needs: name`` is made before the request is sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from example_project.demo_site.accounts import ACCOUNTS

FOLDER = Path(__file__).parent / "documented"
NEW_PASSWORD = "gigi-pyramid-1"

#: The document's second user, whom the demo does not have.
GICA = {
    "username": "gica",
    "password": NEW_PASSWORD,
    "first_name": "gigi",
    "last_name": "",
    "email": "g@g.com",
    "phone": "0771694307",
    "is_staff": "0",
    "is_superuser": "0",
}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


#: method, path, headers, body -> Answer
Send = Callable[[str, str, Mapping[str, str], bytes], Answer]


@dataclass(frozen=True)
class Documented:
    """One file."""

    name: str
    method: str
    path: str
    headers: dict[str, str]
    body: str
    status: int
    answer: str
    needs: tuple[str, ...] = ()

    def fields(self, names: Names) -> dict[str, Any]:
        """The body's values, for sending them in another encoding."""
        return json.loads(names.fill(self.body)) if self.body else {}


def read_all() -> list[Documented]:
    """Every file, in the document's order."""
    return [_read(path) for path in sorted(FOLDER.glob("*.http"))]


def _read(path: Path) -> Documented:
    request, status, answer = re.split(r"^HTTP (\d+)\n", path.read_text(), flags=re.MULTILINE)
    head, _, body = request.partition("\n\n")
    start, *headers = [line for line in head.splitlines() if not line.startswith("#")]
    method, target = start.split()
    pairs = (line.split(": ", 1) for line in headers)
    return Documented(
        name=path.stem,
        method=method,
        path=target,
        headers=dict(pairs),
        body=body.strip(),
        status=int(status),
        answer=answer.strip(),
        needs=tuple(re.findall(r"^# needs: (\w+)$", head, flags=re.MULTILINE)),
    )


#: Whose PINs the document asks for.
OWNER = {"email": "email@egt.com", "phone": "0771694307"}


def _cannot_wait() -> None:
    raise LookupError("nobody can move this clock")


@dataclass
class Names:
    """What the files call by name: made when it is asked for, with the contract's own requests."""

    send: Send
    known: dict[str, str] = field(default_factory=dict)
    wait_for_pins_to_expire: Callable[[], None] = _cannot_wait

    _numbers = count(1)

    def fill(self, text: str) -> str:
        return re.sub(r"\{\{(\w+)\}\}", lambda found: self.value(found[1]), text)

    def value(self, name: str) -> str:
        if name not in self.known:
            self.known |= self._make(name)
        return self.known[name]

    def post(self, path: str, body: object, token: str = "") -> Answer:
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        path = f"/authentication/{path}"
        return self.send("POST", path, headers, json.dumps(body).encode())

    def log_in(self, username: str, password: str = "") -> dict[str, Any]:
        """The tokens of somebody; the demo's own accounts need no password here."""
        password = password or {each.username: each.password for each in ACCOUNTS}[username]
        answer = self.post("login/", {"username": username, "password": password})
        assert answer.status == 200, answer
        return answer.json()

    def create(self, **values: object) -> str:
        """The id of a new user."""
        answer = self.post("user/create/", values, token=self.value("admin"))
        assert answer.status == 201, answer
        return str(answer.json()["id"])

    def _make(self, name: str) -> dict[str, str]:
        match name:
            case "admin" | "manager":
                return {name: self.log_in(name)["access"]}
            case "access" | "refresh":
                return self.log_in("eurogames")
            case "new":
                return {name: f"gica{next(self._numbers)}"}
            case "made" | "roleless" | "locked" | "locked_id":
                return {name: self._somebody(name)}
            case "pin_email" | "pin_phone" | "wrong_pin" | "expired_pin":
                return {name: self._pin(name)}
            case "window_email" | "window_phone":
                return {name: self._window(name.removeprefix("window_"))}
            case "eurogames" | "gica":
                return {name: self._id_of(name)}
        raise LookupError(name)

    def _somebody(self, kind: str) -> str:
        username = f"gica{next(self._numbers)}"
        key = self.create(username=username, password=NEW_PASSWORD)
        if kind.startswith("locked"):
            for _ in range(5):
                self.post("login/", {"username": username, "password": "pyramids"})
        return key if kind in {"made", "locked_id"} else username

    def _pin(self, name: str) -> str:
        """A PIN as the answer tells it (the demo does with ``--pin-in-response``)."""
        kind = "email" if name in {"pin_email", "wrong_pin"} else "phone"
        pin = self.post("mail/", {"type": kind, "value": OWNER[kind]}).json()["pin"]
        if name == "expired_pin":
            self.wait_for_pins_to_expire()
        return str((pin + 1) % 10**6 if name == "wrong_pin" else pin)

    def _window(self, kind: str) -> str:
        pin = self.value(f"pin_{kind}")
        opened = self.post("verify/", {"type": kind, "value": OWNER[kind], "pin": pin})
        assert opened.status == 200, opened
        return opened.headers["X-Reset-Token"]

    def _id_of(self, username: str) -> str:
        bearer = {"Authorization": f"Bearer {self.value('admin')}"}
        users = self.send("GET", "/authentication/users", bearer, b"").json()
        found = [str(user["id"]) for user in users if user["username"] == username]
        return found[0] if found else self.create(**GICA)


def play(
    documented: Documented, send: Send, *, slash: bool | None = None, names: Names | None = None
) -> Answer:
    """Send one documented request as it is written; ``slash`` adds or takes the last one."""
    names = names or Names(send)
    for need in documented.needs:
        names.value(need)
    expected = names.fill(documented.answer)
    path = names.fill(documented.path)
    if slash is not None:
        path = path.removesuffix("/") + ("/" if slash else "")
    headers = {name: names.fill(value) for name, value in documented.headers.items()}
    answer = send(documented.method, path, headers, names.fill(documented.body).encode())
    check(documented, expected, answer)
    return answer


def play_as_form(
    documented: Documented, send: Send, encode: str, *, names: Names | None = None
) -> Answer:
    """The same values as a form."""
    names = names or Names(send)
    for need in documented.needs:
        names.value(need)
    expected = names.fill(documented.answer)
    values = documented.fields(names)
    kind, body = {"urlencoded": _urlencoded, "multipart": _multipart}[encode](values)
    headers = {name: names.fill(value) for name, value in documented.headers.items()}
    headers["Content-Type"] = kind
    answer = send(documented.method, names.fill(documented.path), headers, body)
    check(documented, expected, answer)
    return answer


def check(documented: Documented, text: str, answer: Answer) -> None:
    """Status, type and body are the documented ones, to the last key."""
    assert answer.status == documented.status, answer
    assert answer.headers["Content-Type"] == "application/json"
    text = re.sub(r"(:\s*)(String|Integer)\b", r'\1{"any": "\2"}', text)
    expected, came = json.loads(text), answer.json()
    if isinstance(expected, list):
        assert isinstance(came, list)
        assert {tuple(each) for each in came} == {tuple(expected[0])}
        for each in expected:
            assert each in came, f"{each} is not in {came}"
    else:
        assert _fits(expected, came), f"{came} instead of {expected}"


def _fits(expected: Any, came: Any) -> bool:
    match expected:
        case {"any": "String"}:
            return isinstance(came, str) and came != ""
        case {"any": "Integer"}:
            return type(came) is int
        case dict():
            return (
                isinstance(came, dict)
                and list(expected) == list(came)
                and all(_fits(value, came[key]) for key, value in expected.items())
            )
        case _:
            return bool(expected == came and type(expected) is type(came))


def _urlencoded(values: dict[str, Any]) -> tuple[str, bytes]:
    return "application/x-www-form-urlencoded", urlencode(values).encode()


def _multipart(values: dict[str, Any]) -> tuple[str, bytes]:
    edge = "----edge"
    parts = "".join(
        f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in values.items()
    )
    return f"multipart/form-data; boundary={edge}", f"{parts}--{edge}--\r\n".encode()


def with_a_body() -> list[Documented]:
    """Those whose body has values, and is JSON at all."""
    return [
        each
        for each in read_all()
        if re.search(r'"\w+"\s*:', each.body) and "invalid-json" not in each.name
    ]
