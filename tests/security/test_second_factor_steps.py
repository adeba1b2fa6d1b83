"""Ways around the second step by the step itself (ATTACKS row 30): whose token, when, how often,
and what happened between the two."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import TestCase

from jwt_accounts.flows.lock_account import end_sessions, lock_account
from jwt_accounts.models import Account, Challenge, UserSession
from jwt_accounts.signals import signed_in
from jwt_accounts.types import RequestContext
from tests.api.conftest import fields, problem
from tests.conftest import PASSWORD, identifier_of
from tests.second_factors import NOON

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.core,
    pytest.mark.once,
    pytest.mark.usefixtures("clock"),
]

NEW = "another horse battery"
CTX = RequestContext(now=NOON, ip="192.0.2.1", user_agent="tests")


def wrong_password(api, user, number=1):
    for _ in range(number):
        api("POST", "sign-in/", {"identifier": identifier_of(user), "password": "wrong"})


def test_the_first_step_gives_no_session_and_nothing_of_the_user(api, enrolled):
    someone = enrolled("ann")
    answer = api.sign_in(someone.user)
    body = answer.json()
    assert set(body) - {"type", "title", "detail"} == {
        *("status", "code", "challenge_token", "expires_in", "factors")
    }
    assert (body["expires_in"], body["factors"]) == (300, ["totp", "recovery_code"])
    assert not answer.cookies
    assert "ann@" not in answer.content.decode()
    assert not UserSession.objects.exists()


def test_no_code_at_all_is_no_try(api, enrolled, first_step):
    token = first_step(enrolled().user)
    left = Challenge.objects.get().tries_left
    refusal = api("POST", "sign-in/second-step/", {"challenge_token": token})
    assert fields(refusal) == {"code": "required"}
    assert Challenge.objects.get().tries_left == left


def test_nobody_has_signed_in_before_the_second_step(enrolled, first_step, second_step):
    someone, heard = enrolled(), []

    def hear(**kept):
        heard.append(kept["session"].methods)

    signed_in.connect(hear)
    try:
        with TestCase.captureOnCommitCallbacks(execute=True):
            token = first_step(someone.user)
        someone.user.refresh_from_db()
        assert (heard, someone.user.last_login) == ([], None)
        with TestCase.captureOnCommitCallbacks(execute=True):
            second_step(token, someone.code())
    finally:
        signed_in.disconnect(hear)
    someone.user.refresh_from_db()
    assert (heard, someone.user.last_login) == ([["pwd", "otp", "mfa"]], NOON)


def test_the_token_opens_no_other_door(api, enrolled, first_step):
    token = first_step(enrolled().user)
    problem(api("GET", "me/", token=token), 401, "token_invalid")
    problem(api("POST", "token/refresh/", {"refresh": token}), 401, "token_invalid")
    problem(api("POST", "token/verify/", {"token": token}), 401, "token_invalid")
    problem(api("POST", "email/confirm/", {"token": token}), 404, "link_invalid")
    body = {"token": token, "password": NEW}
    assert api("POST", "password/set/", body).status_code == 404
    for path in ("factors/totp/", "reauthenticate/", "email/change/", "password/change/"):
        problem(api("POST", path, {}, token=token), 401, "token_invalid")
    # To revoke what is no token is no error, and does nothing.
    api("POST", "token/revoke/", {"token": token})
    assert Challenge.objects.get(purpose="second_step").used_at is None
    assert not UserSession.objects.exists()


def test_it_is_for_its_user_alone(enrolled, first_step, second_step):
    ann, bob = enrolled(), enrolled()
    token = first_step(ann.user)
    for code in (bob.code(), bob.recovery_codes[0]):
        problem(second_step(token, code), 400, "code_invalid")
    assert not UserSession.objects.exists()
    assert second_step(token, ann.code()).status_code == 200
    assert set(UserSession.objects.values_list("user", flat=True)) == {ann.user.pk}


@pytest.mark.parametrize(("seconds", "status"), [(299, 200), (300, 404), (301, 404), (86400, 404)])
def test_it_lives_five_minutes(enrolled, first_step, second_step, clock, seconds, status):
    someone = enrolled()
    token = first_step(someone.user)
    clock.shift(seconds)
    assert second_step(token, someone.code()).status_code == status
    assert UserSession.objects.exists() is (status == 200)


def test_it_is_good_once_with_whatever_right_code(enrolled, first_step, second_step, clock):
    someone = enrolled()
    token = first_step(someone.user)
    assert second_step(token, someone.code()).status_code == 200
    clock.shift(60)
    for code in (someone.code(), someone.recovery_codes[0]):
        problem(second_step(token, code), 404, "challenge_invalid")
    assert UserSession.objects.count() == 1
    # A code that came too late is not spent by it.
    assert second_step(first_step(someone.user), someone.recovery_codes[0]).status_code == 200


def test_a_tampered_one_is_none(enrolled, first_step, second_step):
    ann, bob = enrolled(), enrolled()
    token, other = first_step(ann.user), first_step(bob.user)
    (key, secret), (other_key, _) = token.split("."), other.split(".")
    last = "0" if secret[-1] != "0" else "1"
    forged = [
        f"{other_key}.{secret}",
        f"{key}.{secret[:-1]}{last}",
        f"{key}.{secret.upper()}" if secret.upper() != secret else f"{key}.x",
        *(key, f"{key}.", f".{secret}", f"{secret}.{key}", f"{token}.", f"{token}0"),
    ]
    for each in forged:
        problem(second_step(each, bob.code()), 404, "challenge_invalid")
    assert second_step(token, ann.code()).status_code == 200


def change_password(api, someone):
    user = get_user_model().objects.get(pk=someone.user.pk)
    user.set_password(NEW)
    user.save()


def lose_the_password(api, someone):
    get_user_model().objects.filter(pk=someone.user.pk).update(password="!unusable")


def deactivate(api, someone):
    get_user_model().objects.filter(pk=someone.user.pk).update(is_active=False)


def delete(api, someone):
    get_user_model().objects.get(pk=someone.user.pk).delete()


def lock_by_staff(api, someone):
    lock_account(CTX, actor=superuser(), user_id=str(someone.user.pk))


def sign_out_by_staff(api, someone):
    end_sessions(CTX, actor=superuser(), user_id=str(someone.user.pk))


def lock_row(api, someone):
    """As the admin's page does, or a host's own SQL."""
    Account.objects.filter(user=someone.user.pk).update(staff_locked_at=NOON)


def lock_by_failures(api, someone):
    wrong_password(api, someone.user, 5)


def superuser():
    model = get_user_model()
    user = model(is_superuser=True, email="root@example.com")
    setattr(user, model.USERNAME_FIELD, "root@example.com")
    user.save()
    return user


@pytest.mark.parametrize(
    "event",
    [
        *(change_password, lose_the_password, deactivate, delete),
        *(lock_by_staff, sign_out_by_staff, lock_row, lock_by_failures),
    ],
)
def test_what_would_have_ended_a_session_ends_the_step(
    api, enrolled, first_step, second_step, event
):
    someone = enrolled()
    token = first_step(someone.user)
    event(api, someone)
    for code in (someone.code(), someone.recovery_codes[0]):
        assert second_step(token, code).status_code in {404, 423}
    assert not UserSession.objects.exists()


def test_who_signs_out_everywhere_else_ends_steps_that_wait(
    api, enrolled, first_step, second_step, enter, clock
):
    someone = enrolled()
    access = enter(someone)["access"]
    clock.shift(60)
    token = first_step(someone.user)
    assert api("DELETE", "sessions/", token=access).status_code == 204
    problem(second_step(token, someone.code()), 404, "challenge_invalid")
    assert second_step(first_step(someone.user), someone.code()).status_code == 200


def test_a_lock_between_the_steps_is_told_and_over_with_its_end(
    api, enrolled, first_step, second_step
):
    someone = enrolled()
    token = first_step(someone.user)
    lock_by_failures(api, someone)
    problem(second_step(token, someone.code()), 423, "account_locked")
    body = {"challenge_token": token, "factor": "email"}
    problem(api("POST", "sign-in/second-step/send/", body), 423, "account_locked")
    Account.objects.update(failures=0, locked_at=None, locked_until=None)
    assert second_step(token, someone.code()).status_code == 200


def test_neither_count_is_taken_back_by_the_other_step(api, enrolled, first_step, second_step):
    someone = enrolled()
    row = Account.objects.filter(user=someone.user.pk)
    wrong_password(api, someone.user, 3)
    token = first_step(someone.user)
    assert row.values_list("failures", "factor_tries").get() == (3, 0)
    problem(second_step(token, someone.wrong_code), 400, "code_invalid")
    assert row.values_list("failures", "factor_tries").get() == (3, 1)
    wrong_password(api, someone.user)
    assert row.values_list("failures", "factor_tries").get() == (4, 1)
    first_step(someone.user)
    assert row.values_list("failures", "factor_tries").get() == (4, 1)
    # A whole sign-in makes the wrong passwords forgotten, and no wrong code.
    assert second_step(token, someone.code()).status_code == 200
    assert row.values_list("failures", "factor_tries").get() == (0, 1)


def test_steps_of_one_user_do_not_take_each_others_place(enrolled, first_step, second_step, clock):
    """Who knows the password does not keep the owner out by beginning again and again."""
    someone = enrolled()
    mine = first_step(someone.user)
    others = [first_step(someone.user) for _ in range(5)]
    assert second_step(mine, someone.code()).status_code == 200
    clock.shift(30)
    assert second_step(others[-1], someone.code()).status_code == 200


def test_the_password_that_must_be_changed_comes_after_the_factor(
    api, enrolled, first_step, second_step, clock
):
    someone = enrolled()
    Account.objects.filter(user=someone.user.pk).update(must_change_password=True)
    token = first_step(someone.user)  # told nothing of it yet
    problem(second_step(token, someone.wrong_code), 400, "code_invalid")
    body = second_step(token, someone.code()).json()
    assert (body["code"], body["reason"]) == ("password_expired", "demanded")
    assert not UserSession.objects.exists()
    problem(second_step(token, someone.recovery_codes[0]), 404, "challenge_invalid")
    new = {"token": body["change_token"], "password": NEW}
    assert api("POST", "password/set/", new).status_code == 204
    # The new password is no way around the factor.
    clock.shift(30)
    token = first_step(someone.user, NEW)
    assert second_step(token, someone.code()).status_code == 200


def test_staff_demands_a_new_password_between_the_steps(api, enrolled, first_step, second_step):
    someone = enrolled()
    token = first_step(someone.user)
    Account.objects.filter(user=someone.user.pk).update(must_change_password=True)
    assert second_step(token, someone.code()).json()["code"] == "password_expired"
    assert not UserSession.objects.exists()


def test_who_lost_the_factor_between_the_steps_begins_again(enrolled, first_step, second_step, api):
    someone = enrolled()
    token = first_step(someone.user)
    someone.factor.delete()
    problem(second_step(token, someone.code()), 400, "code_invalid")
    assert api.sign_in(someone.user, PASSWORD).status_code == 200
