"""Who may do what to whom. Rights are Django permissions, read from the database.

The one rule for every act on another account: the actor's rights include the target's. So nobody
grants what they do not hold, and nobody reaches above themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import or_

from django.contrib.auth import get_permission_codename, get_user_model
from django.contrib.auth.models import Group, Permission
from django.db.models import Q

from jwt_accounts.errors import Forbidden
from jwt_accounts.types import HostUser, UserKey

UNLOCK_ACCOUNT = "jwt_accounts.unlock_account"
LOCK_ACCOUNT = "jwt_accounts.lock_account"
ASSIGN_ROLE = "jwt_accounts.assign_role"
CHANGE_ROLE_SETTINGS = "jwt_accounts.change_rolesettings"
VIEW_ROLE_SETTINGS = "jwt_accounts.view_rolesettings"
END_SESSIONS = "jwt_accounts.end_sessions"
RESET_FACTORS = "jwt_accounts.reset_factors"

_PRIVILEGES = ("is_superuser", "is_staff")

#: Rights on the host's user model, whatever it is called: ``ADD_USER`` is ``auth.add_user`` on the
#: stock one.
ADD_USER, CHANGE_USER, VIEW_USER, DELETE_USER = "add", "change", "view", "delete"


def permission_name(right: str) -> str:
    """The Django permission of a right."""
    if "." in right:
        return right
    options = get_user_model()._meta
    return f"{options.app_label}.{get_permission_codename(right, options)}"


def require(actor: HostUser, right: str) -> None:
    """Raises :class:`Forbidden` where the actor does not hold the right."""
    if not actor.has_perm(permission_name(right)):
        raise Forbidden


def may_act_on(actor: HostUser, target: HostUser) -> None:
    """Raises :class:`Forbidden` where the target holds a right that the actor does not.

    Superusers and staff are left to superusers. One's own account is nobody's business more.
    """
    if actor.is_superuser or actor.pk == target.pk:
        return
    if is_privileged(target):
        raise Forbidden("Only a superuser may act on a superuser or a staff member.")
    if not permissions_held(target) <= actor.get_all_permissions():
        raise Forbidden("This account holds rights that you do not hold.")


def is_privileged(user: HostUser) -> bool:
    """Whether a user is staff or a superuser; a user model may know neither."""
    return any(getattr(user, flag, False) for flag in _PRIVILEGES)


def holds_power(user: HostUser) -> bool:
    """Whether a user is staff, a superuser or holds any permission."""
    return is_privileged(user) or bool(user.get_all_permissions())


def active_superusers() -> list[UserKey]:
    """The keys of the active superusers. Each is locked before any is counted, so that two who
    demote, disable or delete each other at once do not both succeed."""
    model = get_user_model()
    if not hasattr(model, "is_superuser"):
        return []
    active = model._default_manager.filter(is_superuser=True, is_active=True)
    return list(active.values_list("pk", flat=True))


def is_last_superuser(key: UserKey, locked: Mapping[UserKey, HostUser]) -> bool:
    """Whether the user is the one active superuser of those that are locked now."""
    active = [each for each, user in locked.items() if user.is_superuser and user.is_active]
    return active == [key]


def may_rule(actor: HostUser, role: Group) -> None:
    """Raises :class:`Forbidden` where the rules of the role would bind somebody above the actor."""
    may_give(actor, role)
    if actor.is_superuser:
        return
    model = get_user_model()
    known = {each.name for each in model._meta.concrete_fields}
    flags = (Q(**{flag: True}) for flag in _PRIVILEGES if flag in known)
    above = model._default_manager.filter(reduce(or_, flags, Q(pk__in=[])), groups=role)
    if above.exists():
        raise Forbidden("A superuser or a staff member holds this role.")


def may_give(actor: HostUser, role: Group) -> None:
    """Raises :class:`Forbidden` where the role holds a right that the actor does not."""
    if actor.is_superuser:
        return
    pairs = role.permissions.values_list("content_type__app_label", "codename")
    if not {f"{label}.{codename}" for label, codename in pairs} <= actor.get_all_permissions():
        raise Forbidden("This role holds rights that you do not hold.")


def permissions_held(user: HostUser) -> set[str]:
    """A user's permissions, counted for a disabled one too: it may be enabled again."""
    held = Permission.objects.filter(
        Q(group__in=user.groups.all()) | Q(pk__in=user.user_permissions.all())
    )
    pairs = held.values_list("content_type__app_label", "codename").distinct()
    return {f"{label}.{codename}" for label, codename in pairs}
