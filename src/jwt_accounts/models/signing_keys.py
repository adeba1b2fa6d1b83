"""The key ring."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from jwt_accounts.policies.signing_keys import KeyLife


class SigningKey(models.Model):
    """A pair of keys that signs access tokens, signed them, or will.

    ``private_key`` is sealed (see ``vault.py``), and wiped when the key is retired.
    """

    kid = models.CharField(_("key ID"), max_length=64, primary_key=True)
    algorithm = models.CharField(_("algorithm"), max_length=16)
    public_key = models.TextField(_("public key"))
    private_key = models.TextField(editable=False, blank=True)
    created_at = models.DateTimeField(_("added at"))
    promoted_at = models.DateTimeField(_("promoted at"), null=True, blank=True)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)
    longest_life = models.PositiveIntegerField(
        _("longest life of a token it signed, in seconds"), default=0
    )

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        ordering: ClassVar = ["created_at", "kid"]

    def __str__(self) -> str:
        return f"{self.algorithm} {self.kid}"

    @property
    def life(self) -> KeyLife:
        """The columns as the policy reads them."""
        return KeyLife(
            kid=self.kid,
            promoted_at=self.promoted_at,
            retired_at=self.retired_at,
            longest=timedelta(seconds=self.longest_life),
        )

    @property
    def seal_purpose(self) -> str:
        """What the private half is sealed for."""
        return f"signing_key:{self.kid}"
