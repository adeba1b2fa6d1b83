"""``devices/`` and ``devices/ID/``, where ``jwt_accounts.contrib.devices`` is installed."""

from __future__ import annotations

from jwt_accounts.contrib.devices import flows
from jwt_accounts.contrib.devices.shapes import DeviceBody, DeviceInputs, device_body
from jwt_accounts.errors import Code
from jwt_accounts.http.actions import Ask, Reply, Who, action


@action("GET", who=Who.SIGNED_IN)
def list_devices(ask: Ask) -> Reply[list[DeviceBody]]:
    """One's own devices, the last seen first."""
    owner = ask.user.get_username()
    return Reply([device_body(each, owner=owner) for each in flows.list_devices(user=ask.user)])


@action("POST", who=Who.SIGNED_IN, inputs=DeviceInputs, raises=(Code.FORBIDDEN,), status=201)
def register_device(ask: Ask) -> Reply[DeviceBody]:
    """Register a device, or bring it up to date."""
    device = flows.register_device(ask.ctx, user=ask.user, **ask.data)
    return Reply(device_body(device, owner=ask.user.get_username()))


@action("GET", who=Who.SIGNED_IN)
def get_device(ask: Ask) -> Reply[DeviceBody]:
    """One device."""
    device = flows.get_device(user=ask.user, device_id=ask.path["device_id"])
    return Reply(device_body(device, owner=ask.user.get_username()))


@action("DELETE", who=Who.SIGNED_IN, status=204)
def revoke_device(ask: Ask) -> Reply[None]:
    """Revoke a device. Only staff restores it."""
    flows.revoke_device(ask.ctx, user=ask.user, device_id=ask.path["device_id"])
    return Reply(None)
