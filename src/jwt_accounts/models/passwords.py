"""Passwords a user had before."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings as django_settings
from django.contrib.auth.hashers import is_password_usable
from django.db import models
from django.utils.translation import gettext_lazy as _

from jwt_accounts.conf import LONGEST_HISTORY
from jwt_accounts.types import UserKey

if TYPE_CHECKING:
    from datetime import datetime


class PasswordHistoryManager(models.Manager["PasswordHistory"]):
    """Keeps the history."""

    def remember(self, user_id: UserKey, former: str, at: datetime) -> None:
        """Keep the hash of a password that is being replaced, and no more of them than any rule
        can ask for. Does nothing for who had no password."""
        if not former or not is_password_usable(former):
            return
        self.create(user_id=user_id, password=former, replaced_at=at)
        surplus = list(self.of(user_id).values_list("pk", flat=True)[LONGEST_HISTORY:])
        if surplus:
            self.filter(pk__in=surplus).delete()

    def of(self, user_id: UserKey) -> models.QuerySet[PasswordHistory]:
        """A user's former passwords, the last one first."""
        return self.filter(user=user_id).order_by("-pk")


class PasswordHistory(models.Model):
    """The hash of a password that was replaced, kept so that it is not used again."""

    user = models.ForeignKey(
        django_settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    password = models.CharField(max_length=255, editable=False)
    replaced_at = models.DateTimeField(_("replaced at"))

    objects: ClassVar[PasswordHistoryManager] = PasswordHistoryManager()

    class Meta:
        verbose_name = _("former password")
        verbose_name_plural = _("former passwords")

    def __str__(self) -> str:
        return f"former password of {self.user_id}"
