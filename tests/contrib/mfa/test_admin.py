"""The pages of second factors: looked at without their secrets, and taken away by staff."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.checks import run_checks

from jwt_accounts.contrib.mfa.models import (
    PasskeyFactor,
    RecoveryCode,
    SentCodeFactor,
    TotpFactor,
)
from jwt_accounts.flows.first_step import MfaEnrolmentRequired
from jwt_accounts.flows.open_session import SignedIn, open_session
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.models import Account, RoleSettings, SecurityEvent, UserSession
from jwt_accounts.policies.mfa import FactorKind
from jwt_accounts.second_factors import user_has_factor
from jwt_accounts.types import EventKind, SessionEnd
from tests.admin.conftest import root, staff, text_of
from tests.conftest import PASSWORD, identifier_of
from tests.second_factors import give_totp
from tests.sql import statements

__all__ = ["root", "staff"]

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.core,
    pytest.mark.once,
    pytest.mark.urls("tests.contrib.mfa.urls_admin"),
]
once = pytest.mark.once

RESET = "jwt_accounts.reset_factors"
VIEW = "jwt_accounts_mfa.view_totpfactor"


def give_passkey(user):
    return PasskeyFactor.objects.create(
        user=user, name="key", credential_id=f"secret-{user.pk}", public_key="secret-key"
    )


def give_channel(user):
    return SentCodeFactor.objects.create(
        user=user, name="mailbox", channel=str(FactorKind.EMAIL), confirmed=True
    )


GIVE = [lambda user: give_totp(user).factor, give_passkey, give_channel]
each = pytest.mark.parametrize("give", GIVE, ids=["totp", "passkey", "message"])


def test_the_pages_pass_djangos_checks_and_recovery_codes_have_none():
    assert run_checks(tags=["admin"]) == []
    assert RecoveryCode not in admin.site._registry


@once
@each
@pytest.mark.parametrize("page", ["changelist", "change", "history"])
def test_every_page_opens_for_who_may_look_and_shows_no_secret(staff, make_user, give, page):
    factor = give(make_user())
    model = type(factor)
    args = [] if page == "changelist" else [factor.pk]
    response = staff(f"jwt_accounts_mfa.view_{model._meta.model_name}").open(model, page, *args)
    text = text_of(response)
    assert response.status_code == 200
    assert "None" not in text
    assert "secret" not in text
    assert getattr(factor, "secret", "secret") not in text
    assert staff().open(model, page, *args).status_code == 403


@once
@each
def test_not_even_a_superuser_adds_saves_or_deletes_one(root, make_user, give):
    factor = give(make_user())
    model = type(factor)
    before = list(model.objects.values())
    for page, args in [("add", []), ("change", [factor.pk]), ("delete", [factor.pk])]:
        assert root.send(model, page, *args, name="x", post="yes").status_code == 403
    assert root.offers(model) == {"reset"}
    assert list(model.objects.values()) == before


@once
@pytest.mark.parametrize(
    ("give", "lookup"),
    [
        (GIVE[0], "secret__startswith"),
        (GIVE[1], "public_key__startswith"),
        (GIVE[1], "credential_id__gt"),
        (GIVE[0], "user__password__startswith"),
    ],
)
def test_no_secret_is_guessed_by_its_beginning(root, make_user, give, lookup):
    factor = give(make_user())
    assert root.open(type(factor), **{lookup: "g"}).status_code == 400


@once
def test_a_list_is_filtered_and_searched_and_costs_the_same_for_ten(root, make_user):
    def cost():
        with statements() as asked:
            root.open(TotpFactor)
        return len(asked)

    anna = give_totp(make_user("anna")).factor
    one = cost()
    begun = [give_totp(make_user(), confirmed=False, with_codes=False).factor for _ in range(9)]
    assert cost() == one
    assert root.shows(TotpFactor, confirmed="yes") == {anna.pk}
    assert root.shows(TotpFactor, confirmed="no") == {factor.pk for factor in begun}
    assert root.shows(TotpFactor, q="anna@example.com") == {anna.pk}


@each
def test_who_may_takes_away_all_factors_of_the_chosen(ctx, staff, make_user, give):
    user, other = make_user(), give_totp(make_user()).user
    open_session(ctx, user=user, amr=["pwd"])
    row = give(user)
    give_totp(user)
    desk = staff(RESET, f"jwt_accounts_mfa.view_{type(row)._meta.model_name}")
    told = desk.press("reset", [row])
    assert told == [("success", "All second factors of 1 user were taken away.")]
    assert not user_has_factor(user)
    assert user_has_factor(other)
    assert set(RecoveryCode.objects.values_list("user_id", flat=True)) == {other.pk}
    assert UserSession.objects.get().end_reason == SessionEnd.FACTORS_CHANGED
    event = SecurityEvent.objects.get(kind=EventKind.FACTORS_RESET_BY_STAFF)
    assert (event.user, event.actor) == (user, desk.user)
    assert event.details["factors"] >= 1


@pytest.mark.django_db(transaction=True)
def test_the_owner_is_told(root, make_user):
    user = make_user("anna", email="anna@example.com")
    Account.objects.filter(user=user).update(confirmed_email="anna@example.com")
    root.press("reset", [give_totp(user).factor])
    assert [message.to for message in mail.outbox] == [["anna@example.com"]]


@pytest.mark.parametrize("held", [(VIEW,), (RESET,), (VIEW, "jwt_accounts.unlock_account")])
def test_without_the_right_nothing_is_taken_away(staff, make_user, held):
    factor = give_totp(make_user()).factor
    desk = staff(*held)
    desk.press("reset", [factor])
    assert user_has_factor(factor.user)
    if VIEW in held:
        assert desk.offers(TotpFactor) == set()


@pytest.mark.parametrize("above", [{"is_superuser": True}, {"is_staff": True}])
def test_nobody_resets_who_is_above(staff, make_user, above):
    high, low = give_totp(make_user("high", **above)), give_totp(make_user())
    told = staff(VIEW, RESET).press("reset", [high.factor, low.factor])
    assert [level for level, _ in told] == ["success", "error"]
    assert identifier_of(high.user) in told[1][1]
    assert user_has_factor(high.user)
    assert not user_has_factor(low.user)


def test_nobody_resets_their_own(root):
    own = give_totp(root.user)
    ((level, text),) = root.press("reset", [own.factor])
    assert (level, user_has_factor(root.user)) == ("error", True)
    assert "one by one" in text


def test_who_may_delete_a_user_deletes_the_factors_and_codes_too(staff, make_user):
    user = make_user()
    for give in GIVE:
        give(user)
    clerk = staff("delete_user", "view_user")
    assert clerk.send(get_user_model(), "delete", user.pk, post="yes").status_code == 302
    for model in (TotpFactor, SentCodeFactor, PasskeyFactor, RecoveryCode):
        assert not model.objects.exists()


# The pages of accounts and of roles.


def test_the_page_of_accounts_says_who_has_one(root, make_user):
    plain, begun = make_user(), make_user()
    give_totp(begun, confirmed=False)
    anna = give_totp(make_user("anna")).user
    assert root.shows(Account, factor="yes") == {anna.pk}
    assert root.shows(Account, factor="no") == {plain.pk, begun.pk, root.user.pk}
    page = text_of(root.open(Account, q=identifier_of(anna)))
    assert page.count('field-second_factor">yes<') == 1
    for user, told in ((anna, "yes"), (plain, "-")):
        assert f'<div class="readonly">{told}</div>' in text_of(
            root.open(Account, "change", user.pk)
        )


def test_a_role_is_made_to_ask_for_one(ctx, root, make_user, make_role):
    user = make_user(groups=["Careful"])
    rules = RoleSettings.objects.get(role=make_role("Careful"))
    assert "must set one up at the next sign-in" in text_of(
        root.open(RoleSettings, "change", rules.pk)
    )
    values = {"require_mfa": "on"}
    assert root.send(RoleSettings, "change", rules.pk, **values).status_code == 302
    result = sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    assert isinstance(result, MfaEnrolmentRequired)
    event = SecurityEvent.objects.get(kind=EventKind.ROLE_SETTINGS_CHANGED)
    assert event.details["changes"]["require_mfa"] == [False, True]
    assert root.send(RoleSettings, "change", rules.pk).status_code == 302
    result = sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    assert isinstance(result, SignedIn)


@once
def test_where_nobody_keeps_them_the_page_of_accounts_does_not_name_them(
    root, make_user, monkeypatch
):
    monkeypatch.setattr("jwt_accounts.second_factors._kept", [])
    user = make_user()
    for page in (root.open(Account), root.open(Account, "change", user.pk)):
        assert page.status_code == 200
        assert "second_factor" not in text_of(page)
        assert "factor=yes" not in text_of(page)
    page = root.open(RoleSettings, "add")
    assert "kept here: nobody could sign in" in text_of(page)
