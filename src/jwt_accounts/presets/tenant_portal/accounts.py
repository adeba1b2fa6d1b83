"""``login/``, ``logout/``, ``sign_up/`` and ``current_user/``."""

from __future__ import annotations

from typing import assert_never

from jwt_accounts.conf import settings
from jwt_accounts.contrib.tenants.flows import sign_in as entering
from jwt_accounts.contrib.tenants.flows import sign_up as joining
from jwt_accounts.contrib.tenants.flows.switch import stay
from jwt_accounts.contrib.tenants.flows.tenant_session import TenantSession
from jwt_accounts.contrib.tenants.shapes import TenantBody, tenant_body
from jwt_accounts.errors import Code, Forbidden
from jwt_accounts.flows.edit_profile import edit_profile
from jwt_accounts.flows.first_step import MfaEnrolmentRequired, MfaRequired, step_refusal
from jwt_accounts.flows.refresh import renew
from jwt_accounts.flows.sign_out import sign_out
from jwt_accounts.flows.user_summary import UserSummary
from jwt_accounts.flows.write_user import Profile
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.answers import DetailBody
from jwt_accounts.http.field_names import fields_named
from jwt_accounts.http.inputs import Inputs, Text, Token
from jwt_accounts.http.rest_auth import LoginInputs, RegisterInputs
from jwt_accounts.presets.tenant_portal.bodies import (
    SignedInBody,
    UserBody,
    here,
    own_body,
)
from jwt_accounts.presets.tenant_portal.contract import LIFETIMES


class NamesInputs(Inputs):
    """What one may change of oneself."""

    first_name = Text(required=False, allow_blank=True, max_length=150)
    last_name = Text(required=False, allow_blank=True, max_length=150)


class EnterInputs(LoginInputs):
    """``tenant``: a slug; without it, the tenant one was in last."""

    tenant = Text(required=False, allow_blank=True, max_length=200)


class SignUpInputs(NamesInputs, RegisterInputs):
    """``tenant``: the slug of an open one, else the default one; or an ``invitation``."""

    tenant = Text(required=False, allow_blank=True, max_length=200)
    invitation = Token(required=False, allow_blank=True)


class CurrentUserBody(UserBody):
    """The user, and the tenant that the token is for; None where that is over."""

    tenant: TenantBody | None


@action("POST", who=Who.ANYONE, inputs=EnterInputs, limit="sign_in", raises=(Code.FORBIDDEN,))
def login(ask: Ask) -> Reply[SignedInBody]:
    """Log in by user name or e-mail, to a tenant."""
    entered = entering.sign_in(ask.ctx, lifetimes=LIFETIMES, **ask.data)
    return _signed_in(entered)


@action("POST", who=Who.SIGNED_IN, limit="refresh")
def refresh(ask: Ask) -> Reply[SignedInBody]:
    """A new token for one that still counts, and for the same tenant: another tab of the session
    may have gone elsewhere. Who belongs to it no more gets one for another."""
    try:
        tokens = stay(ask.ctx, ask.session, ask.token, here(ask), LIFETIMES)
    except Forbidden:
        tokens = renew(ask.ctx, session=ask.session, token=ask.token, lifetimes=LIFETIMES)
    body = SignedInBody(token=tokens.access, user=own_body(ask.user))
    return Reply(body, tokens=tokens)


@action("POST", who=Who.HOLDER)
def logout(ask: Ask) -> Reply[DetailBody]:
    """End the session of the token, at once."""
    sign_out(ask.ctx, access_token=ask.token)
    return Reply(DetailBody(detail="Successfully logged out."), forgets=True)


@action("POST", who=Who.ANYONE, inputs=SignUpInputs, limit="registration", status=201)
def sign_up(ask: Ask) -> Reply[SignedInBody | DetailBody]:
    """Sign up as a user of a tenant."""
    with fields_named(password="password1"):  # noqa: S106 - a field's name
        made = joining.sign_up(
            ask.ctx,
            tenant=ask.data.get("tenant", ""),
            invitation=ask.data.get("invitation", ""),
            profile=profile_of(ask),
            password=ask.data["password1"],
            confirms=True,
            link=settings.LINKS["account_confirm_email"],
            code=False,
            lifetimes=LIFETIMES,
        )
    return signed_up(made)


@action("GET", who=Who.SIGNED_IN)
def show(ask: Ask) -> Reply[CurrentUserBody]:
    """The user who is signed in."""
    return Reply(_current(ask))


@action("PATCH", who=Who.SIGNED_IN, inputs=NamesInputs, partial=True, limit="account_change")
def change(ask: Ask) -> Reply[CurrentUserBody]:
    """Change one's names."""
    shown = _current(ask)
    changed = edit_profile(ask.ctx, user=ask.user, profile=Profile(**ask.data))
    shown["first_name"] = getattr(changed, "first_name", "")
    shown["last_name"] = getattr(changed, "last_name", "")
    return Reply(shown)


def profile_of(ask: Ask) -> Profile:
    """What somebody says of themselves at a sign-up."""
    names = ("username", "email", "first_name", "last_name")
    return Profile(**{name: ask.data[name] for name in names if name in ask.data})


def signed_up(made: joining.TenantSignUp) -> Reply[SignedInBody | DetailBody]:
    """The token; what must come first, where something must."""
    match made:
        case TenantSession():
            signed = _signed_in(made)
            return Reply(signed.body, tokens=signed.tokens)
        case UserSummary():
            return Reply(DetailBody(detail="Verification e-mail sent."))
        case MfaRequired() | MfaEnrolmentRequired():
            return Reply(DetailBody(detail=step_refusal(made).text))
        case _:
            assert_never(made)


def _signed_in(entered: TenantSession) -> Reply[SignedInBody]:
    tokens = entered.signed.tokens
    body = SignedInBody(token=tokens.access, user=own_body(entered.signed.user))
    return Reply(body, tokens=tokens)


def _current(ask: Ask) -> CurrentUserBody:
    try:
        tenant = tenant_body(here(ask).membership)
    except Forbidden:
        tenant = None
    return CurrentUserBody(**own_body(ask.user), tenant=tenant)
