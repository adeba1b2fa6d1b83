"""Show again who it is, in a session that goes on: with the password, and with a second factor
where there is one."""

from __future__ import annotations

from typing import Final

from django.db import router, transaction
from django.db.models import F
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.credentials.tries import Try, give_back
from jwt_accounts.errors import FieldError, InvalidInput, SecondFactorRequired, SessionEnded
from jwt_accounts.flows.own_password import check_own_password
from jwt_accounts.flows.presence_code import answers_by_mail, use_presence_code
from jwt_accounts.flows.refresh import check_standing
from jwt_accounts.flows.tokens import (
    DEFAULT_LIFETIMES,
    Lifetimes,
    Tokens,
    give_tokens,
    rotating_expiry,
)
from jwt_accounts.models import SecurityEvent, UserSession
from jwt_accounts.policies.mfa import has_second_factor, with_factor
from jwt_accounts.policies.sessions import BY_MAIL
from jwt_accounts.rulebook import session_rules
from jwt_accounts.second_factors import Answer, second_factors, user_has_factor
from jwt_accounts.tokens.rotation import standing_of
from jwt_accounts.types import EventKind, HostUser, RequestContext

_BY_PASSWORD: Final = ("pwd",)
_MISSING: Final = FieldError("required", "This field is required.")


@sensitive_variables()
def reauthenticate(
    ctx: RequestContext,
    *,
    session: UserSession,
    password: str | None = None,
    answer: Answer | None = None,
    lifetimes: Lifetimes = DEFAULT_LIFETIMES,
) -> Tokens:
    """Check who it is and say so in new tokens, the former refresh token being spent (ASVS 7.2.4).
    Who has no password shows the second factor alone; who has neither, or signed in by a mailed
    code, a code that was mailed to this session (``presence_code.py``).

    Raises ``InvalidInput`` naming ``current_password`` or ``code``, ``AccountLocked``,
    ``AttemptsInFlight``, :class:`SecondFactorRequired` where a code is missing (``extra`` names the
    factors), ``CodeInvalid``, ``CodesExhausted``, :class:`SessionEnded`, ``PasswordExpired`` as a
    refresh does, and ``RuntimeError`` inside a caller's transaction.
    """
    user = session.user
    has_factor = user_has_factor(user)
    methods: tuple[str, ...] = ()
    has_password = user.has_usable_password()
    if answers_by_mail(session, has_factor=has_factor) and not (password and has_password):
        _check_mailed(ctx, session, answer)
        methods = (BY_MAIL,)
    elif has_password or not has_factor:
        give_back(_check_password(ctx, user, password))
        methods = _BY_PASSWORD
    if has_factor:
        methods = _check_factor(ctx, session, methods, answer)
    elif has_second_factor(session.methods):
        # It was shown elsewhere (single sign-on), and cannot be asked for here.
        methods = tuple(dict.fromkeys((*session.methods, *methods)))
    session.amr = " ".join(methods)
    check_standing(ctx, session, standing_of(user))
    return _go_on(ctx, session, methods, lifetimes)


@sensitive_variables()
def _check_mailed(ctx: RequestContext, session: UserSession, answer: Answer | None) -> None:
    if answer is None or not answer.code:
        raise InvalidInput(fields={"code": (_MISSING,)})
    use_presence_code(ctx, session=session, code="".join(answer.code.split()))


@sensitive_variables()
def _check_password(ctx: RequestContext, user: HostUser, password: str | None) -> Try:
    if not password:
        raise InvalidInput(fields={"current_password": (_MISSING,)})
    return check_own_password(ctx, user, password).tried


@sensitive_variables()
def _check_factor(
    ctx: RequestContext, session: UserSession, methods: tuple[str, ...], answer: Answer | None
) -> tuple[str, ...]:
    factors = second_factors()
    assert factors is not None  # noqa: S101 - somebody keeps the one the user has
    if answer is None:
        kinds = factors.kinds_of(session.user, first=methods)
        raise SecondFactorRequired(
            "Send a code of your second factor too.", extra={"factors": [str(k) for k in kinds]}
        )
    kind = factors.check(ctx, session.user, answer, scope=session.pk.hex, first=methods)
    return with_factor(methods, kind)


def _go_on(
    ctx: RequestContext, session: UserSession, methods: tuple[str, ...], lifetimes: Lifetimes
) -> Tokens:
    present = UserSession.objects.filter(pk=session.pk, ended_at__isnull=True)
    with transaction.atomic(using=router.db_for_write(UserSession)):
        went_on = present.update(
            generation=F("generation") + 1,
            rotated_at=ctx.now,
            auth_time=ctx.now,
            amr=" ".join(methods),
        )
        if not went_on:
            raise SessionEnded
        SecurityEvent.objects.record(
            EventKind.REAUTHENTICATED, ctx, user_id=session.user_id, details={"amr": list(methods)}
        )
        session.refresh_from_db(fields=["generation", "rotated_at", "auth_time", "amr"])
        rules = session_rules(refresh_lifetime=lifetimes.refresh)
        return give_tokens(
            session,
            session.user,
            ctx.now,
            lifetimes=lifetimes,
            refresh_issued_at=session.rotated_at,
            refresh_expires_at=rotating_expiry(session, rules, lifetimes),
        )
