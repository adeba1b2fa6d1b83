"""What one method of an endpoint is, as data: an :func:`action` is asked and replies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from jwt_accounts.errors import Code
from jwt_accounts.http.inputs import Inputs
from jwt_accounts.http.paging import QueryNumber, QueryText
from jwt_accounts.types import HostUser, RequestContext

if TYPE_CHECKING:
    from jwt_accounts.flows.tokens import Tokens
    from jwt_accounts.models import UserSession
    from jwt_accounts.tokens.access import AccessToken

B = TypeVar("B")
T = TypeVar("T")


class Who(Enum):
    """Who may call an action."""

    ANYONE = "anyone"
    """No token is read, so that a stale one in the header stops nobody."""
    VISITOR = "visitor"
    """Anyone too. A token with our signature says who comes; a stale one stops nobody."""
    HOLDER = "holder"
    """Whoever holds a token with our signature; no query."""
    SIGNED_IN = "signed_in"
    """The user of a living session."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked, without HTTP: the context, the checked values, the path, the query, headers
    (by their names in any case) and cookies.

    ``user``, ``session`` and ``token`` are there for the callers that have them.
    """

    ctx: RequestContext
    data: Mapping[str, Any] = field(repr=False)
    path: Mapping[str, str]
    query: Mapping[str, str]
    url_path: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)
    _user: HostUser | None = None
    _session: UserSession | None = None
    _token: AccessToken | None = field(default=None, repr=False)

    @property
    def visitor(self) -> AccessToken | None:
        """The access token of a visitor; None where no sound one was sent."""
        return self._token

    @property
    def user(self) -> HostUser:
        """The user who is signed in."""
        return _there(self._user)

    @property
    def session(self) -> UserSession:
        """The session the request is made in."""
        return _there(self._session)

    @property
    def token(self) -> AccessToken:
        """The access token that was sent."""
        return _there(self._token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """A cookie no script reads and no other site sends (``HttpOnly``, ``SameSite=Strict``); over
    HTTPS it is ``Secure``. ``path`` bounds where it is sent, ``max_age`` (seconds) for how long."""

    name: str
    value: str = field(repr=False)
    path: str
    max_age: int


@dataclass(frozen=True, slots=True)
class Reply(Generic[B]):
    """What is answered: a body (None = empty), more headers and cookies, and a status where it is
    not the action's.

    ``tokens`` are those in the body, for transports that bring them otherwise; ``forgets``: the
    client's are worth nothing any more.
    """

    body: B
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    cookies: tuple[Cookie, ...] = ()
    tokens: Tokens | None = field(default=None, repr=False)
    forgets: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Action(Generic[B]):
    """One method of one endpoint."""

    method: str
    call: Callable[[Ask], Reply[B]]
    who: Who
    inputs: type[Inputs] | None
    partial: bool
    right: str | None
    limit: str | None
    head: bool
    refresh: str | None
    query: tuple[QueryNumber | QueryText, ...]
    raises: tuple[Code, ...]
    status: int
    also: tuple[int, ...]


def action(
    method: str,
    *,
    who: Who,
    inputs: type[Inputs] | None = None,
    partial: bool = False,
    right: str | None = None,
    limit: str | None = None,
    head: bool = True,
    refresh: str | None = None,
    query: tuple[QueryNumber | QueryText, ...] = (),
    raises: tuple[Code, ...] = (),
    status: int = 200,
    also: tuple[int, ...] = (),
) -> Callable[[Callable[[Ask], Reply[B]]], Action[B]]:
    """Make a function an action.

    ``inputs`` checks the body (its shape only; ``partial``: whatever was sent of it); ``right`` is
    a name from ``rights.py``; ``limit`` names the rate limit, and every public action has one.
    ``head``: whether a GET answers HEAD as well; one that changes something does not. ``refresh``:
    the input that is a refresh token, which a cookie may bring. ``query``: what of the query string
    is read. ``status`` is that of its replies, ``also`` those that a reply may have in its place.
    ``raises``: refusals that an OpenAPI document could not know of (see ``schema/``).
    """
    if who in {Who.ANYONE, Who.VISITOR} and limit is None:
        raise ValueError("a public action needs a rate limit")

    def made(call: Callable[[Ask], Reply[B]]) -> Action[B]:
        return Action(
            method=method,
            call=call,
            who=who,
            inputs=inputs,
            partial=partial,
            right=right,
            limit=limit,
            head=head,
            refresh=refresh,
            query=query,
            raises=raises,
            status=status,
            also=also,
        )

    return made


def _there(value: T | None) -> T:
    if value is None:
        raise RuntimeError("this action's `who` does not load that")
    return value
