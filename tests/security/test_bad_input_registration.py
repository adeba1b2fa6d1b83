"""What nobody should send to the endpoints that register, confirm, change and delete people and
register devices: a clear refusal in the contract's own shape, and nothing changed.

Bodies that cannot be read at all are tried in tests/http.
"""

from __future__ import annotations

import json
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

import pytest

from jwt_accounts.conf import DEFAULT_RATE_LIMITS
from jwt_accounts.http.inputs import Pin
from tests import hashers
from tests.conftest import PASSWORD, identifier_of
from tests.http.caller import taken_back
from tests.http.endpoints import CANONICAL, assert_in_shape

pytestmark = pytest.mark.django_db

CONTRACTS = ["jwt_accounts", "djoser", "device_api", "chat"]
#: Of contract zero; the other three are here as a whole.
PATHS = ("register", "email", "phone", "username", "me", "devices", "password/link")
CALLS = {
    contract: [
        call
        for call in CANONICAL
        if call.endpoint.contract.name == contract
        if contract != "jwt_accounts"
        or call.endpoint.pattern.removeprefix("accounts/").startswith(PATHS)
    ]
    for contract in CONTRACTS
}

BAD = {
    "null": None,
    "a number": 1.5,
    "true": True,
    "an empty list": [],
    "a list": ["root"],
    "an empty object": {},
    "an object": {"root": "root"},
    "an operator": {"$ne": None},
    "too long": "a" * 9000,
    "a NUL": "ro\x00ot",
    "half a surrogate pair": "ro\ud800ot",
}

contracts = pytest.mark.parametrize("contract", CONTRACTS)


@pytest.fixture(autouse=True)
def _without_rate_limits(caller, settings):
    settings.JWT_ACCOUNTS = {
        **settings.JWT_ACCOUNTS,
        "RATE_LIMITS": dict.fromkeys(DEFAULT_RATE_LIMITS),
    }


def with_a_body(contract):
    return [call for call in CALLS[contract] if call.action.inputs is not None]


def post(caller, call, body):
    return caller(call, json.dumps(body).encode())


def test_the_table_holds_each_of_them():
    assert [len(with_a_body(contract)) for contract in CONTRACTS] == [12, 18, 5, 3]


@contracts
def test_a_value_that_is_none_is_refused_by_the_name_of_its_field(caller, everything, contract):
    before = everything()
    for call in with_a_body(contract):
        for name in call.fields:
            body = caller.body(call, name, "")
            hashers.runs.clear()
            for what, value in BAD.items():
                response = post(caller, call, {**body, name: value})
                assert_in_shape(call.endpoint, response)
                assert response.status_code == 400, f"{call}, {name}, {what}: {response.content!r}"
                assert f'"{name}"' in response.content.decode(), f"{call}, {name}, {what}"
            assert hashers.runs == [], f"{call}, {name}"
    assert everything() == before


@contracts
def test_what_must_be_there_is_refused_where_it_is_missing_or_empty(caller, everything, contract):
    before = everything()
    for call in with_a_body(contract):
        if call.action.partial:
            continue
        for name, field in call.fields.items():
            right = caller.right(call)
            if not field.required or name not in right:
                continue
            for body in ({**right, name: ""}, {key: right[key] for key in right if key != name}):
                response = post(caller, call, body)
                assert_in_shape(call.endpoint, response)
                assert response.status_code == 400, f"{call}, {name}: {response.content!r}"
                assert f'"{name}"' in response.content.decode(), f"{call}, {name}"
    assert everything() == before


@contracts
def test_what_may_be_missing_may(caller, contract):
    for call in with_a_body(contract):
        right = caller.right(call)
        # Who has a password types it.
        needed = {
            name: right[name]
            for name in right
            if call.fields[name].required or name == "current_password"
        }
        either = {} if needed or "token" not in right else {"token": right["token"]}
        response = caller.once(call, json.dumps({**needed, **either}).encode())
        assert response.status_code < 300, f"{call}: {response.content!r}"


#: Other letters for what somebody has, by the name of the field. Some are no such thing at all.
LOOK_ALIKES = {
    "username": ["\uff48eir", "HEIR", "\u210beir", " heir ", "hei\u1d63"],
    "email": ["heir@\uff45xample.com", "HEIR@EXAMPLE.COM", "\uff48eir@example.com"],
    "phone": ["+\uff14\uff10771694307", "+\u0664\u0660771694307", "+4\u0b66771694307"],
    "code": ["\uff11\uff12\uff13\uff14\uff15\uff16", "\u0661\u0662\u0663\u0664\u0665\u0666"],
    "token": ["\uff41" * 64 + "." + "\uff42" * 64, "\u0430.\u0430"],
    "uid": ["\uff2d\uff31", "\u041cQ"],
    "hostname": ["r\u0430ck-7", "\uff52ack-7", "rack\u20107", "rack\u3002example"],
    "fqdn": ["r\u0430ck.example.com", "rack\u3002example\u3002com"],
    "ipv4_address": ["\uff11\uff19\uff12.0.2.7", "192\u30020.2.7", "\u0661.1.1.1"],
    "ipv6_address": ["2001:db8::\uff17", "2001\uff1adb8::7"],
    "current_password": [PASSWORD.replace("o", "\u043e"), PASSWORD.replace("c", "\uff43")],
}


@contracts
def test_other_letters_for_what_somebody_has_get_nobody_anything(caller, everything, contract):
    """A name, an address or a number that reads as another's is the other's (UTS #39); a code, a
    link, a host's name and a password have one spelling."""
    before = everything()
    for call in with_a_body(contract):
        if call.action.limit in {"sign_in", "recovery_request", "confirmation_request"}:
            continue  # somebody is found there, whose messages go to the stored address
        for name in call.fields:
            kind = name.removeprefix("new_")
            if contract == "device_api" and kind == "email":
                continue  # one address is written down with many devices
            for text in LOOK_ALIKES.get(kind, ()):
                body = caller.body(call, name, text)
                with taken_back():
                    response = post(caller, call, body)
                    found = assert_in_shape(call.endpoint, response)
                    # Contract zero does not tell what is taken.
                    hides = contract == "jwt_accounts" and kind in {"username", "email"}
                    told = 400 <= response.status_code < 500 or (hides and found == {})
                    assert told, f"{call}, {name}, {text!a}: {response.content!r}"
                    assert everything() == before, f"{call}, {name}, {text!a}"


@contracts
def test_a_code_in_other_digits_takes_none_of_its_tries(caller, contract):
    fields = [
        (call, name)
        for call in with_a_body(contract)
        for name, field in call.fields.items()
        if isinstance(field, Pin)
    ]
    for call, name in fields:
        right = caller.body(call, name, "")
        for text in LOOK_ALIKES["code"] * 3:
            assert post(caller, call, {**right, name: text}).status_code == 400
    assert len(fields) == (3 if contract == "jwt_accounts" else 0)


@contracts
@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/jsonp"])
def test_a_right_body_of_a_wrong_content_type_is_415(caller, everything, contract, content_type):
    before = everything()
    for call in with_a_body(contract):
        response = caller(call, json.dumps(caller.right(call)).encode(), content_type)
        assert_in_shape(call.endpoint, response)
        assert response.status_code == 415, f"{call}: {response.content!r}"
    assert everything() == before


@contracts
def test_a_right_body_by_a_wrong_method_is_405(caller, everything, contract):
    before = everything()
    token = caller.session().tokens.access
    for call in CALLS[contract]:
        body = json.dumps(caller.right(call)).encode()
        url = caller.url(call)
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - set(call.endpoint.actions):
            response = caller.client.generic(
                method, url, body, "application/json", HTTP_AUTHORIZATION=f"Bearer {token}"
            )
            assert_in_shape(call.endpoint, response)
            assert response.status_code == 405, f"{method} {call}"
            assert response["Allow"]
    assert everything() == before


# What only staff may say, or nobody.

NUMBER = 7700771
PRIVILEGED = {
    **dict.fromkeys(("is_staff", "is_superuser", "is_admin", "staff", "superuser"), True),
    **dict.fromkeys(("is_active", "awaits_confirmation", "must_change_password"), False),
    **dict.fromkeys(("email_confirmed", "is_email_confirmed", "email_is_confirmed"), True),
    **dict.fromkeys(("id", "pk", "user", "user_id", "owner", "owner_id", "account"), NUMBER),
    **{name: [NUMBER] for name in ("groups", "user_permissions", "roles", "permissions")},
    "role": "Cashier",
    "contacts": [],
    "confirms": False,
    "unproved": "",
    "disputed": "",
    "extra": {"is_staff": True, "is_superuser": True},
    "profile": {"is_superuser": True},
    "confirmed_email": "root@example.com",
    "username_key": "root",
    "email_key": "root@example.com",
    "phone_key": "+40771694307",
    **dict.fromkeys(
        (
            *("email_confirmed_at", "registered_at", "password_changed_at", "staff_locked_at"),
            *("date_joined", "last_login", "revoked_at", "created_at", "last_seen"),
        ),
        "2001-02-03T04:05:06Z",
    ),
    "__class__": "x",
    "jwt_account": {"unproved": "", "awaits_confirmation": False},
    "jwt_account.awaits_confirmation": False,
    "jwt_account__awaits_confirmation": False,
}
ENCODED = {
    "application/json": lambda body: json.dumps(body),
    "application/x-www-form-urlencoded": lambda body: urlencode(body, doseq=True),
}


def told_apart(everything):
    """Everything but what differs from one time to the next: keys, hashes, and which moment."""

    def plain(value):
        if isinstance(value, dict):
            left = {key: each for key, each in value.items() if key not in {"id", "password"}}
            return {key: plain(each) for key, each in left.items() if not key.endswith("_id")}
        if isinstance(value, list):
            return sorted(map(plain, value), key=repr)
        if str(value).startswith("user-"):
            return "a name that was made"
        if isinstance(value, datetime):
            return "long ago" if value.year == 2001 else "now"
        return len(value) if isinstance(value, set) else value

    return plain(everything())


@pytest.mark.core
@contracts
@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        pytest.param("application/x-www-form-urlencoded", marks=pytest.mark.once),
    ],
)
def test_privileged_fields_have_no_effect(caller, everything, contract, content_type):
    """Whatever is sent besides, the same is made as without it (ASVS 15.3.3)."""
    encode = ENCODED[content_type]
    for call in with_a_body(contract):
        right = caller.right(call)
        more = {name: value for name, value in PRIVILEGED.items() if name not in call.fields}
        found = []
        for body in (right, {**more, **right}):
            with taken_back():
                response = caller(call, encode(body).encode(), content_type)
                assert response.status_code < 300, f"{call}: {response.content!r}"
                found.append((response.status_code, told_apart(everything)))
                assert str(NUMBER) not in response.content.decode(), call
        assert found[0] == found[1], call
        assert str(NUMBER) not in repr(found), call


@contracts
def test_nobody_is_made_staff_or_confirmed_by_asking(caller, contract, django_user_model):
    """The same in plain words, for who registers."""
    for call in with_a_body(contract):
        if call.action.limit != "registration":
            continue
        known = set(django_user_model.objects.values_list("pk", flat=True))
        body = {**PRIVILEGED, **caller.right(call)}
        assert post(caller, call, body).status_code in {201, 202}
        user = django_user_model.objects.exclude(pk__in=known).get()
        assert user.pk != NUMBER
        assert not user.is_staff
        assert not user.is_superuser
        assert user.is_active
        assert not user.groups.exists()
        assert not user.get_all_permissions()
        account = user.jwt_account
        assert account.email_confirmed_at is None
        assert account.awaits_confirmation is (contract != "device_api")
        assert account.registered_at.year > 2001
        assert "email" in account.unproved or contract == "device_api"
        assert identifier_of(user) != identifier_of(caller.actor)
        assert isinstance(user.pk, int | UUID)
