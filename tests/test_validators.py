"""The rules of the roles and the history, through every door to a password that Django has."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from io import StringIO
from threading import Thread

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import AdminPasswordChangeForm, PasswordChangeForm, SetPasswordForm
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import (
    get_default_password_validators,
    password_validators_help_text_html,
    password_validators_help_texts,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from jwt_accounts.conf import LONGEST_HISTORY
from jwt_accounts.credentials.challenges import open_at_once, secret_for
from jwt_accounts.credentials.targets import change_of
from jwt_accounts.flows.change_password import change_password
from jwt_accounts.flows.manage_users import UserValues, edit_user
from jwt_accounts.flows.reset_password import reset_password
from jwt_accounts.flows.role_settings import change_role
from jwt_accounts.models import Account, PasswordHistory, RoleSettings
from jwt_accounts.policies.passwords import PasswordRule, PasswordRules
from jwt_accounts.policies.recovery import CHANGE_LIFETIME
from jwt_accounts.validators import (
    PasswordHistoryValidator,
    RoleRulesValidator,
    sentence,
)
from tests import hashers
from tests.conftest import PASSWORD, identifier_of
from tests.sql import statements

pytestmark = pytest.mark.django_db
core = pytest.mark.core
stock = pytest.mark.skipif("get_user_model() is not User", reason="the admin edits auth.User")

LENGTH, UPPER, LOWER, SPECIAL, NUMBER = PasswordRule
CASHIER = {LENGTH: 6, LOWER: True, SPECIAL: True, NUMBER: True}
GOOD = "zażółć-gęślą-7"
OURS = [
    {"NAME": "jwt_accounts.validators.RoleRulesValidator"},
    {"NAME": "jwt_accounts.validators.PasswordHistoryValidator"},
]


@pytest.fixture
def cashier(make_user, make_role):
    """Whose role has the document's rules."""
    make_role("Cashier", **CASHIER)
    return make_user("cashier", groups=["Cashier"])


def broken(password, user=None):
    """The codes of what Django's own function refuses."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        return [each.code for each in error.error_list]
    return []


def change_rules(role, **rules):
    RoleSettings.objects.filter(role__name=role).update(**rules)


# The rules of a role.


@pytest.mark.parametrize(
    ("password", "codes"),
    [
        pytest.param(
            "pyramid", [SPECIAL, NUMBER, "password_too_common"], id="the document's pyramid"
        ),
        pytest.param("123456", [LOWER, SPECIAL, "password_too_common"], id="the document's 123456"),
        pytest.param("pyramid-1", [], id="all kept"),
        pytest.param("é-1", [LENGTH], id="short"),
        pytest.param("żółw-7", [], id="letters with marks"),
        pytest.param(unicodedata.normalize("NFD", "żółw-7"), [], id="taken apart"),
        pytest.param("ЖАБА-7", [LOWER], id="upper-case cyrillic"),
        pytest.param("漢字漢字-7", [LOWER], id="letters without case"),
        pytest.param("漢字漢字a7", [SPECIAL], id="no special among letters without case"),
        pytest.param("abcde\u0301\u03017", [SPECIAL], id="marks are no specials"),
        pytest.param("abcde7😀", [], id="emoji"),
        pytest.param("abcde \u0663", [], id="space and arabic digit"),
        pytest.param("", [LENGTH, LOWER, SPECIAL, NUMBER], id="nothing"),
    ],
)
def test_a_role_says_what_a_password_is_made_of(cashier, password, codes):
    assert broken(password, cashier) == [str(code) for code in codes]


@core
@pytest.mark.parametrize(
    "who", ["nobody", "a user who is not saved", "a user without a role", "a user of a mere group"]
)
def test_who_has_no_role_has_the_rules_of_the_settings(make_user, make_role, settings, who):
    make_role("Cashier", **CASHIER)
    settings.JWT_ACCOUNTS = {"PASSWORD_RULES": {"minimum_characters": 12, "contain_number": True}}
    user = {
        "nobody": lambda: None,
        "a user who is not saved": get_user_model(),
        "a user without a role": make_user,
        "a user of a mere group": lambda: make_user(groups=["Auditors"]),
    }[who]()
    assert broken("elevenchars", user) == [LENGTH, NUMBER]
    assert broken("twelve chars", user) == [NUMBER]
    assert broken("12 characters", user) == []


@core
def test_eight_characters_are_asked_for_by_default(make_user):
    assert broken("qvxjw-z", make_user()) == [LENGTH]
    assert broken("qvxjw-zk", make_user()) == []


@core
def test_a_roles_shorter_minimum_takes_the_place_of_the_settings(cashier, settings):
    settings.JWT_ACCOUNTS = {"PASSWORD_RULES": {"minimum_characters": 20}}
    assert broken("abc-12", cashier) == []
    assert broken("ab-12", cashier) == [LENGTH]


@core
def test_a_roles_rules_take_the_place_of_the_settings_whole(cashier, settings):
    settings.JWT_ACCOUNTS = {"PASSWORD_RULES": {"contain_upper_case": True}}
    assert broken("abc-12", cashier) == []
    cashier.groups.clear()
    assert broken("qwrtz-12", cashier) == [UPPER]


@core
def test_a_role_without_a_minimum_has_that_of_the_settings(cashier, settings):
    change_rules("Cashier", minimum_characters=None)
    assert broken("abcd-12", cashier) == [LENGTH]
    settings.JWT_ACCOUNTS = {"PASSWORD_RULES": {"minimum_characters": 7}}
    assert broken("abcd-12", cashier) == []


@core
@pytest.mark.parametrize("order", [1, -1], ids=["first", "last"])
def test_of_several_roles_the_strictest_rule_of_each_kind_holds(make_user, make_role, order):
    make_role("Short", minimum_characters=4, contain_number=True)
    make_role("Long", minimum_characters=10)
    make_role("Loud", minimum_characters=6, contain_upper_case=True)
    user = make_user(groups=["Short", "Long", "Auditors", "Loud"][::order])
    assert broken("qvxjwzkpf", user) == [LENGTH, UPPER, NUMBER]
    assert broken("Qvxjwzkp 9", user) == []


@core
def test_a_role_that_says_nothing_of_length_counts_with_the_settings(make_user, make_role):
    make_role("Short", minimum_characters=4)
    make_role("Silent")
    assert broken("short", make_user(groups=["Short"])) == []
    assert broken("short-7", make_user(groups=["Short", "Silent"])) == [LENGTH]


@core
def test_a_mere_group_beside_a_role_asks_for_nothing(cashier, settings):
    settings.JWT_ACCOUNTS = {"PASSWORD_RULES": {"minimum_characters": 20}}
    cashier.groups.add(Group.objects.create(name="Auditors"))
    assert broken("abc-12", cashier) == []


@core
def test_each_broken_rule_is_a_sentence_of_its_own(make_user, make_role):
    make_role("Strict", **dict.fromkeys([UPPER, LOWER, SPECIAL, NUMBER], True))
    with pytest.raises(ValidationError) as refused:
        validate_password("", make_user(groups=["Strict"]))
    rules = PasswordRules()
    assert refused.value.messages == [sentence(rule, rules) for rule in PasswordRule]
    assert len(set(refused.value.messages)) == 5
    assert "at least 8 characters" in refused.value.messages[0]


@core
def test_the_sentence_says_the_minimum_of_the_role(cashier):
    with pytest.raises(ValidationError) as refused:
        validate_password("a-1", cashier)
    assert refused.value.messages == ["A password needs at least 6 characters."]


@core
def test_asking_the_roles_is_one_query(cashier):
    with statements() as asked:
        RoleRulesValidator().validate("pyramid-1", cashier)
    assert len(asked) == 1


# A changed rule is in force at once.


@pytest.mark.parametrize(
    ("rule", "value", "password"),
    [
        (LENGTH, 12, "abcdef-1"),
        (UPPER, True, "abcdef-1"),
        (LOWER, True, "ABCDEF-1"),
        (SPECIAL, True, "qvxjwzk1"),
        (NUMBER, True, "abcdef--"),
    ],
)
def test_a_changed_rule_is_in_force_on_the_next_call(make_user, make_role, rule, value, password):
    make_role("Role", minimum_characters=8)
    user = make_user(groups=["Role"])
    assert broken(password, user) == []
    change_rules("Role", **{rule: value})
    assert broken(password, user) == [rule]
    change_rules("Role", minimum_characters=8, **({} if rule is LENGTH else {rule: False}))
    assert broken(password, user) == []


@core
def test_a_role_that_is_given_or_taken_is_in_force_on_the_next_call(make_user, make_role):
    role = make_role("Strict", minimum_characters=30)
    user = make_user()
    assert broken(GOOD, user) == []
    user.groups.add(role)
    assert broken(GOOD, user) == [LENGTH]
    user.groups.remove(role)
    assert broken(GOOD, user) == []
    user.groups.add(role)
    RoleSettings.objects.all().delete()
    assert broken(GOOD, user) == []


@core
def test_a_rule_changed_through_the_flow_is_in_force_on_the_next_call(ctx, cashier, make_user):
    root = make_user(is_superuser=True)
    change_role(ctx, actor=root, role="Cashier", changes={"contain_upper_case": True})
    assert broken("abcd-12", cashier) == [UPPER]


@core
@pytest.mark.django_db(transaction=True)
def test_a_rule_changed_on_another_connection_is_in_force_here(cashier):
    """Nothing is kept in the process: not in the validator, not with the user."""
    validators = get_default_password_validators()
    assert broken("abcd-12", cashier) == []

    def elsewhere():
        try:
            change_rules("Cashier", contain_upper_case=True)
        finally:
            connection.close()

    thread = Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert get_default_password_validators() is validators  # Django keeps them
    assert broken("abcd-12", cashier) == [UPPER]


# Help texts.


@core
@pytest.mark.parametrize(
    ("given", "rules", "history"),
    [
        (
            {},
            "A password needs at least 8 characters. A role may ask for more.",
            "It must not be one of your last 5 passwords.",
        ),
        (
            {"PASSWORD_RULES": {"minimum_characters": 1}, "PASSWORD_HISTORY": 1},
            "A password needs at least 1 character. A role may ask for more.",
            "It must not be the present password.",
        ),
        (
            {"PASSWORD_RULES": {"contain_number": True}, "PASSWORD_HISTORY": 0},
            "A password needs at least 8 characters. A password needs a number. "
            "A role may ask for more.",
            "",
        ),
    ],
    ids=["default", "one", "none"],
)
def test_the_help_says_what_is_asked(settings, given, rules, history):
    settings.JWT_ACCOUNTS = given
    assert password_validators_help_texts()[:2] == [rules, history]
    assert rules in password_validators_help_text_html()


@core
def test_help_costs_no_query(db):
    with statements() as asked:
        password_validators_help_texts()
    assert asked == []


# The history.


def set_by_save(ctx, user, password):
    user.set_password(password)
    user.save()


def set_by_save_of_the_column(ctx, user, password):
    user.set_password(password)
    user.save(update_fields=["password"])


def set_by_admin(ctx, user, password):
    form = AdminPasswordChangeForm(user, {"password1": password, "password2": password})
    assert form.is_valid(), form.errors
    form.save()


def set_by_reset_form(ctx, user, password):
    form = SetPasswordForm(user, {"new_password1": password, "new_password2": password})
    assert form.is_valid(), form.errors
    form.save()


def set_by_staff(ctx, user, password):
    root = get_user_model().objects.get(is_superuser=True)
    edit_user(ctx, actor=root, user_id=str(user.pk), values=UserValues(password=password))


def set_by_oneself(ctx, user, password):
    # What they have now is set by the test, which knows it.
    change_password(ctx, user=user, current=user.known, new=password)


def set_by_window(ctx, user, password):
    window = open_at_once(change_of(user), ctx, CHANGE_LIFETIME)
    reset_password(ctx, secret=secret_for(window), password=password)


WAYS = [
    set_by_save,
    set_by_save_of_the_column,
    set_by_admin,
    set_by_reset_form,
    set_by_staff,
    set_by_oneself,
    set_by_window,
]


@pytest.fixture
def having_had(ctx, make_user):
    """A factory of users who had these passwords, each set in its own way, and have the last."""

    def make(*passwords, ways=(set_by_save,)):
        make_user(is_superuser=True)
        user = make_user(password=passwords[0])
        user.known = passwords[0]
        for place, password in enumerate(passwords[1:]):
            at = replace(ctx, now=timezone.now())
            ways[place % len(ways)](at, user, password)
            user.refresh_from_db()
            user.known = password
        return user

    return make


def reused(user, *passwords):
    """Which of them may not be set again."""
    return [each for each in passwords if broken(each, user) == ["password_reused"]]


def names(number):
    return [f"password number {place}" for place in range(number)]


@core
@pytest.mark.parametrize("way", WAYS)
def test_a_password_is_remembered_however_the_next_one_is_set(having_had, way):
    old, new = names(2)
    user = having_had(old, new, ways=[way])
    assert user.check_password(new)
    assert PasswordHistory.objects.filter(user=user.pk).count() == 1
    assert reused(user, old, new, GOOD) == [old, new]


@core
def test_the_last_five_are_refused_whichever_ways_they_were_set(having_had):
    """Five by default, the present one among them."""
    every = names(9)
    user = having_had(*every, ways=WAYS)
    assert reused(user, *every) == every[-5:]


@core
@pytest.mark.parametrize("number", [0, 1, 2, 4, 24])
def test_how_many_are_refused_is_a_setting(having_had, settings, number):
    settings.JWT_ACCOUNTS = {"PASSWORD_HISTORY": number}
    every = names(26)
    user = having_had(*every)
    hashers.runs.clear()
    assert reused(user, *every[:-number] if number else every) == []
    assert reused(user, *every[len(every) - number :]) == every[len(every) - number :]


@core
@pytest.mark.parametrize("number", [0, 1, 2, 5])
def test_each_remembered_password_costs_one_hash(having_had, settings, number):
    settings.JWT_ACCOUNTS = {"PASSWORD_HISTORY": number}
    user = having_had(*names(7))
    hashers.runs.clear()
    assert broken(GOOD, user) == []
    assert hashers.runs == ["encode"] * number


@core
def test_no_more_are_kept_than_any_setting_can_ask_for(having_had, settings):
    settings.JWT_ACCOUNTS = {"PASSWORD_HISTORY": 0}  # what is kept does not depend on it
    every = names(LONGEST_HISTORY + 7)
    other = having_had(*names(2))
    user = having_had(*every)
    assert PasswordHistory.objects.of(user.pk).count() == LONGEST_HISTORY
    assert PasswordHistory.objects.of(other.pk).count() == 1
    settings.JWT_ACCOUNTS = {"PASSWORD_HISTORY": LONGEST_HISTORY}
    assert reused(user, *every) == every[-LONGEST_HISTORY:]


@core
def test_the_history_is_each_users_own(having_had):
    first, second = having_had("mine of old", "mine"), having_had("yours of old", "yours")
    assert reused(first, "mine of old", "mine", "yours of old", "yours") == ["mine of old"]
    assert reused(second, "mine of old", "yours of old") == ["yours of old"]


@core
@pytest.mark.parametrize("who", ["nobody", "not saved"])
def test_who_has_no_history_may_have_any(db, who):
    assert broken(PASSWORD, None if who == "nobody" else get_user_model()()) == []


@core
def test_a_user_without_a_password_has_none_to_reuse(make_user):
    user = make_user(password=None)
    hashers.runs.clear()
    assert broken(GOOD, user) == []
    assert hashers.runs == []
    set_by_save(None, user, GOOD)
    assert not PasswordHistory.objects.exists()


@core
def test_a_password_that_was_taken_away_is_remembered(make_user):
    user = make_user()
    user.set_unusable_password()
    user.save()
    user.set_password(GOOD)
    user.save()
    assert not user.check_password(PASSWORD)
    assert reused(user, GOOD) == [GOOD]


@core
def test_an_upgraded_hash_is_no_other_password(make_user):
    user = make_user()
    get_user_model().objects.update(password=make_password(PASSWORD, None, "old"))
    user.refresh_from_db()
    before = Account.objects.get().password_changed_at
    assert user.check_password(PASSWORD)
    assert user.password.startswith("counting$")
    assert not PasswordHistory.objects.exists()
    assert Account.objects.get().password_changed_at == before


@core
def test_a_save_that_leaves_the_password_alone_is_no_new_password(make_user):
    user = make_user()
    Account.objects.update(must_change_password=True)
    before = Account.objects.values().get()
    user.set_password(GOOD)
    user.save(update_fields=["is_active"])
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert Account.objects.values().get() == before
    assert not PasswordHistory.objects.exists()


@core
def test_a_history_knows_hashes_alone(having_had):
    user = having_had(*names(3))
    kept = list(PasswordHistory.objects.of(user.pk).values_list("password", flat=True))
    assert len(kept) == 2
    assert all(each.startswith("counting$1$") for each in kept)


@core
def test_a_user_takes_the_history_along(having_had):
    having_had(*names(3)).delete()
    assert not PasswordHistory.objects.exists()


# Django's forms.


@pytest.mark.parametrize(
    ("form", "field", "more"),
    [
        (AdminPasswordChangeForm, "password", {}),
        (SetPasswordForm, "new_password", {}),
        (PasswordChangeForm, "new_password", {"old_password": PASSWORD}),
    ],
    ids=["the admin's", "recovery's", "one's own"],
)
@pytest.mark.parametrize(
    ("password", "codes"),
    [
        ("qvxjwzk", [SPECIAL, NUMBER]),
        (PASSWORD, [NUMBER, "password_reused"]),
        ("abcd-12", []),
    ],
)
def test_a_form_obeys_the_role(cashier, form, field, more, password, codes):
    filled = form(cashier, {f"{field}1": password, f"{field}2": password, **more})
    assert [each.code for each in filled.errors.as_data().get(f"{field}2", [])] == codes
    assert filled.is_valid() is (codes == [])


# The admin.


@pytest.fixture
def admin(client, make_user):
    client.force_login(make_user("root", is_superuser=True, is_staff=True))
    return client


def posted(admin, path, password, **more):
    """The errors of an admin's page; none where it took the password."""
    names = {"password1": password, "password2": password, "usable_password": "true", **more}
    answer = admin.post(path, names)
    assert answer.status_code in {200, 302}
    if answer.status_code == 302:
        return []
    context = answer.context
    form = context["adminform"].form if "adminform" in context else context["form"]
    found = form.errors.as_data()
    assert set(found) == {"password2"}
    return [each.code for each in found["password2"]]


@stock
def test_the_admin_sets_no_password_that_breaks_the_rules_of_the_role(admin, cashier):
    path = f"/admin/auth/user/{cashier.pk}/password/"
    assert posted(admin, path, "qvxjwzk") == [SPECIAL, NUMBER]
    cashier.refresh_from_db()
    assert cashier.check_password(PASSWORD)
    assert posted(admin, path, "abcd-12") == []
    assert posted(admin, path, "abcd-12") == ["password_reused"]
    assert posted(admin, path, "efgh-34") == []
    assert posted(admin, path, "abcd-12") == ["password_reused"]
    cashier.refresh_from_db()
    assert cashier.check_password("efgh-34")


@stock
def test_the_admin_reads_a_changed_rule(admin, cashier):
    path = f"/admin/auth/user/{cashier.pk}/password/"
    change_rules("Cashier", contain_upper_case=True)
    assert posted(admin, path, "abcd-12") == [UPPER]


@stock
def test_a_new_user_of_the_admin_obeys_the_settings(admin, settings):
    settings.JWT_ACCOUNTS = {"PASSWORD_RULES": {"minimum_characters": 4, "contain_number": True}}
    path = "/admin/auth/user/add/"
    assert posted(admin, path, "qvx", username="new") == [LENGTH, NUMBER]
    assert not User.objects.filter(username="new").exists()
    assert posted(admin, path, "qvx7", username="new") == []
    assert User.objects.get(username="new").check_password("qvx7")


@stock
@pytest.mark.parametrize("path", ["/admin/auth/user/add/", "/admin/password_change/"])
def test_the_admin_says_the_rules(admin, path):
    text = admin.get(path).content.decode()
    assert "A password needs at least 8 characters. A role may ask for more." in text
    assert "It must not be one of your last 5 passwords." in text


@stock
def test_ones_own_password_in_the_admin_obeys_the_role(admin, make_role):
    make_role("Strict", minimum_characters=12)
    User.objects.get().groups.add(Group.objects.get())
    said = {
        "old_password": PASSWORD,
        "new_password1": "elevenchars",
        "new_password2": "elevenchars",
    }
    answer = admin.post("/admin/password_change/", said)
    found = answer.context["form"].errors.as_data()["new_password2"]
    assert [each.code for each in found] == [LENGTH]


# Commands.


class Terminal(StringIO):
    """Somebody sits before it."""

    def isatty(self):
        return True


@pytest.fixture
def command(monkeypatch):
    """``command(passwords, name, ...)``: what is written while somebody types."""

    def run(passwords, *args, **options):
        typed = iter(passwords)
        monkeypatch.setattr("getpass.getpass", lambda prompt="": next(typed))
        monkeypatch.setattr("builtins.input", lambda prompt="": "n")  # no, do not bypass the rules
        out = StringIO()
        call_command(*args, stdout=out, stderr=out, **options)
        assert next(typed, None) is None
        return out.getvalue()

    return run


@core
def test_createsuperuser_obeys_the_settings(command, db, settings):
    settings.JWT_ACCOUNTS = {"PASSWORD_RULES": {"minimum_characters": 5, "contain_number": True}}
    model = get_user_model()
    said = dict.fromkeys([model.USERNAME_FIELD, *model.REQUIRED_FIELDS], "boss@example.com")
    out = command(["abc", "abc", "abcd5", "abcd5"], "createsuperuser", stdin=Terminal(), **said)
    assert "A password needs at least 5 characters." in out
    assert "A password needs a number." in out
    boss = model.objects.get()
    assert boss.is_superuser
    assert boss.check_password("abcd5")


@core
def test_changepassword_obeys_the_role_and_the_history(command, cashier):
    typed = ["pyramid", "pyramid", PASSWORD, PASSWORD, "abcd-12", "abcd-12"]
    out = command(typed, "changepassword", identifier_of(cashier))
    assert "A password needs a number." in out
    assert "This password was used before. Choose a new one." in out
    cashier.refresh_from_db()
    assert cashier.check_password("abcd-12")
    assert reused(cashier, PASSWORD, "abcd-12") == ["abcd-12"]  # the old one breaks a rule as well
    assert PasswordHistory.objects.filter(user=cashier.pk).count() == 1


@core
def test_changepassword_gives_up_after_three_times(command, cashier):
    with pytest.raises(CommandError):
        command(["pyramid"] * 6, "changepassword", identifier_of(cashier))
    cashier.refresh_from_db()
    assert cashier.check_password(PASSWORD)


# Either validator alone.


@core
@pytest.mark.parametrize("configured", [OURS[:1], OURS[1:]], ids=["the rules", "the history"])
def test_each_validator_works_without_the_other(cashier, settings, configured):
    settings.AUTH_PASSWORD_VALIDATORS = configured
    expected = {OURS[0]["NAME"]: [NUMBER], OURS[1]["NAME"]: ["password_reused"]}
    assert broken(PASSWORD, cashier) == expected[configured[0]["NAME"]]


@core
def test_a_validator_says_nothing_of_a_password_it_takes(cashier):
    assert RoleRulesValidator().validate("abcd-12", cashier) is None
    assert PasswordHistoryValidator().validate("abcd-12", cashier) is None
