"""The back office's document: its requests, and what their files call by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from example_project.demo_site.accounts import ACCOUNTS
from tests.presets import documented
from tests.presets.documented import Answer, Documented, Send, play, read_folder

__all__ = ["Answer", "Names", "play", "play_as_form", "read_all", "with_a_body"]

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


#: Whose PINs the document asks for.
OWNER = {"email": "email@egt.com", "phone": "0771694307"}


def read_all() -> list[Documented]:
    """Every file, in the document's order."""
    return read_folder(FOLDER)


def _cannot_wait() -> None:
    raise LookupError("nobody can move this clock")


@dataclass
class Names(documented.Names):
    """What the files call by name."""

    wait_for_pins_to_expire: Callable[[], None] = _cannot_wait

    _numbers = count(1)

    def post(self, path: str, body: object, token: str = "") -> Answer:
        return super().post(f"/authentication/{path}", body, token)

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


def play_as_form(documented: Documented, send: Send, encode: str, *, names: Names) -> Answer:
    """The same values as a form."""
    return play(documented, send, names=names, encode=encode)


def with_a_body() -> list[Documented]:
    """Those whose body has values, and is JSON at all."""
    return [
        each
        for each in read_all()
        if re.search(r'"\w+"\s*:', each.body) and "invalid-json" not in each.name
    ]
