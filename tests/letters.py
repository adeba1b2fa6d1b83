"""Messages as their reader has them: what they are about, where their link leads, their code."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jwt_accounts
from jwt_accounts.delivery.templates import render
from tests.recovery import mailed, pin_in

FRONT = "https://front.example/"
PAGE = "confirm-email#{token}"

_ADDRESS = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Letter:
    """One e-mail. ``about`` is the name of its template."""

    to: str
    about: str
    text: str

    @property
    def link(self) -> str:
        """The one address in it; empty where there is none."""
        found = set(_ADDRESS.findall(self.text))
        assert len(found) <= 1, found
        return found.pop() if found else ""

    @property
    def token(self) -> str:
        """What the link holds, in the fragment, which no server sees."""
        page, _, token = self.link.partition("#")
        assert page.startswith(FRONT), self.link
        return token

    @property
    def code(self) -> str:
        """The one code in it."""
        return pin_in(_ADDRESS.sub("", self.text))


def letters(act: Callable[[], object]) -> list[Letter]:
    """What goes out because of an act, once it has committed."""
    found = []
    for message in mailed(act):
        (to,) = message.recipients()
        found.append(Letter(to, _subjects()[message.subject], message.body))
    return found


def letter(act: Callable[[], object]) -> Letter:
    """The one that goes out."""
    (found,) = letters(act)
    return found


def sent(act: Callable[[], object]) -> list[tuple[str, str]]:
    """To whom, and about what."""
    return [(each.to, each.about) for each in letters(act)]


@cache
def _subjects() -> dict[str, str]:
    folder = Path(jwt_accounts.__file__).parent / "templates/jwt_accounts/email"
    names = [each.name.removesuffix(".subject.txt") for each in folder.glob("*.subject.txt")]
    return {render(f"jwt_accounts/email/{name}.subject.txt", {"site": ""}): name for name in names}
