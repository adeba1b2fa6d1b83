"""A refresh token that simplejwt gave becomes a session, so that nobody signs in again because
the host moved."""

from __future__ import annotations

from django.db import router, transaction

from jwt_accounts.conf import settings
from jwt_accounts.errors import TokenInvalid
from jwt_accounts.flows.sessions import make_room
from jwt_accounts.models import Account, SecurityEvent, UserSession
from jwt_accounts.models.userfields import lock_users, parse_user_id
from jwt_accounts.policies.sessions import idle_end
from jwt_accounts.rulebook import roles_held, session_limit, session_rules
from jwt_accounts.tokens.digests import password_digest
from jwt_accounts.tokens.foreign import ForeignRefresh, read_foreign_refresh
from jwt_accounts.tokens.refresh import RefreshClaims, read_refresh
from jwt_accounts.types import EventKind, HostUser, RequestContext

#: What staff does to end sessions ends those that have not begun here yet.
_ENDS = (
    EventKind.LOCKED_BY_STAFF,
    EventKind.SESSIONS_ENDED_BY_STAFF,
    EventKind.PASSWORD_CHANGE_DEMANDED,
)


def read_any_refresh(ctx: RequestContext, raw: object) -> RefreshClaims:
    """What one of our refresh tokens says, or one of simplejwt's. Raises :class:`TokenInvalid`."""
    try:
        return read_refresh(raw)
    except TokenInvalid:
        return adopt_refresh_token(ctx, raw)


def adopt_refresh_token(ctx: RequestContext, raw: object) -> RefreshClaims:
    """What the token is from now on: the first generation of a session of its own, which ends when
    the token would have. Whatever ends sessions ends this one, and a copy is a replay.

    Raises :class:`TokenInvalid` where ``ADOPT_SIMPLEJWT_REFRESH`` is off, for a token on the
    blacklist, and for one that is older than the user's password or than the last time staff locked
    the account or ended its sessions.
    """
    if not settings.ADOPT_SIMPLEJWT_REFRESH:
        raise TokenInvalid
    token = read_foreign_refresh(raw)
    if not UserSession.objects.filter(pk=token.session_id).exists():
        _insert(ctx, token)
    return RefreshClaims(session_id=token.session_id, generation=0, user_id=token.user_id)


def _insert(ctx: RequestContext, token: ForeignRefresh) -> None:
    try:
        key = parse_user_id(token.user_id)
    except ValueError as error:
        raise TokenInvalid from error
    with transaction.atomic(using=router.db_for_write(UserSession)):
        user = lock_users(key).get(key)
        if user is None or not user.is_active or not _may_go_on(user, token):
            raise TokenInvalid
        limit = session_limit(roles_held(user))
        make_room(ctx, user=user, limit=limit, coming=token.session_id)
        rules = session_rules(refresh_lifetime=None)
        session = UserSession(
            id=token.session_id,
            user=user,
            created_at=ctx.now,
            rotated_at=ctx.now,
            last_used_at=ctx.now,
            auth_time=token.issued_at,
            expires_at=token.expires_at,
            idle_expires_at=idle_end(rules, ctx.now, token.expires_at),
            ip=ctx.ip,
            user_agent=ctx.user_agent,
            amr="pwd",
            password_digest=password_digest(user.password),
        )
        # Of two requests at once, one makes it.
        UserSession.objects.bulk_create([session], ignore_conflicts=True)


def _may_go_on(user: HostUser, token: ForeignRefresh) -> bool:
    account = Account.objects.filter(user=user.pk).first() or Account.objects.adopt(user)
    if account.staff_locked_at is not None or account.must_change_password:
        return False
    events = SecurityEvent.objects.filter(user=user.pk, kind__in=_ENDS, at__gte=token.issued_at)
    if events.exists():
        return False
    changed = account.password_changed_at
    # A token says when it was made to the second.
    return changed is None or changed.replace(microsecond=0) <= token.issued_at
