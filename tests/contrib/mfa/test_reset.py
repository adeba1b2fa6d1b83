"""Staff takes away the factors of who has lost them all: who may, and what follows."""

from __future__ import annotations

import pytest

from jwt_accounts.contrib.mfa.models import RecoveryCode, TotpFactor
from jwt_accounts.models import SecurityEvent
from jwt_accounts.second_factors import user_has_factor
from tests.api.conftest import problem
from tests.conftest import NO_KEY
from tests.letters import letters
from tests.second_factors import give_totp

pytestmark = [pytest.mark.django_db, pytest.mark.core]

RIGHT = "jwt_accounts.reset_factors"


@pytest.fixture
def helper(make_user, make_role):
    """May take factors away, and nothing else."""
    make_role("Helpdesk", rights=[RIGHT])
    return make_user("helper", groups=["Helpdesk"])


def reset(api, user, access):
    return api("DELETE", f"users/{user.pk}/factors/", token=access)


def test_all_is_gone_the_user_is_signed_out_told_and_signs_in_by_the_password(
    api, enrolled, helper, enter
):
    someone, other = enrolled(), enrolled()
    theirs = enter(someone)
    access = api.access(helper)
    answers = []
    told = letters(lambda: answers.append(reset(api, someone.user, access)))
    assert (answers[0].status_code, answers[0].content) == (204, b"")
    assert [(each.to, each.about) for each in told] == [
        (someone.user.email, "factors_reset_by_staff")
    ]
    assert not user_has_factor(someone.user)
    assert set(RecoveryCode.objects.values_list("user", flat=True)) == {other.user.pk}
    assert api("GET", "me/", token=theirs["access"]).status_code == 401
    refused = api("POST", "token/refresh/", {"refresh": theirs["refresh"]})
    problem(refused, 401, "session_ended")
    event = SecurityEvent.objects.get(kind="factors_reset_by_staff")
    assert (event.user_id, event.actor_id, event.details) == (
        someone.user.pk,
        helper.pk,
        {"factors": 1},
    )
    assert api.sign_in(someone.user).status_code == 200
    assert user_has_factor(other.user)


def test_what_waited_for_a_factor_or_for_its_set_up_is_over(
    api, enrolled, root, make_role, make_user, first_step, second_step
):
    """A token from before the factor must not set up another one in its place."""
    user = make_user(groups=[make_role("Cashier", require_mfa=True).name])
    kept = problem_of(api.sign_in(user), "mfa_enrolment_required")["challenge_token"]
    someone = give_totp(user)
    token = first_step(user)
    assert reset(api, user, api.access(root)).status_code == 204
    problem(second_step(token, someone.code()), 404, "challenge_invalid")
    answer = api("POST", "sign-in/enrol/", {"challenge_token": kept, "type": "totp"})
    problem(answer, 404, "challenge_invalid")


def test_whose_role_asks_for_one_sets_one_up_at_the_next_sign_in(api, enrolled, root, make_role):
    someone = enrolled()
    someone.user.groups.add(make_role("Cashier", require_mfa=True))
    assert reset(api, someone.user, api.access(root)).status_code == 204
    problem_of(api.sign_in(someone.user), "mfa_enrolment_required")


def test_who_lacks_the_right_takes_nothing_away(api, enrolled, make_user, make_role):
    someone = enrolled()
    make_role("Manager", rights=["change_user", "view_user", "jwt_accounts.unlock_account"])
    for groups in ([], ["Manager"]):
        access = api.access(make_user(groups=groups))
        problem(reset(api, someone.user, access), 403, "forbidden")
        problem(api("GET", f"users/{someone.user.pk}/factors/", token=access), 403, "forbidden")
    problem(api("DELETE", f"users/{someone.user.pk}/factors/"), 401, "not_authenticated")
    assert TotpFactor.objects.count() == 1


def test_nobody_reaches_above_themselves(api, enrolled, helper, make_role, root):
    make_role("Strong", rights=["delete_user"])
    stronger = enrolled(groups=["Strong"])
    staff = enrolled(is_staff=True)
    access = api.access(helper)
    for someone in (stronger, staff):
        if someone is staff and not hasattr(staff.user, "is_staff"):
            continue
        problem(reset(api, someone.user, access), 403, "forbidden")
        answer = api("GET", f"users/{someone.user.pk}/factors/", token=access)
        problem(answer, 403, "forbidden")
        assert user_has_factor(someone.user)
    assert reset(api, stronger.user, api.access(root)).status_code == 204


def test_nobody_takes_away_their_own_at_once(api, enrolled, make_role, enter):
    make_role("Helpdesk", rights=[RIGHT])
    someone = enrolled(groups=["Helpdesk"])
    access = enter(someone)["access"]
    problem(reset(api, someone.user, access), 403, "forbidden")
    assert user_has_factor(someone.user)


def test_it_asks_for_a_recent_sign_in_with_all_factors_there_are(api, enrolled, helper, clock):
    someone = enrolled()
    tokens = api.tokens(helper)
    clock.shift(11 * 60)
    access = api("POST", "token/refresh/", {"refresh": tokens["refresh"]}).json()["access"]
    problem(reset(api, someone.user, access), 403, "reauthentication_required")
    # And a recent one of one factor is none, where the helper has a second one.
    access = api.access(helper)
    give_totp(helper)
    problem(reset(api, someone.user, access), 403, "reauthentication_required")
    assert user_has_factor(someone.user)


def test_who_may_sees_what_there_is(api, enrolled, helper):
    someone = enrolled()
    answer = api("GET", f"users/{someone.user.pk}/factors/", token=api.access(helper))
    assert answer.json()["recovery_codes_left"] == 10
    assert [(each["type"], each["name"]) for each in answer.json()["factors"]] == [
        ("totp", "phone")
    ]
    assert someone.secret not in answer.content.decode()


def test_who_is_nobody_is_not_found(api, helper):
    access = api.access(helper)
    for key in (NO_KEY, 0, "x", "%00", "9" * 40, "-1"):
        for method in ("GET", "DELETE"):
            problem(api(method, f"users/{key}/factors/", token=access), 404, "not_found")


def test_who_has_none_loses_none(api, user, helper):
    assert reset(api, user, api.access(helper)).status_code == 204


def problem_of(answer, code):
    assert (answer.status_code, answer.json()["code"]) == (403, code)
    return answer.json()
