"""Make the roles that the settings name."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from jwt_accounts.conf import settings
from jwt_accounts.errors import NotFound
from jwt_accounts.models import RoleSettings


@dataclass(frozen=True, slots=True)
class MadeRole:
    """A role that is there now, and how many rights the settings give it."""

    name: str
    is_new: bool
    rights: int


def create_roles() -> list[MadeRole]:
    """Make each role's group, rules row and rights. What is there stays: staff may have edited it.

    Raises :class:`NotFound` naming a permission that does not exist; then nothing is made.
    """
    with transaction.atomic():
        return [_make(name, rights) for name, rights in settings.ROLES.items()]


def _make(name: str, rights: tuple[str, ...]) -> MadeRole:
    group, is_new = Group.objects.get_or_create(name=name)
    RoleSettings.objects.get_or_create(role=group)
    group.permissions.add(*(_permission(right) for right in rights))
    return MadeRole(name=name, is_new=is_new, rights=len(rights))


def _permission(right: str) -> Permission:
    label, codename = right.split(".")
    found = Permission.objects.filter(content_type__app_label=label, codename=codename).first()
    if found is None:
        raise NotFound(f"There is no permission {right!r}. Run migrate first, or mend ROLES.")
    return found
