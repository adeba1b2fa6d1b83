"""``page`` and ``page_size``; ``count``, ``next``, ``previous`` and ``results``."""

from __future__ import annotations

import pytest

from jwt_accounts.contrib.tenants.models import Membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def seven(acme, ann, make_member):
    """Seven users of acme, ann among them."""
    return [ann, *(make_member(acme, f"member{n}") for n in range(6))]


def test_following_next_shows_everybody_once_and_previous_leads_back(portal, ann, seven):
    path, seen, pages = "users/?page_size=3", [], []
    while path:
        body = portal("GET", path, as_=ann).json()
        assert list(body) == ["count", "next", "previous", "results"]
        assert body["count"] == 7
        seen += [user["username"] for user in body["results"]]
        pages.append(body)
        path = (body["next"] or "").removeprefix("/api/")
    assert sorted(seen) == sorted(user.username for user in seven)
    assert [len(body["results"]) for body in pages] == [3, 3, 1]
    assert [body["previous"] for body in pages] == [
        None,
        "/api/users/?page_size=3&page=1",
        "/api/users/?page_size=3&page=2",
    ]
    back = portal("GET", pages[2]["previous"].removeprefix("/api/"), as_=ann).json()
    assert back == pages[1]


def test_links_keep_the_search_and_what_else_was_asked(portal, ann, seven):
    path = "users/?search=m%26mber&page_size=2&x=%C3%A4"
    assert portal("GET", path, as_=ann).json()["count"] == 0
    body = portal("GET", "users/?search=member&page_size=2&page=2&x=%C3%A4", as_=ann).json()
    assert body["next"] == "/api/users/?search=member&page_size=2&page=3&x=%C3%A4"
    assert body["previous"] == "/api/users/?search=member&page_size=2&page=1&x=%C3%A4"
    assert (body["count"], len(body["results"])) == (6, 2)


def test_no_host_goes_into_a_link(portal, ann, seven):
    token = portal.token(ann)
    body = portal("GET", "users/?page_size=3", token=token, host="localhost").json()
    assert body["next"] == "/api/users/?page_size=3&page=2"


@pytest.mark.parametrize("search", ["MEMBER1", "member1@example", "ember1"])
def test_a_search_finds_a_part_of_a_name_or_of_an_address(portal, ann, seven, search):
    body = portal("GET", f"users/?search={search}", as_=ann).json()
    assert [user["username"] for user in body["results"]] == ["member1"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=two", "page"),
        ("page=1.5", "page"),
        ("page=%D9%A1", "page"),
        ("page=99999999999999999999", "page"),
        ("page_size=0", "page_size"),
        ("page_size=all", "page_size"),
        ("search=%00", "search"),
        (f"search={'a' * 300}", "search"),
    ],
)
def test_what_is_no_page_is_400_and_named(portal, ann, query, told):
    answer = portal("GET", f"users/?{query}", as_=ann)
    assert (answer.status, list(answer.json())) == (400, [told])


@pytest.mark.parametrize("path", ["users/", "notifications/", "users/{pk}/comments/"])
def test_a_page_behind_the_last_is_404_and_the_first_is_always_there(portal, ann, path):
    pk = portal.log_in("ann").json()["user"]["pk"]
    where = path.format(pk=pk)
    assert portal("GET", f"{where}?page=1", as_=ann).status == 200
    behind = portal("GET", f"{where}?page=2", as_=ann)
    assert (behind.status, behind.json()) == (404, {"detail": "There is no such page."})
    assert portal("GET", f"{where}?page=10000000&page_size=200", as_=ann).status == 404


def test_a_page_has_fifty_and_at_most_two_hundred(portal, ann, acme, make_user, ctx):
    users = [make_user(f"crowd{n}", password=None) for n in range(204)]
    Membership.objects.bulk_create(
        [Membership(tenant=acme, user=user, joined_at=ctx.now) for user in users]
    )
    for query, number in (("", 50), ("?page_size=", 50), ("?page_size=1000", 200)):
        body = portal("GET", f"users/{query}", as_=ann).json()
        assert (len(body["results"]), body["count"]) == (number, 205)


def test_who_is_switched_off_is_listed_to_nobody(portal, ann, ben):
    ben.is_active = False
    ben.save()
    body = portal("GET", "users/", as_=ann).json()
    assert [user["username"] for user in body["results"]] == ["ann"]
    assert body["count"] == 1
