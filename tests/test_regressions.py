"""Faults that were found by attacking the code, each as short as it can be shown."""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import aauthenticate
from django.core import checks
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import override_settings

from jwt_accounts.credentials import find
from jwt_accounts.errors import AccountError, Forbidden, InvalidInput, SessionEnded
from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.manage_users import UserValues, create_user, edit_user
from jwt_accounts.flows.open_session import open_session
from jwt_accounts.policies.identifiers import canonical_email
from jwt_accounts.rulebook import RoleRow, lockout_rules
from jwt_accounts.tokens.access import AccessToken
from tests.clock import later
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


class Recorder:
    """A password validator that keeps a history of its own."""

    seen: list[str] = []  # noqa: RUF012 - the test empties it

    def validate(self, password, user=None):
        """Everything passes."""

    def get_help_text(self):
        return ""

    def password_changed(self, password, user=None):
        self.seen.append(password)


def test_the_lockout_holds_for_asynchronous_log_ins(make_user):
    make_user("bob")
    for _ in range(5):
        assert async_to_sync(aauthenticate)(username="bob", password="no") is None
    assert async_to_sync(aauthenticate)(username="bob", password=PASSWORD) is None


def test_the_hosts_validators_learn_of_each_new_password(ctx, make_user):
    recorder = {"NAME": "tests.test_regressions.Recorder"}
    with override_settings(AUTH_PASSWORD_VALIDATORS=[recorder]):
        root = make_user("root", is_superuser=True)
        Recorder.seen.clear()
        first = UserValues(username="a", email="a@x.example", password="first password")
        made = create_user(ctx, actor=root, values=first)
        second = UserValues(password="second password")
        edit_user(ctx, actor=root, user_id=str(made.id), values=second)
    assert Recorder.seen == ["first password", "second password"]


@pytest.mark.parametrize(
    "given",
    [
        [],
        {"ACCESS_CHECK": "x"},
        {"LOCKOUT_LIMIT": 0},
        {"RATE_LIMITS": 1},
        {"RATE_LIMIT_CACHE": 3},
        {"ROLES": {"A": None}},
        {"ROLES": {"A": 7}},
    ],
    ids=str,
)
def test_a_wrong_setting_is_a_message_of_check_deploy_too(given):
    with override_settings(JWT_ACCOUNTS=given):
        ids = {message.id for message in checks.run_checks(include_deployment_checks=True)}
    assert ids & {"jwt_accounts.E001", "jwt_accounts.E002"}


@pytest.mark.parametrize(
    "broken",
    [
        {"ALGORITHM": "none"},
        {"ALGORITHM": "HS999"},
        {"ALGORITHM": "RS256", "SIGNING_KEY": "no key"},
        {"ACCESS_TOKEN_LIFETIME": 5},
        {"SIGNING_KEY": ""},
    ],
    ids=str,
)
def test_settings_with_which_no_token_can_be_made_are_named(broken):
    with override_settings(SIMPLE_JWT=broken):
        assert "jwt_accounts.E005" in {message.id for message in checks.run_checks()}


def test_unlock_says_what_no_name_can_be():
    with pytest.raises(CommandError):
        call_command("unlock", "x" * 400)


def test_a_key_server_that_is_away_makes_the_token_invalid():
    token = jwt.encode({"exp": 9999999999}, "k" * 32, algorithm="HS256", headers={"kid": "1"})
    away = {"ALGORITHM": "RS256", "SIGNING_KEY": "x", "JWK_URL": "http://127.0.0.1:9/x"}
    with override_settings(SIMPLE_JWT=away), pytest.raises(AccountError):
        AccessToken(token)


@pytest.mark.parametrize("rule", [{"lockout_time": timedelta(0)}, {"lockout_limit": 0}], ids=str)
def test_a_role_cannot_switch_the_lockout_off(make_role, rule):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_role("Z", **rule)


def test_a_full_width_at_is_an_at(make_user):
    user = make_user("bob", email="bob@b\u00fccher.example")
    assert find("bob\uff20b\u00fccher.example").user == user


def test_the_form_of_an_address_is_final():
    form = canonical_email("x@a \u00ad")
    assert canonical_email(form) == form


def test_a_role_that_says_nothing_has_the_global_limit():
    silent = RoleRow(name="A", is_role=True)
    lax = RoleRow(name="B", is_role=True, lockout_limit=10)
    assert lockout_rules([silent, lax]).limit == 5


def test_an_idle_session_is_over_for_access_tokens_too(ctx, make_user):
    with override_settings(JWT_ACCOUNTS={"SESSION_IDLE_LIFETIME": timedelta(minutes=1)}):
        tokens = open_session(ctx, user=make_user(), amr=("fed",)).tokens
        with pytest.raises(SessionEnded):
            authenticate(later(ctx, minutes=2), access_token=tokens.access)


def test_a_taken_name_is_told_before_what_is_wrong_with_the_password(ctx, make_user):
    root = make_user("root", is_superuser=True)
    with pytest.raises(InvalidInput) as refused:
        create_user(ctx, actor=root, values=UserValues(username="ROOT", password="x"))
    assert set(refused.value.fields) == {"username"}


def test_nobody_disables_their_own_account(ctx, make_user, make_role):
    make_role("Manager", rights=["change_user"])
    manager = make_user(groups=["Manager"])
    with pytest.raises(Forbidden):
        edit_user(ctx, actor=manager, user_id=str(manager.pk), values=UserValues(is_active=False))


@pytest.mark.parametrize("spelling", ["0{}", "+{}", " {}", "{}_0", "\uff11"])
def test_a_user_has_one_address(client, make_user, spelling):
    user = make_user("root", is_superuser=True)
    signed_in = client.post("/accounts/sign-in/", {"identifier": "root", "password": PASSWORD})
    answer = client.get(
        f"/accounts/users/{spelling.format(user.pk)}/",
        headers={"Authorization": f"Bearer {signed_in.json()['access']}"},
    )
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "cut",
    ["", "junk", '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nstaple-hor'],
)
def test_a_form_that_was_cut_short_is_refused(client, cut):
    answer = client.generic(
        "POST", "/authentication/login/", cut, content_type="multipart/form-data; boundary=b"
    )
    assert answer.status_code == 400
