"""Whose an address or a number is, where several say that it is theirs."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from jwt_accounts.credentials.free import evict, squatters
from jwt_accounts.credentials.owner import find_owner, may_recover
from jwt_accounts.errors import InvalidInput
from jwt_accounts.models import Account
from jwt_accounts.types import IdentifierKind
from tests.sql import statements

pytestmark = pytest.mark.django_db

core = pytest.mark.core

EMAIL, PHONE = IdentifierKind.EMAIL, IdentifierKind.PHONE
VALUES = {EMAIL: "ann@example.com", PHONE: "+40771694307"}


@pytest.fixture
def claim(make_user):
    """A factory of users who have the address and the number: ``proved`` or ``claimed``, as a way
    in (``key``) or written down alone."""

    def make(*, proved: bool, key: bool):
        user = make_user()
        Account.objects.filter(user=user).update(
            email=VALUES[EMAIL],
            phone=VALUES[PHONE],
            phone_as_written=VALUES[PHONE],
            email_key=VALUES[EMAIL] if key else None,
            phone_key=VALUES[PHONE] if key else None,
            unproved="" if proved else "email phone",
        )
        return user

    return make


PROVED_KEY = {"proved": True, "key": True}
PROVED = {"proved": True, "key": False}
CLAIMED_KEY = {"proved": False, "key": True}
CLAIMED = {"proved": False, "key": False}


@core
@pytest.mark.parametrize("one", [PROVED_KEY, PROVED, CLAIMED_KEY, CLAIMED])
def test_an_address_that_one_has_is_theirs_proved_or_not(claim, one):
    """The mail shows whose it is."""
    user = claim(**one)
    assert find_owner(EMAIL, "ANN@example.com").user == user


@core
@pytest.mark.parametrize(
    ("one", "is_theirs"), [(PROVED_KEY, True), (PROVED, True), (CLAIMED_KEY, False)]
)
def test_a_number_that_is_only_claimed_is_nobodys(claim, one, is_theirs):
    """An SMS to it costs its owner."""
    user = claim(**one)
    assert find_owner(PHONE, "0040 771 694 307").user == (user if is_theirs else None)


@core
@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (PROVED_KEY, CLAIMED),
        (PROVED, CLAIMED_KEY),
        (PROVED, CLAIMED),
        (CLAIMED_KEY, CLAIMED),
    ],
)
@pytest.mark.parametrize("first", ["better", "worse"])
def test_of_several_who_has_the_better_right_is_meant(claim, better, worse, first):
    order = [better, worse] if first == "better" else [worse, better]
    made = {str(each): claim(**each) for each in order}
    claim(**CLAIMED)
    assert find_owner(EMAIL, VALUES[EMAIL]).user == made[str(better)]


@core
@pytest.mark.parametrize("rights", [[PROVED, PROVED], [PROVED_KEY, PROVED], [CLAIMED, CLAIMED]])
def test_of_two_with_the_same_right_nobody_is_meant(claim, rights):
    for each in [*rights, CLAIMED]:
        claim(**each)
    found = find_owner(EMAIL, VALUES[EMAIL])
    assert (found.user, found.account, found.address) == (None, None, "")


def test_who_was_made_elsewhere_has_proved_what_the_host_wrote(claim, make_user):
    user = make_user(email=VALUES[EMAIL])
    Account.objects.filter(user=user).delete()
    claim(**CLAIMED_KEY)
    found = find_owner(EMAIL, VALUES[EMAIL])
    assert found.user == user
    assert found.account == Account.objects.get(user=user)


def test_the_address_is_what_is_stored_and_never_what_was_typed(make_user):
    make_user(email="Ann@Example.com")
    assert find_owner(EMAIL, " ANN@EXAMPLE.COM").address == "Ann@Example.com"


@pytest.mark.parametrize("value", ["", " ", "@", "nobody@example.com", "%", "ann"])
@pytest.mark.parametrize("kind", [EMAIL, PHONE])
def test_nobody_is_meant_by_what_nobody_has(claim, kind, value):
    claim(**PROVED_KEY)
    found = find_owner(kind, value)
    assert found.user is None
    assert not may_recover(found)


@pytest.mark.parametrize("value", ["\x00", "\ud800", "a" * 321], ids=["nul", "half", "long"])
def test_what_is_no_text_is_refused(db, value):
    with pytest.raises(InvalidInput):
        find_owner(EMAIL, value)


@core
@pytest.mark.parametrize("claims", [0, 1, 5])
def test_it_is_one_statement_whoever_it_is(claim, claims):
    for _ in range(claims):
        claim(**CLAIMED)
    with statements() as seen:
        find_owner(EMAIL, VALUES[EMAIL])
    assert len(seen) == 1


# Who has to give up what they merely claimed.


@pytest.mark.parametrize(
    ("right", "gives_up"),
    [(PROVED_KEY, False), (PROVED, False), (CLAIMED_KEY, True), (CLAIMED, False)],
)
def test_who_merely_claimed_a_way_in_has_to_give_it_up(claim, right, gives_up):
    user = claim(**right)
    for kind, value in VALUES.items():
        assert squatters(kind, value.upper()) == ([user.pk] if gives_up else [])
        assert squatters(kind, value, except_user=user.pk) == []


def test_nobody_gives_anything_up_where_the_hosts_column_is_unique(claim, monkeypatch):
    claim(**CLAIMED_KEY)
    field = get_user_model()._meta.get_field("email")
    monkeypatch.setattr(field, "unique", True)
    assert squatters(EMAIL, VALUES[EMAIL]) == []
    assert squatters(PHONE, VALUES[PHONE])


@pytest.mark.parametrize(("right", "kept"), [(PROVED_KEY, True), (CLAIMED_KEY, False)])
def test_what_is_given_up_is_only_written_down(claim, right, kept):
    user = claim(**right)
    evict(EMAIL, VALUES[EMAIL], [user.pk])
    account = Account.objects.get(user=user)
    assert account.email_key == (VALUES[EMAIL] if kept else None)
    assert (account.email, account.phone_key) == (VALUES[EMAIL], VALUES[PHONE])


def test_what_was_proved_a_moment_before_is_not_taken(claim):
    user = claim(**CLAIMED_KEY)
    keys = squatters(EMAIL, VALUES[EMAIL])
    Account.objects.filter(user=user).update(unproved="phone")
    evict(EMAIL, VALUES[EMAIL], keys)
    assert Account.objects.get(user=user).email_key == VALUES[EMAIL]
