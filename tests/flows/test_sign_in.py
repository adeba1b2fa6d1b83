"""Sign-in: who is meant, the order of the verdicts, and what a success leaves behind."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import transaction

from jwt_accounts.credentials.must_change import ChangeReason
from jwt_accounts.errors import (
    AccountInactive,
    AccountLocked,
    InvalidInput,
    WrongCredentials,
)
from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.manage_users import UserValues, create_user
from jwt_accounts.flows.open_session import open_session
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.flows.second_step import ChangeRequired
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.models import Account, Attempt, UserSession
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.signals import signed_in
from tests import hashers
from tests.clock import later
from tests.conftest import PASSWORD, identifier_of
from tests.hosts import MeddlingHasher
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def needs(kind):
    if getattr(user_fields(), kind) is None:
        pytest.skip(f"this user model has no {kind}")


def failures_of(user) -> int:
    return Account.objects.get(user=user).failures


@pytest.mark.parametrize(
    "typed", ["Bob", "bob", "BOB", " bob ", "\uff22\uff4f\uff42", "\u1d2e\u1d52\u1d47"]
)
def test_a_user_name_signs_in_in_any_spelling(ctx, make_user, typed):
    needs("username")
    user = make_user("Bob", email="")
    assert sign_in(ctx, identifier=typed, password=PASSWORD).user == user


@pytest.mark.parametrize("typed", ["Bob@Example.com", "bob@example.com", " BOB@EXAMPLE.COM"])
def test_an_address_signs_in_in_any_spelling(ctx, make_user, typed):
    user = make_user("somebody", email="Bob@Example.com")
    assert sign_in(ctx, identifier=typed, password=PASSWORD).user == user


@pytest.mark.parametrize("typed", ["+48123666789", "0048 123 666 789", "+48 (123) 666-789"])
def test_a_phone_number_signs_in_in_any_spelling(ctx, make_user, typed):
    needs("phone")
    user = make_user(phone="+48 123 666 789")
    assert sign_in(ctx, identifier=typed, password=PASSWORD).user == user


def test_a_phone_number_signs_in_where_the_user_model_has_none(ctx, root):
    made = create_user(
        ctx,
        actor=root,
        values=UserValues(
            username="bob", email="bob@example.com", phone="+48 123 666 789", password=PASSWORD
        ),
    )
    assert sign_in(ctx, identifier="0048123666789", password=PASSWORD).user.pk == made.id


def test_a_national_number_signs_in_where_the_country_is_known(ctx, make_user, settings):
    needs("phone")
    settings.JWT_ACCOUNTS = {"PHONE_REGION": "RO"}
    user = make_user(phone="0771 694 307")
    assert sign_in(ctx, identifier="+40771694307", password=PASSWORD).user == user


@pytest.mark.parametrize("is_older", [True, False], ids=["an older user", "a newer user"])
def test_only_the_kinds_that_the_settings_list_sign_in(ctx, make_user, settings, is_older):
    needs("username")
    if is_older:
        make_user("bob", email="bob@example.com")
    settings.JWT_ACCOUNTS = {"IDENTIFIERS": ["username"]}
    if not is_older:
        make_user("bob", email="bob@example.com")
    with pytest.raises(WrongCredentials):
        sign_in(ctx, identifier="bob@example.com", password=PASSWORD)
    assert sign_in(ctx, identifier="bob", password=PASSWORD)


def test_an_address_beats_a_user_name_that_looks_like_it(ctx, make_user):
    needs("username")
    owner = make_user("owner", email="owner@example.com")
    make_user("owner@example.com", email="thief@example.com")
    assert sign_in(ctx, identifier="owner@example.com", password=PASSWORD).user == owner


@pytest.mark.parametrize(
    "password", ["", "wrong", PASSWORD.upper(), f"{PASSWORD} ", f" {PASSWORD}"]
)
def test_a_password_is_checked_exactly_as_it_was_sent(ctx, make_user, password):
    user = make_user()
    with pytest.raises(WrongCredentials):
        sign_in(ctx, identifier=identifier_of(user), password=password)


@pytest.mark.parametrize(
    "identifier", ["", " ", "nobody", "nobody@example.com", "+48123000000", "@"]
)
def test_nobody_is_refused_like_a_wrong_password(ctx, make_user, identifier):
    make_user()
    with pytest.raises(WrongCredentials):
        sign_in(ctx, identifier=identifier, password=PASSWORD)


@pytest.mark.parametrize("identifier", ["bob\x00", "\ud800", "x" * 321])
def test_what_no_identifier_can_be_is_refused_before_anything_is_counted(ctx, db, identifier):
    with pytest.raises(InvalidInput):
        sign_in(ctx, identifier=identifier, password=PASSWORD)
    assert hashers.runs == []
    assert not Attempt.objects.exists()


def test_a_password_that_is_too_long_is_refused_before_it_is_hashed(ctx, make_user):
    user = make_user()
    hashers.runs.clear()
    with statements() as asked, pytest.raises(InvalidInput) as refused:
        sign_in(ctx, identifier=identifier_of(user), password="x" * 4097)
    assert refused.value.fields["password"][0].code == "max_length"
    assert (hashers.runs, asked) == ([], [])
    assert failures_of(user) == 0


def test_the_longest_password_signs_in(ctx, make_user):
    user = make_user(password="x" * 4096)
    assert sign_in(ctx, identifier=identifier_of(user), password="x" * 4096).user == user


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_an_attempt_is_one_hash(ctx, make_user, known, password):
    user = make_user()
    hashers.runs.clear()
    try:
        sign_in(ctx, identifier=identifier_of(user) if known else "nobody", password=password)
    except WrongCredentials:
        assert not known or password == "wrong"
    assert hashers.runs == ["encode"]


# The order of the verdicts.


def lock(ctx, user):
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            sign_in(ctx, identifier=identifier_of(user), password="wrong")


def must_change(user):
    Account.objects.filter(user=user).update(must_change_password=True)


def test_a_lock_is_told_before_anything_else(ctx, make_user):
    user = make_user(is_active=False)
    must_change(user)
    lock(ctx, user)
    for password in (PASSWORD, "wrong"):
        with pytest.raises(AccountLocked):
            sign_in(ctx, identifier=identifier_of(user), password=password)


def test_what_is_wrong_with_an_account_is_not_told_without_its_password(ctx, make_user):
    user = make_user(is_active=False)
    must_change(user)
    with pytest.raises(WrongCredentials):
        sign_in(ctx, identifier=identifier_of(user), password="wrong")


def test_inactive_is_told_before_expired(ctx, make_user):
    user = make_user(is_active=False)
    must_change(user)
    with pytest.raises(AccountInactive):
        sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)


def test_a_password_that_must_change_is_told_last(ctx, make_user):
    user = make_user()
    must_change(user)
    done = sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    assert done == ChangeRequired(reason=ChangeReason.DEMANDED)
    assert not UserSession.objects.exists()
    user.refresh_from_db()
    assert user.last_login is None


def fail_thrice(ctx, user):
    for _ in range(3):
        with pytest.raises(WrongCredentials):
            sign_in(ctx, identifier=identifier_of(user), password="wrong")


def test_a_right_password_of_an_inactive_user_counts_as_no_failure(ctx, make_user):
    user = make_user(is_active=False)
    fail_thrice(ctx, user)
    for _ in range(10):
        with pytest.raises(AccountInactive):
            sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    assert failures_of(user) == 3, "and the wrong ones stay counted"


@pytest.mark.parametrize("gives", [True, False])
def test_a_right_password_that_must_change_counts_as_no_failure(ctx, make_user, gives):
    user = make_user()
    must_change(user)
    fail_thrice(ctx, user)
    for _ in range(10):
        done = sign_in(
            ctx, identifier=identifier_of(user), password=PASSWORD, gives_change_token=gives
        )
        assert isinstance(done, ChangeRequired)
    assert failures_of(user) == 3, "and the wrong ones stay counted"


# Expiry.


def test_passwords_do_not_expire_by_default(ctx, make_user):
    user = make_user()
    Account.objects.update(password_changed_at=ctx.now - timedelta(days=3650))
    done = sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    assert done.password_expires_at is None


@pytest.mark.parametrize(("age", "expired"), [(29, False), (30, True), (31, True)])
def test_a_role_makes_passwords_expire(ctx, make_user, make_role, age, expired):
    make_role("Cashier", password_expiration=30)
    make_role("Old", password_expiration=400)
    user = make_user(groups=["Cashier", "Old", "No role"])
    Account.objects.update(password_changed_at=ctx.now - timedelta(days=age))
    done = sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    if expired:
        assert done == ChangeRequired(reason=ChangeReason.EXPIRED)
        assert not UserSession.objects.exists()
    else:
        assert done.password_expires_at == ctx.now + timedelta(days=30 - age)


def test_a_setting_makes_every_password_expire(ctx, make_user, settings):
    settings.JWT_ACCOUNTS = {"PASSWORD_EXPIRATION": timedelta(days=90)}
    user = make_user()
    done = sign_in(later(ctx, days=91), identifier=identifier_of(user), password=PASSWORD)
    assert done == ChangeRequired(reason=ChangeReason.EXPIRED)


def test_a_new_password_is_young_again(ctx, make_user, settings):
    settings.JWT_ACCOUNTS = {"PASSWORD_EXPIRATION": timedelta(days=90)}
    user = make_user()
    Account.objects.update(
        password_changed_at=ctx.now - timedelta(days=91), must_change_password=True
    )
    user.set_password("another password")
    user.save()
    done = sign_in(ctx, identifier=identifier_of(user), password="another password")
    assert done.tokens.session == UserSession.objects.get()


# What a success leaves behind.


def test_a_success_opens_one_session_that_says_where_from(ctx, make_user):
    user = make_user()
    done = sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    session = UserSession.objects.get()
    assert session == done.tokens.session
    assert (session.user, session.ip, session.user_agent) == (user, ctx.ip, ctx.user_agent)
    assert (session.amr, session.generation, session.ended_at) == ("pwd", 0, None)
    assert session.created_at == session.auth_time == session.rotated_at == ctx.now


def test_a_success_is_the_last_log_in(ctx, make_user):
    user = make_user()
    sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    user.refresh_from_db()
    assert user.last_login == ctx.now


def test_a_success_gives_tokens_that_count(ctx, make_user):
    user = make_user()
    tokens = sign_in(ctx, identifier=identifier_of(user), password=PASSWORD).tokens
    assert authenticate(ctx, access_token=tokens.access).user == user
    assert refresh(ctx, refresh_token=tokens.refresh).session == tokens.session
    assert tokens.access_expires_in == 300


def test_a_success_names_the_roles(ctx, make_user, make_role):
    make_role("Manager")
    user = make_user(groups=["A mere group", "Manager"])
    done = sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    assert (done.role, done.roles) == ("Manager", ("Manager", "A mere group"))


def test_a_superuser_is_shown_as_one_and_nobody_as_nothing(ctx, make_user):
    boss, user = make_user(is_superuser=True), make_user()
    assert sign_in(ctx, identifier=identifier_of(boss), password=PASSWORD).role == "Super Admin"
    assert sign_in(ctx, identifier=identifier_of(user), password=PASSWORD).role is None


def test_a_success_tells_the_host_once_it_is_committed(
    ctx, make_user, django_capture_on_commit_callbacks
):
    told = []

    def receive(sender, **kwargs):
        told.append((sender, kwargs["user"], kwargs["session"], kwargs["ctx"]))

    user = make_user()
    signed_in.connect(receive)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            done = sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
            assert told == []
    finally:
        signed_in.disconnect(receive)
    assert told == [(get_user_model(), user, done.tokens.session, ctx)]


# Hashes.


def with_old_hash(user):
    get_user_model().objects.filter(pk=user.pk).update(
        password=make_password(PASSWORD, None, "old")
    )
    user.refresh_from_db()


def test_a_hash_is_upgraded_at_sign_in(ctx, make_user):
    user = make_user()
    with_old_hash(user)
    sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    user.refresh_from_db()
    assert user.password.startswith("counting$")
    assert sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)


def test_an_upgraded_hash_keeps_older_sessions_alive(ctx, make_user):
    user = make_user()
    with_old_hash(user)
    older = open_session(ctx, user=user, amr=("fed",)).tokens
    sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    assert authenticate(ctx, access_token=older.access).user == user
    assert refresh(ctx, refresh_token=older.refresh).refresh


def test_an_upgraded_hash_revives_no_session_of_an_older_password(ctx, make_user):
    user = make_user()
    older = open_session(ctx, user=user, amr=("fed",)).tokens
    with_old_hash(user)
    sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    with pytest.raises(Exception, match="This session has ended"):
        authenticate(ctx, access_token=older.access)


def test_an_upgraded_hash_is_no_new_password(ctx, make_user):
    user = make_user()
    with_old_hash(user)
    before = Account.objects.get(user=user).password_changed_at
    sign_in(later(ctx, days=3), identifier=identifier_of(user), password=PASSWORD)
    assert Account.objects.get(user=user).password_changed_at == before


def test_a_user_without_a_password_is_refused_like_a_wrong_one(ctx, make_user):
    user = make_user(password=None)
    hashers.runs.clear()
    with pytest.raises(WrongCredentials):
        sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    assert hashers.runs == ["encode"]
    assert failures_of(user) == 1


# While the password is being checked.


@pytest.fixture
def meanwhile(settings):
    """``meanwhile(call)``: ``call()`` happens while the next password is hashed."""
    settings.PASSWORD_HASHERS = ["tests.hosts.MeddlingHasher", "tests.hashers.OldHasher"]
    yield MeddlingHasher.calls.append
    assert MeddlingHasher.calls == []


def test_a_password_changed_while_it_is_checked_opens_nothing(ctx, make_user, meanwhile):
    user = make_user()
    users = get_user_model().objects.filter(pk=user.pk)
    meanwhile(lambda: users.update(password=make_password("another", None, "old")))
    with pytest.raises(WrongCredentials):
        sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    assert not UserSession.objects.exists()


def test_a_hash_upgraded_while_it_is_checked_is_the_same_password(ctx, make_user, meanwhile):
    user = make_user()
    users = get_user_model().objects.filter(pk=user.pk)
    meanwhile(lambda: users.update(password=make_password(PASSWORD, None, "old")))
    assert sign_in(ctx, identifier=identifier_of(user), password=PASSWORD).user == user


def test_a_user_deactivated_while_the_password_is_checked_opens_nothing(ctx, make_user, meanwhile):
    user = make_user()
    meanwhile(lambda: get_user_model().objects.filter(pk=user.pk).update(is_active=False))
    with pytest.raises(WrongCredentials):
        sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    assert not UserSession.objects.exists()


def test_an_account_locked_by_staff_while_the_password_is_checked_opens_nothing(
    ctx, make_user, meanwhile
):
    user = make_user()
    meanwhile(lambda: Account.objects.update(staff_locked_at=ctx.now))
    with pytest.raises(AccountLocked):
        sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    assert not UserSession.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_sign_in_refuses_to_lose_its_count_with_a_callers_transaction(ctx, make_user):
    user = make_user()
    with pytest.raises(RuntimeError), transaction.atomic():
        sign_in(ctx, identifier=identifier_of(user), password="wrong")
    assert failures_of(user) == 0
