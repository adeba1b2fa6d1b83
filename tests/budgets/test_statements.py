"""What each operation asks of the database: DESIGN section 5, in exact numbers.

Transaction control is not counted. A budget that is broken prints the statements.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password

from jwt_accounts.flows.refresh import refresh
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.models import Account, UserSession
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.types import RequestContext
from tests import hashers
from tests.conftest import PASSWORD, identifier_of
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once

WRONG = "wrong horse battery"
NOBODY = "nobody@example.com"


@pytest.fixture
def post(client):
    """``post("/accounts/sign-in/", {...}, token)``."""

    def send(path, data=None, token=""):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return client.post(path, data or {}, content_type="application/json", headers=headers)

    return send


@pytest.fixture
def get(client):
    return lambda path, token: client.get(path, headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def tokens_of(ctx):
    """A user's tokens. The e-mail is known to the account, so nothing is made on the way."""
    return lambda user: sign_in(ctx, identifier=identifier_of(user), password=PASSWORD).tokens


@pytest.fixture
def make_superuser(make_user):
    def make():
        user = make_user()
        user.is_superuser = True
        user.save()
        return user

    return make


def budget(seen, number):
    """Assert how many statements were seen, and show them where they are not so many."""
    listed = "\n".join(f"{place}. {each}" for place, each in enumerate(seen, 1))
    assert len(seen) == number, f"{len(seen)} statements, not {number}:\n{listed}"


def many_users(number):
    """Users without accounts, as ``bulk_create`` leaves them."""
    model, fields = get_user_model(), user_fields()
    named = [(f"many{place}", f"many{place}@example.com") for place in range(number)]
    model.objects.bulk_create(
        [
            model(**({fields.username: name} if fields.username else {}), **{fields.email: email})
            for name, email in named
        ]
    )


@pytest.mark.parametrize(
    ("path", "field"),
    [("/accounts/sign-in/", "identifier"), ("/authentication/login/", "username")],
)
class TestSignIn:
    def test_a_right_password_costs_five(self, post, make_user, make_role, path, field):
        make_role("Cashier", lockout_limit=4, password_expiration=90)
        user = make_user(groups=["Cashier", "Reader"])
        hashers.runs.clear()
        with statements() as seen:
            assert post(path, {field: identifier_of(user), "password": PASSWORD}).status_code == 200
        budget(seen, 5)
        assert hashers.runs == ["encode"]

    def test_a_wrong_password_costs_two(self, post, make_user, path, field):
        name = identifier_of(make_user())
        hashers.runs.clear()
        with statements() as seen:
            assert post(path, {field: name, "password": WRONG}).status_code == 401
        budget(seen, 2)
        assert hashers.runs == ["encode"]

    def test_an_unknown_name_costs_as_much_as_a_wrong_password(self, post, path, field, db):
        with statements() as seen:
            assert post(path, {field: NOBODY, "password": WRONG}).status_code == 401
        budget(seen, 2)
        assert hashers.runs == ["encode"]

    @pytest.mark.parametrize("known", [True, False])
    def test_the_try_that_locks_costs_two_more(self, post, make_user, path, field, known):
        attempt = {field: identifier_of(make_user()) if known else NOBODY, "password": WRONG}
        for _ in range(4):
            post(path, attempt)
        with statements() as seen:
            assert post(path, attempt).status_code == 401
        budget(seen, 4)

    @pytest.mark.parametrize("known", [True, False])
    def test_a_locked_name_costs_three_and_no_hash(self, post, make_user, path, field, known):
        attempt = {field: identifier_of(make_user()) if known else NOBODY, "password": WRONG}
        for _ in range(5):
            post(path, attempt)
        hashers.runs.clear()
        with statements() as seen:
            assert post(path, attempt).status_code == 423
        budget(seen, 3)
        assert hashers.runs == []


def test_a_hash_that_is_upgraded_costs_one_more_statement(post, make_user):
    user = make_user()
    get_user_model().objects.filter(pk=user.pk).update(
        password=make_password(PASSWORD, None, "old")
    )
    with statements() as seen:
        answer = post(
            "/accounts/sign-in/", {"identifier": identifier_of(user), "password": PASSWORD}
        )
    assert answer.status_code == 200
    budget(seen, 6)


def test_a_refresh_that_rotates_costs_one(post, make_user, make_role, tokens_of):
    make_role("Cashier", password_expiration=90)
    token = tokens_of(make_user(groups=["Reader", "Cashier"])).refresh
    with statements() as seen:
        assert post("/accounts/token/refresh/", {"refresh": token}).status_code == 200
    budget(seen, 1)


def test_a_refresh_that_keeps_the_token_costs_one(post, make_user, tokens_of):
    token = tokens_of(make_user()).refresh
    with statements() as seen:
        assert post("/authentication/token/refresh/", {"refresh": token}).status_code == 200
    budget(seen, 1)


def test_a_lost_answer_asked_for_again_costs_three(post, make_user, tokens_of):
    """The third asks the roles how old the password may be."""
    token = tokens_of(make_user()).refresh
    post("/accounts/token/refresh/", {"refresh": token})
    with statements() as seen:
        assert post("/accounts/token/refresh/", {"refresh": token}).status_code == 200
    budget(seen, 3)


def test_a_refresh_whose_password_expired_costs_two(post, make_user, tokens_of):
    token = tokens_of(make_user()).refresh
    Account.objects.update(must_change_password=True)
    with statements() as seen:
        assert post("/accounts/token/refresh/", {"refresh": token}).status_code >= 400
    budget(seen, 2)


def test_a_replay_costs_four(post, make_user, tokens_of):
    spent = tokens_of(make_user()).refresh
    last = spent
    for _ in range(2):
        last = post("/accounts/token/refresh/", {"refresh": last}).json()["refresh"]
    with statements() as seen:
        assert post("/accounts/token/refresh/", {"refresh": spent}).status_code == 401
    budget(seen, 4)


def test_a_dead_session_costs_a_refresh_two(post, make_user, tokens_of):
    tokens = tokens_of(make_user())
    post("/accounts/sign-out/", token=tokens.access)
    with statements() as seen:
        assert post("/accounts/token/refresh/", {"refresh": tokens.refresh}).status_code == 401
    budget(seen, 2)


def test_a_forged_token_costs_nothing(post, get, make_user, tokens_of):
    tokens = tokens_of(make_user())
    with statements() as seen:
        assert get("/accounts/me/", tokens.access[:-2]).status_code == 401
        assert post("/accounts/token/refresh/", {"refresh": tokens.access}).status_code == 401
        assert post("/accounts/token/verify/", {"token": tokens.refresh}).status_code == 401
    budget(seen, 0)


def test_the_current_user_costs_one(get, make_user, tokens_of):
    token = tokens_of(make_user(groups=["Reader"])).access
    with statements() as seen:
        assert get("/accounts/me/", token).status_code == 200
    budget(seen, 1)


def test_a_hosts_own_view_costs_one(get, make_user, tokens_of):
    token = tokens_of(make_user()).access
    with statements() as seen:
        assert get("/hello/", token).status_code == 200
    budget(seen, 1)


def test_a_hosts_own_view_costs_nothing_stateless(get, make_user, tokens_of, settings):
    token = tokens_of(make_user()).access
    settings.JWT_ACCOUNTS = {"ACCESS_CHECK": "stateless"}
    with statements() as seen:
        assert get("/hello/", token).status_code == 200
    budget(seen, 0)


@pytest.mark.parametrize(("check", "number"), [("session", 1), ("stateless", 0)])
def test_verifying_a_token_costs_what_the_check_costs(
    post, make_user, tokens_of, settings, check, number
):
    settings.JWT_ACCOUNTS = {"ACCESS_CHECK": check}
    token = tokens_of(make_user()).access
    with statements() as seen:
        assert post("/accounts/token/verify/", {"token": token}).status_code == 200
    budget(seen, number)


def test_signing_out_costs_one(post, make_user, tokens_of):
    token = tokens_of(make_user()).access
    with statements() as seen:
        assert post("/accounts/sign-out/", token=token).status_code == 204
    budget(seen, 1)


def test_signing_out_with_the_refresh_token_costs_one(post, make_user, tokens_of):
    tokens = tokens_of(make_user())
    with statements() as seen:
        answer = post("/authentication/logout/", {"refresh": tokens.refresh}, tokens.access)
    assert answer.status_code == 200
    budget(seen, 1)


def test_revoking_a_token_costs_one(post, make_user, tokens_of):
    token = tokens_of(make_user()).refresh
    with statements() as seen:
        assert post("/accounts/token/revoke/", {"token": token}).status_code == 200
    budget(seen, 1)


def test_the_own_sessions_cost_two(get, make_user, tokens_of):
    user = make_user()
    token = [tokens_of(user) for _ in range(8)][-1].access
    with statements() as seen:
        assert len(get("/accounts/sessions/", token).json()["sessions"]) == 8
    budget(seen, 2)


def test_a_page_of_fifty_users_with_roles_costs_three(get, make_user, make_superuser, tokens_of):
    for _ in range(60):
        make_user(groups=["Reader", "Writer"])
    token = tokens_of(make_superuser()).access
    with statements() as seen:
        page = get("/accounts/users/", token).json()
    # Where keys are UUIDs, the superuser who asks and has no role may be among the fifty.
    roles = [user["roles"] for user in page["users"] if not user["is_superuser"]]
    assert len(page["users"]) == 50
    assert roles == [["Reader", "Writer"]] * len(roles)
    budget(seen, 3)


def test_the_same_page_costs_five_where_permissions_decide(get, make_user, make_role, tokens_of):
    make_role("Manager", rights=["view_user"])
    for _ in range(60):
        make_user(groups=["Reader", "Writer"])
    token = tokens_of(make_user(groups=["Manager"])).access
    with statements() as seen:
        assert len(get("/accounts/users/", token).json()["users"]) == 50
    budget(seen, 5)


def test_no_page_counts_the_users(get, make_superuser, tokens_of):
    many_users(60)
    token = tokens_of(make_superuser()).access
    with statements() as seen:
        for path in ("/accounts/users/", "/authentication/users?page=1", "/authentication/users"):
            assert get(path, token).status_code == 200
    assert not [each for each in seen if "COUNT(" in each.upper()]


@once
def test_the_documented_array_costs_the_same_for_ten_thousand_users(get, make_superuser, tokens_of):
    token = tokens_of(make_superuser()).access
    with statements() as few:
        assert len(get("/authentication/users", token).json()) == 1
    many_users(10_000)
    with statements() as many:
        assert len(get("/authentication/users", token).json()) == 10_001
    budget(few, 2)
    budget(many, 2)


def test_a_hundred_refreshes_leave_one_session_row(make_user, tokens_of):
    moment = datetime.now(UTC)
    last = tokens_of(make_user()).refresh
    for number in range(100):
        last = refresh(
            RequestContext(now=moment + timedelta(minutes=number)), refresh_token=last
        ).refresh
    assert UserSession.objects.count() == 1
    assert UserSession.objects.get().generation == 100


@once
def test_a_hundred_wrong_passwords_leave_one_row_of_their_own(post, make_user):
    name = identifier_of(make_user())
    for _ in range(100):
        post("/accounts/sign-in/", {"identifier": name, "password": WRONG})
    assert Account.objects.get().failures == 5
