"""A token opens the doors of its own kind and no other (RFC 8725 section 3.12, ASVS 9.2.2)."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.tokens import default_token_generator
from django.core import signing
from django.core.cache import cache
from django.urls import get_resolver
from rest_framework_simplejwt.tokens import AccessToken as PlainAccess
from rest_framework_simplejwt.tokens import RefreshToken as PlainRefresh
from rest_framework_simplejwt.tokens import SlidingToken

from jwt_accounts.credentials.challenges import (
    issue,
    issue_first,
    open_at_once,
    pin_for,
    secret_for,
)
from jwt_accounts.credentials.targets import change_of, target_for, target_once
from jwt_accounts.flows.request_pin import request_pin
from jwt_accounts.flows.verify_pin import verify_pin
from jwt_accounts.http.actions import Who
from jwt_accounts.http.view import ContractView
from jwt_accounts.models import Challenge
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.policies.challenges import (
    CHANGE_EMAIL,
    CONFIRM_EMAIL,
    ENROLMENT,
    PRESENCE_CODE,
    RESET_LINK,
    RESET_USERNAME,
    SECOND_STEP,
    SIGN_IN_CODE,
)
from jwt_accounts.policies.recovery import CHANGE_LIFETIME
from jwt_accounts.types import IdentifierKind
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once

ACCESS, REFRESH = {"access"}, {"refresh"}

#: Where a token goes in, and the kinds that it lets in. Those that end the session come last.
DOORS = {
    "me": ACCESS,
    "sessions": ACCESS,
    "users": ACCESS,
    "listing": ACCESS,
    "djoser_me": ACCESS,
    "chat_user": ACCESS,
    "devices": ACCESS,
    "hello": ACCESS,
    "verify": ACCESS,
    "djoser_verify": ACCESS | REFRESH,
    "device_verify": ACCESS | REFRESH,
    "refresh": REFRESH,
    "token_refresh": REFRESH,
    "djoser_refresh": REFRESH,
    "device_refresh": REFRESH,
    "chat_refresh": REFRESH,
    "logout": ACCESS,
    "sign_out": ACCESS,
}


@pytest.fixture
def doors(ask):
    def bearer(method, path):
        return lambda token: ask(method, path, token=token)

    def body(path, field):
        return lambda token: ask("POST", path, {field: token})

    return {
        "me": bearer("GET", "/accounts/me/"),
        "sessions": bearer("GET", "/accounts/sessions/"),
        "users": bearer("GET", "/accounts/users/"),
        "listing": bearer("GET", "/authentication/users"),
        "djoser_me": bearer("GET", "/auth/users/me/"),
        "chat_user": bearer("GET", "/api/user/"),
        "devices": bearer("GET", "/api/v1/core/?all=1"),
        "hello": bearer("GET", "/hello/"),
        "verify": body("/accounts/token/verify/", "token"),
        "djoser_verify": body("/auth/jwt/verify/", "token"),
        "device_verify": body("/api/auth/token/verify/", "token"),
        "refresh": body("/accounts/token/refresh/", "refresh"),
        "token_refresh": body("/authentication/token/refresh/", "refresh"),
        "djoser_refresh": body("/auth/jwt/refresh/", "refresh"),
        "device_refresh": body("/api/auth/token/refresh/", "refresh"),
        "chat_refresh": body("/api/token/refresh/", "refresh"),
        "logout": bearer("POST", "/authentication/logout/"),
        "sign_out": bearer("POST", "/accounts/sign-out/"),
    }


@pytest.fixture
def keys(ctx, make_superuser, tokens_of):
    """One token of every kind there is, all of one user."""
    user = make_superuser()
    ours = tokens_of(user)
    email = {"kind": IdentifierKind.EMAIL, "value": user_fields().read(user, IdentifierKind.EMAIL)}
    request_pin(ctx, **email)
    pin = pin_for(Challenge.objects.get())

    def link(purpose, **more):
        return secret_for(issue(target_for(purpose, user, to=email["value"], **more), ctx))

    def step(purpose):
        return secret_for(issue_first(target_once(purpose, user, value='{"methods":["pwd"]}'), ctx))

    return {
        "access": ours.access,
        "refresh": ours.refresh,
        "simplejwt's access": str(PlainAccess.for_user(user)),
        "simplejwt's refresh": str(PlainRefresh.for_user(user)),
        "simplejwt's sliding": str(SlidingToken.for_user(user)),
        "password reset": default_token_generator.make_token(user),
        "signed value": signing.dumps({"user_id": str(user.pk)}),
        "session id": str(ours.session.pk),
        "reset": verify_pin(ctx, **email, pin=pin).secret,
        "change": secret_for(open_at_once(change_of(user), ctx, CHANGE_LIFETIME)),
        "reset link": link(RESET_LINK),
        "user name link": link(RESET_USERNAME),
        "confirmation": link(CONFIRM_EMAIL),
        "change of e-mail": link(CHANGE_EMAIL, value=email["value"]),
        "sign-in link": link(SIGN_IN_CODE),
        "presence": link(PRESENCE_CODE),
        "second step": step(SECOND_STEP),
        "enrolment": step(ENROLMENT),
        "pin": pin,
        "nothing": "null",
    }


@once
@pytest.mark.parametrize("door", DOORS)
def test_only_its_own_kind_opens_a_door(door, doors, keys):
    opened = {kind for kind, token in keys.items() if doors[door](token).status_code < 400}
    assert opened == DOORS[door]


@once
@pytest.mark.parametrize("door", DOORS)
def test_a_wrong_kind_is_a_401_and_ends_no_session(door, doors, keys):
    wrong = {kind: token for kind, token in keys.items() if kind not in DOORS[door]}
    assert {kind: doors[door](token).status_code for kind, token in wrong.items()} == dict.fromkeys(
        wrong, 401
    )
    assert doors["me"](keys["access"]).status_code == 200


SETS_A_PASSWORD = ["reset", "change", "reset link"]


@pytest.mark.parametrize("kind", SETS_A_PASSWORD)
def test_a_password_is_set_by_its_own_kinds_and_no_other(doors, keys, ask, kind):
    def put(token):
        body = {"token": token, "password": "another horse battery"}
        return ask("POST", "/accounts/password/set/", body).status_code

    wrong = {each: put(token) for each, token in keys.items() if each not in SETS_A_PASSWORD}
    assert {each for each, status in wrong.items() if not 400 <= status < 500} == set()
    assert doors["me"](keys["access"]).status_code == 200
    assert put(keys[kind]) == 204
    assert doors["me"](keys["access"]).status_code == 401
    assert all(put(keys[each]) >= 400 for each in SETS_A_PASSWORD)


def test_revocation_takes_both_of_ours_and_no_other(doors, keys, ask):
    for kind, token in keys.items():
        if kind not in {"access", "refresh"}:
            assert ask("POST", "/accounts/token/revoke/", {"token": token}).status_code == 200
            assert doors["me"](keys["access"]).status_code == 200
    ask("POST", "/accounts/token/revoke/", {"token": keys["refresh"]})
    assert doors["me"](keys["access"]).status_code == 401


def test_a_step_of_a_sign_in_is_made_by_its_own_kind_and_no_other(keys, ask):
    def asked(path, token, **more):
        body = {"challenge_token": token, "code": "000000", **more}
        return ask("POST", f"/accounts/sign-in/{path}/", body).json()["code"]

    def refusals(own, path, **more):
        return {asked(path, token, **more) for kind, token in keys.items() if kind != own}

    assert refusals("second step", "second-step") == {"challenge_invalid"}
    assert refusals("second step", "second-step/send", factor="email") == {"challenge_invalid"}
    assert refusals("enrolment", "enrol", type="email") == {"challenge_invalid"}
    assert refusals("enrolment", "enrol/confirm", id="totp-1") == {"challenge_invalid"}
    assert asked("second-step", keys["second step"]) == "code_invalid"
    assert asked("enrol/confirm", keys["enrolment"], id="totp-1") == "not_found"


def test_a_session_is_opened_by_the_link_for_it_and_no_other(keys, ask, settings):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "PASSWORDLESS": True}

    def enter(token):
        answer = ask("POST", "/accounts/sign-in/code/confirm/", {"token": token})
        return answer.json().get("code", answer.status_code)

    wrong = {enter(token) for kind, token in keys.items() if kind != "sign-in link"}
    assert wrong == {"link_invalid"}
    assert enter(keys["sign-in link"]) == 200


_KEYS = (
    *("user_id", "id", "session_id", "device_id", "notification_id"),
    *("invitation_id", "member_id", "public_id", "key", "factor_id"),
)
PLACES = {
    **dict.fromkeys(_KEYS, "1"),
    "role": "Cashier",
}


def endpoints():
    """Every (path, method, who) the library mounts in this project, read off the URL table."""
    pending = [("/", pattern) for pattern in get_resolver().url_patterns]
    while pending:
        prefix, pattern = pending.pop()
        path = prefix + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            pending += [(path, inner) for inner in pattern.url_patterns]
        elif getattr(pattern.callback, "cls", None) is ContractView:
            for method, found in pattern.callback.initkwargs["actions"].items():
                for name, value in PLACES.items():
                    path = path.replace(f"<str:{name}>", value)
                yield path, method, found


def test_every_endpoint_that_wants_a_token_refuses_none_and_a_refresh_token(ask, keys):
    seen = [each for each in endpoints() if each[2].who is not Who.ANYONE]
    assert len(seen) >= 100
    for path, method, _ in seen:
        cache.clear()  # some have a rate limit
        assert ask(method, path).status_code == 401, (method, path)
        assert ask(method, path, token=keys["refresh"]).status_code == 401, (method, path)
        assert ask(method, path, token=keys["simplejwt's access"]).status_code == 401, (
            method,
            path,
        )


#: What concerns nobody but who asks.
OWN = {
    *((method, "/accounts/me/") for method in ("GET", "PATCH", "DELETE")),
    ("GET", "/accounts/sessions/"),
    ("DELETE", "/accounts/sessions/"),
    *((method, "/accounts/sessions/1/") for method in ("PATCH", "DELETE")),
    ("POST", "/accounts/password/change/"),
    *(("POST", f"/accounts/reauthenticate/{path}") for path in ("", "code/", "send/")),
    ("GET", "/accounts/factors/"),
    *(("POST", f"/accounts/factors/{path}/") for path in ("totp", "email", "sms", "1/confirm")),
    *(("POST", f"/accounts/{path}/passkey/") for path in ("factors", "reauthenticate")),
    ("POST", "/accounts/factors/passkey/confirm/"),
    *((method, "/accounts/factors/recovery-codes/") for method in ("GET", "POST")),
    *((method, "/accounts/factors/1/") for method in ("PATCH", "DELETE")),
    ("POST", "/accounts/email/change/"),
    ("POST", "/accounts/email/change/confirm/"),
    ("POST", "/accounts/phone/change/"),
    ("POST", "/accounts/phone/change/confirm/"),
    ("POST", "/accounts/username/change/"),
    *((method, "/accounts/devices/") for method in ("GET", "POST")),
    *((method, "/accounts/devices/1/") for method in ("GET", "DELETE")),
    # Within a tenant the membership decides: tests/contrib/tenants.
    *((method, "/accounts/tenants/") for method in ("GET", "POST")),
    *(("POST", f"/accounts/tenants/{act}/") for act in ("switch", "join", "leave")),
    *((method, "/accounts/tenants/invitations/") for method in ("GET", "POST")),
    ("DELETE", "/accounts/tenants/invitations/1/"),
    ("GET", "/accounts/tenants/members/"),
    *((method, "/accounts/tenants/members/1/") for method in ("PATCH", "DELETE")),
    ("GET", "/accounts/notifications/"),
    ("POST", "/accounts/notifications/read/"),
    ("POST", "/accounts/notifications/1/read/"),
    ("GET", "/authentication/role/settings/Cashier/"),
    *((method, "/auth/users/me/") for method in ("GET", "PUT", "PATCH", "DELETE")),
    ("POST", "/auth/users/set_password/"),
    ("POST", f"/auth/users/set_{get_user_model().USERNAME_FIELD}/"),
    *((method, "/api/v1/core/") for method in ("GET", "POST")),
    ("GET", "/api/user/"),
    *((method, "/api/current_user/") for method in ("GET", "PATCH")),
    *(("POST", f"/api/{path}/") for path in ("login/refresh", "password/change")),
    ("GET", "/api/tenants/"),
    *(("POST", f"/api/tenants/{act}/") for act in ("switch", "join", "invite")),
    # Within the tenant everybody reads, and writes comments: tests/presets/tenant_portal.
    *(("GET", f"/api/users/{path}") for path in ("", "1/", "1/comments/", "1/activity/")),
    ("POST", "/api/users/1/comments/"),
    *(("GET", f"/api/notifications/{path}") for path in ("", "unread_count/")),
    *(("POST", f"/api/notifications/{path}read/") for path in ("", "1/")),
    *((method, "/dj-rest-auth/user/") for method in ("GET", "PUT", "PATCH")),
    ("POST", "/dj-rest-auth/password/change/"),
    ("GET", "/dj-rest-auth/mfa/status/"),
    *((method, "/dj-rest-auth/mfa/totp/activate/") for method in ("GET", "POST")),
    *(
        ("POST", f"/dj-rest-auth/mfa/{path}/")
        for path in ("totp/deactivate", "recovery-codes", "recovery-codes/regenerate")
    ),
}
#: What asks for a right only where somebody else is meant: the flow does.
OWN_OR_ANOTHERS = {
    ("GET", "/auth/users/"),
    *((method, "/auth/users/1/") for method in ("GET", "PUT", "PATCH", "DELETE")),
}


def test_every_endpoint_that_changes_others_names_a_right():
    unguarded = {
        (method, path if path.endswith("/") else f"{path}/")
        for path, method, found in endpoints()
        if found.who is Who.SIGNED_IN and found.right is None
    }
    assert unguarded == OWN | OWN_OR_ANOTHERS


def test_where_the_flow_asks_for_the_right_who_has_none_reaches_nobody(
    ask, make_user, make_superuser, tokens_of
):
    me = make_user()
    token = tokens_of(me).access
    shown = ask("GET", "/auth/users/", token=token).json()
    assert [str(each["id"]) for each in shown] == [str(me.pk)]
    model = get_user_model()
    for other in (make_user(), make_superuser()):
        before = model.objects.filter(pk=other.pk).values().get()
        for method, body in {
            "GET": {},
            "PUT": {"email": "planted@example.com"},
            "PATCH": {"email": "planted@example.com"},
            "DELETE": {"current_password": PASSWORD},
        }.items():
            answer = ask(method, f"/auth/users/{other.pk}/", body, token)
            assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})
        assert model.objects.filter(pk=other.pk).values().get() == before
