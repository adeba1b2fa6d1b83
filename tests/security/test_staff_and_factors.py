"""Staff that may edit users, and not take second factors away, gets nobody's by the way round."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jwt_accounts.models import Account, RoleSettings, UserSession
from tests.api.conftest import problem
from tests.conftest import PASSWORD
from tests.letters import letters
from tests.second_factors import give_totp

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_an_address_of_who_has_a_factor_is_moved_by_who_may_take_it_away(api, make_user, make_role):
    make_role("Manager", rights=["change_user"])
    manager, someone = make_user("manager", groups=["Manager"]), make_user("mike")
    give_totp(someone)
    access, path = api.access(manager), f"users/{someone.pk}/"
    for change in ({"email": "thief@example.com"}, {"phone": "+40771694307"}):
        problem(api("PATCH", path, change, token=access), 403, "forbidden")
    someone.refresh_from_db()
    assert someone.email == "mike@example.com"
    harmless = {"first_name": "Michael", "email": someone.email}
    assert api("PATCH", path, harmless, token=access).status_code == 200
    make_role("Chief", rights=["jwt_accounts.reset_factors"])
    manager.groups.add(manager.groups.model.objects.get(name="Chief"))
    told = letters(
        lambda: api("PATCH", path, {"email": "michael@example.com"}, token=api.access(manager))
    )
    moved = [(each.to, each.about) for each in told if each.about == "email_changed"]
    assert moved == [("mike@example.com", "email_changed")]


def test_an_address_of_who_has_none_is_moved_and_its_owner_is_told(api, make_user, make_role):
    make_role("Manager", rights=["change_user"])
    manager, someone = make_user("manager", groups=["Manager"]), make_user("mike")
    access, path = api.access(manager), f"users/{someone.pk}/"
    told = letters(lambda: api("PATCH", path, {"email": "new@example.com"}, token=access))
    assert [(each.to, each.about) for each in told] == [("mike@example.com", "email_changed")]
    told = letters(lambda: api("PATCH", path, {"email": "NEW@example.com"}, token=access))
    assert told == []


def test_who_must_have_a_factor_does_not_live_on_by_showing_the_password(api, make_user, make_role):
    user = make_user("mike")
    access = api.access(user)
    make_role("Strict")
    RoleSettings.objects.update(require_mfa=True)
    user.groups.add(user.groups.model.objects.get(name="Strict"))
    again = api("POST", "reauthenticate/", {"current_password": PASSWORD}, token=access)
    problem(again, 401, "session_ended")
    assert UserSession.objects.get().end_reason == "second_factor_missing"
    problem(api("GET", "me/", token=access), 401, "session_ended")


def test_nor_does_whose_password_may_not_be_used_any_more(api, make_user):
    user = make_user("mike")
    access = api.access(user)
    Account.objects.update(must_change_password=True)
    again = api("POST", "reauthenticate/", {"current_password": PASSWORD}, token=access)
    problem(again, 403, "password_expired")
    problem(api("GET", "me/", token=access), 401, "session_ended")


def test_a_former_token_gains_nothing_when_the_owner_shows_again_who_it_is(
    api, make_user, clock, settings
):
    settings.SIMPLE_JWT = {**settings.SIMPLE_JWT, "ACCESS_TOKEN_LIFETIME": timedelta(hours=1)}
    user = make_user("mike")
    former = api.tokens(user)
    clock.shift(11 * 60)
    again = api("POST", "reauthenticate/", {"current_password": PASSWORD}, token=former["access"])
    assert again.status_code == 200
    for act in ("factors/totp/", "factors/email/"):
        refusal = api("POST", act, {}, token=former["access"])
        problem(refusal, 403, "reauthentication_required")
    assert api("POST", "factors/totp/", {}, token=again.json()["access"]).status_code == 201
