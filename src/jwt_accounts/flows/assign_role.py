"""Give a user a role, in the place of the ones it has."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.contrib.auth.models import Group
from django.db import router, transaction

from jwt_accounts.credentials import find
from jwt_accounts.errors import FieldError, Forbidden, InvalidInput, NotFound
from jwt_accounts.flows.list_users import user_key
from jwt_accounts.flows.role_settings import no_such_role
from jwt_accounts.models import SecurityEvent
from jwt_accounts.models.userfields import lock_users, user_model
from jwt_accounts.policies.identifiers import is_storable
from jwt_accounts.rights import ASSIGN_ROLE, may_act_on, may_give, require
from jwt_accounts.signals import user_changed
from jwt_accounts.types import EventKind, HostUser, RequestContext, UserKey

if TYPE_CHECKING:
    from django.db.models import QuerySet


def assign_role(ctx: RequestContext, *, actor: HostUser, user_id: str, role: str | None) -> None:
    """Make ``role`` the user's one role; None: leave it none. Groups that are no roles stay.

    Nobody gives a role that holds more than they do, and only a superuser changes their own. No
    session ends: rights are read from the database, so the next request shows the change.

    Raises ``Forbidden``, or :class:`NotFound` (naming ``role`` where that is what is unknown).
    """
    require(actor, ASSIGN_ROLE)
    _assign(ctx, actor, user_key(user_id), role)


def assign_role_by_name(ctx: RequestContext, *, actor: HostUser, username: str, role: str) -> None:
    """The same for the user that an identifier means. Raises :class:`NotFound` naming ``username``
    or ``role``."""
    require(actor, ASSIGN_ROLE)
    try:
        user = find(username).user
    except InvalidInput:
        user = None
    if user is None:
        unknown = FieldError("not_found", "There is no such user.")
        raise NotFound(fields={"username": (unknown,)})
    _assign(ctx, actor, user.pk, role)


def _assign(ctx: RequestContext, actor: HostUser, key: UserKey, role: str | None) -> None:
    alias = router.db_for_write(user_model())
    with transaction.atomic(using=alias):
        user = lock_users(key).get(key)
        if user is None:
            raise NotFound("There is no such user.")
        may_act_on(actor, user)
        if user.pk == actor.pk and not actor.is_superuser:
            raise Forbidden("Nobody changes their own role.")
        wanted = None if role is None else _role(role)
        if wanted is not None:
            may_give(actor, wanted)
        held = user.groups.filter(role_settings__isnull=False).order_by("name")
        former = list(held.values_list("name", flat=True))
        _replace(user, held, wanted)
        SecurityEvent.objects.record(
            EventKind.ROLE_ASSIGNED,
            ctx,
            user_id=user.pk,
            actor_id=actor.pk,
            details={"role": role, "former": former},
        )
        send = partial(user_changed.send_robust, sender=type(user), user=user, actor=actor, ctx=ctx)
        transaction.on_commit(send, using=alias)


def _replace(user: HostUser, held: QuerySet[Group], wanted: Group | None) -> None:
    user.groups.remove(*(group for group in held if group != wanted))
    if wanted is not None:
        user.groups.add(wanted)


def _role(name: str) -> Group:
    roles = Group.objects.filter(name=name, role_settings__isnull=False)
    found = roles.first() if is_storable(name) else None
    if found is None:
        raise no_such_role()
    return found
