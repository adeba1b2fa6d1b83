"""Which refusals an action can answer with. One table: what is behind a rate limit is what its
flows raise, the rest is what an action is. ``action(raises=...)`` names what is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jwt_accounts.errors import Code
from jwt_accounts.http.actions import Action, Who
from jwt_accounts.http.paging import PAGE
from jwt_accounts.rights import CHANGE_USER, DELETE_USER

_ALWAYS = (Code.UNAVAILABLE, Code.UNEXPECTED)
_BODY = (Code.INVALID, Code.MALFORMED, Code.TOO_LARGE, Code.UNSUPPORTED_MEDIA_TYPE)
_TOKEN = (Code.NOT_AUTHENTICATED, Code.TOKEN_INVALID, Code.SESSION_ENDED)
_REFRESH = (Code.TOKEN_INVALID, Code.SESSION_ENDED, Code.REFRESH_REUSED, Code.PASSWORD_EXPIRED)
_PIN = (Code.PIN_INVALID, Code.PIN_EXPIRED)
_LINK = (Code.LINK_INVALID, Code.LINK_EXPIRED)
_OWN_PASSWORD = (Code.ACCOUNT_LOCKED, Code.ATTEMPTS_IN_FLIGHT)

#: By the rate limit, for who is not signed in.
_PUBLIC: Mapping[str, tuple[Code, ...]] = {
    "sign_in": (
        Code.WRONG_CREDENTIALS,
        Code.ACCOUNT_INACTIVE,
        Code.ACCOUNT_LOCKED,
        Code.ATTEMPTS_IN_FLIGHT,
        Code.PASSWORD_EXPIRED,
        Code.EMAIL_UNCONFIRMED,
        Code.MFA_REQUIRED,
        Code.MFA_ENROLMENT_REQUIRED,
        Code.SESSION_LIMIT_REACHED,
    ),
    "second_step": (Code.ACCOUNT_LOCKED, Code.CHALLENGE_INVALID),
    "refresh": _REFRESH,
    "verify": (Code.TOKEN_INVALID, Code.SESSION_ENDED),
    "recovery_verify": _PIN,
    "password_set": (
        Code.RESET_INVALID,
        Code.RESET_EXPIRED,
        Code.PASSWORD_UNCHANGED,
        Code.ACCOUNT_LOCKED,
        *_LINK,
    ),
    "registration": (Code.REGISTRATION_CLOSED,),
    "confirmation": (*_LINK, *_PIN, Code.ALREADY_CONFIRMED),
}
#: The same for who is.
_SIGNED_IN: Mapping[str, tuple[Code, ...]] = {
    "sign_in": _OWN_PASSWORD,
    "password_set": (
        *_OWN_PASSWORD,
        Code.PASSWORD_UNCHANGED,
        Code.REAUTHENTICATION_REQUIRED,
    ),
    "factor_change": (Code.REAUTHENTICATION_REQUIRED,),
    "confirmation": _PIN,
    "account_change": (*_OWN_PASSWORD, Code.EMAIL_UNCONFIRMED, Code.NOT_FOUND),
}
#: By the right that is asked for.
_RIGHTS: Mapping[str, tuple[Code, ...]] = {
    CHANGE_USER: (Code.LAST_SUPERUSER,),
    DELETE_USER: (Code.LAST_SUPERUSER, Code.STILL_REFERENCED),
}


def codes_of(found: Action[Any], *, has_path: bool, has_cookies: bool) -> list[Code]:
    """Each code once, in the order of :class:`Code`."""
    codes = {*_of_shape(found, has_path=has_path), *_of_limit(found), *_ALWAYS, *found.raises}
    if has_cookies and found.method != "GET":
        codes.add(Code.CSRF_FAILED)
    return [code for code in Code if code in codes]


def _of_shape(found: Action[Any], *, has_path: bool) -> Iterator[Code]:
    if found.inputs is not None:
        yield from _BODY
    if found.query:
        yield Code.INVALID
    if has_path or PAGE in found.query:
        yield Code.NOT_FOUND
    if found.right is not None:
        yield from (Code.FORBIDDEN, *_RIGHTS.get(found.right, ()))
    if found.refresh is not None:
        yield from _REFRESH
    if found.who in {Who.HOLDER, Who.SIGNED_IN}:
        yield from _TOKEN
    if found.who is Who.VISITOR:
        yield Code.NOT_AUTHENTICATED


def _of_limit(found: Action[Any]) -> tuple[Code, ...]:
    if found.limit is None:
        return ()
    behind = _SIGNED_IN if found.who is Who.SIGNED_IN else _PUBLIC
    return (Code.RATE_LIMITED, *behind.get(found.limit, ()))
