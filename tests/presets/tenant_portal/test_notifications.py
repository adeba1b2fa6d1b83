"""``notifications/``: what is told to whom, and reading it."""

from __future__ import annotations

import pytest

from tests.conftest import PASSWORD
from tests.presets.tenant_portal.conftest import pk_of

pytestmark = pytest.mark.django_db


def told(portal, user, query=""):
    return portal("GET", f"notifications/{query}", as_=user).json()


def kinds(body):
    return [each["kind"] for each in body["results"]]


@pytest.fixture
def three(portal, ann, ben):
    """Ben was commented on three times."""
    for n in range(3):
        portal("POST", f"users/{pk_of(ben)}/comments/", {"text": f"{n}"}, as_=ann)
    return [each["id"] for each in told(portal, ben)["results"]]


def test_a_comment_is_told_to_whom_it_is_about_alone(portal, ann, ben, three):
    body = told(portal, ben)
    assert (body["count"], body["unread_count"]) == (3, 3)
    assert body["results"][0]["text"] == "ann commented on you."
    assert told(portal, ann)["count"] == 0


def test_a_new_client_a_new_password_and_a_lock_are_told(portal, ben):
    token = portal.token(ben)
    assert told(portal, ben)["count"] == 0
    portal.client.defaults |= {"REMOTE_ADDR": "198.51.100.9", "HTTP_USER_AGENT": "another"}
    portal.log_in("ben")
    assert kinds(told(portal, ben)) == ["new_client"]
    assert told(portal, ben)["results"][0]["data"] == {
        "ip": "198.51.100.9",
        "user_agent": "another",
    }
    new = {"new_password1": "a new staple horse", "new_password2": "a new staple horse"}
    portal("POST", "password/change/", {"old_password": PASSWORD, **new}, token=token)
    for _ in range(5):
        portal.log_in("ben", "wrong horse")
    found = kinds(portal("GET", "notifications/", token=token).json())
    assert sorted(found) == ["account_locked", "new_client", "password_changed"]


def test_one_is_read_or_all_of_them(portal, ben, three):
    one = portal("POST", f"notifications/{three[0]}/read/", as_=ben)
    assert (one.status, one.json()) == (200, {"unread_count": 2})
    assert portal("POST", f"notifications/{three[0]}/read/", as_=ben).json() == one.json()
    body = told(portal, ben, "?unread=1")
    assert ([each["id"] for each in body["results"]], body["count"]) == (three[1:], 2)
    assert portal("GET", "notifications/unread_count/", as_=ben).json() == {"unread_count": 2}
    assert portal("POST", "notifications/read/", as_=ben).json() == {"unread_count": 0}
    body = told(portal, ben)
    assert (body["count"], body["unread_count"]) == (3, 0)
    assert all(each["read"] for each in body["results"])


def test_pages_keep_whether_only_unread_ones_are_asked_for(portal, ben, three):
    body = told(portal, ben, "?unread=1&page_size=2")
    assert body["next"] == "/api/notifications/?unread=1&page_size=2&page=2"
    assert len(told(portal, ben, "?unread=1&page_size=2&page=2")["results"]) == 1


@pytest.mark.parametrize("id_", ["nobody", "0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f", "1", "%00"])
def test_what_is_not_there_is_404(portal, ben, id_):
    answer = portal("POST", f"notifications/{id_}/read/", as_=ben)
    assert (answer.status, list(answer.json())) == (404, ["detail"])


def test_anothers_stays_unread(portal, ann, ben, three):
    assert portal("POST", f"notifications/{three[0]}/read/", as_=ann).status == 404
    assert portal("POST", "notifications/read/", as_=ann).status == 200
    assert told(portal, ben)["unread_count"] == 3
