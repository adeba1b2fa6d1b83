"""The device document: its requests, its cURL lines and Python examples, and what they name."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.presets import documented
from tests.presets.documented import read_folder

FOLDER = Path(__file__).parent / "documented"
ALL = read_folder(FOLDER)
PASSWORD = "rack seven in the cellar"
OWNER = "hostname.owners.email@company.com"

#: The documented examples by name, in the document's order.
CURL = {path.name.partition(".")[0]: path.read_text() for path in sorted(FOLDER.glob("*.curl.txt"))}
PYTHON = {
    path.name.partition(".")[0]: path.read_text() for path in sorted(FOLDER.glob("*.python.txt"))
}


@dataclass
class Names(documented.Names):
    """What the files call by name: a device, and the user it registered itself as."""

    _numbers = count(1)

    def _make(self, name: str) -> dict[str, str]:
        match name:
            case "new":
                return {name: f"rack-{next(self._numbers)}"}
            case "password" | "owner" | "address":
                return {"password": PASSWORD, "owner": OWNER, "address": "192.0.2.7"}
            case "device":
                return {name: self._device()}
            case "fqdn":
                return {name: f"{self.value('device')}.example.com"}
            case "access" | "refresh":
                who = {"username": self.value("device"), "password": PASSWORD}
                return self.made("/api/auth/token/", who)
            case "registered":
                fields = {"hostname": "device", "fqdn": "fqdn", "ipv4_address": "address"}
                device = {field: self.value(name) for field, name in fields.items()}
                self.made("/api/v1/core/", device, self.value("access"))
                return {name: ""}
        return super()._make(name)

    def _device(self) -> str:
        device = f"rack-{next(self._numbers)}"
        twice = {"password1": PASSWORD, "password2": PASSWORD}
        self.made("/api/auth/registration/", {"username": device, **twice, "email": OWNER})
        return device
