"""The authentication backend: the lockout holds in Django's own log-in forms too."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.signals import user_login_failed
from django.db import transaction
from django.test import RequestFactory
from django.utils import timezone

from jwt_accounts.credentials import find
from jwt_accounts.errors import AccountLocked
from jwt_accounts.flows.authenticate import authenticate as authenticate_token
from jwt_accounts.flows.open_session import open_session
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.models import Account, Attempt, UserSession
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.rights import permission_name
from tests import hashers
from tests.conftest import PASSWORD, identifier_of

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once

STOCK = "django.contrib.auth.backends.ModelBackend"
OURS = "jwt_accounts.backends.AccountBackend"


@pytest.fixture
def user(make_user):
    return make_user("Bob", email="Bob@example.com", phone="+48123666789")


def enter(identifier, password=PASSWORD):
    return authenticate(RequestFactory().post("/"), username=identifier, password=password)


def fail(identifier, times=5):
    for _ in range(times):
        assert enter(identifier, "wrong") is None


def test_any_identifier_in_any_spelling_logs_in(user):
    fields = user_fields()
    typed = [
        "bob@EXAMPLE.com",
        *["BOB"] * bool(fields.username),
        *["0048 123666789"] * bool(fields.phone),
    ]
    for each in typed:
        assert enter(each) == user


def test_the_name_of_the_main_field_is_taken_too(user):
    main = get_user_model().USERNAME_FIELD
    assert authenticate(None, **{main: identifier_of(user), "password": PASSWORD}) == user


def test_a_log_in_opens_no_token_session(user):
    enter(identifier_of(user))
    assert not UserSession.objects.exists()


def test_five_wrong_passwords_lock(user):
    fail(identifier_of(user))
    assert enter(identifier_of(user)) is None
    assert Account.objects.get().locked_at is not None


def test_the_counter_is_that_of_sign_in(ctx, user):
    fail(identifier_of(user))
    with pytest.raises(AccountLocked):
        sign_in(ctx, identifier="bob@example.com", password=PASSWORD)


def test_a_success_forgets_the_wrong_passwords(user):
    fail(identifier_of(user), 4)
    assert enter(identifier_of(user)) == user
    assert Account.objects.get().failures == 0


def test_a_name_that_nobody_has_is_counted(db):
    fail("nobody")
    hashers.runs.clear()
    assert enter("nobody") is None
    assert hashers.runs == []
    assert Attempt.objects.get().locked_at is not None


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
@pytest.mark.parametrize("backends", [[OURS], [OURS, STOCK]], ids=["alone", "before another"])
def test_an_attempt_is_one_hash(user, settings, password, backends):
    settings.AUTHENTICATION_BACKENDS = backends
    hashers.runs.clear()
    enter(identifier_of(user), password)
    assert hashers.runs == ["encode"]


def test_a_locked_user_is_locked_for_the_backends_after_it(user, settings):
    settings.AUTHENTICATION_BACKENDS = [OURS, STOCK]
    fail(identifier_of(user))
    assert enter(identifier_of(user)) is None


def test_a_user_without_a_password_is_left_to_the_backends_after_it(make_user, settings):
    settings.AUTHENTICATION_BACKENDS = [OURS, "tests.hosts.DirectoryBackend"]
    user = make_user("directory", password=None)
    assert enter(identifier_of(user), "from the directory") == user
    assert enter(identifier_of(user), "wrong") is None


def test_a_lock_by_staff_holds(ctx, user):
    Account.objects.update(staff_locked_at=ctx.now)
    assert enter(identifier_of(user)) is None


def test_a_disabled_user_does_not_log_in(make_user):
    assert enter(identifier_of(make_user(is_active=False))) is None


@once
@pytest.mark.parametrize(
    ("identifier", "password"),
    [
        *((name, PASSWORD) for name in ("bob\x00", "\ud800", "x" * 321, None, 7)),
        *(("bob", password) for password in ("x" * 4097, None, 7)),
    ],
)
def test_what_cannot_be_checked_is_refused_without_a_hash(user, identifier, password):
    hashers.runs.clear()
    assert enter(identifier, password) is None
    assert hashers.runs == []
    assert Account.objects.get().failures == 0


def test_a_hash_is_upgraded_and_token_sessions_go_on(ctx, user):
    get_user_model().objects.update(password=make_password(PASSWORD, None, "old"))
    user.refresh_from_db()
    tokens = open_session(ctx, user=user, amr=("fed",)).tokens
    assert enter(identifier_of(user)) == user
    user.refresh_from_db()
    assert user.password.startswith("counting$")
    assert authenticate_token(ctx, access_token=tokens.access).user == user


def test_a_user_made_elsewhere_logs_in(user):
    Account.objects.all().delete()
    assert enter(identifier_of(user)) == user
    assert Account.objects.get().user == user


def test_without_a_request_it_works_the_same(user):
    assert authenticate(None, username=identifier_of(user), password=PASSWORD) == user
    assert authenticate(None, username=identifier_of(user), password="wrong") is None


def test_a_failure_is_told_once_and_without_the_password(user):
    told = []

    def receive(sender, credentials, **kwargs):
        told.append(credentials)

    user_login_failed.connect(receive)
    try:
        enter(identifier_of(user), "wrong")
    finally:
        user_login_failed.disconnect(receive)
    assert len(told) == 1
    assert "wrong" not in told[0].values()


def test_rights_are_djangos(make_user, make_role):
    make_role("Viewer", ["view_user"])
    user = enter(identifier_of(make_user(groups=["Viewer"])))
    assert user.has_perm(permission_name("view"))
    assert not user.has_perm(permission_name("change"))


@pytest.mark.django_db(transaction=True)
def test_inside_a_callers_transaction_it_counts_with_it(user):
    with transaction.atomic():
        fail(identifier_of(user), 4)
    assert Account.objects.get().failures == 4
    fail(identifier_of(user), 1)
    assert enter(identifier_of(user)) is None


# The admin.


@pytest.fixture
def log_in(client, make_user):
    """``log_in(password)`` posts the admin's form; whether it let one in."""
    staff = make_user("staff", is_staff=True, is_superuser=True)

    def post(password):
        form = {"username": identifier_of(staff), "password": password}
        answer = client.post("/admin/login/?next=/admin/", form)
        assert answer.status_code in {200, 302}
        return answer.status_code == 302

    return post


def test_the_admins_form_lets_in(log_in, client):
    assert log_in(PASSWORD)
    assert client.get("/admin/").status_code == 200


def test_the_lockout_holds_in_the_admins_form(log_in):
    for _ in range(5):
        assert not log_in("wrong")
    hashers.runs.clear()
    assert not log_in(PASSWORD)
    assert hashers.runs == []
    assert find("staff@example.com").account.failures == 5


@pytest.mark.parametrize("why", ["demanded", "expired"])
def test_a_password_that_must_change_opens_no_form(make_user, settings, caplog, why):
    user = make_user()
    if why == "demanded":
        Account.objects.filter(user=user).update(must_change_password=True)
    else:
        settings.JWT_ACCOUNTS = {"PASSWORD_EXPIRATION": timedelta(days=30)}
        old = timezone.now() - timedelta(days=31)
        Account.objects.filter(user=user).update(password_changed_at=old)
    assert enter(identifier_of(user)) is None
    assert Account.objects.get(user=user).failures == 0
    assert f"A log-in of user {user.pk} was refused: {why}" in caplog.text
    assert PASSWORD not in caplog.text
