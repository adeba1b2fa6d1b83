"""The audit trail, looked at."""

from __future__ import annotations

import re

import pytest

from jwt_accounts.models import SecurityEvent
from jwt_accounts.types import EventKind
from tests.admin.conftest import text_of
from tests.clock import later

pytestmark = [pytest.mark.django_db, pytest.mark.core, pytest.mark.urls("tests.admin.urls")]
once = pytest.mark.once


@pytest.fixture
def record(ctx):
    def write(kind=EventKind.USER_CHANGED, *, at=ctx, **values):
        SecurityEvent.objects.record(kind, at, **values)
        return SecurityEvent.objects.latest("pk")

    return write


@once
@pytest.mark.parametrize(
    ("details", "told"),
    [
        ({}, ["-"]),
        ({"fields": ["email", "first_name"]}, ["Fields: email, first_name"]),
        ({"role": "Cashier", "former": []}, ["Role: Cashier", "Former: none"]),
        ({"role": None, "former": ["A", "B"]}, ["Role: none", "Former: A, B"]),
        (
            {
                "role": "Cashier",
                "changes": {
                    "contain_number": [False, True],
                    "minimum_characters": [None, 8],
                    "lockout_time": [90.0, None],
                },
            },
            [
                "Role: Cashier",
                "Contain number: no → yes",
                "Minimum characters: none → 8",
                "Lockout time: 90 s → none",
            ],
        ),
        ({"x": {"y": 1}, "z": [{"a": 2}]}, ["Y: 1", "Z: {'a': 2}"]),
    ],
    ids=["nothing", "fields", "first role", "no role", "rules", "somebody else's"],
)
def test_details_are_told_in_words(root, record, details, told):
    """In any order: PostgreSQL keeps that of the names' lengths."""
    event = record(details=details)
    for page in (root.open(SecurityEvent), root.open(SecurityEvent, "change", event.pk)):
        # As the page has them: a cell, or lines of one.
        lines = re.split(r"<[^>]*>", text_of(page))
        assert [line for line in told if line not in lines] == []


def test_details_are_no_html(root, record):
    event = record(details={"role": "<b>x</b>", "<i>": ["<u>"]})
    for page in (root.open(SecurityEvent), root.open(SecurityEvent, "change", event.pk)):
        text = page.content.decode()
        assert "&lt;b&gt;" in text
        assert [tag for tag in ("<b>x", "<i>:", "<u>") if tag in text] == []


@once
@pytest.mark.parametrize("kind", list(EventKind))
def test_each_kind_is_told_in_words_and_filtered(root, record, kind):
    event, _ = record(kind), record(EventKind.USER_CREATED)
    words = kind.replace("_", " ").replace("pin ", "PIN ")
    told = words[0].upper() + words[1:]
    assert f">{told}<" in text_of(root.open(SecurityEvent, "change", event.pk))
    found = SecurityEvent.objects.filter(kind=kind)
    assert root.shows(SecurityEvent, kind=kind) == set(found.values_list("pk", flat=True))


def test_the_newest_come_first_and_days_can_be_chosen(root, record, ctx):
    old, new = record(at=later(ctx, days=-40)), record()
    found = root.open(SecurityEvent).context["cl"].result_list
    assert [each.pk for each in found] == [new.pk, old.pk]
    chosen = {"at__year": old.at.year, "at__month": old.at.month}
    assert root.shows(SecurityEvent, **chosen) == {old.pk}


def test_who_did_it_and_to_whom_is_shown(root, record, make_user, ctx):
    user, actor = make_user("target"), make_user("doer")
    event = record(user_id=user.pk, actor_id=actor.pk)
    for page in (root.open(SecurityEvent), root.open(SecurityEvent, "change", event.pk)):
        text = text_of(page)
        assert [each for each in (str(user), str(actor), ctx.ip) if each not in text] == []
