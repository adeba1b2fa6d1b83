"""The ticket project's document: its requests, its curl lines, and what their files name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.presets import documented
from tests.presets.documented import read_folder

FOLDER = Path(__file__).parent / "documented"
ALL = read_folder(FOLDER)
CURL = (FOLDER / "curl.txt").read_text().splitlines()
WHO = {"email": "arus@arus.com", "password": "maslotoniehaslo"}
NAMED = {"name": "Tom Hanks", "phone": "+48123666789"}


@dataclass
class Names(documented.Names):
    """What the files call by name: the document's account, and its tokens."""

    def _make(self, name: str) -> dict[str, str]:
        match name:
            case "account":
                return {name: str(self.made("/auth/users/", {**WHO, **NAMED})["id"])}
            case "access" | "refresh":
                self.value("account")
                return self.made("/auth/jwt/create", WHO)
        return super()._make(name)
