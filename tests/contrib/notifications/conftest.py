"""Fixtures of notifications: how one is made, and staff at the admin."""

from __future__ import annotations

import pytest

from jwt_accounts.contrib.notifications.flows import notify
from jwt_accounts.contrib.notifications.models import Notification
from jwt_accounts.contrib.notifications.policy import Kind
from tests.admin.conftest import root, staff

__all__ = ["root", "staff", "tell"]


@pytest.fixture
def tell(ctx, make_user):
    """A factory of notifications: ``tell(user)``, ``kind=``, ``scope=`` and ``data=`` besides."""

    def make(user=None, kind=Kind.PASSWORD_CHANGED, *, at=ctx, **values):
        known = set(Notification.objects.values_list("pk", flat=True))
        notify(at, user=user or make_user(), kind=kind, **values)
        return Notification.objects.exclude(pk__in=known).get()

    return make
