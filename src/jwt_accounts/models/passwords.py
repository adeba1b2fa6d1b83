"""Passwords a user had before."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings as django_settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class PasswordHistory(models.Model):
    """The hash of a password that was replaced, kept so that it is not used again."""

    user = models.ForeignKey(
        django_settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    password = models.CharField(max_length=255, editable=False)
    replaced_at = models.DateTimeField(_("replaced at"))

    class Meta:
        verbose_name = _("former password")
        verbose_name_plural = _("former passwords")
        indexes: ClassVar = [
            models.Index(fields=["user", "-replaced_at"], name="jwt_password_user")
        ]

    def __str__(self) -> str:
        return f"former password of {self.user_id}"
