"""What holds for every page."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.core.checks import run_checks
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jwt_accounts.models import Account, RoleSettings, SecurityEvent, SigningKey, UserSession
from tests.admin.conftest import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.core, pytest.mark.urls("tests.admin.urls")]
database = pytest.mark.database
once = pytest.mark.once

OF_USERS = [Account, UserSession, SecurityEvent]
LOOKED_AT = [*OF_USERS, SigningKey]
EVERY = [RoleSettings, *LOOKED_AT]
every = pytest.mark.parametrize("model", EVERY, ids=lambda model: model.__name__)
looked_at = pytest.mark.parametrize("model", LOOKED_AT, ids=lambda model: model.__name__)


def view_right(model):
    return f"jwt_accounts.view_{model._meta.model_name}"


def test_what_holds_secrets_only_has_no_page():
    ours = {model for model in admin.site._registry if model._meta.app_label == "jwt_accounts"}
    assert ours == set(EVERY)


def test_the_pages_pass_djangos_checks():
    assert run_checks(tags=["admin"]) == []


@every
@pytest.mark.parametrize("page", ["changelist", "change", "history"])
def test_every_page_opens(root, rows, model, page):
    (row,) = rows(model)
    args = [] if page == "changelist" else [row.pk]
    response = root.open(model, page, *args)
    assert response.status_code == 200
    assert "None" not in text_of(response)


@once
@every
@pytest.mark.parametrize("page", ["changelist", "change"])
def test_a_page_opens_for_staff_who_may_look_and_not_for_others(staff, rows, model, page):
    (row,) = rows(model)
    args = [] if page == "changelist" else [row.pk]
    others = [view_right(each) for each in EVERY if each is not model]
    assert staff(view_right(model)).open(model, page, *args).status_code == 200
    assert staff(*others).open(model, page, *args).status_code == 403


def test_staff_without_rights_sees_nothing_of_this_library(staff):
    desk = staff()
    response = desk.client.get("/admin/")
    assert response.status_code == 200
    assert "/admin/jwt_accounts/" not in text_of(response)


@once
@every
def test_nobody_saves_a_row_that_they_may_only_look_at(staff, rows, model):
    (row,) = rows(model)
    before = model.objects.values().get(pk=row.pk)
    desk = staff(view_right(model))
    assert desk.send(model, "change", row.pk, must_change_password="on").status_code == 403
    assert desk.open(model, "add").status_code == 403
    assert desk.send(model, "add").status_code == 403
    assert list(model.objects.filter(pk=row.pk).values()) == [before]


@once
@looked_at
def test_not_even_a_superuser_saves_what_is_looked_at(root, rows, model):
    (row,) = rows(model)
    before = list(model.objects.values())
    response = root.open(model, "change", row.pk)
    assert 'name="_save"' not in text_of(response)
    assert root.send(model, "change", row.pk, phone_as_written="1", kind="x").status_code == 403
    assert root.open(model, "add").status_code == 403
    assert root.send(model, "add", kind="x", ip="192.0.2.1").status_code == 403
    assert list(model.objects.values()) == before


@once
@every
def test_not_even_a_superuser_deletes_a_row_on_its_own_page(root, rows, model):
    (row,) = rows(model)
    assert "delete" not in text_of(root.open(model, "change", row.pk)).lower()
    assert "delete_selected" not in root.offers(model)
    assert root.open(model, "delete", row.pk).status_code == 403
    assert root.send(model, "delete", row.pk, post="yes").status_code == 403
    root.press("delete_selected", [row])
    root.client.post(
        root.open(model).request["PATH_INFO"],
        {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"},
    )
    assert model.objects.filter(pk=row.pk).exists()


@every
def test_a_list_costs_as_many_queries_for_fifty_rows_as_for_one(root, rows, model):
    def cost():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert root.open(model).status_code == 200
        return len(queries)

    rows(model)
    one = cost()
    rows(model, 50)
    assert len(root.shows(model)) >= 50
    assert cost() == one <= 9


@pytest.mark.parametrize("model", OF_USERS, ids=lambda model: model.__name__)
def test_a_list_finds_who_is_searched_for(root, rows, model):
    row, other = rows(model, 2)
    for text in (row.user.email, row.user.email.upper(), row.user.email.partition("@")[0]):
        found = root.shows(model, q=text)
        assert row.pk in found
        assert other.pk not in found


@once
@every
@pytest.mark.parametrize("page", ["changelist", "change"])
def test_no_page_shows_a_secret(root, rows, model, page):
    (row,) = rows(model)
    args = [] if page == "changelist" else [row.pk]
    text = text_of(root.open(model, page, *args))
    assert "c0ffee" not in text
    assert root.user.password not in text
    assert "digest" not in text
    if model in OF_USERS:
        assert row.user.password not in text


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        (UserSession, "password_digest"),
        (UserSession, "password_digest__startswith"),
        (UserSession, "user__password__startswith"),
        (SigningKey, "private_key"),
        (SigningKey, "private_key__startswith"),
    ],
)
def test_no_secret_is_guessed_by_its_beginning(root, rows, model, lookup):
    rows(model)
    assert root.open(model, **{lookup: "c"}).status_code == 400


@once
@database
@pytest.mark.parametrize("value", ["x", "", "\x00", "yes'"])
@pytest.mark.parametrize(
    ("model", "name"),
    [
        (Account, "locked"),
        (Account, "staff"),
        (UserSession, "open"),
        (UserSession, "end_reason"),
        (SecurityEvent, "kind"),
    ],
)
def test_a_filter_by_nonsense_filters_nothing(root, rows, model, name, value):
    (row,) = rows(model)
    assert row.pk in root.shows(model, **{name: value})
