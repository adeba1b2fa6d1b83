"""What matters is done by who has just shown, with all factors there are, who they are (ASVS 7.5.1,
7.5.3); and how that is shown again."""

from __future__ import annotations

import pytest
from django.utils import timezone

from jwt_accounts.contrib.mfa.models import TotpFactor
from jwt_accounts.flows.open_session import open_session
from jwt_accounts.models import Account, RoleSettings, SecurityEvent, UserSession
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.tokens.access import AccessToken
from jwt_accounts.types import RequestContext
from tests.api.conftest import fields, problem
from tests.conftest import PASSWORD
from tests.second_factors import give_totp

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.core,
    pytest.mark.once,
    pytest.mark.usefixtures("clock"),
]

NEW = "another horse battery"
OWN = {"current_password": PASSWORD}


def by_password():
    """What asks for the password in the same request."""
    yield "POST", "email/change/", {"email": "new@example.com", **OWN}
    yield "POST", "phone/change/", {"phone": "+40771694307", **OWN}
    if user_fields().username:
        yield "POST", "username/change/", {"username": "newname", **OWN}
    yield "POST", "password/change/", {"password": NEW, **OWN}
    yield "DELETE", "me/", OWN


def of_factors(user):
    """What changes factors."""
    begun = give_totp(user, confirmed=False, with_codes=False)
    yield "POST", f"factors/totp-{begun.factor.pk}/confirm/", {"code": begun.code()}
    yield "POST", "factors/totp/", {}
    yield "POST", "factors/email/", {}
    yield "POST", "factors/sms/", {}
    yield "POST", "factors/recovery-codes/", {}
    if mine := TotpFactor.objects.filter(user=user, confirmed=True).first():
        yield "DELETE", f"factors/totp-{mine.pk}/", {}


@pytest.fixture
def stale(api, clock):
    """A session that goes on a quarter of an hour later; a new access token."""

    def wait(tokens):
        clock.shift(15 * 60)
        answer = api("POST", "token/refresh/", {"refresh": tokens["refresh"]})
        assert answer.status_code == 200
        return answer.json()["access"]

    return wait


@pytest.fixture
def refused(api):
    """Each act is refused, and nothing of it happens."""

    def try_all(user, access, acts):
        before = type(user).objects.filter(pk=user.pk).values().get()
        for method, path, body in acts:
            answer = api(method, path, body, token=access)
            problem(answer, 403, "reauthentication_required")
        assert type(user).objects.filter(pk=user.pk).values().get() == before
        assert Account.objects.get(user=user.pk).failures == 0
        kinds = set(SecurityEvent.objects.values_list("kind", flat=True))
        assert not {"factor_added", "factor_removed", "password_changed"} & kinds

    return try_all


def test_staff_changes_no_credentials_of_its_own_by_a_stale_sign_in(
    api, make_user, make_role, stale, refused
):
    make_role("Manager", rights=["change_user"])
    manager = make_user("manager", groups=["Manager"])
    path = f"users/{manager.pk}/"
    access = stale(api.tokens(manager))
    said = [{"password": NEW}, {"email": "thief@example.com"}]
    refused(manager, access, [("PATCH", path, each) for each in said])
    harmless = {"email": manager.email, "is_active": True}
    assert api("PATCH", path, harmless, token=access).status_code == 200
    fresh = api.access(manager)
    assert api("PATCH", path, {"email": "own@example.com"}, token=fresh).status_code == 200


def test_staff_lets_no_role_off_by_a_stale_sign_in(api, make_superuser, make_role, stale):
    make_role("Cashier", require_mfa=True)
    root = make_superuser()
    access = stale(api.tokens(root))
    problem(
        api("PATCH", "roles/Cashier/", {"require_mfa": False}, token=access),
        403,
        "reauthentication_required",
    )
    assert RoleSettings.objects.get(role__name="Cashier").require_mfa
    # To ask for more needs none.
    stricter = {"require_mfa": True, "minimum_characters": 12}
    assert api("PATCH", "roles/Cashier/", stricter, token=access).status_code == 200
    fresh = api.access(root)
    answer = api("PATCH", "roles/Cashier/", {"require_mfa": False}, token=fresh)
    assert (answer.status_code, answer.json()["require_mfa"]) == (200, False)


def test_a_stale_sign_in_of_two_factors_does_nothing_that_matters(enrolled, enter, stale, refused):
    someone = enrolled()
    access = stale(enter(someone))
    refused(someone.user, access, [*by_password(), *of_factors(someone.user)])


def test_nor_does_a_recent_one_of_one_factor_whose_user_has_two(api, make_user, refused):
    user = make_user()
    access = api.access(user)
    acts = [*by_password(), *of_factors(user)]
    give_totp(user, with_codes=False)
    refused(user, access, acts)


def test_who_has_one_factor_changes_none_by_a_stale_sign_in(api, make_user, stale, refused):
    """What asks for the password shows it at that moment."""
    user = make_user()
    access = stale(api.tokens(user))
    refused(user, access, of_factors(user))
    change = {"password": NEW, **OWN}
    assert api("POST", "password/change/", change, token=access).status_code == 204


def test_after_both_are_shown_again_it_is_done(api, enrolled, enter, stale):
    someone = enrolled()
    access = stale(enter(someone))
    body = {**OWN, "code": someone.code()}
    answer = api("POST", "reauthenticate/", body, token=access)
    assert answer.status_code == 200
    payload = AccessToken(answer.json()["access"]).payload
    assert (payload["acr"], payload["amr"]) == ("2", ["pwd", "otp", "mfa"])
    access = answer.json()["access"]
    assert api("POST", "factors/totp/", {}, token=access).status_code == 201
    assert api("POST", "factors/recovery-codes/", {}, token=access).status_code == 200
    change = {"password": NEW, **OWN}
    assert api("POST", "password/change/", change, token=access).status_code == 204
    assert SecurityEvent.objects.filter(kind="reauthenticated").count() == 1


def test_the_former_refresh_token_is_spent_by_it(api, make_user, clock):
    tokens = api.tokens(make_user())
    answer = api("POST", "reauthenticate/", OWN, token=tokens["access"])
    new = answer.json()
    assert new["refresh"] != tokens["refresh"]
    assert AccessToken(new["access"]).payload["acr"] == "1"
    clock.shift(60)
    problem(api("POST", "token/refresh/", {"refresh": tokens["refresh"]}), 401, "refresh_reused")
    assert api("GET", "me/", token=new["access"]).status_code == 401


def test_who_leaves_the_code_out_is_told_which_there_are(api, enrolled, enter, stale):
    someone = enrolled()
    access = stale(enter(someone))
    for body in (OWN, {**OWN, "credential": {}}):
        answer = api("POST", "reauthenticate/", body, token=access)
        found = answer.json()
        assert (answer.status_code, found["code"]) == (403, "mfa_required")
        assert found["factors"] == ["totp", "recovery_code"]
        assert "challenge_token" not in found
    refusal = api("POST", "factors/totp/", {}, token=access)
    problem(refusal, 403, "reauthentication_required")


def test_neither_alone_is_enough_and_a_wrong_password_says_nothing_of_the_code(
    api, enrolled, enter, stale
):
    someone = enrolled()
    access = stale(enter(someone))
    right = someone.code()
    for code in (right, someone.wrong_code, None):
        body = {"current_password": "wrong horse", **({"code": code} if code else {})}
        answer = api("POST", "reauthenticate/", body, token=access)
        assert fields(answer) == {"current_password": "wrong_password"}
    answer = api("POST", "reauthenticate/", {"code": right}, token=access)
    assert fields(answer) == {"current_password": "required"}
    account = Account.objects.get(user=someone.user.pk)
    assert (account.failures, account.factor_tries) == (3, 0)
    body = {**OWN, "code": someone.wrong_code}
    problem(api("POST", "reauthenticate/", body, token=access), 400, "code_invalid")
    account.refresh_from_db()
    assert (account.failures, account.factor_tries) == (3, 1)
    assert not SecurityEvent.objects.filter(kind="reauthenticated").exists()
    # The code was not spent by any of them.
    body = {**OWN, "code": right}
    assert api("POST", "reauthenticate/", body, token=access).status_code == 200
    account.refresh_from_db()
    assert (account.failures, account.factor_tries) == (3, 1)


def test_the_code_of_another_shows_nothing(api, enrolled, enter, stale):
    ann, bob = enrolled(), enrolled()
    access = stale(enter(ann))
    for code in (bob.code(), bob.recovery_codes[0]):
        body = {**OWN, "code": code}
        problem(api("POST", "reauthenticate/", body, token=access), 400, "code_invalid")


def test_a_session_that_ended_shows_nothing_again(api, enrolled, enter):
    someone = enrolled()
    access = enter(someone)["access"]
    UserSession.objects.update(ended_at="2026-11-21T12:00:00Z", end_reason="signed_out")
    body = {**OWN, "code": someone.recovery_codes[0]}
    assert api("POST", "reauthenticate/", body, token=access).status_code == 401
    assert api("POST", "reauthenticate/", body).status_code == 401


def test_who_has_no_password_shows_the_second_factor_alone(api, enrolled, second_step, clock):
    someone = enrolled()
    someone.user.set_unusable_password()
    someone.user.save()
    ctx = RequestContext(now=timezone.now(), ip="192.0.2.1", user_agent="tests")
    first = open_session(ctx, user=someone.user, amr=("fed",))
    access = second_step(first.token, someone.code()).json()["access"]
    clock.shift(30)
    body = {"code": someone.code()}
    answer = api("POST", "reauthenticate/", {}, token=access)
    assert (answer.status_code, answer.json()["code"]) == (403, "mfa_required")
    answer = api("POST", "reauthenticate/", body, token=access)
    assert AccessToken(answer.json()["access"]).payload["amr"] == ["otp", "mfa"]


def test_what_is_no_code_is_named(api, enrolled, enter, clock):
    someone = enrolled()
    access = enter(someone)["access"]
    for code in (7, [someone.code()], {"x": 1}, True, None, "", "x" * 65, "a\0"):
        answer = api("POST", "reauthenticate/", {**OWN, "code": code}, token=access)
        assert fields(answer).keys() == {"code"}
    for credential in (7, [], "x", None):
        answer = api("POST", "reauthenticate/", {**OWN, "credential": credential}, token=access)
        assert fields(answer).keys() == {"credential"}
