"""A new access token for a refresh token; a new refresh token too where the contract rotates."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import assert_never

from django.db import router, transaction
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.errors import PasswordExpired, RefreshReused, SessionEnded, TokenInvalid
from jwt_accounts.flows.adopt_token import read_any_refresh
from jwt_accounts.flows.tokens import (
    DEFAULT_LIFETIMES,
    Claims,
    Lifetimes,
    Tokens,
    give_tokens,
    rotating_expiry,
)
from jwt_accounts.models import SecurityEvent, UserSession
from jwt_accounts.policies.expiry import is_expired
from jwt_accounts.policies.mfa import has_second_factor
from jwt_accounts.policies.sessions import (
    RefreshVerdict,
    SessionRules,
    explain_refresh,
    used_password,
)
from jwt_accounts.rulebook import session_rules, shortest_password_age
from jwt_accounts.signals import refresh_reused
from jwt_accounts.tokens.access import AccessToken
from jwt_accounts.tokens.digests import is_same_password
from jwt_accounts.tokens.lookup import is_alive, load
from jwt_accounts.tokens.refresh import RefreshClaims
from jwt_accounts.tokens.rotation import Rotated, Standing, rotate, standing_of
from jwt_accounts.types import EventKind, RequestContext, SessionEnd


@sensitive_variables()
def refresh(
    ctx: RequestContext,
    *,
    refresh_token: object,
    lifetimes: Lifetimes = DEFAULT_LIFETIMES,
) -> Tokens:
    """Use a refresh token.

    The good path is one statement. The token that was just rotated gets the same successor again
    while ``REFRESH_GRACE`` lasts; an older one ends its session.

    Raises :class:`TokenInvalid`, :class:`SessionEnded`, :class:`RefreshReused`, or
    :class:`PasswordExpired` for a session whose password may not be used any more: it is over.
    So is one that began with one factor, once its user has a second one or must have it.
    """
    return _use(ctx, read_any_refresh(ctx, refresh_token), lifetimes)


def renew(
    ctx: RequestContext,
    *,
    session: UserSession,
    token: AccessToken,
    lifetimes: Lifetimes,
    claims: Claims | None = None,
) -> Tokens:
    """A new access token for one that still counts. It lives no longer than that one, but in
    contracts without a refresh token (``Lifetimes.renews``), for a token of theirs: silence for as
    long as an access token lives ends it. The session's own ends hold. ``claims``: see
    ``give_tokens``. Raises what :func:`refresh` does."""
    if not (lifetimes.renews and token.renews):
        # simplejwt's leeway may have let a token pass that has expired.
        left = max(token.expires_at - ctx.now, timedelta(seconds=1))
        lifetimes = replace(lifetimes, access=left, renews=False)
    present = RefreshClaims(
        session_id=session.pk, generation=session.generation, user_id=str(session.user_id)
    )
    lifetimes = replace(lifetimes, rotates=False)
    rules = session_rules(refresh_lifetime=lifetimes.refresh)
    rotated = rotate(present, ctx, idle_end=ctx.now + rules.idle, steps=0)
    if rotated is None:
        # Over, or a refresh came in between: nobody replayed anything here.
        found = load(session.pk)
        if found is None:
            raise SessionEnded
        return _repeat(ctx, found, rules, lifetimes, claims)
    return _settle(ctx, rotated, rules, lifetimes, claims)


def _use(ctx: RequestContext, claims: RefreshClaims, lifetimes: Lifetimes) -> Tokens:
    rules = session_rules(refresh_lifetime=lifetimes.refresh)
    steps = 1 if lifetimes.rotates else 0
    rotated = rotate(claims, ctx, idle_end=ctx.now + rules.idle, steps=steps)
    if rotated is None:
        return _explain(ctx, claims, rules, lifetimes)
    return _settle(ctx, rotated, rules, lifetimes)


def _settle(
    ctx: RequestContext,
    rotated: Rotated,
    rules: SessionRules,
    lifetimes: Lifetimes,
    claims: Claims | None = None,
) -> Tokens:
    if not is_same_password(rotated.password, rotated.session.password_digest):
        _end(ctx, rotated.session, SessionEnd.PASSWORD_CHANGED)
        raise SessionEnded
    check_standing(ctx, rotated.session, rotated.standing)
    return _successor(ctx, rotated.session, rules, lifetimes, claims)


def _explain(
    ctx: RequestContext, claims: RefreshClaims, rules: SessionRules, lifetimes: Lifetimes
) -> Tokens:
    session = load(claims.session_id)
    if session is None or str(session.user_id) != claims.user_id:
        raise TokenInvalid
    verdict = explain_refresh(claims.generation, session.state, rules, ctx.now)
    match verdict:
        case RefreshVerdict.UNKNOWN:
            raise TokenInvalid
        case RefreshVerdict.REPLAY:
            _end_replayed(ctx, session)
            raise RefreshReused
        case RefreshVerdict.OVER | RefreshVerdict.RETRY:
            # RETRY: the row is in order, so it is the user who may not have it any more.
            raise SessionEnded
        case RefreshVerdict.REPEAT:
            return _repeat(ctx, session, rules, lifetimes)
        case _:
            assert_never(verdict)


def _repeat(
    ctx: RequestContext,
    session: UserSession,
    rules: SessionRules,
    lifetimes: Lifetimes,
    claims: Claims | None = None,
) -> Tokens:
    if not is_alive(session, ctx.now):
        raise SessionEnded
    check_standing(ctx, session, standing_of(session.user))
    return _successor(ctx, session, rules, lifetimes, claims)


def check_standing(ctx: RequestContext, session: UserSession, standing: Standing) -> None:
    """End a session whose password may not be used any more, or that began with one factor before
    its user had a second one, or had to have one. Raises :class:`PasswordExpired`, or
    :class:`SessionEnded`."""
    if _must_change(ctx, session, standing):
        _end(ctx, session, SessionEnd.PASSWORD_EXPIRED)
        raise PasswordExpired
    if standing.needs_factor and not has_second_factor(session.methods):
        _end(ctx, session, SessionEnd.SECOND_FACTOR_MISSING)
        raise SessionEnded


def _must_change(ctx: RequestContext, session: UserSession, standing: Standing) -> bool:
    if not used_password(session.methods):
        return False
    maximum = shortest_password_age([standing.maximum])
    return standing.must_change or is_expired(standing.changed_at, maximum, ctx.now)


def _successor(
    ctx: RequestContext,
    session: UserSession,
    rules: SessionRules,
    lifetimes: Lifetimes,
    claims: Claims | None,
) -> Tokens:
    expiry = rotating_expiry(session, rules, lifetimes) if lifetimes.rotates else None
    return give_tokens(
        session,
        None,
        ctx.now,
        lifetimes=lifetimes,
        refresh_issued_at=session.rotated_at if lifetimes.rotates else None,
        refresh_expires_at=expiry,
        claims=claims,
    )


def _end(ctx: RequestContext, session: UserSession, reason: SessionEnd) -> bool:
    return bool(
        UserSession.objects.filter(pk=session.pk, ended_at__isnull=True).update(
            ended_at=ctx.now, end_reason=reason
        )
    )


def _end_replayed(ctx: RequestContext, session: UserSession) -> None:
    alias = router.db_for_write(UserSession)
    with transaction.atomic(using=alias, durable=True):
        if not _end(ctx, session, SessionEnd.REFRESH_REUSED):
            return
        SecurityEvent.objects.record(
            EventKind.REFRESH_REUSED,
            ctx,
            user_id=session.user_id,
            details={"session": session.pk.hex},
        )
        user = session.user
        send = partial(
            refresh_reused.send_robust, sender=type(user), user=user, session=session, ctx=ctx
        )
        transaction.on_commit(send, using=alias)
