"""Devices: registered, brought up to date, looked at, revoked."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from jwt_accounts.contrib.devices import flows
from jwt_accounts.contrib.devices.flows import (
    get_device,
    latest_device,
    list_devices,
    revoke_device,
)
from jwt_accounts.contrib.devices.models import Device
from jwt_accounts.errors import Forbidden, InvalidInput, NotFound
from jwt_accounts.signals import account_reclaimed
from tests.clock import later
from tests.conftest import NO_KEY
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once

FULL = {
    "fqdn": "Rack-7.Example.com.",
    "ipv4_address": "192.0.2.7",
    "ipv6_address": "2001:DB8:0::7",
    "name": " The left one ",
}
CANONICAL = {
    "fqdn": "rack-7.example.com",
    "ipv4_address": "192.0.2.7",
    "ipv6_address": "2001:db8::7",
    "name": "The left one",
}
NOTHING = {"fqdn": "", "ipv4_address": None, "ipv6_address": None, "name": ""}


def values_of(device):
    """As the database tells them."""
    stored = Device.objects.get(pk=device.pk)
    told = {name: getattr(device, name) for name in NOTHING}
    assert told == {name: getattr(stored, name) for name in NOTHING}
    return told


def rows():
    return list(Device.objects.order_by("pk").values())


def test_a_device_is_stored_in_canonical_form(ctx, make_user, register):
    user = make_user()
    device = register("RACK-7.", user=user, **FULL)
    assert Device.objects.get() == device
    assert (device.owner, device.hostname, str(device)) == (user, "rack-7", "rack-7")
    assert values_of(device) == CANONICAL
    assert (device.created_at, device.last_seen) == (ctx.now, ctx.now)
    assert device.revoked_at is None


def test_a_host_name_is_enough(register):
    assert values_of(register()) == NOTHING


@pytest.mark.parametrize("spelling", ["rack-7", "RACK-7", "Rack-7."])
def test_the_same_host_again_is_brought_up_to_date(ctx, make_user, register, spelling):
    user = make_user()
    first = register(user=user, **FULL)
    again = register(spelling, user=user, at=later(ctx, hours=1), ipv4_address="192.0.2.8")
    assert Device.objects.get() == first == again
    assert values_of(again) == {**CANONICAL, "ipv4_address": "192.0.2.8"}
    assert again.created_at == ctx.now
    assert again.last_seen == later(ctx, hours=1).now


@pytest.mark.parametrize("field", NOTHING)
def test_an_empty_text_takes_a_value_away_and_no_other(make_user, register, field):
    user = make_user()
    register(user=user, **FULL)
    assert values_of(register(user=user, **{field: ""})) == {**CANONICAL, field: NOTHING[field]}


@once
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hostname", ""),
        ("hostname", "rack_7"),
        ("hostname", "192.0.2.7"),
        ("fqdn", "rack-7"),
        ("ipv4_address", "127.1"),
        ("ipv4_address", "010.0.0.1"),
        ("ipv4_address", "1.2.3.4/24"),
        ("ipv4_address", "2001:db8::7"),
        ("ipv6_address", "fe80::1%eth0"),
        ("ipv6_address", "::ffff:192.0.2.7"),
        ("ipv6_address", "192.0.2.7"),
        ("name", "a" * 101),
        *((name, "a\x00") for name in ("hostname", *NOTHING)),
    ],
)
def test_a_value_that_is_none_is_named_and_nothing_is_stored(make_user, register, field, value):
    user = make_user()
    register(user=user, **FULL)
    before = rows()
    with pytest.raises(InvalidInput) as refused:
        register(**{"user": user, "hostname": "rack-7", "name": "other", field: value})
    assert set(refused.value.fields) == {field}
    (error,) = refused.value.fields[field]
    assert error.code == "invalid"
    assert error.message.startswith("Enter a")
    assert rows() == before


def test_everything_that_is_wrong_is_named_at_once(register):
    with pytest.raises(InvalidInput) as refused:
        register("-", fqdn="-", ipv4_address="-", ipv6_address="-", name="\n-\n-")
    assert set(refused.value.fields) == {"hostname", *NOTHING}
    assert not Device.objects.exists()


def test_two_owners_may_have_a_host_of_one_name(register):
    first, second = register(name="one"), register(name="two")
    assert first != second
    assert {device.name for device in Device.objects.filter(hostname="rack-7")} == {"one", "two"}


def test_nobody_sees_or_revokes_the_device_of_somebody_else(ctx, make_user, register):
    device, other = register(), make_user()
    assert list_devices(user=other) == []
    with pytest.raises(NotFound):
        get_device(user=other, device_id=str(device.pk))
    with pytest.raises(NotFound):
        latest_device(user=other)
    with pytest.raises(NotFound):
        revoke_device(ctx, user=other, device_id=str(device.pk))
    assert get_device(user=device.owner, device_id=str(device.pk)) == device
    assert Device.objects.get().revoked_at is None


@pytest.mark.parametrize(
    "key", [str(NO_KEY), "", "1", "-1", "None", "a\x00", "g" * 32, "9" * 5000, "²", "\ud800"]
)
def test_a_device_that_is_none_is_not_found(ctx, register, key):
    owner = register().owner
    with pytest.raises(NotFound):
        get_device(user=owner, device_id=key)
    with pytest.raises(NotFound):
        revoke_device(ctx, user=owner, device_id=key)


def test_the_last_seen_comes_first_and_the_latest_is_not_revoked(ctx, make_user, register):
    user = make_user()
    a, b, c = (
        register(name, user=user, at=later(ctx, minutes=minute))
        for minute, name in enumerate("abc")
    )
    register("a", user=user, at=later(ctx, minutes=9))
    assert list_devices(user=user) == [a, c, b]
    assert latest_device(user=user) == a
    revoke_device(ctx, user=user, device_id=str(a.pk))
    assert latest_device(user=user) == c
    assert list_devices(user=user) == [a, c, b]
    revoke_device(ctx, user=user, device_id=str(b.pk))
    revoke_device(ctx, user=user, device_id=str(c.pk))
    with pytest.raises(NotFound):
        latest_device(user=user)


def test_a_revoked_device_is_not_registered_again_and_nothing_of_it_changes(
    ctx, make_user, register
):
    user = make_user()
    device = register(user=user, **FULL)
    revoke_device(ctx, user=user, device_id=str(device.pk))
    before = rows()
    with pytest.raises(Forbidden, match="revoked"):
        register("RACK-7", user=user, at=later(ctx, hours=1), name="again")
    assert rows() == before
    register("rack-8", user=user)
    register("rack-7")


def test_a_second_revocation_changes_nothing(ctx, register):
    device = register()
    for moment in (ctx, later(ctx, hours=1)):
        revoke_device(moment, user=device.owner, device_id=str(device.pk))
    assert Device.objects.get().revoked_at == ctx.now


def test_nobody_fills_the_table(ctx, monkeypatch, make_user, register):
    monkeypatch.setattr(flows, "MOST_DEVICES", 2)
    user = make_user()
    revoked = register("a", user=user)
    revoke_device(ctx, user=user, device_id=str(revoked.pk))
    register("b", user=user)
    with pytest.raises(Forbidden, match="2 devices"):
        register("c", user=user)
    assert register("b", user=user, name="still known").name == "still known"
    with pytest.raises(Forbidden, match="revoked"):
        register("a", user=user)
    register("c")


def test_a_host_that_was_registered_a_moment_ago_is_brought_up_to_date(
    ctx, monkeypatch, make_user, register
):
    """As two requests do where no row can be locked."""
    user, lock = make_user(), flows.lock_users

    def lock_late(*keys):
        monkeypatch.setattr(flows, "lock_users", lock)
        register(user=user, at=later(ctx, seconds=-1), **FULL)
        return lock(*keys)

    monkeypatch.setattr(flows, "lock_users", lock_late)
    device = register(user=user, name="second")
    assert Device.objects.get() == device
    assert values_of(device) == {**CANONICAL, "name": "second"}
    assert (device.created_at, device.last_seen) == (later(ctx, seconds=-1).now, ctx.now)


def test_a_user_who_vanished_registers_nothing(make_user, register):
    user = make_user()
    get_user_model()._default_manager.filter(pk=user.pk).delete()
    with pytest.raises(NotFound):
        register(user=user)
    assert not Device.objects.exists()


def test_devices_go_with_their_owner(register):
    kept = register()
    register().owner.delete()
    assert Device.objects.get() == kept


def test_a_known_host_costs_two_statements_and_a_new_one_five(make_user, register):
    user = make_user()
    with statements() as new:
        register(user=user, **FULL)
    with statements() as known:
        register(user=user, **FULL)
    assert (len(new), len(known)) == (5, 2), [*new, *known]


def test_who_reclaims_an_account_finds_no_device_and_registers_their_own(ctx, make_user, register):
    user = make_user()
    register("a", user=user)
    squatted = register("b", user=user)
    revoke_device(ctx, user=user, device_id=str(squatted.pk))
    kept = register("a")
    account_reclaimed.send(sender=type(user), user=user, ctx=ctx)
    assert list_devices(user=user) == []
    assert register("b", user=user).revoked_at is None
    assert Device.objects.get(pk=kept.pk).revoked_at is None
