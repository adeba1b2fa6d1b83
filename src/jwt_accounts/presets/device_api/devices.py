"""``v1/core/``: the devices of who is signed in."""

from __future__ import annotations

from jwt_accounts.contrib.devices import flows
from jwt_accounts.contrib.devices.shapes import DeviceBody, DeviceInputs, device_body
from jwt_accounts.errors import Code
from jwt_accounts.http.actions import Ask, Reply, Who, action


@action("POST", who=Who.SIGNED_IN, inputs=DeviceInputs, raises=(Code.FORBIDDEN,), status=201)
def register(ask: Ask) -> Reply[None]:
    """Register a device, or bring it up to date."""
    flows.register_device(ask.ctx, user=ask.user, **ask.data)
    return Reply(None)


@action("GET", who=Who.SIGNED_IN, raises=(Code.NOT_FOUND,))
def show(ask: Ask) -> Reply[DeviceBody | list[DeviceBody]]:
    """The device, the one seen last where there are several; all of them with ``?all=1``."""
    owner = ask.user.get_username()
    if ask.query.get("all") == "1":
        found = flows.list_devices(user=ask.user)
        return Reply([device_body(each, owner=owner) for each in found])
    return Reply(device_body(flows.latest_device(user=ask.user), owner=owner))
