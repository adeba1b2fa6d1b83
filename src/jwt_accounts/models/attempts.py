"""Failures of identifiers that belong to nobody."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from jwt_accounts.models.tries import TriesMixin


class Attempt(TriesMixin):
    """Counts like an account, so that an unknown identifier behaves exactly like a known one.

    ``key`` is a keyed hash: what people mistype (a password, often) is not written down.
    """

    key = models.CharField(primary_key=True, max_length=64)

    class Meta:
        verbose_name = _("attempt with an unknown identifier")
        verbose_name_plural = _("attempts with unknown identifiers")
        indexes: ClassVar = [models.Index(fields=["tried_at"], name="jwt_attempt_tried")]

    def __str__(self) -> str:
        return f"attempt {self.key[:8]}"
