"""What follows saves and log-ins made elsewhere: the admin, a fixture, the host's own code."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save, pre_save
from django.utils import timezone

from jwt_accounts.credentials.challenges import close_all
from jwt_accounts.models import Account, PasswordHistory, UserSession
from jwt_accounts.models.accounts import WRITTEN_BY_FLOW
from jwt_accounts.models.userfields import user_fields, user_model
from jwt_accounts.types import HostUser, SessionEnd


def connect() -> None:
    """Start to follow the host's user model. Called once, when the apps are ready."""
    pre_save.connect(
        remember_password, sender=user_model(), dispatch_uid="jwt_accounts.remember_password"
    )
    post_save.connect(follow_user, sender=user_model(), dispatch_uid="jwt_accounts.follow_user")


def remember_password(
    *, instance: HostUser, update_fields: frozenset[str] | None = None, **_kwargs: Any
) -> None:
    """Keep the hash of a password that is about to be replaced, so that it is not used again."""
    if instance._state.adding or not _sets_password(instance, update_fields):
        return
    former = user_model()._default_manager.filter(pk=instance.pk).values_list("password", flat=True)
    for encoded in former:
        PasswordHistory.objects.remember(instance.pk, encoded, timezone.now())


def follow_user(
    *,
    instance: HostUser,
    created: bool,
    update_fields: frozenset[str] | None = None,
    **_kwargs: Any,
) -> None:
    """Make or bring up to date the account of a user that was saved."""
    if getattr(instance, WRITTEN_BY_FLOW, False):
        return
    if created or _concerns_identifiers(update_fields):
        Account.objects.follow(instance, created=created)
    if not created and not instance.is_active:
        # Whoever is made active again signs in again.
        close_all(instance.pk, timezone.now())
        UserSession.objects.filter(user=instance.pk, ended_at__isnull=True).update(
            ended_at=timezone.now(), end_reason=SessionEnd.USER_DEACTIVATED
        )
    if not created and _sets_password(instance, update_fields):
        Account.objects.filter(user=instance.pk).update(
            password_changed_at=timezone.now(), must_change_password=False
        )


def _sets_password(user: HostUser, update_fields: frozenset[str] | None) -> bool:
    """Django keeps the raw password on the instance until after the save, and only where it was
    set with ``set_password()``: an upgraded hash is not a changed password."""
    if getattr(user, WRITTEN_BY_FLOW, False) or getattr(user, "_password", None) is None:
        return False
    return update_fields is None or "password" in update_fields


def _concerns_identifiers(update_fields: frozenset[str] | None) -> bool:
    if update_fields is None:
        return True
    fields = user_fields()
    return bool(update_fields & {fields.username, fields.email, fields.phone})
