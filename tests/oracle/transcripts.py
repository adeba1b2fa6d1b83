"""The transcripts: what a client asks of a peer, what the peer answers, and where ours differs.

A transcript is a file in the peer's folder of ``transcripts/``. It names its ``host``
(``peers.py``) and the ``settings`` that it has besides, makes ``people`` (``verified`` ones have
confirmed their address) and lists ``steps``:

``ask``
    a method and a path below the mount, with a body (``json``, ``form``, ``multipart``, or ``raw``
    with its ``type``) and who asks: ``as`` a person, with a ``token``, or with a whole
    ``authorization`` header; with ``cookies`` and further ``headers``. No cookie is sent that is
    not written there. ``times``: so often, and the last answer counts.
``reverse``
    a URL name with its ``kwargs``.
``do``
    what no request of this contract does: ``delete`` or ``set`` somebody, ``revoke`` a token,
    ``wait`` some seconds.

``answer`` is what the peer answers, and ours too, unless ``difference`` names the reason why ours
answers ``ours``. No ``body`` means an empty one; ``page`` is an answer of the framework that is no
JSON. ``cookies`` are those that were set, as ``Set-Cookie`` has them, with the kind of their value;
none when it is left out. ``links`` says which links went out by mail, and to whom: none when it is
left out; ``mails`` lists the receivers of all mails, where it is given. ``keep`` gives names to
parts of an answer; ``jar`` holds the values of its cookies. ``{name}`` stands for what was kept,
and for the ``id``, ``access`` or ``refresh`` of a person (``{ann.id}``), or the code that an app
shows for a ``secret`` (``{secret.totp}``); ``{"any": kind}`` for what only the server knows,
``{"in": seconds}`` for a time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.oracle.peers import Peer, merged

FOLDER = Path(__file__).parent / "transcripts"

_WIDTH = 100


@dataclass(frozen=True)
class Transcript:
    """One file."""

    peer: Peer
    name: str
    about: str
    host: str
    steps: list[dict[str, Any]]
    settings: Mapping[str, Any] = field(default_factory=dict)
    people: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return FOLDER / self.peer.name / f"{self.name}.json"

    @property
    def all_settings(self) -> dict[str, Any]:
        """What its host has set."""
        return merged(self.peer.settings_of(self.host), self.settings)

    @property
    def user_model(self) -> str:
        return self.peer.hosts[self.host].user_model

    @property
    def differences(self) -> set[str]:
        return {step["difference"] for step in self.steps if "difference" in step}


def read_all(peer: Peer) -> list[Transcript]:
    """Every file of a peer, in order."""
    return [
        Transcript(peer=peer, name=path.stem, **json.loads(path.read_text(encoding="utf-8")))
        for path in sorted((FOLDER / peer.name).glob("*.json"))
    ]


def write(transcript: Transcript) -> None:
    """Write a file."""
    transcript.path.write_text(laid_out(transcript), encoding="utf-8")


def laid_out(transcript: Transcript) -> str:
    """A transcript as JSON: a value on one line where it fits, a step always on several."""
    names = ("about", "host", "settings", "people", "steps")
    values = {name: value for name in names if (value := getattr(transcript, name))}
    return _lay_out(values, "") + "\n"


def _lay_out(value: Any, indent: str, taken: int = 0) -> str:
    flat = json.dumps(value, ensure_ascii=False)
    is_large = isinstance(value, dict) and not {"steps", "answer"}.isdisjoint(value)
    fits = not is_large and len(indent) + taken + len(flat) < _WIDTH
    if not value or not isinstance(value, dict | list) or fits:
        return flat
    inner = f"{indent}  "
    if isinstance(value, dict):
        names = [json.dumps(name) + ": " for name in value]
        lines = [
            name + _lay_out(each, inner, len(name))
            for name, each in zip(names, value.values(), strict=True)
        ]
        opening, closing = "{}"
    else:
        lines = [_lay_out(each, inner) for each in value]
        opening, closing = "[]"
    return f"{opening}\n{inner}" + f",\n{inner}".join(lines) + f"\n{indent}{closing}"
