"""Fixtures of devices: how one is registered, and staff at the admin."""

from __future__ import annotations

import pytest

from jwt_accounts.contrib.devices.flows import register_device
from tests.admin.conftest import root, staff

__all__ = ["register", "root", "staff"]


@pytest.fixture
def register(ctx, make_user):
    """A factory of devices: ``register("rack-7")`` of a new user, ``user=`` for that one's."""

    def make(hostname="rack-7", *, user=None, at=ctx, **values):
        return register_device(at, user=user or make_user(), hostname=hostname, **values)

    return make
