"""Fixtures of what is tried at every endpoint."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client

from jwt_accounts.contrib.devices.models import Device
from jwt_accounts.contrib.mfa.models import (
    PasskeyFactor,
    RecoveryCode,
    SentCodeFactor,
    TotpFactor,
)
from jwt_accounts.contrib.notifications.models import Notification
from jwt_accounts.contrib.tenants.flows.enter import add_member
from jwt_accounts.contrib.tenants.models import Membership, Tenant, TenantInvitation
from jwt_accounts.models import Account, PasswordHistory, RoleSettings, UserSession
from tests.contrib.mfa.passkeys import give_passkey
from tests.http.caller import ROLE, Caller
from tests.second_factors import give_totp


@pytest.fixture
def caller(ctx, make_user, make_role, settings) -> Caller:
    settings.JWT_ACCOUNTS = {
        **settings.JWT_ACCOUNTS,
        "SMS_SENDER": "tests.delivery.senders.ListSender",
        "PASSWORDLESS": True,
    }
    settings.DJOSER = {"SEND_ACTIVATION_EMAIL": True}
    make_role(ROLE)
    actor = make_user("root", is_superuser=True, is_staff=True)
    # Or the actor could not go.
    heir = make_user("heir", is_superuser=True)
    newcomer, target = make_user("newcomer", password=None), make_user("target")
    Account.objects.filter(user=newcomer).update(unproved="email", awaits_confirmation=True)
    SentCodeFactor.objects.create(user=actor, channel="email")
    Account.objects.filter(user=actor).update(phone="+40771000000", phone_as_written="+40771000000")
    give_passkey(actor)
    tenant = Tenant.objects.create(slug="acme", name="Acme", joining="open", created_at=ctx.now)
    for user, role in ((actor, "owner"), (heir, "owner"), (target, "member")):
        add_member(ctx, tenant, user, role)
    return Caller(
        client=Client(raise_request_exception=False),
        ctx=ctx,
        actor=actor,
        target=target,
        newcomer=newcomer,
        device=Device.objects.create(
            owner=actor, hostname="rack-7", created_at=ctx.now, last_seen=ctx.now
        ),
        notification=Notification.objects.create(
            user=actor, kind="password_changed", created_at=ctx.now
        ),
        invitation=TenantInvitation.objects.create(
            tenant=tenant,
            email="invited@example.com",
            created_at=ctx.now,
            expires_at=ctx.now + timedelta(days=7),
            sent_since=ctx.now,
        ),
        app=give_totp(actor, with_codes=False),
        new_app=give_totp(actor, with_codes=False, confirmed=False),
        targets_app=give_totp(target, with_codes=False, confirmed=False),
    )


@pytest.fixture
def everything(db) -> Callable[[], dict[str, Any]]:
    """What no refused request may change: users, groups, roles, accounts, devices, notifications,
    tenants, second factors and which sessions are over.

    Tries are left out: a refused sign-in is counted.
    """

    def look() -> dict[str, Any]:
        users = get_user_model()._default_manager.order_by("pk")
        return {
            "users": list(users.values(*_stable(get_user_model()))),
            "groups": list(Group.objects.order_by("pk").values()),
            "held": set(get_user_model().groups.through.objects.values_list()),
            "roles": list(RoleSettings.objects.order_by("pk").values()),
            "former": set(PasswordHistory.objects.values_list("pk", flat=True)),
            "accounts": list(Account.objects.order_by("pk").values(*_stable(Account))),
            "devices": list(Device.objects.order_by("pk").values()),
            "notifications": list(Notification.objects.order_by("pk").values()),
            "tenants": [
                list(model.objects.order_by("pk").values())
                for model in (Tenant, Membership, TenantInvitation)
            ],
            "factors": [
                set(model.objects.values_list("pk", "user", "confirmed", "name"))
                for model in (TotpFactor, SentCodeFactor, PasskeyFactor)
            ],
            "recovery codes": set(RecoveryCode.objects.values_list("pk", flat=True)),
            "ended": set(
                UserSession.objects.filter(ended_at__isnull=False).values_list("pk", flat=True)
            ),
        }

    return look


_COUNTED = {
    *("last_login", "failures", "tried_at", "locked_at", "locked_until"),
    *("factor_tries", "factor_tried_since", "known_clients"),
    *("factor_tries_today", "factor_today_since"),
}


def _stable(model: Any) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if field.name not in _COUNTED]
