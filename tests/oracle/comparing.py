"""What the oracles have in common: the real peer in processes of its own, and the page that lists
the differences."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from jwt_accounts.flows.revoke_token import revoke_token
from jwt_accounts.types import RequestContext
from tests.oracle.peers import Peer

ROOT = Path(__file__).parents[2]


def played_at_the_real(peer: Peer) -> dict[str, list[str]]:
    """What the peer answers otherwise than it is written, for each transcript."""
    return {
        name: found
        for process in [_playing(peer, host) for host in peer.hosts]
        for name, found in _played(process).items()
    }


def _playing(peer: Peer, host: str) -> subprocess.Popen[str]:
    """A peer reads settings when it is imported: each host is a process of its own."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": f"tests.oracle.{peer.name}_settings",
        "ORACLE_HOST": host,
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.Popen(
        [sys.executable, "-m", f"tests.oracle.{peer.name}_host"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _played(process: subprocess.Popen[str]) -> dict[str, list[str]]:
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    found: dict[str, list[str]] = json.loads(output)
    return found


def listed_differences(peer: Peer) -> list[str]:
    """The names in the table of the preset's page."""
    page = ROOT / "docs" / "presets" / f"{peer.name}.md"
    section = re.search(
        r"^(#+) [^\n]*differ[^\n]*\n(.*?)(?=^\1 |\Z)",
        page.read_text(encoding="utf-8"),
        flags=re.MULTILINE | re.DOTALL,
    )
    assert section is not None
    return sorted(re.findall(r"^\| `([\w-]+)` +\|", section[2], flags=re.MULTILINE))


def revoke(token: str) -> None:
    """How a session ends at ours."""
    revoke_token(RequestContext(now=datetime.now(UTC), ip=None, user_agent=""), token=token)
