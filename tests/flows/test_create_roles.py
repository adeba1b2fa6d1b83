"""The roles that the settings name."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission

from jwt_accounts.errors import NotFound
from jwt_accounts.flows.create_roles import MadeRole, create_roles
from jwt_accounts.models import RoleSettings
from jwt_accounts.rights import permission_name

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def roles(settings):
    """The roles to make."""
    made = {
        "Manager": [permission_name("add"), permission_name("change")],
        "Guard": ("jwt_accounts.unlock_account",),
        "Cashier": [],
    }
    settings.JWT_ACCOUNTS = {"ROLES": made}
    return made


def rights_of(name):
    pairs = Permission.objects.filter(group__name=name).values_list(
        "content_type__app_label", "codename"
    )
    return {f"{label}.{codename}" for label, codename in pairs}


def test_each_role_gets_its_group_rules_and_rights(roles):
    assert create_roles() == [
        MadeRole("Manager", is_new=True, rights=2),
        MadeRole("Guard", is_new=True, rights=1),
        MadeRole("Cashier", is_new=True, rights=0),
    ]
    for name, rights in roles.items():
        assert rights_of(name) == set(rights)
        assert RoleSettings.objects.filter(role__name=name).exists()


def test_what_staff_edited_stays(roles):
    create_roles()
    RoleSettings.objects.filter(role__name="Cashier").update(lockout_limit=3)
    cashier = Group.objects.get(name="Cashier")
    cashier.permissions.add(Permission.objects.get(codename="lock_account"))
    assert not any(role.is_new for role in create_roles())
    assert rights_of("Cashier") == {"jwt_accounts.lock_account"}
    assert RoleSettings.objects.get(role=cashier).lockout_limit == 3


def test_what_is_missing_is_added_again(roles):
    create_roles()
    Group.objects.get(name="Guard").permissions.clear()
    RoleSettings.objects.all().delete()
    create_roles()
    assert rights_of("Guard") == {"jwt_accounts.unlock_account"}
    assert RoleSettings.objects.count() == 3


@pytest.mark.parametrize("right", ["jwt_accounts.no_such", "nowhere.add_user", "x.y"])
def test_a_right_that_does_not_exist_makes_nothing(db, settings, right):
    settings.JWT_ACCOUNTS = {"ROLES": {"Good": [], "Bad": [right]}}
    with pytest.raises(NotFound, match=right):
        create_roles()
    assert not Group.objects.exists()


def test_without_roles_there_is_nothing_to_make(db):
    assert create_roles() == []
