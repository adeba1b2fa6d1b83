"""How devices look on the wire, in every contract that has them."""

from __future__ import annotations

from typing import TypedDict

from jwt_accounts.contrib.devices.models import Device
from jwt_accounts.http.inputs import Inputs, Text


class DeviceInputs(Inputs):
    """A device. What is left out stays as it is; empty: it has none."""

    hostname = Text(max_length=255)
    fqdn = Text(required=False, allow_blank=True, max_length=255)
    ipv4_address = Text(required=False, allow_blank=True, max_length=64)
    ipv6_address = Text(required=False, allow_blank=True, max_length=64)
    name = Text(required=False, allow_blank=True, max_length=200)


class DeviceBody(TypedDict):
    """A device of who asks. ``owner`` is the owner's user name."""

    id: str
    hostname: str
    fqdn: str
    ipv4_address: str | None
    ipv6_address: str | None
    name: str
    owner: str
    last_seen: str
    revoked: bool


def device_body(device: Device, *, owner: str) -> DeviceBody:
    """A device as its owner sees it."""
    return DeviceBody(
        id=str(device.pk),
        hostname=device.hostname,
        fqdn=device.fqdn,
        ipv4_address=device.ipv4_address,
        ipv6_address=device.ipv6_address,
        name=device.name,
        owner=owner,
        last_seen=f"{device.last_seen:%Y-%m-%dT%H:%M:%SZ}",
        revoked=device.revoked_at is not None,
    )
