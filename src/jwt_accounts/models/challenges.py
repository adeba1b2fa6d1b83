"""Outstanding one-time secrets."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings as django_settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from jwt_accounts.models.userfields import KEY_LENGTH


class Challenge(models.Model):
    """What somebody must prove before something else may be done: one row for each account and
    purpose, so that a new one takes the place of the old.

    No secret is kept. The PIN and the secret of a window or a link are keyed digests of ``seed``,
    which is new for each; who reads the database alone can make neither. ``key`` is a keyed digest
    of whom the row is for. ``value`` is the address, number or name that is to be set. ``user`` is
    null for a value that belongs to nobody, so that the same work is done for it; it has no
    constraint in the database for the same reason as ``SecurityEvent.user``.
    """

    key = models.CharField(primary_key=True, max_length=64, editable=False)
    purpose = models.CharField(_("purpose"), max_length=40)
    user = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        db_constraint=False,
        related_name="+",
        verbose_name=_("user"),
    )
    binding = models.CharField(max_length=64, editable=False)
    client = models.CharField(max_length=64, blank=True, editable=False)
    value = models.CharField(max_length=KEY_LENGTH, blank=True, editable=False)
    seed = models.CharField(max_length=64, editable=False)
    tries_left = models.PositiveSmallIntegerField(_("tries left"), default=0)
    expires_at = models.DateTimeField(_("expires at"))
    opened_at = models.DateTimeField(_("opened at"), null=True)
    used_at = models.DateTimeField(_("used at"), null=True)
    sent = models.PositiveSmallIntegerField(_("sent"), default=0)
    sent_since = models.DateTimeField(_("sent since"))
    tried = models.PositiveSmallIntegerField(_("tried"), default=0)
    tried_since = models.DateTimeField(_("tried since"))

    class Meta:
        verbose_name = _("challenge")
        verbose_name_plural = _("challenges")
        indexes: ClassVar = [
            models.Index(fields=["expires_at"], name="jwt_challenge_expires"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} challenge"
