"""``users/ID/invite/`` and deleting a user: what staff does at the two ends of an account."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from jwt_accounts.models import Account
from tests.api.conftest import fields, problem
from tests.letters import FRONT, letter, letters
from tests.recovery import NEW

pytestmark = pytest.mark.django_db

core = pytest.mark.core

ANN = {"username": "ann", "email": "ann@example.com"}


@pytest.fixture
def access(api, manager):
    return api.access(manager)


@pytest.fixture
def ann(api, access):
    """The id of somebody whom staff made, without a password."""
    return api("POST", "users/", ANN, token=access).json()["id"]


def invite(api, access, user_id):
    return api("POST", f"users/{user_id}/invite/", token=access)


@core
@pytest.mark.parametrize("mode", ["open", "invitation"])
def test_who_is_invited_chooses_a_password_and_signs_in(api, access, ann, settings, mode):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "REGISTRATION": mode}
    answers = []
    found = letter(lambda: answers.append(invite(api, access, ann)))
    assert [(each.status_code, each.content) for each in answers] == [(202, b"")]
    assert (found.to, found.about) == ("ann@example.com", "invitation")
    assert found.link == f"{FRONT}accept-invitation#{found.token}"
    body = {"token": found.token, "password": NEW}
    assert api("POST", "password/set/", body).status_code == 204
    right = {"identifier": "ann@example.com", "password": NEW}
    assert api("POST", "sign-in/", right).json()["user"]["email_confirmed"] is True
    problem(api("POST", "password/set/", body), 404, "reset_invalid")


def test_a_second_one_at_once_is_not_sent_and_the_answer_does_not_say(api, access, ann):
    letters(lambda: invite(api, access, ann))
    answers = []
    assert letters(lambda: answers.append(invite(api, access, ann))) == []
    assert answers[0].status_code == 202


def test_who_has_a_password_is_not_invited(api, access, user):
    assert set(fields(invite(api, access, user.pk))) == {"password"}


def test_who_has_no_address_is_not_invited(api, access, make_user):
    user = make_user("bob", email="", password=None)
    assert set(fields(invite(api, access, user.pk))) == {"email"}


@pytest.mark.parametrize("by", ["is_active", "staff_locked_at"])
def test_whom_staff_disabled_is_not_invited(api, ctx, access, ann, by):
    if by == "is_active":
        get_user_model().objects.filter(pk=ann).update(is_active=False)
    else:
        Account.objects.filter(pk=ann).update(staff_locked_at=ctx.now)
    problem(invite(api, access, ann), 403, "forbidden")


def test_where_registration_is_closed_nobody_is_invited(api, access, ann, settings):
    settings.JWT_ACCOUNTS = {"REGISTRATION": "closed"}
    problem(invite(api, access, ann), 403, "registration_closed")


def test_without_a_front_end_nobody_is_invited(api, access, ann, settings):
    """The link would lead nowhere."""
    settings.JWT_ACCOUNTS = {}
    problem(invite(api, access, ann), 403, "forbidden")


@core
def test_who_may_not_is_told_so(api, access, ann, user):
    problem(invite(api, "", ann), 401, "not_authenticated")
    other = api.access(user)
    problem(invite(api, other, ann), 403, "forbidden")
    problem(api("DELETE", f"users/{ann}/", token=access), 403, "forbidden")
    problem(invite(api, access, "nobody"), 404, "not_found")
    assert invite(api, access, ann).status_code == 202


@core
def test_a_user_is_deleted_by_who_may(api, root, user):
    access = api.access(root)
    answers = []
    found = letters(lambda: answers.append(api("DELETE", f"users/{user.pk}/", token=access)))
    assert [(each.to, each.about) for each in found] == [(user.email, "account_deleted")]
    assert [(each.status_code, each.content) for each in answers] == [(204, b"")]
    problem(api("GET", f"users/{user.pk}/", token=access), 404, "not_found")
    problem(api("DELETE", f"users/{user.pk}/", token=access), 404, "not_found")
    problem(api("DELETE", f"users/{root.pk}/", token=access), 403, "forbidden")  # see ``me/``
