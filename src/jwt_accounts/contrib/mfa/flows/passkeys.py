"""Set up a passkey, and ask one that is there: what a browser is given to begin with, and what it
brings back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import router, transaction
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.conf import settings
from jwt_accounts.contrib.mfa.flows.enrol import FactorAdded, admit
from jwt_accounts.contrib.mfa.flows.enrol_at_sign_in import Enrolled
from jwt_accounts.contrib.mfa.flows.factors import checked_name, follow_change, summary_of
from jwt_accounts.contrib.mfa.models import PasskeyFactor
from jwt_accounts.contrib.mfa.passkey_steps import ask_passkey, bytes_for, open_step, use_step
from jwt_accounts.contrib.mfa.passkeys import NewPasskey, creation_options, verify_new
from jwt_accounts.contrib.mfa.recovery import codes_left, make_codes
from jwt_accounts.contrib.mfa.relying_party import present_party
from jwt_accounts.errors import ChallengeInvalid, CodeInvalid, Forbidden
from jwt_accounts.flows.public_ids import public_id_of
from jwt_accounts.flows.second_step import finish, read_step, reserve_try
from jwt_accounts.models import UserSession
from jwt_accounts.models.userfields import lock_users
from jwt_accounts.policies.challenges import ENROLMENT, SECOND_STEP
from jwt_accounts.policies.mfa import FactorKind
from jwt_accounts.policies.passkeys import RelyingParty
from jwt_accounts.second_factors import user_has_factor
from jwt_accounts.types import EventKind, HostUser, RequestContext


def begin_passkey(ctx: RequestContext, *, session: UserSession, name: str = "") -> dict[str, Any]:
    """What the browser of who is signed in makes a passkey of.

    Raises ``ReauthenticationRequired``, :class:`Forbidden`, or ``InvalidInput`` naming ``name``.
    """
    return _begin(ctx, session.user, session, session.pk.hex, name)


@sensitive_variables()
def confirm_passkey(
    ctx: RequestContext,
    *,
    session: UserSession,
    credential: Mapping[str, Any],
    name: str | None = None,
) -> FactorAdded:
    """The passkey that was made is there, called ``name``, or as was said at the beginning. The
    user's other sessions end, and ``session`` counts as one of two factors from now on.

    Raises what :func:`begin_passkey` does, :class:`CodeInvalid`, and ``RuntimeError`` inside a
    caller's transaction.
    """
    return _confirm(ctx, session.user, session, session.pk.hex, credential, name)


def begin_passkey_at_sign_in(ctx: RequestContext, *, token: str, name: str = "") -> dict[str, Any]:
    """The same for who must set a factor up to sign in. Raises ``ChallengeInvalid`` too."""
    step = read_step(ctx, token, ENROLMENT)
    return _begin(ctx, step.user, None, step.row.pk, name)


@sensitive_variables()
def confirm_passkey_at_sign_in(
    ctx: RequestContext, *, token: str, credential: Mapping[str, Any], name: str | None = None
) -> Enrolled:
    """The same; then the session is opened. Raises ``ChallengeInvalid`` too."""
    step = read_step(ctx, token, ENROLMENT)
    reserve_try(step)
    added = _confirm(ctx, step.user, None, step.row.pk, credential, name)
    return Enrolled(added=added, result=finish(ctx, step, FactorKind.PASSKEY))


def ask_at_second_step(ctx: RequestContext, *, token: str) -> dict[str, Any]:
    """What the browser asks a passkey for, to finish a sign-in. Raises ``ChallengeInvalid``,
    ``AccountLocked``, or ``NotFound`` for who has no passkey."""
    step = read_step(ctx, token, SECOND_STEP)
    return ask_passkey(ctx, step.user, scope=step.row.pk)


def ask_in_session(ctx: RequestContext, *, session: UserSession) -> dict[str, Any]:
    """The same to show again who it is. Raises ``NotFound``."""
    return ask_passkey(ctx, session.user, scope=session.pk.hex)


def _begin(
    ctx: RequestContext, user: HostUser, session: UserSession | None, scope: str, name: str
) -> dict[str, Any]:
    party = _admit(ctx, user, session)
    row = open_step(ctx, user, _adding(scope), name=checked_name(name))
    return creation_options(
        party,
        site=settings.SITE_NAME,
        handle=public_id_of(user).bytes,
        name=user.get_username(),
        challenge=bytes_for(row),
        present=PasskeyFactor.objects.filter(user=user.pk).order_by("pk"),
    )


@sensitive_variables()
def _confirm(
    ctx: RequestContext,
    user: HostUser,
    session: UserSession | None,
    scope: str,
    credential: Mapping[str, Any],
    name: str | None,
) -> FactorAdded:
    party = _admit(ctx, user, session)
    called = None if name is None else checked_name(name)
    row = use_step(ctx, user, _adding(scope), durable=True)
    made = verify_new(credential, party=party, challenge=bytes_for(row))
    return _add(ctx, user, session, made, row.value if called is None else called)


def _admit(ctx: RequestContext, user: HostUser, session: UserSession | None) -> RelyingParty:
    admit(ctx, user, session, FactorKind.PASSKEY)
    party = present_party()
    if party is None:
        raise Forbidden("This kind of second factor is not used here.")
    return party


def _add(
    ctx: RequestContext,
    user: HostUser,
    session: UserSession | None,
    made: NewPasskey,
    name: str,
) -> FactorAdded:
    """It is asked for from now on. Where there is a factor by now and no session, the password
    alone is not enough any more. A passkey is one user's, once (WebAuthn section 7.1): nobody is
    told whose."""
    with transaction.atomic(using=router.db_for_write(PasskeyFactor), durable=True):
        lock_users(user.pk)
        if session is None and user_has_factor(user):
            raise ChallengeInvalid
        factor, is_new = PasskeyFactor.objects.get_or_create(
            credential_id=made.credential_id,
            defaults={
                "user": user,
                "name": name,
                "public_key": made.public_key,
                "sign_count": made.sign_count,
                "transports": list(made.transports),
            },
        )
        if not is_new:
            raise CodeInvalid
        codes = () if codes_left(user.pk) else make_codes(ctx, user.pk)
        follow_change(ctx, user, session, FactorKind.PASSKEY, EventKind.FACTOR_ADDED)
    return FactorAdded(factor=summary_of(factor), recovery_codes=codes)


def _adding(scope: str) -> str:
    return f"add:{scope}"
