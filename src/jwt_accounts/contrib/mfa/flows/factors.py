"""The second factors of a user: looked at, named, removed; and what follows when they change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import router, transaction
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.contrib.mfa.models import (
    PasskeyFactor,
    RecoveryCode,
    SentCodeFactor,
    TotpFactor,
)
from jwt_accounts.contrib.mfa.recovery import codes_left, make_codes
from jwt_accounts.contrib.mfa.sent_codes import destination
from jwt_accounts.errors import FieldError, Forbidden, InvalidInput, NotFound, SessionEnded
from jwt_accounts.flows.messages import tell
from jwt_accounts.flows.presence import require_presence
from jwt_accounts.flows.replace_identifier import masked
from jwt_accounts.flows.sessions import end_every_session
from jwt_accounts.models import SecurityEvent, UserSession
from jwt_accounts.models.userfields import lock_users, user_fields
from jwt_accounts.policies.mfa import FactorKind, with_factor
from jwt_accounts.rulebook import requires_second_factor, roles_held
from jwt_accounts.second_factors import user_has_factor
from jwt_accounts.types import EventKind, HostUser, IdentifierKind, RequestContext, SessionEnd

_MODELS: dict[str, Any] = {
    "totp": TotpFactor,
    "message": SentCodeFactor,
    "passkey": PasskeyFactor,
}
_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorSummary:
    """A second factor as its owner sees it. ``to``: where codes go, masked."""

    id: str
    kind: FactorKind
    name: str
    confirmed: bool
    to: str
    created_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors:
    """All of a user's, and how many recovery codes are left."""

    factors: tuple[FactorSummary, ...]
    recovery_codes_left: int


def list_factors(*, user: HostUser) -> Factors:
    """The user's factors, those that were begun and not confirmed too."""
    rows = [row for model in _MODELS.values() for row in model.objects.filter(user=user.pk)]
    return Factors(
        factors=tuple(summary_of(row) for row in rows),
        recovery_codes_left=codes_left(user.pk),
    )


def name_factor(*, user: HostUser, factor_id: str, name: str) -> FactorSummary:
    """Call a factor something. Raises :class:`NotFound`, or :class:`InvalidInput`."""
    factor = factor_of(user, factor_id)
    factor.name = checked_name(name)
    factor.save(update_fields=["name"])
    return summary_of(factor)


def remove_factor(
    ctx: RequestContext, *, user: HostUser, session: UserSession | None, factor_id: str
) -> None:
    """Take a factor away; with the last one the recovery codes too. The user's other sessions end.

    Raises ``ReauthenticationRequired``, :class:`NotFound`, or :class:`Forbidden` where it is the
    last one and a role asks for one.
    """
    if session is not None:
        require_presence(ctx, session)
    with transaction.atomic(using=router.db_for_write(TotpFactor), durable=True):
        lock_users(user.pk)
        factor = factor_of(user, factor_id)
        type(factor).objects.filter(pk=factor.pk).delete()
        if not factor.confirmed:
            return
        if not user_has_factor(user):
            if requires_second_factor(roles_held(user)):
                raise Forbidden("Your role asks for a second factor. Set up another one first.")
            RecoveryCode.objects.filter(user=user.pk).delete()
        follow_change(ctx, user, session, factor.kind, EventKind.FACTOR_REMOVED)


@sensitive_variables()
def renew_recovery_codes(
    ctx: RequestContext, *, user: HostUser, session: UserSession | None
) -> tuple[str, ...]:
    """Ten new codes in the place of all former ones. Raises ``ReauthenticationRequired``, or
    :class:`Forbidden` for who has no second factor to recover from."""
    if session is not None:
        require_presence(ctx, session)
    if not user_has_factor(user):
        raise Forbidden("Set up a second factor first.")
    with transaction.atomic(using=router.db_for_write(RecoveryCode)):
        lock_users(user.pk)
        _refuse_ended(session)
        codes = make_codes(ctx, user.pk)
        _tell(ctx, user, "recovery_codes_made")
    return codes


def follow_change(
    ctx: RequestContext,
    user: HostUser,
    session: UserSession | None,
    kind: FactorKind,
    event: EventKind,
) -> None:
    """What follows when a factor came or went: the owner is told, and all other sessions end (ASVS
    7.4.3). Who added one has shown it. In the caller's transaction, with the user locked. Raises
    :class:`SessionEnded` where another change, at the same moment, has ended ``session``."""
    _refuse_ended(session)
    keep = None if session is None else session.pk
    end_every_session(ctx, user_id=user.pk, reason=SessionEnd.FACTORS_CHANGED, keep=keep)
    if session is not None and event is EventKind.FACTOR_ADDED:
        session.amr = " ".join(with_factor(session.methods, kind))
        UserSession.objects.filter(pk=session.pk).update(amr=session.amr)
    SecurityEvent.objects.record(event, ctx, user_id=user.pk, details={"kind": str(kind)})
    _tell(ctx, user, str(event))


def factor_of(user: HostUser, factor_id: str) -> Any:
    """A factor of the user's. Raises :class:`NotFound`."""
    word, _, number = factor_id.rpartition("-")
    model = _MODELS.get(word)
    if model is None or not number.isascii() or not number.isdigit() or len(number) > 18:
        raise NotFound
    factor = model.objects.filter(user=user.pk, pk=int(number)).first()
    if factor is None:
        raise NotFound
    return factor


def checked_name(name: str) -> str:
    """A name of one line. Raises :class:`InvalidInput` naming ``name``."""
    called = name.strip()
    if len(called) > _LONGEST_NAME or not called.isprintable():
        message = f"Enter a name of one line and at most {_LONGEST_NAME} characters."
        raise InvalidInput(fields={"name": (FieldError("invalid", message),)})
    return called


def summary_of(factor: Any) -> FactorSummary:
    """A factor as its owner sees it."""
    word = next(name for name, model in _MODELS.items() if isinstance(factor, model))
    return FactorSummary(
        id=f"{word}-{factor.pk}",
        kind=factor.kind,
        name=factor.name,
        confirmed=factor.confirmed,
        to=_masked_destination(factor),
        created_at=factor.created_at,
        last_used_at=factor.last_used_at,
    )


def _refuse_ended(session: UserSession | None) -> None:
    """With the user locked: of two who change factors at once, the second may be somebody whom the
    first one has just signed out."""
    if session is None:
        return
    if not UserSession.objects.filter(pk=session.pk, ended_at__isnull=True).exists():
        raise SessionEnded


def _masked_destination(factor: Any) -> str:
    if not isinstance(factor, SentCodeFactor):
        return ""
    kind = IdentifierKind.EMAIL if factor.kind is FactorKind.EMAIL else IdentifierKind.PHONE
    to = destination(factor.user, factor.kind)
    return masked(kind, to) if to else ""


def _tell(ctx: RequestContext, user: HostUser, template: str) -> None:
    tell(ctx, user_fields().read(user, IdentifierKind.EMAIL), template)
