"""The portal document's requests, one by one."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import TestCase

from jwt_accounts.contrib.tenants.models import Membership, Tenant
from tests.presets.documented import Documented, Send, play
from tests.presets.tenant_portal.documented import ALL, Names

pytestmark = pytest.mark.django_db

WITH_VALUES = [each for each in ALL if each.body]
#: A link to the next page is spelled as the page was asked for.
ONE_A_PATH = [each for each in ALL if "?" not in each.path and each.status < 400]
#: So many users are in the document's sample.
MANY = 1023


@pytest.fixture
def names(send, make_tenant, ctx) -> Names:
    """The open default tenant, in which everything happens; with as many users as the sample
    says."""
    demo = make_tenant("demo", joining="open", is_default=True)

    def fill() -> None:
        names.value("token")
        model = get_user_model()
        rows = [model(username=f"many{n}", email=f"m{n}@example.com") for n in range(MANY - 1)]
        crowd = model.objects.bulk_create(rows)
        Membership.objects.bulk_create(
            [Membership(tenant=demo, user=user, joined_at=ctx.now) for user in crowd]
        )

    names = Crowded(_committing(send), fill=fill)
    return names


class Crowded(Names):
    """With a crowd that no request makes."""

    def __init__(self, send: Send, *, fill) -> None:
        super().__init__(send)
        self._fill = fill

    def _make(self, name: str) -> dict[str, str]:
        if name == "crowd":
            self._fill()
            return {name: ""}
        return super()._make(name)


def _committing(send: Send) -> Send:
    def one(*args):
        with TestCase.captureOnCommitCallbacks(execute=True):
            return send(*args)

    return one


@pytest.mark.parametrize("documented", ALL, ids=lambda each: each.name)
def test_the_documented_request_gets_the_documented_answer(names, documented: Documented):
    play(documented, names.send, names=names)


@pytest.mark.parametrize("documented", ONE_A_PATH, ids=lambda each: each.name)
def test_it_does_so_without_the_last_slash(names, documented: Documented):
    play(documented, names.send, names=names, slash=False)


@pytest.mark.parametrize("encoding", ["urlencoded", "multipart"])
@pytest.mark.parametrize("documented", WITH_VALUES, ids=lambda each: each.name)
def test_it_does_so_when_the_values_come_as_a_form(names, documented, encoding):
    play(documented, names.send, names=names, encode=encoding)


def test_a_sign_up_that_names_no_tenant_joins_the_default_one(names):
    names.value("token")
    assert Membership.objects.get().tenant == Tenant.objects.get(slug="demo")
