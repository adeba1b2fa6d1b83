"""What follows saves and log-ins made elsewhere: the admin, a fixture, the host's own code."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save
from django.utils import timezone

from jwt_accounts.models import Account, UserSession
from jwt_accounts.models.accounts import WRITTEN_BY_FLOW
from jwt_accounts.models.userfields import user_fields, user_model
from jwt_accounts.types import HostUser, SessionEnd


def connect() -> None:
    """Start to follow the host's user model. Called once, when the apps are ready."""
    post_save.connect(follow_user, sender=user_model(), dispatch_uid="jwt_accounts.follow_user")


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
        UserSession.objects.filter(user=instance.pk, ended_at__isnull=True).update(
            ended_at=timezone.now(), end_reason=SessionEnd.USER_DEACTIVATED
        )
    # Django keeps the raw password on the instance until after this signal, and only where it was
    # set with set_password(): an upgraded hash is not a changed password.
    if not created and getattr(instance, "_password", None) is not None:
        Account.objects.filter(user=instance.pk).update(
            password_changed_at=timezone.now(), must_change_password=False
        )


def _concerns_identifiers(update_fields: frozenset[str] | None) -> bool:
    if update_fields is None:
        return True
    fields = user_fields()
    return bool(update_fields & {fields.username, fields.email, fields.phone})
