"""``users``: the documented array, and pages of it where they are asked for."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth import get_user_model

from tests.sql import statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def listing(office):
    """The names in the order in which they are shown."""

    def get(query: str = "", **environ):
        response = office("GET", f"users?{query}", as_="admin", **environ)
        assert response.status_code == 200, response.content
        return [user["username"] for user in response.json()]

    return get


@pytest.fixture
def crowd(office):
    """Seventy more, made elsewhere and in one go."""
    model = get_user_model()
    model.objects.bulk_create(model(username=f"crowd{number:03}") for number in range(70))


def test_without_parameters_it_is_everybody_in_the_order_of_their_ids(office, crowd):
    response = office("GET", "users", as_="admin")
    assert "Link" not in response
    ids = [user["id"] for user in response.json()]
    assert ids == sorted(get_user_model().objects.values_list("pk", flat=True))
    assert len(ids) == 76


def test_it_costs_as_many_queries_for_many_as_for_few(office, crowd):
    office.log_in("admin")
    office("GET", "users", as_="admin")
    with statements() as many:
        office("GET", "users", as_="admin")
    get_user_model().objects.filter(username__startswith="crowd").delete()
    with statements() as few:
        office("GET", "users", as_="admin")
    assert len(many) == len(few) <= 3


def test_ten_thousand_users_cost_no_more_queries(office):
    model = get_user_model()
    model.objects.bulk_create(
        (model(username=f"crowd{number}") for number in range(10_000)), batch_size=1000
    )
    office("GET", "users?page=1", as_="admin")
    with statements() as asked:
        response = office("GET", "users", as_="admin")
    assert len(response.json()) == 10_006
    assert len(asked) <= 3


def test_a_page_is_an_array_too(listing, crowd):
    assert len(listing("page=1")) == 50
    assert len(listing("page=2")) == 26
    assert listing("page=3") == []


def test_page_after_page_shows_everybody_once(listing, crowd):
    pages = [listing(f"page={number}&page_size=10") for number in range(1, 9)]
    assert [len(page) for page in pages] == [10] * 7 + [6]
    assert [name for page in pages for name in page] == listing()


def test_page_size_alone_is_the_first_page(listing, crowd):
    assert listing("page_size=7") == listing()[:7]


def link(response) -> dict[str, str]:
    return {name: url for url, name in re.findall(r'<([^>]*)>; rel="(\w+)"', response["Link"])}


def test_a_header_leads_to_the_neighbouring_pages(office, crowd):
    response = office("GET", "users?page=2&page_size=30&search=crowd", as_="admin")
    found = link(response)
    assert set(found) == {"prev", "next"}
    following = office("GET", found["next"].removeprefix("/authentication/"), as_="admin")
    assert len(following.json()) == 10
    assert set(link(following)) == {"prev"}
    first = office("GET", found["prev"].removeprefix("/authentication/"), as_="admin")
    assert set(link(first)) == {"next"}
    back = office("GET", link(first)["next"].removeprefix("/authentication/"), as_="admin")
    assert back.json() == response.json()


def test_nothing_of_what_a_client_says_about_the_host_is_in_it(office, crowd):
    headers = {"HTTP_HOST": "localhost", "HTTP_X_FORWARDED_HOST": "evil.example"}
    response = office("GET", "users?page=1", as_="admin", **headers)
    assert link(response)["next"].startswith("/authentication/users?")


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("euro", ["eurogames"]),
        ("EURO", ["eurogames"]),
        ("sean%20paul", ["eurogames"]),
        ("egt.com", ["eurogames"]),
        ("0771694", ["eurogames"]),
        ("a", ["eurogames", "admin", "manager", "attendant", "expired", "stranger"]),
        ("%25", []),
        ("_", []),
        ("%27%20OR%201=1%20--", []),
        ("no-such-user", []),
    ],
)
def test_a_search_finds_part_of_a_name_an_address_or_a_number(listing, search, found):
    assert listing(f"search={search}") == found


def test_a_search_and_a_page_go_together(listing, crowd):
    assert listing("search=crowd&page=2&page_size=3") == ["crowd003", "crowd004", "crowd005"]


def test_an_empty_parameter_is_as_if_it_were_not_sent(listing, crowd):
    assert listing("search=") == listing()
    assert listing("page=&page_size=") == listing("page=1")


@pytest.mark.parametrize("name", ["page", "page_size"])
@pytest.mark.parametrize(
    "value",
    [
        "0",
        "-1",
        "1.5",
        "1e3",
        "a",
        "%00",
        "%D9%A1",
        "%C2%B2",
        "1%20",
        "+1",
        "9" * 30,
        "null",
        "1_0",
    ],
)
def test_a_number_that_is_none_is_named(office, name, value):
    response = office("GET", f"users?{name}={value}", as_="admin")
    assert response.status_code == 400
    assert list(response.json()) == [name]


@pytest.mark.parametrize("search", ["%00", "a" * 201])
def test_a_search_that_cannot_be_is_named(office, search):
    response = office("GET", f"users?search={search}", as_="admin")
    assert response.status_code == 400
    assert list(response.json()) == ["search"]


@pytest.mark.parametrize("search", ["%FF%FE", "%ED%A0%80", "%F0%9F%91%A9", "%E2%80%AE", "%5C"])
def test_a_search_for_odd_bytes_finds_nobody(listing, search):
    assert listing(f"search={search}") == []


def test_the_last_page_one_can_ask_for_is_empty(listing):
    assert listing("page=1000000&page_size=1000") == []


@pytest.mark.parametrize("who", ["eurogames", "attendant"])
def test_a_role_without_the_right_sees_nobody(office, who):
    response = office("GET", "users", as_=who)
    assert response.status_code == 403
    assert list(response.json()) == ["detail"]


def test_nobodys_hash_is_shown_to_anybody(office):
    response = office("GET", "users", as_="admin")
    assert b"password" not in response.content
    assert b"counting$" not in response.content
