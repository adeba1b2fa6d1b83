"""For whom and for what a challenge is, and what it is bound to: all of it as keyed digests, so
that the row alone tells nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from secrets import token_hex

from jwt_accounts.credentials.owner import Owner, may_recover
from jwt_accounts.models import Account, Challenge
from jwt_accounts.models.userfields import copy_of
from jwt_accounts.policies.challenges import (
    CHANGE_EMAIL,
    CHANGE_PHONE,
    ENROLMENT,
    PASSWORD_CHANGE,
    PURPOSES,
    RECOVERY,
    SECOND_STEP,
    Purpose,
)
from jwt_accounts.tokens.config import keyed_digest
from jwt_accounts.types import HostUser, IdentifierKind, UserKey

_PLACES = (IdentifierKind.EMAIL, IdentifierKind.PHONE)
#: What a purpose puts in the place of the present one.
CHANGES = {CHANGE_EMAIL.name: IdentifierKind.EMAIL, CHANGE_PHONE.name: IdentifierKind.PHONE}


@dataclass(frozen=True, slots=True)
class Target:
    """For whom and for what a challenge is. ``key`` and ``binding`` are keyed digests; ``value``
    is what is to be set."""

    purpose: Purpose
    key: str
    binding: str
    user_id: UserKey
    value: str = ""


def target_of(owner: Owner) -> Target:
    """The recovery of an owner; of nobody, for a value that gets no PIN."""
    user = owner.user if may_recover(owner) else None
    binding = binding_of(owner.kind, owner.copy, user)
    subject = f"nobody:{binding}" if user is None else f"user:{user.pk}"
    return Target(RECOVERY, _key(RECOVERY, subject), binding, None if user is None else user.pk)


def target_for(purpose: Purpose, user: HostUser, *, to: str = "", value: str = "") -> Target:
    """What is asked of a user. ``to``: where it is sent, in the form it is compared in; ``value``:
    what is to be set."""
    return Target(
        purpose,
        key_for(purpose, user.pk),
        _binding(purpose, to, user),
        user.pk,
        value,
    )


def target_once(purpose: Purpose, user: HostUser, *, value: str) -> Target:
    """What is asked of a user who may be asked several times at once: a row for each."""
    return Target(purpose, token_hex(32), _binding(purpose, "", user), user.pk, value)


def target_for_nobody(purpose: Purpose, *, to: str) -> Target:
    """The same for an address that belongs to nobody."""
    binding = _binding(purpose, to, None)
    return Target(purpose, _key(purpose, f"nobody:{binding}"), binding, None)


def change_of(user: HostUser) -> Target:
    """The change of a password by who has just proved to know it."""
    return target_for(PASSWORD_CHANGE, user)


def key_for(purpose: Purpose, user_id: UserKey) -> str:
    """The key of a user's row."""
    return _key(purpose, f"user:{user_id}")


def is_still_theirs(row: Challenge, user: HostUser, account: Account) -> bool:
    """Whether what a challenge was bound to is so still: where it went to and, for most, the
    password. Whatever changes one of them ends it."""
    return row.binding in {binding for binding, _ in _bindings(row, user, account)}


def proved_by(row: Challenge, user: HostUser, account: Account) -> IdentifierKind | None:
    """What who answers a challenge shows to be their own: the mailbox, or the telephone."""
    return next(
        (kind for binding, kind in _bindings(row, user, account) if binding == row.binding), None
    )


def _bindings(
    row: Challenge, user: HostUser, account: Account
) -> Iterator[tuple[str, IdentifierKind | None]]:
    purpose = PURPOSES[row.purpose]
    if purpose is RECOVERY:
        for kind in _PLACES:
            yield binding_of(kind, getattr(account, kind), user), kind
    elif purpose in {PASSWORD_CHANGE, SECOND_STEP, ENROLMENT}:
        yield _binding(purpose, "", user), None
    elif changed := CHANGES.get(purpose.name):
        yield _binding(purpose, copy_of(changed, row.value), user), changed
    else:
        yield _binding(purpose, account.email, user), IdentifierKind.EMAIL


def binding_of(kind: str, copy: str, user: HostUser | None) -> str:
    """What a challenge is bound to, as a keyed digest."""
    password = "" if user is None else user.password
    return keyed_digest("jwt_accounts.challenge.binding", f"{kind}:{copy}:{password}")


def _binding(purpose: Purpose, to: str, user: HostUser | None) -> str:
    return binding_of(purpose.name, to, user if purpose.by_password else None)


def _key(purpose: Purpose, subject: str) -> str:
    return keyed_digest("jwt_accounts.challenge", f"{purpose.name}:{subject}")
