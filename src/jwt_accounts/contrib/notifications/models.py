"""What a user is told in the site itself."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings as django_settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from jwt_accounts.contrib.notifications.policy import LONGEST_SCOPE


class Notification(models.Model):
    """One thing that a user is told. ``data`` holds what the sentence needs, and no secret; an
    empty ``scope`` means that it concerns the account itself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="jwt_notifications",
        verbose_name=_("user"),
        db_index=False,  # the index below begins with it
    )
    kind = models.CharField(_("kind"), max_length=32)
    scope = models.CharField(_("scope"), max_length=LONGEST_SCOPE, blank=True)
    data = models.JSONField(_("details"), default=dict)
    created_at = models.DateTimeField(_("made at"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        # A user has a bounded number of them: the unread ones are counted by this index too.
        indexes: ClassVar = [
            models.Index(fields=["user", "-created_at"], name="jwt_notification_user"),
            models.Index(fields=["created_at"], name="jwt_notification_created"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.created_at:%Y-%m-%d %H:%M:%S}"
