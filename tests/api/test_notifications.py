"""Notifications over contract zero: listed, counted, marked as read."""

from __future__ import annotations

from uuid import uuid4

import pytest

from jwt_accounts.contrib.notifications.flows import notify
from jwt_accounts.contrib.notifications.models import Notification
from jwt_accounts.contrib.notifications.policy import Kind
from tests.api.conftest import fields, problem
from tests.clock import later

pytestmark = pytest.mark.django_db
core = pytest.mark.core


@pytest.fixture
def access(api, user):
    return api.access(user)


@pytest.fixture
def tell(ctx, user):
    """Notifications of the user, one a minute, the last one first."""

    def make(number=1, **values):
        for minute in range(number):
            at = later(ctx, minutes=minute)
            notify(at, user=user, **{"kind": Kind.PASSWORD_CHANGED, **values})
        return [
            str(key)
            for key in Notification.objects.order_by("-created_at").values_list("pk", flat=True)
        ]

    return make


def listed(api, access, query=""):
    response = api("GET", f"notifications/{query}", token=access)
    assert response.status_code == 200, response.content
    return response.json()


@core
def test_one_reads_what_one_was_told(ctx, api, access, tell):
    (key,) = tell(data={"ip": "192.0.2.7", "user_agent": "phone"})
    assert listed(api, access) == {
        "count": 1,
        "next": None,
        "previous": None,
        "results": [
            {
                "id": key,
                "kind": "password_changed",
                "text": "Your password was changed.",
                "data": {"ip": "192.0.2.7", "user_agent": "phone"},
                "created_at": f"{ctx.now:%Y-%m-%dT%H:%M:%SZ}",
                "read": False,
            }
        ],
        "unread": 1,
    }


def test_pages_follow_one_another(api, access, tell):
    keys = tell(5)
    seen, path = [], "?page_size=2"
    while path:
        page = listed(api, access, path[path.index("?") :])
        assert (page["count"], page["unread"]) == (5, 5)
        seen += [each["id"] for each in page["results"]]
        path = page["next"]
    assert seen == keys
    problem(api("GET", "notifications/?page=9", token=access), 404, "not_found")
    wrong = api("GET", "notifications/?page=0", token=access)
    assert fields(wrong) == {"page": "invalid"}


@core
def test_one_is_read_and_then_all(api, access, tell):
    first, second, third = tell(3)
    for _ in range(2):
        done = api("POST", f"notifications/{second}/read/", token=access)
        assert (done.status_code, done.content) == (204, b"")
    unread = listed(api, access, "?unread=1")
    assert [each["id"] for each in unread["results"]] == [first, third]
    assert (unread["count"], unread["unread"], listed(api, access)["count"]) == (2, 2, 3)
    for number in (2, 0):
        assert api("POST", "notifications/read/", token=access).json() == {"marked": number}
    assert listed(api, access)["unread"] == 0


@core
def test_nobody_reads_or_marks_anothers(api, make_user, tell):
    (key,) = tell()
    other = api.access(make_user("other"))
    assert listed(api, other)["count"] == 0
    there = api("POST", f"notifications/{key}/read/", token=other)
    problem(there, 404, "not_found")
    nowhere = api("POST", f"notifications/{uuid4()}/read/", token=other)
    assert there.content == nowhere.content
    assert api("POST", "notifications/read/", token=other).json() == {"marked": 0}
    assert Notification.objects.get().read_at is None


def test_what_belongs_to_a_tenant_is_not_shown_here(api, access, tell):
    (key,) = tell(kind=Kind.COMMENT, scope="north")
    assert listed(api, access)["unread"] == listed(api, access)["count"] == 0
    problem(api("POST", f"notifications/{key}/read/", token=access), 404, "not_found")
    assert api("POST", "notifications/read/", token=access).json() == {"marked": 0}


@pytest.mark.parametrize("key", ["nobody", "1", "%00", "9" * 70])
def test_what_is_no_id_is_not_found(api, access, key):
    problem(api("POST", f"notifications/{key}/read/", token=access), 404, "not_found")


@core
def test_each_wants_a_live_session(api, access):
    calls = [
        ("GET", "notifications/"),
        ("POST", "notifications/read/"),
        ("POST", f"notifications/{uuid4()}/read/"),
    ]
    for method, path in calls:
        problem(api(method, path), 401, "not_authenticated")
    api("POST", "sign-out/", token=access)
    for method, path in calls:
        problem(api(method, path, token=access), 401, "session_ended")
