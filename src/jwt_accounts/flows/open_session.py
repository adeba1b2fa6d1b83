"""Open a session: the last step of every way in, and the door for a host that authenticated the
user itself (single sign-on, a social log-in, LDAP)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import router, transaction

from jwt_accounts.credentials.tries import enter
from jwt_accounts.errors import AccountInactive, AccountLocked, WrongCredentials
from jwt_accounts.flows.first_step import (
    FirstStep,
    MfaEnrolmentRequired,
    MfaRequired,
    require_step,
)
from jwt_accounts.flows.known_clients import recognise, tell_of_news
from jwt_accounts.flows.sessions import make_room
from jwt_accounts.flows.tokens import DEFAULT_LIFETIMES, Lifetimes, Tokens, give_tokens
from jwt_accounts.hooks import hooks
from jwt_accounts.models import Account, UserSession
from jwt_accounts.models.userfields import user_model
from jwt_accounts.policies.mfa import has_second_factor
from jwt_accounts.policies.sessions import idle_end, used_password
from jwt_accounts.rulebook import (
    RoleRow,
    password_expiry,
    requires_second_factor,
    roles_held,
    session_limit,
    session_rules,
)
from jwt_accounts.second_factors import user_has_factor
from jwt_accounts.signals import signed_in
from jwt_accounts.tokens.config import token_settings
from jwt_accounts.tokens.digests import password_digest
from jwt_accounts.types import HostUser, RequestContext


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session is open. ``role`` is the one role a contract shows."""

    user: HostUser
    role: str | None
    roles: tuple[str, ...]
    tokens: Tokens
    password_expires_at: datetime | None


def open_session(
    ctx: RequestContext,
    *,
    user: HostUser,
    amr: Sequence[str],
    lifetimes: Lifetimes = DEFAULT_LIFETIMES,
    enter: Callable[[UserSession], None] | None = None,
    resume: str = "",
) -> SignedIn | MfaRequired | MfaEnrolmentRequired:
    """Sign in a user whom the host authenticated itself. Where ``amr`` does not name "mfa", a
    second factor that the user has, or must have, comes first (see ``first_step.py``).

    ``enter`` is called with the new session in the transaction that writes it, and may refuse it
    by an ``AccountError``; ``resume`` says what to do where a second step follows. ``amr`` names
    how (RFC 8176: ``("fed",)``, ``("fed", "mfa")``, ``("sc",)``, ...). Wrong passwords do not
    matter here: the lock that follows them guards the password, and none was asked for.

    Raises :class:`AccountInactive`, :class:`AccountLocked` for an account that staff locked, or
    ``SessionLimitReached`` where ``SESSION_LIMIT_ACTION`` is "refuse".
    """
    known = Account.objects.select_related("user").filter(user=user.pk).first()
    account = Account.objects.adopt(user) if known is None else known
    user = account.user  # as it is now, not as the host loaded it once
    if account.staff_locked_at is not None:
        raise AccountLocked
    if not user.is_active:
        raise AccountInactive
    roles = roles_held(user)
    if not has_second_factor(amr):
        step = require_step(
            ctx,
            user=user,
            has_factor=user_has_factor(user),
            is_required=requires_second_factor(roles),
            first=FirstStep(tuple(amr), lifetimes, resume=resume),
        )
        if step is not None:
            return step
    return begin(
        ctx,
        user=user,
        account=account,
        roles=roles,
        amr=amr,
        lifetimes=lifetimes,
        rehashed=None,
        enter_session=enter,
    )


def begin(
    ctx: RequestContext,
    *,
    user: HostUser,
    account: Account,
    roles: tuple[RoleRow, ...],
    amr: Sequence[str],
    lifetimes: Lifetimes,
    rehashed: str | None,
    enter_session: Callable[[UserSession], None] | None = None,
) -> SignedIn:
    """Write the sign-in: user, then account, then session (locks are taken in this order
    everywhere). Nothing is written for a user who was deactivated or whose password changed since
    it was checked (:class:`WrongCredentials`), whom staff locked (:class:`AccountLocked`) or must
    change the password (``PasswordExpired``), or who has as many sessions as may be
    (``SessionLimitReached``).
    """
    alias = router.db_for_write(UserSession)
    client = recognise(ctx, account)
    with transaction.atomic(using=alias):
        _touch_user(user, ctx, rehashed)
        enter(
            user.pk,
            by_password=used_password(amr),
            by_one_factor=not has_second_factor(amr),
            known_clients=client.known,
        )
        # The user's other sign-ins wait for these two rows: none counts the sessions meanwhile.
        make_room(ctx, user=user, limit=session_limit(roles))
        session = _insert_session(ctx, user, amr, lifetimes)
        if enter_session is not None:
            enter_session(session)
        tell_of_news(ctx, user, account, session, client)
        # Some claims are asked of the database: without them there is no session either.
        tokens = give_tokens(
            session,
            user,
            ctx.now,
            lifetimes=lifetimes,
            refresh_issued_at=ctx.now,
            refresh_expires_at=_first_expiry(session, lifetimes),
        )
        send = partial(
            signed_in.send_robust, sender=type(user), user=user, session=session, ctx=ctx
        )
        transaction.on_commit(send, using=alias)
    names = tuple(role.name for role in roles)
    expiry = password_expiry(account.password_changed_at, roles) if used_password(amr) else None
    return SignedIn(
        user=user,
        role=hooks().get_role(user, names),
        roles=names,
        tokens=tokens,
        password_expires_at=expiry,
    )


def _touch_user(user: HostUser, ctx: RequestContext, rehashed: str | None) -> None:
    changes: dict[str, Any] = {"is_active": True}
    if hasattr(user, "last_login"):
        changes["last_login"] = ctx.now
    if rehashed is not None:
        changes["password"] = rehashed
    present = user_model()._default_manager.filter(
        pk=user.pk, is_active=True, password=user.password
    )
    if not present.update(**changes):
        raise WrongCredentials
    if rehashed is not None:
        UserSession.objects.filter(
            user=user.pk, password_digest=password_digest(user.password)
        ).update(password_digest=password_digest(rehashed))
        user.password = rehashed
    user.last_login = ctx.now


def _insert_session(
    ctx: RequestContext, user: HostUser, amr: Sequence[str], lifetimes: Lifetimes
) -> UserSession:
    refresh_lifetime = lifetimes.refresh or token_settings().refresh_lifetime
    rules = session_rules(refresh_lifetime=refresh_lifetime)
    absolute = ctx.now + rules.lifetime
    if not lifetimes.rotates:
        # The access token of the last refresh lives its whole life.
        last = lifetimes.access or token_settings().access_lifetime
        absolute = min(absolute, ctx.now + refresh_lifetime + last)
    return UserSession.objects.create(
        user=user,
        created_at=ctx.now,
        rotated_at=ctx.now,
        last_used_at=ctx.now,
        auth_time=ctx.now,
        expires_at=absolute,
        idle_expires_at=idle_end(rules, ctx.now, absolute),
        ip=ctx.ip,
        user_agent=ctx.user_agent,
        amr=" ".join(amr),
        password_digest=password_digest(user.password),
    )


def _first_expiry(session: UserSession, lifetimes: Lifetimes) -> datetime:
    if lifetimes.rotates:
        return session.idle_expires_at
    lifetime = lifetimes.refresh or token_settings().refresh_lifetime
    return min(session.expires_at, session.created_at + lifetime)
