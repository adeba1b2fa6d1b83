"""``devices/`` and ``devices/ID/``."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from jwt_accounts.contrib.devices.models import Device
from tests.api.conftest import fields, problem
from tests.conftest import identifier_of

pytestmark = pytest.mark.django_db

core = pytest.mark.core


def later(**delta):
    """The same, some time later: ``with later(days=3): ...``."""
    return time_machine.travel(timezone.now() + timedelta(**delta), tick=False)


KEYS = {
    "id",
    "hostname",
    "fqdn",
    "ipv4_address",
    "ipv6_address",
    "name",
    "owner",
    "last_seen",
    "revoked",
}
RACK = {
    "hostname": "Rack-7",
    "fqdn": "rack-7.Example.com",
    "ipv4_address": "192.0.2.7",
    "ipv6_address": "2001:DB8::7",
    "name": "The lower one",
}


@pytest.fixture
def access(api, user):
    return api.access(user)


@pytest.fixture
def other(api, make_user):
    return api.access(make_user("other"))


def register(api, access, **body):
    return api("POST", "devices/", body, token=access)


@core
def test_a_device_is_registered_in_its_canonical_form(api, user, access):
    response = register(api, access, **RACK)
    assert response.status_code == 201
    body = response.json()
    assert set(body) == KEYS
    assert {key: body[key] for key in RACK} == {
        **RACK,
        "hostname": "rack-7",
        "fqdn": "rack-7.example.com",
        "ipv6_address": "2001:db8::7",
    }
    assert (body["owner"], body["revoked"]) == (identifier_of(user), False)
    assert api("GET", f"devices/{body['id']}/", token=access).json() == body
    assert api("GET", "devices/", token=access).json() == [body]


def test_the_same_host_again_is_brought_up_to_date(api, access):
    first = register(api, access, **RACK).json()
    with later(minutes=2):
        second = register(api, access, hostname="RACK-7", ipv4_address="192.0.2.8", name="").json()
    assert second["last_seen"] > first["last_seen"]
    assert second == {
        **first,
        "ipv4_address": "192.0.2.8",
        "name": "",
        "last_seen": second["last_seen"],
    }


def test_the_last_seen_comes_first(api, access):
    for seconds, name in enumerate(["a", "b", "c", "a"]):
        with later(seconds=seconds):
            register(api, access, hostname=name)
    found = [each["hostname"] for each in api("GET", "devices/", token=access).json()]
    assert found == ["a", "c", "b"]


@core
def test_nobody_sees_or_revokes_anothers(api, access, other):
    mine = register(api, access, hostname="rack-7").json()["id"]
    theirs = register(api, other, hostname="rack-7").json()["id"]
    assert mine != theirs
    assert api("GET", "devices/", token=other).json()[0]["id"] == theirs
    for method in ("GET", "DELETE"):
        there = api(method, f"devices/{mine}/", token=other)
        problem(there, 404, "not_found")
        assert there.content == api(method, f"devices/{uuid4()}/", token=other).content
    assert api("GET", f"devices/{mine}/", token=access).json()["revoked"] is False


@core
def test_a_revoked_device_stays_revoked(api, access):
    key = register(api, access, hostname="rack-7").json()["id"]
    for _ in range(2):
        response = api("DELETE", f"devices/{key}/", token=access)
        assert (response.status_code, response.content) == (204, b"")
    assert api("GET", f"devices/{key}/", token=access).json()["revoked"] is True
    problem(register(api, access, hostname="rack-7"), 403, "forbidden")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"hostname": None}, "hostname"),
        ({"hostname": ""}, "hostname"),
        ({"hostname": "rack_7"}, "hostname"),
        ({"hostname": "192.0.2.7"}, "hostname"),
        ({"hostname": ["rack"]}, "hostname"),
        ({"hostname": "a" * 254}, "hostname"),
        ({"hostname": "rack\x00"}, "hostname"),
        ({"fqdn": "rack-7"}, "fqdn"),
        ({"ipv4_address": "127.1"}, "ipv4_address"),
        ({"ipv4_address": 7}, "ipv4_address"),
        ({"ipv6_address": "fe80::1%eth0"}, "ipv6_address"),
        ({"name": "two\nlines"}, "name"),
        ({"name": "a" * 101}, "name"),
    ],
    ids=str,
)
def test_what_cannot_be_is_400_naming_it(api, access, change, field):
    assert set(fields(register(api, access, **{**RACK, **change}))) == {field}
    assert not Device.objects.exists()


def test_whose_a_device_is_cannot_be_said(api, user, access, make_user):
    other = make_user("other")
    more = {"owner": other.pk, "id": str(uuid4()), "revoked": True, "last_seen": "2001-01-01"}
    body = register(api, access, **RACK, **more).json()
    assert Device.objects.get().owner == user
    assert (body["revoked"], body["id"] == more["id"]) == (False, False)


@pytest.mark.parametrize("key", ["nobody", "1", "%00", "9" * 70])
def test_what_is_no_id_is_not_found(api, access, key):
    for method in ("GET", "DELETE"):
        problem(api(method, f"devices/{key}/", token=access), 404, "not_found")


@core
def test_each_wants_a_live_session(api, access):
    paths = [("GET", "devices/"), ("POST", "devices/"), ("GET", f"devices/{uuid4()}/")]
    for method, path in paths:
        problem(api(method, path), 401, "not_authenticated")
    api("POST", "sign-out/", token=access)
    for method, path in paths:
        problem(api(method, path, token=access), 401, "session_ended")


def test_devices_go_with_their_owner(api, user, access):
    register(api, access, **RACK)
    user.delete()
    assert not Device.objects.exists()
