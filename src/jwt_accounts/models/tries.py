"""The columns that count tries, the same for a user and for an identifier of nobody."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from jwt_accounts.policies.lockout import Tries


class TriesMixin(models.Model):
    """Wrong passwords and the lock that follows them. ``failures`` counts tries that are being
    checked as well: see ``policies/lockout.py``."""

    failures = models.PositiveIntegerField(_("failed tries"), default=0)
    tried_at = models.DateTimeField(_("last try"), null=True, blank=True)
    locked_at = models.DateTimeField(_("locked at"), null=True, blank=True)
    locked_until = models.DateTimeField(_("locked until"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def tries(self) -> Tries:
        """The columns as the policy reads them."""
        return Tries(
            reserved=self.failures,
            last_at=self.tried_at,
            locked_at=self.locked_at,
            locked_until=self.locked_until,
        )
