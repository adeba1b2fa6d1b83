"""schemathesis asks what the document lets it ask, and whatever is answered, the document says."""

from __future__ import annotations

from functools import cache
from itertools import cycle
from typing import Any

import pytest
import schemathesis
from django.contrib.auth import get_user_model
from django.core.handlers.wsgi import WSGIHandler
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as tried
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok

from jwt_accounts.conf import DEFAULT_RATE_LIMITS
from jwt_accounts.contrib.devices.models import Device
from jwt_accounts.contrib.notifications.models import Notification
from jwt_accounts.contrib.tenants.flows.enter import add_member
from jwt_accounts.contrib.tenants.models import Tenant
from jwt_accounts.flows.open_session import open_session
from jwt_accounts.flows.public_ids import public_id_of
from tests.http.caller import taken_back
from tests.schema.conftest import generate
from tests.second_factors import give_totp

pytestmark = pytest.mark.django_db

load_all_checks()
HELD = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)
#: What is mounted a second time, and what is not ours.
LEFT_OUT = ("browser_", "orders_", "any_", "schema_")
#: As many requests of an operation, of each kind and by each caller.
MANY = 10


@cache
def operations() -> dict[str, Any]:
    """What schemathesis makes of the document, by the names of the operations."""
    loaded = schemathesis.openapi.from_dict(dict(generate().content))
    loaded.app = WSGIHandler()
    found = [each.ok() for each in loaded.get_all_operations() if isinstance(each, Ok)]
    named = {each.definition.raw["operationId"]: each for each in found}
    return {name: each for name, each in named.items() if not name.startswith(LEFT_OUT)}


@pytest.fixture
def callers(ctx, make_user, make_role, settings, host) -> dict[str, dict[str, str]]:
    """The headers of everybody who may come: nobody, a user and a superuser, who have a device and
    a tenant."""
    settings.JWT_ACCOUNTS = {
        **settings.JWT_ACCOUNTS,
        "RATE_LIMITS": dict.fromkeys(DEFAULT_RATE_LIMITS),
        "SMS_SENDER": "tests.delivery.senders.ListSender",
    }
    settings.DJOSER = {"SEND_ACTIVATION_EMAIL": True}
    tenant = Tenant.objects.create(slug="acme", name="Acme", created_at=ctx.now)
    make_role("Manager")
    make_user("ada")
    users = {
        "user": make_user("somebody"),
        "superuser": make_user("root", is_superuser=True, is_staff=True),
    }
    headers = {"nobody": {}}
    for name, user in users.items():
        add_member(ctx, tenant, user, "owner")
        Notification.objects.create(user=user, kind="password_changed", created_at=ctx.now)
        Device.objects.create(owner=user, hostname="a", created_at=ctx.now, last_seen=ctx.now)
        tokens = open_session(ctx, user=user, amr=("pwd",)).tokens
        headers[name] = {"Authorization": f"Bearer {tokens.access}"}
    return headers


@pytest.fixture
def paths(callers) -> dict[str, str]:
    """Keys of what there is, by the names that paths have for them."""
    user = get_user_model()._default_manager.order_by("-pk")[0]
    key = str(user.pk)
    return {
        "user_id": key,
        "id": key,
        "public_id": str(public_id_of(user)),
        "role": "Manager",
        "notification_id": str(Notification.objects.filter(user=user).get().pk),
        "factor_id": f"totp-{give_totp(user, confirmed=False).factor.pk}",
    }


def keys_in(operation, paths) -> dict[str, str]:
    """Those of an operation's path. The portal's users go by their public ids."""
    if "tenant_portal" in operation.definition.raw["tags"]:
        paths = {**paths, "id": paths["public_id"]}
    return {name: key for name, key in paths.items() if f"{{{name}}}" in operation.path}


def ask(operation, mode, headers, times, **fixed) -> list[str]:
    """What is not as described. What a request changes is taken back: each is the first."""
    faults: list[str] = []
    strategy = operation.as_strategy(generation_mode=mode, **fixed)

    @given(case=strategy)
    @tried(
        max_examples=times,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def run(case) -> None:
        with taken_back():
            response = case.call(headers=headers)
        try:
            case.validate_response(response, checks=HELD, headers=headers)
        except FailureGroup as found:
            faults.extend(f"{operation.label}: {each}" for each in found.exceptions)

    run()
    return faults


def ask_all(callers, paths, times) -> list[str]:
    faults = []
    for operation in operations().values():
        known = keys_in(operation, paths)
        for headers in callers.values():
            faults += ask(operation, GenerationMode.POSITIVE, headers, times)
            if known:
                asked = {"path_parameters": known}
                faults += ask(operation, GenerationMode.POSITIVE, headers, times, **asked)
            if operation.body:
                faults += ask(operation, GenerationMode.NEGATIVE, headers, times)
    return faults


def ask_some(callers, paths) -> list[str]:
    """Each operation by who may do everything, and by one of the others in their turn."""
    faults, turn = [], cycle([callers["nobody"], callers["user"]])
    for operation in operations().values():
        known = keys_in(operation, paths)
        asked = {"path_parameters": known} if known else {}
        faults += ask(operation, GenerationMode.POSITIVE, callers["superuser"], 1, **asked)
        faults += ask(operation, GenerationMode.POSITIVE, next(turn), 1)
        if operation.body:
            faults += ask(operation, GenerationMode.NEGATIVE, callers["superuser"], 1)
    return faults


def test_it_understands_every_operation(document):
    ids = {each["operationId"] for each in document.operations.values()}
    assert set(operations()) == {name for name in ids if not name.startswith(LEFT_OUT)}


def test_no_answer_is_one_that_the_document_does_not_describe(callers, paths):
    assert ask_some(callers, paths) == []


@pytest.mark.slow
def test_nor_is_any_of_many(callers, paths):
    assert ask_all(callers, paths, MANY) == []


def test_who_asks_too_often_is_told_so_as_described(callers, paths, settings):
    limits = dict.fromkeys(DEFAULT_RATE_LIMITS, "1/d")
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "RATE_LIMITS": limits}
    limited = [each for each in operations().values() if "429" in each.definition.raw["responses"]]
    assert len(limited) > len(limits)
    for operation in limited:
        sent = {"body": {}, "media_type": "application/json"} if operation.body else {}
        named = {"token": "x", "key": "x", **keys_in(operation, paths)}
        case = operation.Case(path_parameters=named, **sent)
        answers = [case.call(headers=callers["superuser"]) for _ in range(2)]
        assert answers[-1].status_code == 429
        assert "retry-after" in answers[-1].headers
        case.validate_response(answers[-1], checks=HELD)
