"""The devices of a user, for the user."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.db import router, transaction
from django.db.models import QuerySet

from jwt_accounts.contrib.devices.models import Device
from jwt_accounts.contrib.devices.policy import (
    LONGEST_NAME,
    canonical_fqdn,
    canonical_hostname,
    canonical_ipv4,
    canonical_ipv6,
    canonical_name,
)
from jwt_accounts.errors import FieldError, Forbidden, InvalidInput, NotFound, SessionEnded
from jwt_accounts.models.userfields import lock_users
from jwt_accounts.types import HostUser, RequestContext, UserKey

#: How many devices one user can have, the revoked ones among them.
MOST_DEVICES = 1000

_FORMS: Mapping[str, tuple[Callable[[str], str | None], str]] = {
    "hostname": (
        canonical_hostname,
        "Enter a host name: letters, digits and hyphens, such as rack-7 or rack-7.example.com.",
    ),
    "fqdn": (canonical_fqdn, "Enter a host name with its domain, such as rack-7.example.com."),
    "ipv4_address": (canonical_ipv4, "Enter an IPv4 address, such as 192.0.2.7."),
    "ipv6_address": (
        canonical_ipv6,
        "Enter an IPv6 address without a zone, such as 2001:db8::7. An IPv4 address has a field "
        "of its own.",
    ),
    "name": (canonical_name, f"Enter a name of one line and at most {LONGEST_NAME} characters."),
}

#: What an empty value of a field is.
_NOTHING: Mapping[str, str | None] = {
    "fqdn": "",
    "ipv4_address": None,
    "ipv6_address": None,
    "name": "",
}


def register_device(
    ctx: RequestContext,
    *,
    user: HostUser,
    hostname: str,
    fqdn: str | None = None,
    ipv4_address: str | None = None,
    ipv6_address: str | None = None,
    name: str | None = None,
) -> Device:
    """Register a device. One that has this host name already is brought up to date: None leaves a
    value as it is, an empty text takes it away.

    Raises :class:`InvalidInput`, :class:`Forbidden` for a revoked device or one too many, and
    :class:`SessionEnded` where the password has just changed.
    """
    values = _checked(
        hostname=hostname,
        fqdn=fqdn,
        ipv4_address=ipv4_address,
        ipv6_address=ipv6_address,
        name=name,
    )
    seen = {**values, "last_seen": ctx.now}
    alias = router.db_for_write(Device)
    known = Device.objects.using(alias).filter(owner=user.pk, hostname=values["hostname"])
    with transaction.atomic(using=alias):
        if not known.filter(revoked_at__isnull=True).update(**seen):
            _insert(ctx, user, seen)
        device = known.get()
        if device.revoked_at is not None:
            raise Forbidden("This device was revoked. Ask an administrator to restore it.")
    return device


def list_devices(*, user: HostUser) -> list[Device]:
    """The user's devices, the last seen first, and the revoked ones with them."""
    return list(_own(user))


def get_device(*, user: HostUser, device_id: str) -> Device:
    """One device. Raises :class:`NotFound`, for somebody else's too."""
    device = _own(user).filter(pk=_key(device_id)).first()
    if device is None:
        raise NotFound
    return device


def latest_device(*, user: HostUser) -> Device:
    """The device that was seen last and is not revoked. Raises :class:`NotFound`."""
    device = _own(user).filter(revoked_at__isnull=True).first()
    if device is None:
        raise NotFound
    return device


def revoke_device(ctx: RequestContext, *, user: HostUser, device_id: str) -> None:
    """Revoke one device of one's own; one that is revoked already stays so.

    Raises :class:`NotFound`, for somebody else's too.
    """
    device = _own(user).filter(pk=_key(device_id))
    if not _revoke(ctx, device) and not device.exists():
        raise NotFound


def forget_every_device(*, user_id: UserKey) -> int:
    """Delete all devices of a user, so that the owner may register them; how many they were."""
    return Device.objects.filter(owner=user_id).delete()[0]


def _checked(**sent: str | None) -> dict[str, Any]:
    values: dict[str, str | None] = {}
    errors: dict[str, tuple[FieldError, ...]] = {}
    for field, text in sent.items():
        if text is None:
            continue
        canonical, message = _FORMS[field]
        if not text and field in _NOTHING:
            values[field] = _NOTHING[field]
        elif (value := canonical(text)) is None:
            errors[field] = (FieldError("invalid", message),)
        else:
            values[field] = value
    if errors:
        raise InvalidInput(fields=errors)
    return values


def _insert(ctx: RequestContext, user: HostUser, seen: Mapping[str, Any]) -> None:
    """The user is locked, as for every new row that refers to one, so the count is exact. Where
    nobody locks rows (SQLite), the constraint decides who comes second, and updates."""
    present = lock_users(user.pk).get(user.pk)
    if present is None:
        raise NotFound("There is no such user.")
    if present.password != user.password:
        # Somebody took the account back a moment ago: what came before adds nothing to it.
        raise SessionEnded
    others = Device.objects.filter(owner=user.pk).exclude(hostname=seen["hostname"])
    if others.count() >= MOST_DEVICES:
        raise Forbidden(f"You have {MOST_DEVICES} devices already, and can have no more.")
    Device.objects.bulk_create(
        [Device(owner=user, created_at=ctx.now, **seen)],
        update_conflicts=True,
        unique_fields=["owner", "hostname"],
        update_fields=[field for field in seen if field != "hostname"],
    )


def _own(user: HostUser) -> QuerySet[Device]:
    return Device.objects.filter(owner=user.pk).order_by("-last_seen", "-created_at", "pk")


def _key(device_id: str) -> UUID:
    try:
        return UUID(device_id)
    except ValueError as error:
        raise NotFound from error


def _revoke(ctx: RequestContext, devices: QuerySet[Device]) -> int:
    return devices.filter(revoked_at__isnull=True).update(revoked_at=ctx.now)
