"""Second factors. All but recovery codes are devices of django-otp's, so that whatever asks it for
a user's devices finds them, as this library finds those of other plug-ins."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings as django_settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device, TimestampMixin

from jwt_accounts.contrib.mfa.totp import is_right_code
from jwt_accounts.policies.mfa import RECOVERY_CODES, FactorKind
from jwt_accounts.types import RequestContext


class TotpFactor(TimestampMixin, Device):  # type: ignore[misc] # django-otp has no types
    """A generator of time-based codes (RFC 6238): an app on a telephone.

    ``secret`` is encrypted (see ``vault.py``). ``last_step`` is the time step of the last code that
    was right: none at or before it is good again.
    """

    secret = models.TextField(editable=False)
    last_step = models.BigIntegerField(default=-1, editable=False)

    class Meta:
        verbose_name = _("code generator")
        verbose_name_plural = _("code generators")

    @property
    def kind(self) -> FactorKind:
        """What it is."""
        return FactorKind.TOTP

    def verify_token(self, token: object) -> bool:
        """django-otp's question, for its forms and decorators. Counts like any other code."""
        ctx = RequestContext(now=timezone.now())
        return is_right_code(ctx, self, str(token), durable=False)


class SentCodeFactor(TimestampMixin, Device):  # type: ignore[misc] # django-otp has no types
    """Codes by e-mail, or by SMS, to where the account's stored address or number is then."""

    CHANNELS: ClassVar = ((FactorKind.EMAIL, _("e-mail")), (FactorKind.SMS, _("SMS")))

    channel = models.CharField(_("channel"), max_length=8, choices=CHANNELS)

    class Meta:
        verbose_name = _("code by message")
        verbose_name_plural = _("codes by message")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "channel"], name="jwt_mfa_one_channel")
        ]

    @property
    def kind(self) -> FactorKind:
        """What it is."""
        return FactorKind(self.channel)

    def verify_token(self, token: object) -> bool:
        """A code is sent for one sign-in of this library's, and is good there alone."""
        return False


class PasskeyFactor(TimestampMixin, Device):  # type: ignore[misc] # django-otp has no types
    """A passkey (WebAuthn): the public half of a key pair whose other half never leaves its owner.

    ``credential_id`` and ``public_key`` are in base64url; ``sign_count`` is what the authenticator
    counted last, where it counts at all.
    """

    credential_id = models.CharField(max_length=1400, unique=True, editable=False)
    public_key = models.TextField(editable=False)
    sign_count = models.BigIntegerField(default=0, editable=False)
    transports = models.JSONField(default=list, editable=False)

    class Meta:
        verbose_name = _("passkey")
        verbose_name_plural = _("passkeys")

    @property
    def kind(self) -> FactorKind:
        """What it is."""
        return FactorKind.PASSKEY

    def verify_token(self, token: object) -> bool:
        """Nobody types what a passkey signs."""
        return False


class RecoveryCode(models.Model):
    """One of the codes for who has lost everything else. Shown once, kept as a salted scrypt hash
    (ASVS 6.5.2), good once."""

    user = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("user"),
    )
    place = models.PositiveSmallIntegerField(validators=[MaxValueValidator(RECOVERY_CODES - 1)])
    encoded = models.CharField(max_length=255, editable=False)
    used_at = models.DateTimeField(_("used at"), null=True, editable=False)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "place"], name="jwt_mfa_recovery_place")
        ]

    def __str__(self) -> str:
        return f"recovery code {self.place} of {self.user_id}"
