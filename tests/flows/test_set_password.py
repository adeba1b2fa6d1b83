"""Every way to a new password: the same rules, the same consequences."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils import timezone

from jwt_accounts.credentials.challenges import open_at_once, pin_for, secret_for
from jwt_accounts.credentials.targets import change_of
from jwt_accounts.errors import InvalidInput, PasswordUnchanged, SessionEnded
from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.change_password import change_password
from jwt_accounts.flows.manage_users import UserValues, create_user, edit_user
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.flows.request_pin import request_pin
from jwt_accounts.flows.reset_password import reset_password, reset_password_of
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.flows.verify_pin import verify_pin
from jwt_accounts.models import (
    Account,
    Challenge,
    PasswordHistory,
    RoleSettings,
    SecurityEvent,
    UserSession,
)
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.policies.recovery import CHANGE_LIFETIME
from jwt_accounts.types import IdentifierKind, SessionEnd
from jwt_accounts.validators import RoleRulesValidator
from tests import hashers
from tests.conftest import PASSWORD, identifier_of
from tests.recovery import mailed

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once

NEW = "zażółć gęślą 7"
EMAIL = IdentifierKind.EMAIL


class NoZero:
    """A host's own rule; learns of each new password."""

    seen: list[str] = []  # noqa: RUF012 - the test empties it

    def validate(self, password, user=None):
        if "0" in password:
            raise ValidationError("No zeros here.", code="zero")

    def get_help_text(self):
        return ""

    def password_changed(self, password, user=None):
        self.seen.append(password)


class OwnRules(RoleRulesValidator):
    """A host's own words for the rules."""


def address_of(user):
    return user_fields().read(user, EMAIL)


def by_creation(ctx, root, user, password):
    values = UserValues(username="new", email="new@example.com", password=password)
    made = create_user(ctx, actor=root, values=values)
    return get_user_model().objects.get(pk=made.id)


def by_staff(ctx, root, user, password):
    edit_user(ctx, actor=root, user_id=str(user.pk), values=UserValues(password=password))
    return user


def by_oneself(ctx, root, user, password):
    change_password(ctx, user=user, current=PASSWORD, new=password)
    return user


def by_change_token(ctx, root, user, password):
    window = open_at_once(change_of(user), ctx, CHANGE_LIFETIME)
    reset_password(ctx, secret=secret_for(window), password=password)
    return user


def window_by_pin(ctx, user):
    request_pin(ctx, kind=EMAIL, value=address_of(user))
    pin = pin_for(Challenge.objects.get(user=user.pk, purpose="recovery"))
    return verify_pin(ctx, kind=EMAIL, value=address_of(user), pin=pin).secret


def by_pin(ctx, root, user, password):
    reset_password(ctx, secret=window_by_pin(ctx, user), password=password)
    return user


def by_pin_naming_the_account(ctx, root, user, password):
    reset_password_of(
        ctx,
        kind=EMAIL,
        value=address_of(user),
        secret=window_by_pin(ctx, user),
        password=password,
    )
    return user


IN_A_WINDOW = [by_change_token, by_pin, by_pin_naming_the_account]
OF_ONES_OWN = [by_oneself, *IN_A_WINDOW]
OF_A_USER = [by_staff, *OF_ONES_OWN]
EVERY = [by_creation, *OF_A_USER]


@pytest.fixture
def user(make_user):
    return make_user("somebody")


def codes(refused):
    assert set(refused.value.fields) == {"password"}
    return [str(error.code) for error in refused.value.fields["password"]]


def stored():
    """Every row that a new password could change, but for the counts of windows and tries."""
    tables = (get_user_model(), UserSession, PasswordHistory)
    ages = Account.objects.order_by("pk").values("pk", "password_changed_at", "failures")
    return [list(ages), *(list(table.objects.order_by("pk").values()) for table in tables)]


def refuses(ctx, root, user, setter, password, error=InvalidInput):
    """Try it: nothing is changed, nobody is told."""
    before = stored()
    events = SecurityEvent.objects.exclude(kind="pin_verified").count()
    with pytest.raises(error) as refused:
        setter(ctx, root, user, password)
    assert stored() == before
    assert SecurityEvent.objects.exclude(kind="pin_verified").count() == events
    return refused


# What is refused.


@once
@pytest.mark.parametrize("setter", EVERY)
@pytest.mark.parametrize(
    ("password", "expected"),
    [
        pytest.param("qvxjw-z", ["minimum_characters"], id="short"),
        pytest.param("qwertyuiop", ["password_too_common"], id="common"),
        pytest.param("", ["minimum_characters"], id="empty"),
        pytest.param("x" * 4097, ["max_length"], id="too long"),
    ],
)
def test_every_way_refuses(ctx, root, user, enter, setter, password, expected):
    enter(user)
    refused = refuses(ctx, root, user, setter, password)
    assert codes(refused) == expected


@once
@pytest.mark.parametrize("setter", EVERY)
def test_the_longest_password_is_taken(ctx, root, user, setter):
    assert enters(ctx, setter(ctx, root, user, "é" * 4096), "é" * 4096)


@once
@pytest.mark.parametrize("setter", EVERY)
def test_what_is_too_long_is_never_hashed(ctx, root, user, setter):
    hashers.runs.clear()
    refuses(ctx, root, user, setter, "x" * 4097)
    assert hashers.runs == []


@pytest.mark.parametrize("setter", OF_A_USER)
def test_every_way_obeys_the_role_and_tells_all_that_is_broken(
    ctx, root, make_user, make_role, setter
):
    make_role("Strict", minimum_characters=20, contain_upper_case=True, contain_number=True)
    user = make_user(groups=["Strict"])
    refused = refuses(ctx, root, user, setter, "lower case")
    assert codes(refused) == ["minimum_characters", "contain_upper_case", "contain_number"]
    assert setter(ctx, root, user, "Upper case and 7 more")


@once
@pytest.mark.parametrize("setter", EVERY)
def test_every_way_obeys_the_settings(ctx, root, user, settings, setter):
    settings.JWT_ACCOUNTS = {"PASSWORD_RULES": {"minimum_characters": 4, "contain_number": True}}
    assert codes(refuses(ctx, root, user, setter, "long enough")) == ["contain_number"]
    assert enters(ctx, setter(ctx, root, user, "qv-7"), "qv-7")


@pytest.mark.parametrize("setter", OF_A_USER)
def test_no_way_takes_one_of_the_last_five(ctx, root, make_user, setter):
    former = [f"former password {number}" for number in range(5)]
    user = make_user(password=former[0])
    for password in [*former[1:], PASSWORD]:
        user.set_password(password)
        user.save()
    for password in former[1:]:
        assert codes(refuses(ctx, root, user, setter, password)) == ["password_reused"]
    at = replace(ctx, now=timezone.now())
    assert enters(at, setter(at, root, user, former[0]), former[0])


def test_staff_sets_no_password_that_is_the_present_one(ctx, root, user):
    assert codes(refuses(ctx, root, user, by_staff, PASSWORD)) == ["password_reused"]


@once
@pytest.mark.parametrize("setter", OF_ONES_OWN)
@pytest.mark.parametrize("history", [0, 5])
@pytest.mark.parametrize("minimum", [8, 100], ids=["it keeps the rules", "it breaks the rules"])
def test_ones_present_password_is_told_before_any_rule(
    ctx, root, user, settings, setter, history, minimum
):
    settings.JWT_ACCOUNTS = {
        "PASSWORD_HISTORY": history,
        "PASSWORD_RULES": {"minimum_characters": minimum},
    }
    refuses(ctx, root, user, setter, PASSWORD, PasswordUnchanged)


@once
@pytest.mark.parametrize("setter", EVERY)
@pytest.mark.parametrize(
    "configured",
    [
        [],
        ["jwt_accounts.validators.RoleRulesValidator"],
        ["tests.flows.test_set_password.OwnRules"],
        ["django.contrib.auth.password_validation.CommonPasswordValidator"],
    ],
    ids=["none", "ours", "one made of ours", "Django's"],
)
def test_the_rules_hold_once_whatever_the_host_configures(
    ctx, root, user, settings, setter, configured
):
    settings.AUTH_PASSWORD_VALIDATORS = [{"NAME": name} for name in configured]
    assert codes(refuses(ctx, root, user, setter, "qvxjw-z")) == ["minimum_characters"]


@once
@pytest.mark.parametrize("setter", OF_A_USER)
def test_the_history_holds_where_the_host_does_not_configure_it(ctx, root, user, settings, setter):
    settings.AUTH_PASSWORD_VALIDATORS = []
    user.set_password("one of old")
    user.save()
    user.set_password(PASSWORD)
    user.save()
    assert codes(refuses(ctx, root, user, setter, "one of old")) == ["password_reused"]


@once
@pytest.mark.parametrize("setter", EVERY)
def test_the_hosts_own_rules_hold_and_learn_of_each_new_password(ctx, root, user, settings, setter):
    settings.AUTH_PASSWORD_VALIDATORS = [{"NAME": "tests.flows.test_set_password.NoZero"}]
    NoZero.seen.clear()
    assert codes(refuses(ctx, root, user, setter, "a zero: 0")) == ["zero"]
    assert NoZero.seen == []
    setter(ctx, root, user, NEW)
    assert NoZero.seen == [NEW]


@once
@pytest.mark.parametrize("setter", EVERY)
def test_a_refusal_repeats_no_password(ctx, root, user, setter):
    refused = refuses(ctx, root, user, setter, "Qvx-9")
    said = [str(refused.value), repr(refused.value), repr(refused.value.fields)]
    assert not [each for each in said if "Qvx-9" in each]


# What follows.


def enters(ctx, user, password):
    try:
        return sign_in(ctx, identifier=identifier_of(user), password=password).user == user
    except Exception as error:  # whichever refusal
        raise AssertionError(f"{password} does not sign in") from error


@pytest.mark.parametrize("setter", EVERY)
def test_the_new_password_signs_in_and_its_age_begins(ctx, root, user, setter):
    Account.objects.update(password_changed_at=None, must_change_password=True)
    owner = setter(ctx, root, user, NEW)
    account = Account.objects.get(user=owner.pk)
    assert (account.password_changed_at, account.must_change_password) == (ctx.now, False)
    assert enters(ctx, owner, NEW)


@pytest.mark.parametrize("setter", OF_A_USER)
def test_the_old_password_is_remembered_and_every_session_ends(ctx, root, user, enter, setter):
    signed = [enter(user), enter(user)]
    other = enter(root)
    former = user.password
    setter(ctx, root, user, NEW)
    kept = PasswordHistory.objects.get()
    assert (kept.user_id, kept.password, kept.replaced_at) == (user.pk, former, ctx.now)
    for each in signed:
        with pytest.raises(SessionEnded):
            authenticate(ctx, access_token=each.tokens.access)
    ended = UserSession.objects.filter(user=user.pk)
    assert {each.end_reason for each in ended} == {SessionEnd.PASSWORD_CHANGED}
    assert {each.ended_at for each in ended} == {ctx.now}
    assert authenticate(ctx, access_token=other.tokens.access).user == root


@pytest.mark.parametrize("setter", OF_A_USER)
def test_the_owner_is_told_by_mail_and_not_what_it_is(ctx, root, user, setter):
    if setter in {by_pin, by_pin_naming_the_account}:
        secret = window_by_pin(ctx, user)
        sent = mailed(lambda: reset_password(ctx, secret=secret, password=NEW))
    else:
        sent = mailed(lambda: setter(ctx, root, user, NEW))
    (message,) = sent
    assert message.to == [address_of(user)]
    text = message.subject + message.body + message.alternatives[0].content
    assert NEW not in text
    assert PASSWORD not in text


def test_staff_who_sets_an_address_as_well_does_not_keep_the_owner_from_being_told(ctx, root, user):
    former = address_of(user)
    values = UserValues(email="elsewhere@example.com", password=NEW)
    messages = mailed(lambda: edit_user(ctx, actor=root, user_id=str(user.pk), values=values))
    assert [each.to for each in messages] == [[former], [former]]
    assert {"address was changed", "password was changed"} <= {
        each.subject.partition("Your ")[2].removeprefix("e-mail ") for each in messages
    }


def test_a_user_that_staff_makes_is_told_nothing_of_a_change(ctx, root, user):
    assert mailed(lambda: by_creation(ctx, root, user, NEW)) == []


@once
@pytest.mark.parametrize("setter", EVERY)
def test_the_password_is_stored_as_one_hash_of_the_present_kind(ctx, root, user, setter):
    owner = setter(ctx, root, user, NEW)
    stored_hash = get_user_model().objects.get(pk=owner.pk).password
    assert stored_hash.startswith("counting$1$")
    assert NEW not in stored_hash


#: Hashes: the new one; those of the history, the present one included; one's own present password
#: that is typed; and whether the new one is the present one.
COSTS = {
    by_creation: 1,
    by_staff: 1 + 3,
    by_oneself: 1 + 3 + 1 + 1,
    by_change_token: 1 + 3 + 1,
    by_pin: 1 + 3 + 1,
    by_pin_naming_the_account: 1 + 3 + 1,
}


@once
@pytest.mark.parametrize("setter", EVERY)
def test_a_new_password_costs_so_many_hashes(ctx, root, make_user, setter):
    user = make_user(password="the first one")
    for password in ("the second one", PASSWORD):
        user.set_password(password)
        user.save()
    hashers.runs.clear()
    setter(ctx, root, user, NEW)
    assert hashers.runs == ["encode"] * COSTS[setter]


# A changed rule breaks no password that there is.


@pytest.mark.parametrize("changed", ["a role", "the settings"])
def test_a_changed_rule_breaks_no_password_that_there_is(
    ctx, make_user, make_role, enter, settings, changed
):
    make_role("Cashier")
    user = make_user(groups=["Cashier"] if changed == "a role" else [])
    signed = enter(user)
    if changed == "a role":
        RoleSettings.objects.update(minimum_characters=100, contain_number=True)
    else:
        rules = {"minimum_characters": 100, "contain_number": True}
        settings.JWT_ACCOUNTS = {"PASSWORD_RULES": rules}
    assert authenticate(ctx, access_token=signed.tokens.access).user == user
    assert refresh(ctx, refresh_token=signed.tokens.refresh).refresh
    assert enters(ctx, user, PASSWORD)
    with pytest.raises(InvalidInput):
        by_oneself(ctx, None, user, NEW)


def test_a_role_given_later_breaks_no_password_that_there_is(ctx, user, make_role):
    user.groups.add(make_role("Strict", minimum_characters=100))
    assert enters(ctx, user, PASSWORD)
