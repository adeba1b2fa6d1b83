"""The transcripts: what a client asks of djoser, what djoser answers, and where ours differs.

A transcript is a file in ``transcripts/``. It names its ``host``, what that sets in ``DJOSER``
(``djoser``) and in ``SIMPLE_JWT`` (``simple_jwt``), makes ``people`` and lists ``steps``:

``ask``
    a method and a path below the mount, with a body (``json``, ``form``, ``multipart``, or ``raw``
    with its ``type``) and who asks: ``as`` a person, with a ``token``, or with a whole
    ``authorization`` header. ``times``: so often, and the last answer counts.
``reverse``
    a URL name with its ``kwargs``.
``do``
    what no request of this contract does: ``delete`` or ``set`` somebody, ``revoke`` a token,
    ``wait`` some seconds.

``answer`` is what djoser answers, and ours too, unless ``difference`` names the reason why ours
answers ``ours``. No ``body`` means an empty one; ``page`` is an answer of the framework that is no
JSON. ``links`` says which links went out by mail, and to whom: none when it is left out; ``mails``
lists the receivers of all mails, where it is given. ``keep`` gives names to parts of an answer.
``{name}`` stands for what was kept, and for the ``id``, ``access`` or ``refresh`` of a person
(``{ann.id}``); ``{"any": kind}`` for what only the server knows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "transcripts"

#: The user model of each host.
HOSTS = {
    "stock": "auth.User",
    "login_field": "auth.User",
    "email": "users_email.Member",
    "uuid": "users_uuid.Person",
}

#: Where both are mounted.
MOUNT = "/auth/"

_WIDTH = 100


@dataclass(frozen=True)
class Transcript:
    """One file."""

    name: str
    about: str
    host: str
    steps: list[dict[str, Any]]
    djoser: Mapping[str, Any] = field(default_factory=dict)
    simple_jwt: Mapping[str, Any] = field(default_factory=dict)
    people: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.json"

    @property
    def settings(self) -> dict[str, Any]:
        """The host's ``DJOSER``."""
        login = {"LOGIN_FIELD": "email"} if self.host == "login_field" else {}
        return {**DJOSER, **login, **self.djoser}

    @property
    def differences(self) -> set[str]:
        return {step["difference"] for step in self.steps if "difference" in step}


def read_all() -> list[Transcript]:
    """Every file, in order."""
    return [
        Transcript(name=path.stem, **json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(FOLDER.glob("*.json"))
    ]


def write(transcript: Transcript) -> None:
    """Write a file."""
    transcript.path.write_text(laid_out(transcript), encoding="utf-8")


def laid_out(transcript: Transcript) -> str:
    """A transcript as JSON: a value on one line where it fits, a step always on several."""
    names = ("about", "host", "djoser", "simple_jwt", "people", "steps")
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


#: What both hosts have set, as hosts with JSON Web Tokens do.
DJOSER: Mapping[str, Any] = {
    "TOKEN_MODEL": None,
    "ACTIVATION_URL": "activate/{uid}/{token}",
    "PASSWORD_RESET_CONFIRM_URL": "password/{uid}/{token}",
    "USERNAME_RESET_CONFIRM_URL": "username/{uid}/{token}",
    "EMAIL_FRONTEND_DOMAIN": "app.example.com",
    "EMAIL_FRONTEND_PROTOCOL": "https",
}

#: The rules of passwords of both hosts.
VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator")
]
