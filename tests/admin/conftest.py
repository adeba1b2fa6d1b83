"""Fixtures of the admin: staff with some rights, and what they open and press."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from itertools import count

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.models import Account, RoleSettings, SecurityEvent, SigningKey, UserSession
from jwt_accounts.types import EventKind
from tests.conftest import PASSWORD, identifier_of

_numbers = count(1)


class Desk:
    """The admin as one person sees it."""

    def __init__(self, user) -> None:
        self.user = user
        self.client = Client(REMOTE_ADDR="192.0.2.7", HTTP_USER_AGENT="browser")
        self.client.force_login(user)

    def open(self, model, page="changelist", *args, **query):
        return self.client.get(address(model, page, *args), query)

    def send(self, model, page, *args, **values):
        return self.client.post(address(model, page, *args), values)

    def press(self, action, rows):
        """Select rows of a list and run an action; what is then told, by level."""
        rows = list(rows)
        response = self.client.post(
            address(type(rows[0]), "changelist"),
            {"action": action, "_selected_action": [str(row.pk) for row in rows]},
        )
        return [(each.level_tag, str(each)) for each in get_messages(response.wsgi_request)]

    def shows(self, model, **query):
        """The keys of the rows that a list shows."""
        return {row.pk for row in self.open(model, **query).context["cl"].result_list}

    def offers(self, model):
        """The actions that a list offers."""
        form = self.open(model).context["action_form"]
        return {value for value, _ in form.fields["action"].choices if value} if form else set()


def address(model, page, *args):
    options = model._meta
    return reverse(f"admin:{options.app_label}_{options.model_name}_{page}", args=args)


def text_of(response):
    return unescape(response.content.decode())


@pytest.fixture
def root(make_user):
    """A superuser at the admin."""
    return Desk(make_user("root", is_staff=True, is_superuser=True))


@pytest.fixture
def staff(make_user, make_role):
    """A factory of staff with some rights: ``staff("jwt_accounts.view_account")``."""

    def make(*rights):
        role = f"Staff {next(_numbers)}"
        make_role(role, rights)
        return Desk(make_user(is_staff=True, groups=[role]))

    return make


@pytest.fixture
def account_of(make_user):
    """A factory of accounts of new users."""

    def make(*args, **values):
        return Account.objects.get(user=make_user(*args, **values))

    return make


@pytest.fixture
def session_of(ctx):
    """A factory of sessions of a user."""

    def make(user):
        former = list(UserSession.objects.values_list("pk", flat=True))
        sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
        return UserSession.objects.exclude(pk__in=former).get()

    return make


@pytest.fixture
def rows(ctx, make_user, make_role):
    """A factory of ``n`` rows of a model, each with a user, or a role, of its own."""

    def make(model, n=1):
        names = [f"row{next(_numbers)}" for _ in range(n)]
        if model is RoleSettings:
            roles = [make_role(name, contain_number=True) for name in names]
            return [RoleSettings.objects.get(role=role) for role in roles]
        if model is SigningKey:
            secret = {"private_key": "c0ffee", "public_key": "BEGIN", "algorithm": "ES256"}
            keys = [SigningKey(kid=name, created_at=ctx.now, **secret) for name in names]
            return SigningKey.objects.bulk_create(keys)
        users = [make_user(name) for name in names]
        for user in users:
            if model is UserSession:
                UserSession.objects.create(
                    user=user,
                    **dict.fromkeys(["created_at", "rotated_at", "last_used_at"], ctx.now),
                    **dict.fromkeys(["idle_expires_at", "expires_at"], ctx.now + timedelta(days=1)),
                    auth_time=ctx.now,
                    amr="pwd",
                    password_digest="c0ffee" * 10,
                )
            elif model is SecurityEvent:
                SecurityEvent.objects.record(
                    EventKind.USER_CHANGED,
                    ctx,
                    user_id=user.pk,
                    actor_id=user.pk,
                    details={"fields": ["email", "name"]},
                )
        return list(model.objects.filter(user__in=users))

    return make
