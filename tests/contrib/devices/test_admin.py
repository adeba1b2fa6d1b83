"""The page of devices: looked at, revoked and restored."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core.checks import run_checks
from django.utils import timezone

from jwt_accounts.contrib.devices.models import Device
from jwt_accounts.contrib.devices.staff import restore_devices, revoke_devices
from jwt_accounts.errors import Forbidden, NotFound
from tests.admin.conftest import text_of
from tests.conftest import NO_KEY
from tests.sql import statements

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.core,
    pytest.mark.urls("tests.contrib.devices.urls"),
]
once = pytest.mark.once

VIEW, CHANGE = "jwt_accounts_devices.view_device", "jwt_accounts_devices.change_device"


def revoked():
    return set(Device.objects.filter(revoked_at__isnull=False).values_list("pk", flat=True))


def test_the_page_passes_djangos_checks():
    assert run_checks(tags=["admin"]) == []


@once
@pytest.mark.parametrize("page", ["changelist", "change", "history"])
def test_every_page_opens_for_who_may_look_and_not_for_others(staff, register, page):
    device = register()
    args = [] if page == "changelist" else [device.pk]
    response = staff(VIEW).open(Device, page, *args)
    assert response.status_code == 200
    assert "None" not in text_of(response)
    assert staff().open(Device, page, *args).status_code == 403


def test_not_even_a_superuser_adds_saves_or_deletes_one(root, register):
    device = register()
    before = list(Device.objects.values())
    for page, args in [("add", []), ("change", [device.pk]), ("delete", [device.pk])]:
        assert root.send(Device, page, *args, hostname="x", post="yes").status_code == 403
    assert root.offers(Device) == {"revoke", "restore"}
    assert list(Device.objects.values()) == before


def test_who_may_delete_a_user_deletes_the_devices_too(staff, register):
    device = register()
    clerk = staff("delete_user", "view_user")
    done = clerk.send(get_user_model(), "delete", device.owner_id, post="yes")
    assert done.status_code == 302
    assert not Device.objects.exists()


@pytest.mark.parametrize(
    "text", ["rack-7", "RACK", "rack-7.example.com", "192.0.2.7", "2001:db8::7", "anna@example.com"]
)
def test_a_list_finds_what_is_searched_for(root, make_user, register, text):
    device = register(
        user=make_user("anna"),
        fqdn="rack-7.example.com",
        ipv4_address="192.0.2.7",
        ipv6_address="2001:db8::7",
    )
    register("other")
    assert root.shows(Device, q=text) == {device.pk}


def test_a_list_filters_the_revoked(root, register):
    gone, kept = register(), register()
    Device.objects.filter(pk=gone.pk).update(revoked_at=timezone.now())
    assert root.shows(Device, revoked="yes") == {gone.pk}
    assert root.shows(Device, revoked="no") == {kept.pk}
    assert root.shows(Device, revoked="x") == root.shows(Device) == {gone.pk, kept.pk}


def test_a_list_costs_as_many_queries_for_ten_rows_as_for_one(root, register):
    def cost():
        with statements() as asked:
            root.open(Device)
        return len(asked)

    register()
    one = cost()
    for _ in range(9):
        register()
    assert cost() == one


@pytest.mark.parametrize("lookup", ["owner__password__startswith", "owner__password"])
def test_no_secret_is_guessed_by_its_beginning(root, register, lookup):
    register()
    assert root.open(Device, **{lookup: "c"}).status_code == 400


def test_the_chosen_ones_are_revoked_and_restored_and_no_others(staff, make_user, register):
    user = make_user()
    chosen = [register("a", user=user), register("b", user=user), register("a")]
    kept = [register("c", user=user), register("a")]
    desk = staff(VIEW, CHANGE)
    assert desk.offers(Device) == {"revoke", "restore"}
    assert desk.press("revoke", chosen) == [("success", "The devices of 2 users were revoked.")]
    assert revoked() == {device.pk for device in chosen}
    moments = set(Device.objects.values_list("pk", "revoked_at"))
    desk.press("revoke", chosen)
    assert set(Device.objects.values_list("pk", "revoked_at")) == moments
    *_, told = desk.press("restore", [chosen[0], *kept])
    assert told == ("success", "The devices of 2 users were restored.")
    assert revoked() == {device.pk for device in chosen[1:]}
    assert register("a", user=user) == chosen[0]


@pytest.mark.parametrize("act", ["revoke", "restore"])
@pytest.mark.parametrize("held", [(VIEW,), (), ("jwt_accounts.view_account",)])
def test_without_the_rights_nothing_is_done(staff, register, act, held):
    device = register()
    Device.objects.update(revoked_at=timezone.now() if act == "restore" else None)
    before = revoked()
    desk = staff(*held)
    desk.press(act, [device])
    assert revoked() == before
    if VIEW in held:
        assert desk.offers(Device) == set()


@pytest.mark.parametrize("above", [{"is_superuser": True}, {"is_staff": True}])
def test_nobody_revokes_devices_of_who_is_above(staff, make_user, register, above):
    high, low = register(user=make_user("high", **above)), register()
    told = staff(VIEW, CHANGE).press("revoke", [high, low])
    assert [level for level, _ in told] == ["success", "error"]
    assert high.owner.get_username() in told[1][1]
    assert revoked() == {low.pk}


@pytest.mark.parametrize("flow", [revoke_devices, restore_devices])
def test_a_flow_of_staff_reaches_the_named_owner_alone(ctx, root, make_user, register, flow):
    device, other = register(), register()
    Device.objects.update(revoked_at=ctx.now if flow is restore_devices else None)
    before = revoked()
    only = [device.pk]
    with pytest.raises(Forbidden):
        flow(ctx, actor=make_user(), user_id=str(device.owner_id), only=only)
    for key in ("x", "999999999", str(NO_KEY)):
        with pytest.raises(NotFound):
            flow(ctx, actor=root.user, user_id=key, only=only)
    assert flow(ctx, actor=root.user, user_id=str(other.owner_id), only=only) == 0
    assert revoked() == before
    assert flow(ctx, actor=root.user, user_id=str(device.owner_id), only=only) == 1
    assert revoked() == before ^ {device.pk}
