"""``mfa/``: a code generator as the second step of a log-in, and its recovery codes. Mounted where
``jwt_accounts.contrib.mfa`` is installed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict

from django.core import signing

from jwt_accounts.contrib.mfa.flows.enrol import begin_totp, confirm_factor
from jwt_accounts.contrib.mfa.flows.factors import list_factors, renew_recovery_codes
from jwt_accounts.contrib.mfa.flows.totp import (
    has_totp,
    qr_data_uri,
    remove_totp,
    second_factor_state,
)
from jwt_accounts.errors import Code, CodeInvalid, FieldError, Forbidden, InvalidInput, NotFound
from jwt_accounts.flows.second_step import take_second_step
from jwt_accounts.flows.sign_in import require_session
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.answers import DetailBody
from jwt_accounts.http.inputs import Inputs, Text, Token
from jwt_accounts.policies.mfa import STEP_LIFETIME
from jwt_accounts.presets.rest_auth.conf import conf
from jwt_accounts.presets.rest_auth.login import SignedInBody, signed_in
from jwt_accounts.second_factors import Answer
from jwt_accounts.types import HostUser

_CODES = (Code.CODE_INVALID, Code.CODES_EXHAUSTED)
_CHANGE = (Code.FORBIDDEN, Code.REAUTHENTICATION_REQUIRED)
_SALT = "jwt_accounts.rest_auth.activation"


class CodeInputs(Inputs):
    """A code."""

    code = Text(max_length=64)


class VerifyInputs(CodeInputs):
    """What ``login/`` answered, and a code: a recovery code will do."""

    ephemeral_token = Token()


class ActivateInputs(CodeInputs):
    """What the GET answered, and the first code of the app."""

    activation_token = Token()


class BegunBody(TypedDict):
    """What an app needs, shown once, and what confirms that it works."""

    secret: str
    totp_url: str
    qr_code_data_uri: str
    activation_token: str


class ActivatedBody(TypedDict):
    """The recovery codes, shown once; none where there are former ones that count."""

    recovery_codes: list[str]


class StatusBody(TypedDict):
    """Whether a log-in has a second step, since when, and when one was made last."""

    mfa_enabled: bool
    created_at: str | None
    last_used_at: str | None


class CodesBody(TypedDict):
    """Recovery codes."""

    codes: list[str]


@action(
    "POST",
    who=Who.ANYONE,
    inputs=VerifyInputs,
    limit="second_step",
    raises=(
        *(Code.ACCOUNT_LOCKED, Code.CHALLENGE_INVALID, *_CODES),
        *(Code.PASSWORD_EXPIRED, Code.SESSION_LIMIT_REACHED, Code.FORBIDDEN),
    ),
)
def verify(ask: Ask) -> Reply[SignedInBody]:
    """Log in: the second step."""
    answer = Answer(code=ask.data["code"])
    result = take_second_step(ask.ctx, token=ask.data["ephemeral_token"], answer=answer)
    return signed_in(ask, require_session(result))


@action("GET", who=Who.SIGNED_IN, limit="factor_change", head=False, raises=_CHANGE)
def begin(ask: Ask) -> Reply[BegunBody]:
    """Begin to set up a code generator. It counts once it is confirmed."""
    begun = begin_totp(ask.ctx, user=ask.user, session=ask.session, issuer=conf().totp_issuer)
    return Reply(
        BegunBody(
            secret=begun.secret,
            totp_url=begun.uri,
            qr_code_data_uri=qr_data_uri(begun.uri),
            activation_token=activation_token(ask.user, begun.factor.id),
        )
    )


@action(
    "POST",
    who=Who.SIGNED_IN,
    inputs=ActivateInputs,
    limit="factor_change",
    raises=(Code.CODES_EXHAUSTED, *_CHANGE),
)
def activate(ask: Ask) -> Reply[ActivatedBody]:
    """Confirm it: from now on each log-in has a second step. All other sessions end."""
    if has_totp(user=ask.user):
        raise InvalidInput("MFA is already enabled. Deactivate it before activating again.")
    factor = _read(ask, ask.data["activation_token"])
    try:
        added = confirm_factor(
            ask.ctx,
            user=ask.user,
            session=ask.session,
            factor_id=factor,
            code=ask.data["code"],
        )
    except CodeInvalid as error:
        message = "Invalid code. Please check your authenticator app and try again."
        raise _wrong("code", message) from error
    except NotFound as error:
        raise _wrong("activation_token", "Invalid or expired activation token.") from error
    return Reply(ActivatedBody(recovery_codes=list(added.recovery_codes)))


@action(
    "POST",
    who=Who.SIGNED_IN,
    inputs=CodeInputs,
    limit="factor_change",
    raises=(*_CODES, *_CHANGE),
)
def deactivate(ask: Ask) -> Reply[DetailBody]:
    """Take the code generator away. All other sessions end."""
    if not has_totp(user=ask.user):
        raise _not_enabled()
    remove_totp(ask.ctx, user=ask.user, session=ask.session, code=ask.data["code"])
    return Reply(DetailBody(detail="TOTP has been deactivated."))


@action("GET", who=Who.SIGNED_IN)
def status(ask: Ask) -> Reply[StatusBody]:
    """Whether a log-in has a second step."""
    found = second_factor_state(user=ask.user)
    body = StatusBody(
        mfa_enabled=found.is_on,
        created_at=_moment(found.created_at),
        last_used_at=_moment(found.last_used_at),
    )
    return Reply(body)


@action("POST", who=Who.SIGNED_IN, limit="factor_change", raises=(Code.FORBIDDEN,))
def codes(ask: Ask) -> Reply[CodesBody]:
    """None where none are left. Those that are left are not known here any more."""
    if list_factors(user=ask.user).recovery_codes_left:
        raise Forbidden("Recovery codes are shown once, when they are made. Make new ones.")
    return Reply(CodesBody(codes=[]))


@action("POST", who=Who.SIGNED_IN, limit="factor_change", raises=(Code.INVALID, *_CHANGE))
def new_codes(ask: Ask) -> Reply[CodesBody]:
    """New recovery codes in the place of all former ones, shown once."""
    if not second_factor_state(user=ask.user).is_on:
        raise _not_enabled()
    made = renew_recovery_codes(ask.ctx, user=ask.user, session=ask.session)
    return Reply(CodesBody(codes=list(made)))


def activation_token(user: HostUser, factor_id: str) -> str:
    """Names the generator that was begun, and its owner. The secret is not in it."""
    return signing.dumps({"user": str(user.pk), "factor": factor_id}, salt=_SALT)


def _read(ask: Ask, token: str) -> str:
    try:
        named: dict[str, Any] = signing.loads(token, salt=_SALT, max_age=STEP_LIFETIME)
    except signing.BadSignature as error:
        raise _wrong("activation_token", "Invalid or expired activation token.") from error
    if named["user"] != str(ask.user.pk):
        raise _wrong("activation_token", "Invalid activation token for this user.")
    return str(named["factor"])


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(fields={field: (FieldError("invalid", message),)})


def _not_enabled() -> InvalidInput:
    return InvalidInput("MFA is not enabled.")


def _moment(at: datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return None if at is None else at.isoformat().replace("+00:00", "Z")
