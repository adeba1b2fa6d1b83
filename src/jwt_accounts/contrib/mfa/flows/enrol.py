"""Set up a second factor: begun with what the person's app, mailbox or telephone needs, and there
once a code has shown that it works."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import segno
from django.db import router, transaction
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.conf import settings
from jwt_accounts.contrib.mfa.flows.factors import (
    FactorSummary,
    checked_name,
    factor_of,
    follow_change,
    summary_of,
)
from jwt_accounts.contrib.mfa.guesses import count_wrong, give_guess_back, reserve_guess
from jwt_accounts.contrib.mfa.models import SentCodeFactor, TotpFactor
from jwt_accounts.contrib.mfa.recovery import codes_left, make_codes
from jwt_accounts.contrib.mfa.sent_codes import destination, send_code, use_sent_code
from jwt_accounts.contrib.mfa.totp import (
    new_secret,
    seal_secret,
    use_code,
    write_secret,
    write_uri,
)
from jwt_accounts.errors import (
    ChallengeInvalid,
    CodeInvalid,
    Forbidden,
    InvalidInput,
    NotFound,
)
from jwt_accounts.flows.presence import require_presence
from jwt_accounts.models import UserSession
from jwt_accounts.models.userfields import lock_users
from jwt_accounts.policies.mfa import MOST_FACTORS, FactorKind
from jwt_accounts.second_factors import factor_tables, user_has_factor
from jwt_accounts.types import EventKind, HostUser, RequestContext


@dataclass(frozen=True, slots=True, kw_only=True)
class TotpStarted:
    """What an app needs: the secret to type, the ``otpauth://`` address, and its QR code as SVG.
    Shown once."""

    factor: FactorSummary
    secret: str = field(repr=False)
    uri: str = field(repr=False)
    qr_svg: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorAdded:
    """The factor is there. ``recovery_codes`` come with the first one, and are shown once."""

    factor: FactorSummary
    recovery_codes: tuple[str, ...] = field(default=(), repr=False)


@sensitive_variables()
def begin_totp(
    ctx: RequestContext,
    *,
    user: HostUser,
    session: UserSession | None,
    name: str = "",
    issuer: str = "",
) -> TotpStarted:
    """Make a generator that counts once it is confirmed; one that was begun before is forgotten.

    ``session``: that of who asks; None where a sign-in is not finished yet. ``issuer``: whose codes
    the app says they are; ``SITE_NAME`` where it is empty. Raises ``ReauthenticationRequired``,
    :class:`Forbidden`, or ``InvalidInput`` naming ``name``.
    """
    admit(ctx, user, session, FactorKind.TOTP)
    called = checked_name(name)
    secret = new_secret()
    with transaction.atomic(using=router.db_for_write(TotpFactor)):
        lock_users(user.pk)
        TotpFactor.objects.filter(user=user.pk, confirmed=False).delete()
        factor = TotpFactor.objects.create(
            user=user, name=called, confirmed=False, secret=seal_secret(secret, user.pk)
        )
    uri = write_uri(secret, issuer=issuer or settings.SITE_NAME, name=user.get_username())
    return TotpStarted(
        factor=summary_of(factor), secret=write_secret(secret), uri=uri, qr_svg=_drawn(uri)
    )


def begin_sent_code(
    ctx: RequestContext,
    *,
    user: HostUser,
    session: UserSession | None,
    channel: FactorKind,
    name: str = "",
) -> FactorSummary:
    """Send a code to the account's own address, or number, to begin with. Again: another one.

    Raises ``ReauthenticationRequired``, :class:`Forbidden`, or ``InvalidInput``: for the ``name``,
    or where there is nowhere to send a code: the address, or number, is missing or unconfirmed.
    """
    admit(ctx, user, session, channel)
    called = checked_name(name)
    if not destination(user, channel):
        raise InvalidInput("Confirm an address, or a number, of your own first.")
    with transaction.atomic(using=router.db_for_write(SentCodeFactor)):
        lock_users(user.pk)
        factor, _ = SentCodeFactor.objects.get_or_create(
            user=user, channel=str(channel), defaults={"name": called, "confirmed": False}
        )
    if not factor.confirmed:
        send_code(ctx, user, channel, scope=_scope(factor))
    return summary_of(factor)


@sensitive_variables()
def confirm_factor(
    ctx: RequestContext, *, user: HostUser, session: UserSession | None, factor_id: str, code: str
) -> FactorAdded:
    """Prove that what was begun works. The user's other sessions end, and ``session`` counts as one
    of two factors from now on.

    Raises ``ReauthenticationRequired``, :class:`NotFound`, :class:`CodeInvalid`,
    ``CodesExhausted``, and ``RuntimeError`` inside a caller's transaction.
    """
    if session is not None:
        require_presence(ctx, session)
    factor = factor_of(user, factor_id)
    if factor.confirmed:
        raise NotFound
    reserve_guess(ctx, user.pk, durable=True)
    if not _is_right(ctx, user, factor, "".join(code.split())):
        count_wrong(ctx, user)
        raise CodeInvalid
    give_guess_back(user.pk)
    return add_factor(ctx, user, session, factor)


@sensitive_variables()
def add_factor(
    ctx: RequestContext, user: HostUser, session: UserSession | None, factor: Any
) -> FactorAdded:
    """The factor works: it is asked for from now on. Raises :class:`NotFound` where another
    request was first, and ``ChallengeInvalid`` where there is a factor by now and no session: then
    the password alone is not enough any more."""
    with transaction.atomic(using=router.db_for_write(type(factor)), durable=True):
        lock_users(user.pk)
        if session is None and user_has_factor(user):
            raise ChallengeInvalid
        begun = type(factor).objects.filter(pk=factor.pk, confirmed=False)
        if not begun.update(confirmed=True):
            raise NotFound
        codes = () if codes_left(user.pk) else make_codes(ctx, user.pk)
        follow_change(ctx, user, session, factor.kind, EventKind.FACTOR_ADDED)
    factor.refresh_from_db(fields=["confirmed", "last_used_at"])
    return FactorAdded(factor=summary_of(factor), recovery_codes=codes)


def admit(
    ctx: RequestContext, user: HostUser, session: UserSession | None, kind: FactorKind
) -> None:
    """Refuse who may set up no factor of this kind now. Raises ``ReauthenticationRequired``, or
    :class:`Forbidden`."""
    if session is not None:
        require_presence(ctx, session)
    if kind not in settings.SECOND_FACTORS:
        raise Forbidden("This kind of second factor is not used here.")
    held = sum(
        table._default_manager.filter(user=user.pk, confirmed=True).count()
        for table in factor_tables()
    )
    if held >= MOST_FACTORS:
        raise Forbidden(f"You have {MOST_FACTORS} second factors. Remove one first.")


@sensitive_variables()
def _drawn(uri: str) -> str:
    """Its QR code: part of a page, or an image of its own; dark on light whatever the page is."""
    svg = BytesIO()
    code = segno.make(uri, error="m")
    code.save(svg, kind="svg", xmldecl=False, nl=False, scale=4, title="QR code", light="#fff")
    return svg.getvalue().decode()


@sensitive_variables()
def _is_right(ctx: RequestContext, user: HostUser, factor: Any, code: str) -> bool:
    if isinstance(factor, TotpFactor):
        return use_code(ctx, factor, code)
    return use_sent_code(ctx, user, code, scope=_scope(factor)) is factor.kind


def _scope(factor: SentCodeFactor) -> str:
    return f"enrol:{factor.pk}"
