"""A contract: how one API looks on the wire. It decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from jwt_accounts.errors import Code, FieldError
from jwt_accounts.http.parsers import FormParser, JSONParser, MultiPartParser
from jwt_accounts.http.renderers import JSONRenderer
from jwt_accounts.http.transports import Transport, header


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Anything that went wrong, whoever raised it, before a contract gives it a body.

    ``reference`` is the number under which an unexpected error was logged; ``extra`` what a flow
    lets a contract tell besides; ``framework`` REST framework's own sentence, which may repeat what
    was sent.
    """

    code: Code
    message: str
    fields: Mapping[str, tuple[FieldError, ...]] = field(default_factory=dict)
    wait: int | None = None
    reference: str = ""
    extra: Mapping[str, object] = field(default_factory=dict, repr=False)
    framework: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """How a contract says one refusal: a status and a body, or what makes the body."""

    status: int
    body: Mapping[str, object] | Callable[[Refusal], object]

    def body_for(self, refusal: Refusal) -> object:
        """The body to send."""
        return self.body(refusal) if callable(self.body) else dict(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What all endpoints of one API share.

    ``needs_front_end``: its messages are of no use without a link, so ``FRONTEND_URL`` must be set.
    ``transport`` says how tokens travel, at the moment it is asked (see ``transports.py``);
    ``refresh_at``: the URL name of the endpoint that takes a refresh token, where a cookie may
    bring it. ``revalidates``: what is read may be kept by the client, who asks each time whether it
    has changed (``ETag``, 304); other answers are never stored.

    Raises ``ValueError`` when ``errors`` leaves out a code: a missing one would be a broken
    answer on the day it is needed.
    """

    name: str
    errors: Mapping[Code, Answer]
    challenge: str = "Bearer"
    parsers: tuple[type[BaseParser], ...] = (JSONParser, FormParser, MultiPartParser)
    renderers: tuple[type[BaseRenderer], ...] = (JSONRenderer,)
    error_content_type: str = "application/json"
    needs_front_end: bool = False
    transport: Callable[[], Transport] = header
    refresh_at: str = "token-refresh"
    revalidates: bool = False

    def __post_init__(self) -> None:
        missing = [str(code) for code in Code if code not in self.errors]
        if missing:
            raise ValueError(f"contract {self.name!r} has no answer for: {', '.join(missing)}")

    def answer(self, refusal: Refusal) -> tuple[int, object]:
        """Status and body of a refusal."""
        answer = self.errors[refusal.code]
        return answer.status, answer.body_for(refusal)


def messages(refusal: Refusal) -> dict[str, list[str]]:
    """Field errors as most contracts of this field write them: ``{"field": ["sentence"]}``."""
    return {name: [error.message for error in errors] for name, errors in refusal.fields.items()}
