"""``login/``, ``registration/`` and ``token/refresh/``: what gives tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NotRequired, TypedDict, assert_never

from django.contrib.auth import get_user_model
from rest_framework import serializers

from jwt_accounts.conf import settings
from jwt_accounts.errors import TokenInvalid
from jwt_accounts.flows.first_step import MfaEnrolmentRequired, MfaRequired, step_refusal
from jwt_accounts.flows.open_session import SignedIn
from jwt_accounts.flows.refresh import refresh as refresh_flow
from jwt_accounts.flows.sign_in import require_session
from jwt_accounts.flows.sign_in import sign_in as sign_in_flow
from jwt_accounts.flows.sign_up import sign_up
from jwt_accounts.flows.tokens import simplejwt_lifetimes
from jwt_accounts.flows.user_summary import UserSummary, summary_of
from jwt_accounts.flows.write_user import Profile
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.answers import DetailBody
from jwt_accounts.http.field_names import fields_named
from jwt_accounts.http.host_fields import attribute_of, host_field
from jwt_accounts.http.inputs import Inputs, Token
from jwt_accounts.http.rest_auth import LoginInputs, RegisterInputs
from jwt_accounts.presets.rest_auth.conf import conf
from jwt_accounts.presets.rest_auth.users import UserBody, user_body


class SignedInBody(TypedDict):
    """The tokens and whose they are; with ``JWT_AUTH_RETURN_EXPIRATION`` also until when."""

    access: str
    refresh: str
    user: UserBody
    access_expiration: NotRequired[str]
    refresh_expiration: NotRequired[str]


class EphemeralBody(TypedDict):
    """The password is right; ``mfa/verify/`` takes the token, and a code of a second factor."""

    ephemeral_token: str
    mfa_required: bool


class RefreshedBody(TypedDict):
    """A new access token, and a new refresh token where the host rotates."""

    access: str
    refresh: NotRequired[str]
    access_expiration: str
    refresh_expiration: NotRequired[str]


class MethodInputs(LoginInputs):
    """By what the host lets people log in."""

    def methods(self) -> tuple[str, ...]:
        """As ``ACCOUNT_LOGIN_METHODS`` says."""
        known = conf().login_methods
        return tuple(name for name in super().methods() if name in known)


class RegistrationInputs(RegisterInputs):
    """With what the host asks for."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """As ``ACCOUNT_SIGNUP_FIELDS`` says."""
        fields = super().get_fields()
        main = get_user_model().USERNAME_FIELD
        if attribute_of(main) == "username":
            fields["username"] = host_field(main)
        for name in ("username", "email"):
            fields[name].required = f"{name}*" in conf().signup_fields
        return fields


class RefreshInputs(Inputs):
    """``refresh``: the refresh token, where no cookie brings it."""

    refresh = Token(required=False)


@action("POST", who=Who.ANYONE, inputs=MethodInputs, limit="sign_in")
def login(ask: Ask) -> Reply[SignedInBody | EphemeralBody]:
    """Log in by user name or by e-mail; who has a second factor proves it at ``mfa/verify/``."""
    result = sign_in_flow(
        ask.ctx,
        identifier=ask.data["identifier"],
        password=ask.data["password"],
        lifetimes=simplejwt_lifetimes(),
        confirmed_only=conf().confirmed_only,
    )
    if isinstance(result, MfaRequired):
        return Reply(EphemeralBody(ephemeral_token=result.token, mfa_required=True))
    signed = signed_in(ask, require_session(result))
    return Reply(signed.body, tokens=signed.tokens)


@action("POST", who=Who.ANYONE, inputs=RegistrationInputs, limit="registration", status=201)
def register(ask: Ask) -> Reply[SignedInBody | DetailBody]:
    """Register, and log in where the address need not be confirmed first."""
    host = conf()
    with fields_named(password="password1"):  # noqa: S106 - a field's name
        result = sign_up(
            ask.ctx,
            profile=Profile(username=ask.data.get("username"), email=ask.data.get("email")),
            password=ask.data["password1"],
            confirms=host.confirms,
            confirmed_only=host.confirmed_only,
            link=settings.LINKS["account_confirm_email"],
            code=False,
            lifetimes=simplejwt_lifetimes(),
        )
    match result:
        case SignedIn():
            body = _signed_in_body(ask, result, tells_expiration=False)
            return Reply(body, tokens=result.tokens)
        case UserSummary():
            return Reply(DetailBody(detail="Verification e-mail sent."))
        case MfaRequired() | MfaEnrolmentRequired():
            return Reply(DetailBody(detail=step_refusal(result).text))
        case _:
            assert_never(result)


@action("POST", who=Who.ANYONE, inputs=RefreshInputs, limit="refresh", refresh="refresh")
def refresh(ask: Ask) -> Reply[RefreshedBody]:
    """A new access token for the refresh token of the body, or of its cookie."""
    token = ask.data.get("refresh")
    if not token:
        raise TokenInvalid("No valid refresh token found.")
    tokens = refresh_flow(ask.ctx, refresh_token=token, lifetimes=simplejwt_lifetimes())
    body = RefreshedBody(
        access=tokens.access, access_expiration=_moment(ask, tokens.access_expires_in)
    )
    if tokens.refresh is not None and not conf().uses_cookies:
        body["refresh"] = tokens.refresh
        body["refresh_expiration"] = _moment(ask, tokens.refresh_expires_in)
    return Reply(body, tokens=tokens)


def signed_in(ask: Ask, signed: SignedIn) -> Reply[SignedInBody]:
    """What every log-in ends with."""
    body = _signed_in_body(ask, signed, tells_expiration=conf().tells_expiration)
    return Reply(body, tokens=signed.tokens)


def _signed_in_body(ask: Ask, signed: SignedIn, *, tells_expiration: bool) -> SignedInBody:
    tokens = signed.tokens
    body = SignedInBody(
        access=tokens.access,
        refresh=tokens.refresh or "",
        user=user_body(summary_of(signed.user)),
    )
    if tells_expiration:
        body["access_expiration"] = _moment(ask, tokens.access_expires_in)
        body["refresh_expiration"] = _moment(ask, tokens.refresh_expires_in)
    return body


def _moment(ask: Ask, seconds: int) -> str:
    """ISO 8601 in UTC."""
    return (ask.ctx.now + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
