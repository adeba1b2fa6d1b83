"""A session for a user whom the host authenticated itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from jwt_accounts.errors import AccountInactive, AccountLocked, WrongCredentials
from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.open_session import open_session
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.flows.tokens import Lifetimes
from jwt_accounts.models import Account, UserSession
from tests import hashers
from tests.conftest import PASSWORD, identifier_of

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def test_the_host_opens_a_session_without_a_password(ctx, make_user):
    user = make_user(password=None)
    hashers.runs.clear()
    opened = open_session(ctx, user=user, amr=("fed", "mfa"))
    assert opened.tokens.session.amr == "fed mfa"
    assert authenticate(ctx, access_token=opened.tokens.access).user == user
    assert refresh(ctx, refresh_token=opened.tokens.refresh).refresh
    assert hashers.runs == []


def test_a_user_made_elsewhere_gets_an_account_on_the_way(ctx, make_user):
    user = make_user()
    Account.objects.all().delete()
    open_session(ctx, user=user, amr=("fed",))
    assert Account.objects.get().user == user


def test_a_session_of_the_host_names_the_roles(ctx, make_user, make_role):
    make_role("Cashier", password_expiration=30)
    user = make_user(groups=["A mere group", "Cashier"])
    opened = open_session(ctx, user=user, amr=("fed",))
    assert (opened.role, opened.roles) == ("Cashier", ("Cashier", "A mere group"))


def test_sign_in_and_open_session_tell_the_same_of_a_user(ctx, make_user, make_role):
    make_role("Cashier", password_expiration=30)
    make_role("Attendant", password_expiration=20)
    user = make_user(groups=["Cashier", "Attendant", "A mere group"])
    one = open_session(ctx, user=user, amr=("fed",))
    other = sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    assert (one.user, one.role, one.roles) == (other.user, other.role, other.roles)


def test_a_disabled_user_gets_none(ctx, make_user):
    user = make_user(is_active=False)
    with pytest.raises(AccountInactive):
        open_session(ctx, user=user, amr=("fed",))
    assert not UserSession.objects.exists()


def test_an_account_that_staff_locked_gets_none(ctx, make_user):
    user = make_user()
    Account.objects.update(staff_locked_at=ctx.now)
    with pytest.raises(AccountLocked) as refused:
        open_session(ctx, user=user, amr=("fed",))
    assert refused.value.wait is None
    assert not UserSession.objects.exists()


def test_wrong_passwords_do_not_lock_out_who_needs_none(ctx, make_user):
    user = make_user()
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            sign_in(ctx, identifier=identifier_of(user), password="wrong")
    assert open_session(ctx, user=user, amr=("fed",))


def test_what_counts_is_the_user_as_it_is_now(ctx, make_user):
    user = make_user()
    get_user_model().objects.update(is_active=False)
    with pytest.raises(AccountInactive):
        open_session(ctx, user=user, amr=("fed",))
    get_user_model().objects.update(is_active=True, password="changed meanwhile")
    tokens = open_session(ctx, user=user, amr=("fed",)).tokens
    assert authenticate(ctx, access_token=tokens.access).user == user


def test_the_host_may_open_it_in_its_own_transaction(ctx, make_user):
    user = make_user()
    with transaction.atomic():
        opened = open_session(ctx, user=user, amr=("fed",))
    assert authenticate(ctx, access_token=opened.tokens.access).user == user


def test_a_contract_says_how_long_tokens_live(ctx, make_user):
    lifetimes = Lifetimes(access=timedelta(minutes=60), refresh=timedelta(days=3))
    tokens = open_session(ctx, user=make_user(), amr=("fed",), lifetimes=lifetimes).tokens
    assert tokens.access_expires_in == 3600
    assert tokens.session.idle_expires_at == ctx.now + timedelta(days=3)
    assert tokens.session.expires_at == ctx.now + timedelta(days=90)
