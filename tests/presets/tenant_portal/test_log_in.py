"""``login/``: by name or address, to a tenant; what is answered to whom."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.contrib.auth import get_user_model

from jwt_accounts.contrib.tenants.models import Membership, Tenant
from jwt_accounts.models.userfields import user_fields
from tests.conftest import PASSWORD
from tests.presets.calling import claims_of
from tests.presets.tenant_portal.conftest import pk_of

pytestmark = pytest.mark.django_db

REFUSED = (401, b'{"detail":"Unable to log in with provided credentials."}')


@pytest.mark.core
def test_pk_is_a_uuid_and_the_key_itself_where_that_is_one(portal, acme, make_member):
    user = make_member(acme)
    who = {"email": user.email, "password": PASSWORD}
    body = portal("POST", "login/", who).json()
    assert list(body) == ["token", "user"]
    assert list(body["user"]) == ["pk", "username", "email", "first_name", "last_name"]
    shown = body["user"]["pk"]
    assert str(UUID(shown)) == shown
    assert isinstance(user.pk, int) or shown == str(user.pk)
    assert body["user"]["email"] == user.email
    assert body["user"]["username"] == (user.get_username() if user_fields().username else "")
    assert claims_of(body["token"])["tenant"] == "acme"
    again = portal("POST", "login/", who).json()
    assert again["user"] == body["user"]
    assert portal("GET", f"users/{shown}/", token=again["token"]).json()["pk"] == shown


@pytest.mark.parametrize("who", [{"username": "ann"}, {"email": "ANN@example.com"}])
def test_one_logs_in_by_name_or_by_address(portal, ann, who):
    answer = portal("POST", "login/", {**who, "password": PASSWORD})
    assert (answer.status, answer.json()["user"]["pk"]) == (200, pk_of(ann))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"password": "x"}, "non_field_errors"),
        ({"username": "", "email": "", "password": "x"}, "non_field_errors"),
        ({"username": "ann"}, "password"),
        ({"username": "ann", "password": ["x"]}, "password"),
        ({"username": "ann", "password": "x", "tenant": "a" * 300}, "tenant"),
    ],
)
def test_a_body_that_lacks_something_is_400_and_says_what(portal, body, told):
    answer = portal("POST", "login/", body)
    assert (answer.status, list(answer.json())) == (400, [told])


def test_a_stale_token_stops_nobody_who_logs_in(portal, ann):
    who = {"username": "ann", "password": PASSWORD}
    assert portal("POST", "login/", who, token="stale").status == 200


def test_wrong_credentials_are_401_whatever_is_wrong(portal, ann, make_user, globex, make_tenant):
    make_user("nobody", is_active=False)
    make_tenant("closed", is_active=False)
    Membership.objects.create(
        tenant=Tenant.objects.get(slug="closed"), user=ann, joined_at=globex.created_at
    )
    for username, password, more in (
        ("ann", "wrong horse", {}),
        ("unknown", PASSWORD, {}),
        ("nobody", PASSWORD, {}),
        ("ann", PASSWORD, {"tenant": "globex"}),
        ("ann", PASSWORD, {"tenant": "nowhere"}),
        ("ann", PASSWORD, {"tenant": "no slug!"}),
        ("ann", PASSWORD, {"tenant": "closed"}),
    ):
        answer = portal.log_in(username, password, **more)
        assert (answer.status, answer.body) == REFUSED, (username, more)
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="tenant_portal"'


def test_a_foreign_tenant_counts_as_a_wrong_password(portal, ann, globex):
    """Or one could try passwords at a tenant that refuses them all."""
    for _ in range(5):
        assert portal.log_in("ann", tenant="globex").status == 401
    locked = portal.log_in("ann")
    assert (locked.status, locked.json()["code"]) == (401, "account_locked")
    assert int(locked.headers["Retry-After"]) > 0


def test_a_log_in_may_name_the_tenant_in_any_case(portal, ann, globex, ctx):
    Membership.objects.create(tenant=globex, user=ann, joined_at=ctx.now)
    for given, slug in (("globex", "globex"), ("ACME", "acme")):
        token = portal.log_in("ann", tenant=given).json()["token"]
        assert claims_of(token)["tenant"] == slug
        assert portal("GET", "current_user/", token=token).json()["tenant"]["slug"] == slug


def test_who_names_none_is_where_one_was_last(portal, ann, globex, ctx, clock):
    Membership.objects.create(tenant=globex, user=ann, joined_at=ctx.now)
    assert claims_of(portal.log_in("ann").json()["token"])["tenant"] == "acme"
    clock.shift(60)
    portal.log_in("ann", tenant="globex")
    clock.shift(60)
    assert claims_of(portal.log_in("ann").json()["token"])["tenant"] == "globex"


def test_who_is_in_none_joins_the_open_default_one(portal, make_user, make_tenant):
    make_user("loner")
    refused = portal.log_in("loner")
    assert (refused.status, list(refused.json())) == (403, ["detail"])
    assert portal.log_in("loner", "wrong horse").status == 401
    make_tenant("demo", is_default=True, joining="open")
    assert claims_of(portal.log_in("loner").json()["token"])["tenant"] == "demo"
    assert Membership.objects.get().role == "member"


def test_a_password_that_must_be_changed_is_told_to_who_knows_it(portal, ann):
    get_user_model().objects.get(pk=ann.pk).jwt_account.__class__.objects.update(
        must_change_password=True
    )
    answer = portal.log_in("ann")
    assert (answer.status, answer.json()["code"]) == (401, "password_expired")
