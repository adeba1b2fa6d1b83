"""Outstanding one-time secrets."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings as django_settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Challenge(models.Model):
    """A PIN, link or pending step that was sent and not used yet. Only a keyed hash is kept.

    ``user`` is null for a value that belongs to nobody, so that the same work is done for it.
    """

    purpose = models.CharField(_("purpose"), max_length=40)
    user = models.ForeignKey(
        django_settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    secret_hash = models.CharField(max_length=64, editable=False)
    tries_left = models.PositiveSmallIntegerField(_("tries left"))
    expires_at = models.DateTimeField(_("expires at"))
    used_at = models.DateTimeField(_("used at"), null=True)

    class Meta:
        verbose_name = _("challenge")
        verbose_name_plural = _("challenges")
        indexes: ClassVar = [
            models.Index(fields=["user", "purpose"], name="jwt_challenge_user"),
            models.Index(fields=["expires_at"], name="jwt_challenge_expires"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} challenge {self.pk}"
