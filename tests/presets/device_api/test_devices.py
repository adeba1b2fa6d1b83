"""``v1/core/``: a device, or none, or several."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from jwt_accounts.contrib.devices.models import Device

pytestmark = pytest.mark.django_db

RACK = {"hostname": "rack-7", "fqdn": "rack-7.example.com", "ipv4_address": "192.0.2.7"}


@pytest.fixture
def core(api, sign_in):
    """``core("POST", {...})``, as the same user each time; ``core("GET", query="?all=1")``."""
    token = sign_in("rack")
    return lambda method, body=None, query="": api(method, f"v1/core/{query}", body, token=token)


def test_who_has_none_is_told_so(core):
    answer = core("GET")
    assert (answer.status, answer.json()) == (404, {"detail": "Not found."})
    assert (core("GET", query="?all=1").status, core("GET", query="?all=1").json()) == (200, [])


def test_who_has_one_gets_the_object(core):
    posted = core("POST", RACK)
    assert (posted.status, posted.body) == (201, b"")
    device = core("GET").json()
    assert {name: device[name] for name in RACK} == RACK
    assert (device["owner"], device["revoked"]) == ("rack", False)
    assert core("GET", query="?all=1").json() == [device]


def test_of_several_it_is_the_one_seen_last_and_all_are_a_list(core, clock):
    for host in ("rack-7", "rack-8", "rack-9"):
        core("POST", {"hostname": host})
        clock.shift(timedelta(minutes=1))
    core("POST", {"hostname": "rack-8"})
    assert core("GET").json()["hostname"] == "rack-8"
    for query in ("?all=0", "?all=", "?hostname=rack-7"):
        assert core("GET", query=query).json()["hostname"] == "rack-8"
    found = core("GET", query="?all=1").json()
    assert [each["hostname"] for each in found] == ["rack-8", "rack-9", "rack-7"]


@pytest.mark.parametrize("hostname", ["rack-7", "RACK-7", "rack-7."])
def test_the_same_host_again_is_brought_up_to_date(core, clock, hostname):
    core("POST", RACK)
    before = core("GET").json()
    clock.shift(timedelta(minutes=5))
    again = core("POST", {"hostname": hostname, "ipv4_address": "192.0.2.8"})
    assert (again.status, again.body) == (201, b"")
    after = core("GET").json()
    assert after == {**before, "ipv4_address": "192.0.2.8", "last_seen": after["last_seen"]}
    assert after["last_seen"] > before["last_seen"]
    assert Device.objects.count() == 1


def test_nobody_sees_or_changes_anothers(api, sign_in, core):
    core("POST", RACK)
    token = sign_in("stranger")
    assert api("GET", "v1/core/", token=token).status == 404
    assert api("GET", "v1/core/?all=1", token=token).json() == []
    theirs = {"hostname": "rack-7", "ipv4_address": "198.51.100.1"}
    assert api("POST", "v1/core/", theirs, token=token).status == 201
    assert api("GET", "v1/core/", token=token).json()["owner"] == "stranger"
    assert core("GET").json()["ipv4_address"] == "192.0.2.7"
    assert Device.objects.count() == 2


def test_one_that_was_revoked_is_neither_told_nor_taken_up_again(core):
    core("POST", RACK)
    Device.objects.update(revoked_at=timezone.now())
    assert core("GET").status == 404
    answer = core("POST", RACK)
    assert (answer.status, list(answer.json())) == (403, ["detail"])
    assert [each["revoked"] for each in core("GET", query="?all=1").json()] == [True]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hostname", ""),
        ("hostname", "rack_7"),
        ("hostname", "-rack"),
        ("hostname", "a" * 64),
        ("hostname", "192.0.2.7/24"),
        ("hostname", 7),
        ("hostname", None),
        ("fqdn", "rack"),
        ("fqdn", "rack-7..example.com"),
        ("ipv4_address", "192.0.2.256"),
        ("ipv4_address", "2001:db8::7"),
        ("ipv6_address", "fe80::1%eth0"),
        ("name", "two\nlines"),
    ],
)
def test_a_value_that_is_none_is_400_and_named(core, field, value):
    answer = core("POST", {**RACK, field: value})
    assert (answer.status, list(answer.json())) == (400, [field])
    assert Device.objects.count() == 0


def test_the_host_name_is_needed_and_nothing_else(core):
    answer = core("POST", {})
    assert (answer.status, answer.json()) == (400, {"hostname": ["This field is required."]})
    assert core("POST", {"hostname": "rack-7"}).status == 201


def test_what_only_the_server_says_is_not_the_devices_to_say(core, sign_in):
    sign_in("stranger")
    more = {"owner": "stranger", "id": 7, "last_seen": "1999-01-01T00:00:00Z", "revoked": True}
    assert core("POST", {**RACK, **more}).status == 201
    device = core("GET").json()
    assert (device["owner"], device["revoked"]) == ("rack", False)
    assert device["last_seen"] > "2000"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_none(core, method):
    answer = core(method, {})
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, POST")
