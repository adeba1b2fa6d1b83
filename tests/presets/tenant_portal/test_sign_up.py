"""``sign_up/`` and ``tenants/sign_up/``: who joins what, and that nothing is left of a refusal."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth import get_user_model

from jwt_accounts.contrib.tenants.models import Membership, Tenant
from jwt_accounts.models import Account, UserSession
from tests.presets.calling import claims_of
from tests.presets.tenant_portal.conftest import FRONT_END, mailed

pytestmark = pytest.mark.django_db


@pytest.fixture
def nothing_made(db):
    """That no user, tenant, membership or session is there that was not there before."""
    models = (get_user_model(), Account, Tenant, Membership, UserSession)

    def count():
        return [model._default_manager.count() for model in models]

    before = count()
    return lambda: count() == before


@pytest.fixture
def default(make_tenant):
    return make_tenant("demo", joining="open", is_default=True)


def test_who_names_no_tenant_joins_the_default_one(portal, default):
    answer = portal.sign_up(first_name="Ada")
    assert (answer.status, answer.json()["user"]["first_name"]) == (201, "Ada")
    token = answer.json()["token"]
    shown = portal("GET", "current_user/", token=token).json()
    assert (shown["tenant"]["slug"], shown["tenant"]["role"]) == ("demo", "member")
    assert claims_of(token)["tenant"] == "demo"


def test_an_open_tenant_can_be_named(portal, default, make_tenant):
    make_tenant("open", joining="open")
    answer = portal.sign_up(tenant="OPEN")
    assert claims_of(answer.json()["token"])["tenant"] == "open"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"tenant": "acme"}, "tenant"),
        ({"tenant": "nowhere"}, "tenant"),
        ({"tenant": "closed"}, "tenant"),
        ({"invitation": "00.11"}, "detail code"),
        ({"password2": "another one"}, "non_field_errors"),
        ({"password1": "password", "password2": "password"}, "password1"),
        ({"username": "ann"}, "username"),
        ({"email": "ann@example.com"}, "email"),
        ({"email": "no address"}, "email"),
    ],
)
def test_a_sign_up_that_is_refused_leaves_nothing(
    portal, ann, default, make_tenant, nothing_made, more, told
):
    make_tenant("closed", joining="open", is_active=False).delete()
    answer = portal.sign_up(**more)
    assert (answer.status, list(answer.json())) == (400, told.split())
    assert nothing_made()


def test_without_a_default_tenant_one_must_be_named(portal, nothing_made):
    answer = portal.sign_up()
    assert (answer.status, list(answer.json())) == (400, ["tenant"])
    assert nothing_made()


def test_signing_up_a_tenant_makes_it_and_its_owner(portal):
    answer = portal.sign_up("tenants/sign_up/", name="Böse & Söhne")
    assert answer.status == 201
    shown = portal("GET", "current_user/", token=answer.json()["token"]).json()
    tenant = shown["tenant"]
    assert (tenant["slug"], tenant["name"], tenant["role"]) == (
        "bose-sohne",
        "Böse & Söhne",
        "owner",
    )
    assert Tenant.objects.get().joining == "invitation"
    assert portal("GET", "users/", token=answer.json()["token"]).json()["count"] == 1


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "New", "slug": "acme"}, "slug"),
        ({"name": "New", "slug": "-"}, "slug"),
        ({"name": "New", "username": "ann"}, "username"),
        ({"name": "New", "password1": "x", "password2": "x"}, "password1"),
    ],
)
def test_a_tenant_that_cannot_be_leaves_no_user_and_no_tenant(
    portal, ann, nothing_made, more, told
):
    answer = portal.sign_up("tenants/sign_up/", **more)
    assert (answer.status, list(answer.json())) == (400, [told])
    assert nothing_made()


def test_what_fails_unforeseen_leaves_nothing_either(portal, monkeypatch, nothing_made):
    def fail(*_args, **_kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(Membership.objects, "create", fail)
    assert portal.sign_up("tenants/sign_up/", name="New").status == 500
    assert nothing_made()


def test_nobody_signs_up_where_the_host_says_so(portal, settings, default, nothing_made):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "REGISTRATION": "invitation"}
    for path, more in (("sign_up/", {}), ("tenants/sign_up/", {"name": "New"})):
        answer = portal.sign_up(path, **more)
        assert (answer.status, answer.json()["code"]) == (403, "registration_closed")
    assert nothing_made()


def key_in(act) -> str:
    """What the one link of a mail holds."""
    (sent,) = mailed(act)
    return re.search(rf"{FRONT_END}/account-confirm-email#(\S+)", sent.body)[1]


@pytest.mark.parametrize(
    ("path", "more"), [("sign_up/", {}), ("tenants/sign_up/", {"name": "Initech"})]
)
def test_the_mail_holds_no_code_which_no_endpoint_here_takes(portal, default, path, more):
    (sent,) = mailed(lambda: portal.sign_up(path, **more))
    assert not re.search(r"^\d{6}$", sent.body, re.MULTILINE)


def test_the_link_of_the_mail_confirms_the_address(portal, default):
    key = key_in(lambda: portal.sign_up())
    assert portal("POST", "sign_up/verify-email/", {"key": key}).json() == {"detail": "ok"}
    assert Account.objects.get().email_confirmed_at is not None
    assert portal("POST", "sign_up/verify-email/", {"key": "00.11"}).status == 404


def test_where_addresses_must_be_confirmed_nobody_is_logged_in_before(portal, default, settings):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "CONFIRMED_EMAIL_ONLY": True}
    answers = []
    key = key_in(lambda: answers.append(portal.sign_up()))
    assert (answers[0].status, answers[0].json()) == (
        201,
        {"detail": "Verification e-mail sent."},
    )
    name = get_user_model().objects.get().username
    refused = portal.log_in(name)
    assert (refused.status, refused.json()["code"]) == (401, "email_unconfirmed")
    portal("POST", "sign_up/verify-email/", {"key": key})
    assert claims_of(portal.log_in(name).json()["token"])["tenant"] == "demo"


def test_a_password_that_is_forgotten_is_set_by_the_link(portal, ann):
    (sent,) = mailed(lambda: portal("POST", "password/reset/", {"email": ann.email}))
    found = re.search(rf"{FRONT_END}/password-reset/confirm#([\w-]+)/(\S+)", sent.body)
    token = portal.token(ann)
    new = {"new_password1": "a new staple horse", "new_password2": "a new staple horse"}
    body = {"uid": found[1], "token": found[2], **new}
    assert portal("POST", "password/reset/confirm/", body).status == 200
    assert portal("GET", "current_user/", token=token).status == 401
    assert portal.log_in("ann", "a new staple horse").status == 200
    assert portal("POST", "password/reset/confirm/", body).status == 400
