"""Delete an account: one's own, or, by staff, another's. The audit trail stays."""

from __future__ import annotations

from dataclasses import replace

from django.db import router, transaction
from django.db.models import ProtectedError, RestrictedError
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.errors import Forbidden, LastSuperuser, NotFound, StillReferenced
from jwt_accounts.flows.list_users import user_key
from jwt_accounts.flows.messages import tell
from jwt_accounts.flows.own_password import confirm_own_password, wrong_password
from jwt_accounts.models import Challenge, SecurityEvent, UserSession
from jwt_accounts.models.userfields import lock_users, user_fields, user_model
from jwt_accounts.rights import (
    DELETE_USER,
    active_superusers,
    is_last_superuser,
    may_act_on,
    require,
)
from jwt_accounts.types import EventKind, HostUser, IdentifierKind, RequestContext, UserKey


@sensitive_variables()
def delete_own_account(
    ctx: RequestContext,
    *,
    user: HostUser,
    current: str | None,
    session: UserSession | None = None,
) -> None:
    """Delete the account of who is signed in and knows its password (``current``). None: the user
    has none, and signed in a moment ago (``flows/presence.py``).

    Raises ``InvalidInput`` naming ``current_password``, ``AccountLocked``, ``LastSuperuser``,
    :class:`StillReferenced`, ``ReauthenticationRequired``, and ``RuntimeError`` inside a caller's
    transaction.
    """
    confirm_own_password(ctx, user, current, session)
    _delete(ctx, actor=user, key=user.pk)


@sensitive_variables()
def delete_user(
    ctx: RequestContext,
    *,
    actor: HostUser,
    user_id: str,
    current: str | None = None,
    session: UserSession | None = None,
) -> None:
    """Delete another's account. ``current``: the actor's own password, where the contract asks for
    it. Raises the same errors, ``Forbidden`` and ``NotFound``."""
    require(actor, DELETE_USER)
    if current is None and user_key(user_id) == actor.pk:
        raise Forbidden("Delete your own account with your password.")
    if current is not None:
        confirm_own_password(ctx, actor, current, session)
    _delete(ctx, actor=actor, key=user_key(user_id))


def _delete(ctx: RequestContext, *, actor: HostUser, key: UserKey) -> None:
    model = user_model()
    alias = router.db_for_write(model)
    try:
        with transaction.atomic(using=alias):
            superusers = active_superusers()
            locked = lock_users(key, *(superusers if key in superusers else []))
            user = locked.get(key)
            if user is None:
                raise NotFound("There is no such user.")
            may_act_on(actor, user)
            if actor.pk == key and user.password != actor.password:
                # Somebody took the account back a moment ago.
                raise wrong_password()
            if key in superusers and is_last_superuser(key, locked):
                raise LastSuperuser
            address = user_fields().read(user, IdentifierKind.EMAIL)
            # Django sets these to null in a statement of its own each; deleted, they are gone.
            Challenge.objects.filter(user=key).delete()
            user.delete()
            SecurityEvent.objects.record(
                EventKind.USER_DELETED,
                ctx,
                actor_id=None if actor.pk == key else actor.pk,
                details={"user": str(key)},
            )
            # What staff does is not told with the address staff does it from.
            told = ctx if actor.pk == key else replace(ctx, ip=None)
            tell(told, address, "account_deleted")
    except (ProtectedError, RestrictedError) as error:
        raise StillReferenced from error
