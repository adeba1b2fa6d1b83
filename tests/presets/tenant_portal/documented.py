"""The portal's document: its requests, and what their files name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from tests.presets import documented
from tests.presets.documented import read_folder

ALL = read_folder(Path(__file__).parent / "documented")
JOHN = {
    "username": "john",
    "email": "john.doe@gmail.com",
    "first_name": "John",
    "last_name": "Doe",
}
PASSWORD = "john's staple horse"
PASSWORDS = {"password1": PASSWORD, "password2": PASSWORD}


@dataclass
class Names(documented.Names):
    """What the files call by name: the document's user, who signs up once; somebody new each time;
    a comment, of which the second user is told."""

    def _make(self, name: str) -> dict[str, str]:
        match name:
            case "token" | "pk":
                made = self.made("/api/sign_up/", {**JOHN, **PASSWORDS})
                return {"token": made["token"], "pk": made["user"]["pk"]}
            case "tag":
                bearer = {"Authorization": f"Bearer {self.value('token')}"}
                return {name: self.send("GET", "/api/current_user/", bearer, b"").headers["ETag"]}
            case "new":
                return {name: f"new{token_hex(4)}"}
            case "newcomer" | "newcomer_pk":
                who = f"new{token_hex(4)}"
                named = {"username": who, "email": f"{who}@example.com"}
                made = self.made("/api/sign_up/", {**named, **PASSWORDS})
                return {"newcomer": made["token"], "newcomer_pk": made["user"]["pk"]}
            case "comment":
                path = f"/api/users/{self.value('newcomer_pk')}/comments/"
                return {name: self.made(path, {"text": "Welcome."}, self.value("token"))["id"]}
            case "notification":
                self.value("comment")
                bearer = {"Authorization": f"Bearer {self.value('newcomer')}"}
                told = self.send("GET", "/api/notifications/", bearer, b"").json()
                return {name: told["results"][0]["id"]}
        return super()._make(name)
