"""The chat document: its requests, and what their files call by name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.presets import documented
from tests.presets.documented import read_folder

FOLDER = Path(__file__).parent / "documented"
ALL = read_folder(FOLDER)
PYTHON = {
    path.name.partition(".")[0]: path.read_text() for path in sorted(FOLDER.glob("*.python.txt"))
}
WHO = {"email": "user@gmail.com", "password": "UserPassword"}


@dataclass
class Names(documented.Names):
    """What the files call by name: the document's user, and the tokens of that user."""

    def _make(self, name: str) -> dict[str, str]:
        match name:
            case "account":
                return {name: str(self.made("/api/register/", WHO)["id"])}
            case "access" | "refresh":
                self.value("account")
                return self.made("/api/token/", WHO)
        return super()._make(name)
