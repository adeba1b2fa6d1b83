"""Take away the second factors of somebody who has lost them all: staff's last resort."""

from __future__ import annotations

from django.db import router, transaction

from jwt_accounts.contrib.mfa.flows.factors import Factors, list_factors
from jwt_accounts.contrib.mfa.models import TotpFactor
from jwt_accounts.errors import Forbidden, NotFound
from jwt_accounts.flows.first_step import close_steps
from jwt_accounts.flows.messages import tell
from jwt_accounts.flows.presence import require_presence
from jwt_accounts.flows.sessions import end_every_session
from jwt_accounts.models import SecurityEvent, UserSession
from jwt_accounts.models.userfields import lock_users, parse_user_id, user_fields, user_model
from jwt_accounts.rights import RESET_FACTORS, may_act_on, require
from jwt_accounts.second_factors import second_factors
from jwt_accounts.types import EventKind, HostUser, IdentifierKind, RequestContext, SessionEnd


def list_factors_of(*, actor: HostUser, user_id: str) -> Factors:
    """Another's factors. Raises ``Forbidden``, or :class:`NotFound`."""
    require(actor, RESET_FACTORS)
    user = _target(user_id)
    may_act_on(actor, user)
    return list_factors(user=user)


def reset_factors(
    ctx: RequestContext, *, actor: HostUser, session: UserSession | None, user_id: str
) -> int:
    """Take away another's factors and recovery codes; how many factors they were. All sessions of
    the user end, and sign-ins that are not finished; the user is told. Whoever's role asks for a
    factor sets one up at the next sign-in.

    Raises ``ReauthenticationRequired``, :class:`Forbidden` (for one's own too: those are removed
    one by one, by who shows one), or :class:`NotFound`.
    """
    require(actor, RESET_FACTORS)
    if session is not None:
        require_presence(ctx, session)
    found = _target(user_id)
    if found.pk == actor.pk:
        raise Forbidden("Remove your own second factors one by one.")
    factors = second_factors()
    assert factors is not None  # noqa: S101 - this app keeps them
    with transaction.atomic(using=router.db_for_write(TotpFactor)):
        user = lock_users(found.pk).get(found.pk)
        if user is None:
            raise NotFound("There is no such user.")
        may_act_on(actor, user)
        gone = factors.forget_all(ctx, user)
        close_steps(ctx, user.pk)
        end_every_session(ctx, user_id=user.pk, reason=SessionEnd.FACTORS_CHANGED)
        SecurityEvent.objects.record(
            EventKind.FACTORS_RESET_BY_STAFF,
            ctx,
            user_id=user.pk,
            actor_id=actor.pk,
            details={"factors": gone},
        )
        tell(ctx, user_fields().read(user, IdentifierKind.EMAIL), "factors_reset_by_staff")
    return gone


def _target(user_id: str) -> HostUser:
    try:
        key = parse_user_id(user_id)
    except ValueError as error:
        raise NotFound("There is no such user.") from error
    found: HostUser | None = user_model()._default_manager.filter(pk=key).first()
    if found is None:
        raise NotFound("There is no such user.")
    return found
