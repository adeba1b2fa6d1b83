"""Values nobody should send, one field at a time, everything else being right."""

from __future__ import annotations

import json

import pytest
from django.core.cache import cache
from rest_framework.fields import DictField

from jwt_accounts.models.userfields import user_fields
from tests import hashers
from tests.http.caller import SHARES, taken_back
from tests.http.endpoints import READS_A_BODY, assert_in_shape

pytestmark = pytest.mark.django_db

NOT_A_TEXT = {
    "a list": ["a"],
    "an empty list": [],
    "an object": {"a": "b"},
    "an object with the field's own names": {"message": "a", "code": "b"},
    "a deep list": [[[[[["a"]]]]]],
    "a float": 1.5,
    "the largest float": 1.7e308,
    "a huge whole number": 10**4200,
    "a negative number": -1,
}
NO_TEXT_TO_STORE = {
    "a NUL": "a\x00b",
    "a lone surrogate": "\ud800",
    "a reversed pair of surrogates": "\udc00\ud800",
    "a hundred kilobytes": "a" * 100_000,
}
ODD = {
    "null": None,
    "white space": " \t\n",
    "a line break and an escape": "a\r\nSet-Cookie: a=b\x1b[2J",
    "SQL": "' OR 1=1 --",
    "a format string": "%s%n{0.__class__}",
    "a percent-encoded NUL": "%00",
    "a letter that grows when folded": "\ufb03" * 50,
    "a domain that is no IDNA": "a@" + "\u00e9" * 70 + ".example",
    "a number too big for the database": 2**63,
}
#: What is much like one of those.
ODD_TOO = {
    "nothing": "",
    "full-width digits": "\N{FULLWIDTH DIGIT ONE}\N{FULLWIDTH DIGIT TWO}",
    "an emoji of five code points": "\U0001f469\u200d\U0001f469\u200d\U0001f467",
    "right to left": "\u202eadmin\u202c",
    "markup": "<script>alert(1)</script>",
    "a combining avalanche": "Z" + "\u0300" * 100,
    "a Turkish I": "\u0130\u0131",
    "not a character": "\uffff\ufdd0",
    "only an at": "@",
    "an address without a domain": "a@",
    "an address with two ats": "a@b@c.example",
    "a label of dots": "a@....",
}
#: What gets as far as a database that may not take it.
STORED = dict.fromkeys(
    ("null", "a letter that grows when folded", "a number too big for the database"),
    pytest.mark.database,
)


def each_field():
    """A field of equal inputs in one contract is tried once."""
    fields = {
        (call.endpoint.contract.name, call.action.inputs, name): (call, name)
        for call in READS_A_BODY
        for name in call.fields
    }
    return list(fields.values())


def each_kind_of_field():
    """A field of one name, where it means one thing, is tried at one contract."""
    fields = {
        (name, call.action.limit, call.action.method): (call, name) for call, name in each_field()
    }
    return list(fields.values())


def refused(caller, value, first=0, share=1):
    """The answers to the value in each field that takes a text."""
    for call, name in [*each_field()][first::share]:
        is_kept = "is_staff" not in call.fields or name != "username" or user_fields().username
        if type(call.fields[name]).__name__ == "Flag" or not is_kept:
            continue
        if isinstance(call.fields[name], DictField) and isinstance(value, dict):
            continue  # what a passkey signed is an object
        cache.clear()  # some have a rate limit
        response = caller(call, json.dumps(caller.body(call, name, value)).encode())
        yield call, name, response


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("what", NOT_A_TEXT)
def test_what_is_no_text_is_invalid_and_changes_nothing(caller, everything, what, share):
    before = everything()
    first = [*NOT_A_TEXT].index(what) % share
    for call, name, response in refused(caller, NOT_A_TEXT[what], first, share):
        assert_in_shape(call.endpoint, response)
        assert response.status_code == 400, f"{call}, {name}: {response.content!r}"
        assert name in response.content.decode(), f"{call}, {name}: the field is not named"
    assert everything() == before


@pytest.mark.parametrize(
    "what", [pytest.param("a NUL", marks=pytest.mark.database), *[*NO_TEXT_TO_STORE][1:]]
)
def test_a_text_no_database_can_hold_is_invalid_and_changes_nothing(caller, everything, what):
    before = everything()
    for call, name, response in refused(caller, NO_TEXT_TO_STORE[what]):
        assert_in_shape(call.endpoint, response)
        assert response.status_code == 400, f"{call}, {name}: {response.content!r}"
        assert name in response.content.decode(), f"{call}, {name}: the field is not named"
    assert everything() == before


@pytest.mark.parametrize("what", [*NO_TEXT_TO_STORE])
def test_a_password_that_is_none_is_never_hashed(caller, what):
    for call in READS_A_BODY:
        for name in call.passwords:
            body = caller.body(call, name, NO_TEXT_TO_STORE[what])
            hashers.runs.clear()
            caller(call, json.dumps(body).encode())
            assert hashers.runs == [], call


@pytest.mark.parametrize(
    "what",
    [
        *(pytest.param(each, marks=STORED.get(each, ())) for each in ODD),
        *(pytest.param(each, marks=pytest.mark.slow) for each in ODD_TOO),
    ],
)
@pytest.mark.parametrize("share", SHARES)
def test_an_odd_value_is_taken_or_refused_and_a_refusal_changes_nothing(
    caller, everything, what, share
):
    before = everything()
    first = [*ODD, *ODD_TOO].index(what) % share
    for call, name in [*each_kind_of_field()][first::share]:
        body = json.dumps(caller.body(call, name, {**ODD, **ODD_TOO}[what])).encode()
        with taken_back():
            response = caller(call, body)
            assert_in_shape(call.endpoint, response)
            if response.status_code >= 400:
                assert everything() == before, f"{call}, {name}: {response.content!r}"


@pytest.mark.parametrize(
    "value",
    [2, -1, "2", "yes", "on", "", " ", None, [], {}, 0.5, "\N{FULLWIDTH DIGIT ONE}", "\x00"],
)
def test_a_flag_is_yes_or_no_and_nothing_else(caller, everything, value):
    before = everything()
    flags = [
        (call, name) for call, name in each_field() if type(call.fields[name]).__name__ == "Flag"
    ]
    assert flags
    for call, name in flags:
        body = caller.body(call, name, value)
        response = caller(call, json.dumps(body).encode())
        assert_in_shape(call.endpoint, response)
        assert response.status_code == 400, f"{call}, {name}: {response.content!r}"
    assert everything() == before


def test_a_field_nobody_asked_for_is_never_applied(caller, everything):
    """Mass assignment: every column of a user and an account that no input names (ASVS 15.3.3)."""

    def actor():
        (row,) = (row for row in everything()["users"] if row[key] == caller.actor.pk)
        return row

    key = caller.actor._meta.pk.attname
    before, groups, held = actor(), everything()["groups"], everything()["held"]
    for call in READS_A_BODY:
        if "is_superuser" not in call.fields:
            continue
        unasked = dict.fromkeys({*before, "pk", "groups", "roles", "user_permissions", "actor"}, 7)
        body = {name: value for name, value in unasked.items() if name not in call.fields}
        response = caller(call, json.dumps({**caller.right(call), **body}).encode())
        assert response.status_code < 300, f"{call}: {response.content!r}"
    assert actor() == before
    assert (everything()["groups"], everything()["held"]) == (groups, held)
