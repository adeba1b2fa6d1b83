"""The rules of roles, edited."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db.models.signals import pre_save

from jwt_accounts.models import RoleSettings, SecurityEvent
from jwt_accounts.types import EventKind
from tests.admin.conftest import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.admin.urls")]

VIEW, ADD, CHANGE = (f"jwt_accounts.{act}_rolesettings" for act in ("view", "add", "change"))
RULES = {
    "minimum_characters": "12",
    "contain_upper_case": "on",
    "contain_number": "on",
    "password_expiration": "90",
    "lockout_limit": "3",
    "lockout_time": "01:00:00",
    "session_limit": "4",
}
STORED = {
    "minimum_characters": 12,
    "contain_upper_case": True,
    "contain_lower_case": False,
    "contain_special_case": False,
    "contain_number": True,
    "password_expiration": 90,
    "lockout_limit": 3,
    "lockout_time": timedelta(hours=1),
    "session_limit": 4,
}


@pytest.fixture
def cashier(make_role):
    return make_role("Cashier", minimum_characters=6, contain_lower_case=True)


def rules(role):
    return RoleSettings.objects.values(*STORED).get(role=role)


def choices(desk):
    field = desk.open(RoleSettings, "add").context["adminform"].form.fields["role"]
    return set(field.queryset.values_list("name", flat=True))


def test_a_list_shows_each_role_and_its_rules(root, make_role):
    make_role("Cashier", **STORED)
    text = text_of(root.open(RoleSettings))
    for told in ("Cashier", ">12<", "upper case, number", ">90<", ">3<", ">1:00:00<", ">4<"):
        assert told in text


def test_an_edit_changes_the_rules_and_is_recorded_once(root, cashier):
    response = root.send(RoleSettings, "change", cashier.pk, **RULES)
    assert response.status_code == 302
    assert rules(cashier) == STORED
    event = SecurityEvent.objects.get()
    assert (event.kind, event.actor) == (EventKind.ROLE_SETTINGS_CHANGED, root.user)
    assert (event.ip, event.user_agent) == ("192.0.2.7", "browser")
    assert event.details == {
        "role": "Cashier",
        "changes": {
            "minimum_characters": [6, 12],
            "contain_upper_case": [False, True],
            "contain_lower_case": [True, False],
            "contain_number": [False, True],
            "password_expiration": [None, 90],
            "lockout_limit": [None, 3],
            "lockout_time": [None, 3600.0],
            "session_limit": [None, 4],
        },
    }


def test_an_edit_writes_only_what_was_changed(root, cashier):
    """Somebody else's edit of another rule at the same time stays."""

    def edit_meanwhile(**_kwargs):
        RoleSettings.objects.filter(role=cashier).update(minimum_characters=20)

    pre_save.connect(edit_meanwhile, sender=RoleSettings)
    try:
        form = {"minimum_characters": "6", "contain_lower_case": "on", "lockout_limit": "4"}
        root.send(RoleSettings, "change", cashier.pk, **form)
    finally:
        pre_save.disconnect(edit_meanwhile, sender=RoleSettings)
    assert (rules(cashier)["minimum_characters"], rules(cashier)["lockout_limit"]) == (20, 4)
    assert SecurityEvent.objects.get().details["changes"] == {"lockout_limit": [None, 4]}


def test_an_edit_that_changes_nothing_is_no_event(root, cashier):
    same = {"minimum_characters": "6", "contain_lower_case": "on"}
    assert root.send(RoleSettings, "change", cashier.pk, **same).status_code == 302
    assert not SecurityEvent.objects.exists()


def test_rules_do_not_move_to_another_role(root, cashier):
    other = Group.objects.create(name="Other")
    root.send(RoleSettings, "change", cashier.pk, **RULES, role=str(other.pk))
    assert rules(cashier) == STORED
    assert not RoleSettings.objects.filter(role=other).exists()


def test_new_rules_are_recorded_once(root):
    role = Group.objects.create(name="New")
    response = root.send(RoleSettings, "add", **RULES, role=str(role.pk))
    assert response.status_code == 302
    assert rules(role) == STORED
    event = SecurityEvent.objects.get()
    assert event.kind == EventKind.ROLE_SETTINGS_CHANGED
    assert event.details["role"] == "New"
    assert event.details["changes"]["minimum_characters"] == [None, 12]


def test_new_rules_that_say_nothing_are_recorded_too(root):
    """The group becomes a role."""
    role = Group.objects.create(name="New")
    root.send(RoleSettings, "add", role=str(role.pk))
    assert SecurityEvent.objects.get().details["role"] == "New"


@pytest.mark.parametrize(
    "values",
    [
        {"minimum_characters": "0"},
        {"minimum_characters": "129"},
        {"minimum_characters": "-1"},
        {"minimum_characters": "x"},
        {"password_expiration": "0"},
        {"password_expiration": "36501"},
        {"lockout_limit": "0"},
        {"session_limit": "0"},
        {"lockout_limit": "9" * 20},
        {"lockout_time": "0"},
        {"lockout_time": "-00:01:00"},
        {"lockout_time": "soon"},
        {"lockout_time": "9999999999 00:00:00"},
    ],
    ids=lambda values: "=".join(*values.items()),
)
def test_what_cannot_be_a_rule_is_refused_and_named(root, cashier, values):
    before = rules(cashier)
    response = root.send(RoleSettings, "change", cashier.pk, **{**RULES, **values})
    assert response.status_code == 200
    assert set(response.context["adminform"].form.errors) == set(values)
    assert rules(cashier) == before
    assert not SecurityEvent.objects.exists()


def test_a_lock_that_would_end_after_the_last_day_there_is_is_refused(root, cashier):
    """``now + lockout_time`` would be an error for whoever types a wrong password."""
    before = rules(cashier)
    response = root.send(RoleSettings, "change", cashier.pk, lockout_time="9999999 00:00:00")
    assert response.status_code == 200
    assert "lockout_time" in response.context["adminform"].form.errors
    assert rules(cashier) == before


def test_without_an_event_nothing_is_saved(root, cashier, monkeypatch):
    """One transaction: what cannot be recorded does not happen."""

    def full(*_args, **_kwargs):
        raise OSError("disk full")

    monkeypatch.setattr(type(SecurityEvent.objects), "record", full)
    before = rules(cashier)
    role = Group.objects.create(name="New")
    with pytest.raises(OSError, match="disk full"):
        root.send(RoleSettings, "change", cashier.pk, **RULES)
    with pytest.raises(OSError, match="disk full"):
        root.send(RoleSettings, "add", **RULES, role=str(role.pk))
    assert rules(cashier) == before
    assert not RoleSettings.objects.filter(role=role).exists()


# Rights.


def test_staff_with_the_right_edits_a_role_that_holds_no_more_than_they_do(staff, make_role):
    role = make_role("Low", ["add_user"])
    desk = staff(CHANGE, "add_user")
    assert desk.send(RoleSettings, "change", role.pk, **RULES).status_code == 302
    assert rules(role) == STORED
    assert SecurityEvent.objects.get().actor == desk.user


def test_staff_only_looks_at_a_role_that_holds_more_than_they_do(staff, make_role):
    role = make_role("High", ["add_user"])
    before = rules(role)
    desk = staff(CHANGE)
    page = desk.open(RoleSettings, "change", role.pk)
    assert page.status_code == 200
    assert 'name="_save"' not in text_of(page)
    assert desk.send(RoleSettings, "change", role.pk, **RULES).status_code == 403
    assert rules(role) == before
    assert not SecurityEvent.objects.exists()


@pytest.mark.parametrize("held", [(), (VIEW,), (VIEW, ADD), (VIEW, "auth.change_group")])
def test_staff_without_the_right_edits_no_role(staff, cashier, held):
    before = rules(cashier)
    assert staff(*held).send(RoleSettings, "change", cashier.pk, **RULES).status_code == 403
    assert rules(cashier) == before


@pytest.mark.parametrize("held", [(), (VIEW,), (VIEW, CHANGE)])
def test_staff_without_the_right_makes_no_rules(staff, held):
    role = Group.objects.create(name="New")
    desk = staff(*held)
    assert desk.send(RoleSettings, "add", **RULES, role=str(role.pk)).status_code == 403
    assert not RoleSettings.objects.filter(role=role).exists()


def test_staff_makes_rules_only_for_a_role_that_holds_no_more_than_they_do(
    root, staff, make_role, cashier
):
    for name, rights in (("Low", []), ("Even", ["add_user"]), ("High", ["delete_user"])):
        make_role(name, rights)
        RoleSettings.objects.get(role__name=name).delete()
    desk = staff(VIEW, ADD, "add_user")
    assert choices(root) == {"Low", "Even", "High"}
    assert choices(desk) == {"Low", "Even"}
    for name, status in (("High", 200), ("Even", 302)):
        role = Group.objects.get(name=name)
        response = desk.send(RoleSettings, "add", **RULES, role=str(role.pk))
        assert response.status_code == status
    assert set(RoleSettings.objects.filter(lockout_limit=3).values_list("role__name")) == {
        ("Even",)
    }
    assert SecurityEvent.objects.get().details["role"] == "Even"


def test_a_role_that_has_rules_gets_no_second_ones(root, cashier):
    before = rules(cashier)
    response = root.send(RoleSettings, "add", **RULES, role=str(cashier.pk))
    assert response.status_code == 200
    assert rules(cashier) == before
