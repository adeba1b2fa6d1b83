"""The users, a page at a time, in a constant number of statements."""

from __future__ import annotations

import pytest

from jwt_accounts.errors import Forbidden, InvalidInput, NotFound
from jwt_accounts.flows.list_users import get_user, list_users
from jwt_accounts.models import Account
from jwt_accounts.models.userfields import user_fields
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]


@pytest.fixture
def viewer(make_user, make_role):
    make_role("Viewer", ["view_user"])
    return make_user("viewer", groups=["Viewer"])


@pytest.fixture
def people(viewer, make_user, make_role):
    """The viewer and nine more, in the order of their keys."""
    make_role("Cashier")
    made = [make_user(f"person{number}", groups=["A group", "Cashier"]) for number in range(9)]
    return sorted([viewer, *made], key=lambda user: user.pk)


def keys(page):
    return [user.id for user in page.users]


def test_without_a_limit_everybody_is_listed_in_the_order_of_the_keys(viewer, people):
    page = list_users(actor=viewer)
    assert keys(page) == [user.pk for user in people]
    assert not page.has_more


def test_pages_cover_everybody_once(viewer, people):
    seen, after = [], ""
    while True:
        page = list_users(actor=viewer, after=after, limit=3)
        assert len(page.users) <= 3
        seen += keys(page)
        if not page.has_more:
            break
        after = str(page.users[-1].id)
    assert seen == [user.pk for user in people]


def test_a_full_last_page_has_no_more(viewer, people):
    assert not list_users(actor=viewer, limit=10).has_more
    assert list_users(actor=viewer, limit=9).has_more


def test_an_offset_skips(viewer, people):
    page = list_users(actor=viewer, offset=8, limit=5)
    assert keys(page) == [user.pk for user in people[8:]]
    assert keys(list_users(actor=viewer, offset=10**30)) == []


@pytest.mark.parametrize("search", ["person4", "PERSON4", "erson4@ex"])
def test_a_search_finds_a_part_in_any_case(viewer, people, search):
    (found,) = list_users(actor=viewer, search=search).users
    assert found.email == "person4@example.com"


@pytest.mark.parametrize("search", ["nobody", "person4%", "person_", "' OR 1=1 --"])
def test_a_search_is_text_and_no_pattern(viewer, people, search):
    assert list_users(actor=viewer, search=search).users == ()


def test_a_search_finds_a_phone_number(viewer, make_user):
    user = make_user(phone="+48123666789")
    Account.objects.filter(user=user).update(phone_as_written="+48123666789")
    assert keys(list_users(actor=viewer, search="4812366")) == [user.pk]


@pytest.mark.parametrize("search", ["\x00", "x" * 201])
def test_what_cannot_be_searched_for_is_refused(viewer, search):
    with pytest.raises(InvalidInput) as refused:
        list_users(actor=viewer, search=search)
    assert list(refused.value.fields) == ["search"]


@pytest.mark.parametrize("after", ["x", "\x00", "9" * 30])
def test_what_is_no_cursor_is_refused(viewer, after):
    with pytest.raises(InvalidInput) as refused:
        list_users(actor=viewer, after=after)
    assert list(refused.value.fields) == ["after"]


def test_a_list_is_one_statement_and_one_more_for_the_roles(viewer, people):
    for with_roles, expected in ((False, 1), (True, 2)):
        list_users(actor=viewer, limit=1)  # the actor's rights are remembered from here on
        with statements() as asked:
            page = list_users(actor=viewer, with_roles=with_roles)
        assert len(asked) == expected
        assert len(page.users) == 10


def test_roles_with_rules_come_first(viewer, people):
    page = list_users(actor=viewer, search="person3", with_roles=True)
    assert page.users[0].roles == ("Cashier", "A group")


def test_nobody_looks_without_the_right(make_user, viewer):
    nobody = make_user()
    with pytest.raises(Forbidden):
        list_users(actor=nobody)
    with pytest.raises(Forbidden):
        get_user(actor=nobody, user_id=str(viewer.pk))


def test_one_user_is_told_with_roles(viewer, people):
    user = next(user for user in people if user != viewer)
    told = get_user(actor=viewer, user_id=str(user.pk))
    assert (told.id, told.email, told.roles) == (user.pk, user.email, ("Cashier", "A group"))


def test_a_list_and_a_look_tell_the_same(viewer, people):
    listed = list_users(actor=viewer, with_roles=True).users
    assert listed == tuple(get_user(actor=viewer, user_id=str(user.pk)) for user in people)


def test_a_user_without_an_account_is_told_all_the_same(viewer, people):
    Account.objects.all().delete()
    page = list_users(actor=viewer)
    assert len(page.users) == 10
    assert not page.users[0].email_confirmed
    assert bool(page.users[0].username) == bool(user_fields().username)


@pytest.mark.parametrize("user_id", ["", "x", "\x00", "9" * 30, "-1"])
def test_no_such_user_is_not_found(viewer, user_id):
    with pytest.raises(NotFound):
        get_user(actor=viewer, user_id=user_id)
