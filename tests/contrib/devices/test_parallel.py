"""Requests in parallel, each on a connection of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from jwt_accounts.contrib.devices import flows
from jwt_accounts.contrib.devices.flows import register_device
from jwt_accounts.contrib.devices.models import Device
from jwt_accounts.errors import Forbidden

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.database,
    pytest.mark.postgres,
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="one connection is the whole of this database"
    ),
]

TOGETHER = 10


def at_once(call, *values):
    """The results of one call for each value, all at the same moment; None where it is refused."""
    start = Barrier(len(values))

    def run(value):
        try:
            start.wait(20)
            return call(value)
        except Forbidden:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(len(values)) as pool:
        return list(pool.map(run, values))


def test_registrations_at_once_make_one_row_a_host_and_no_more_than_the_bound(
    ctx, monkeypatch, make_user
):
    monkeypatch.setattr(flows, "MOST_DEVICES", 3)
    user = make_user()

    def register(hostname):
        return register_device(ctx, user=user, hostname=hostname, name=hostname)

    same = at_once(register, *["rack-7", "RACK-7."] * (TOGETHER // 2))
    assert {device.pk for device in same} == {Device.objects.get().pk}
    others = at_once(register, *[f"host{number}" for number in range(TOGETHER)])
    assert others.count(None) == TOGETHER - 2
    assert Device.objects.count() == 3
