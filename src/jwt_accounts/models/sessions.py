"""One signed-in client."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings as django_settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from jwt_accounts.policies.sessions import SessionState


class UserSession(models.Model):
    """One sign-in = one refresh-token family = one row, however often it is refreshed.

    Nothing of a token is stored. ``password_digest`` is a keyed digest of the password hash the
    session began with: a password changed anywhere, by ``QuerySet.update()`` too, ends it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="jwt_sessions",
        verbose_name=_("user"),
    )
    generation = models.PositiveIntegerField(_("rotations"), default=0)
    created_at = models.DateTimeField(_("signed in at"))
    rotated_at = models.DateTimeField(_("last rotated at"))
    last_used_at = models.DateTimeField(_("last refreshed at"))
    idle_expires_at = models.DateTimeField(_("ends by idleness at"))
    expires_at = models.DateTimeField(_("ends at"))
    ip = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    user_agent = models.CharField(_("user agent"), max_length=255, blank=True)
    name = models.CharField(_("name"), max_length=100, blank=True)
    amr = models.CharField(_("authentication methods"), max_length=100)
    auth_time = models.DateTimeField(_("authenticated at"))
    password_digest = models.CharField(max_length=64, editable=False)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    end_reason = models.CharField(_("why it ended"), max_length=32, blank=True)

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        indexes: ClassVar = [
            models.Index(fields=["user", "ended_at"], name="jwt_session_user"),
            models.Index(fields=["expires_at"], name="jwt_session_expires"),
            models.Index(fields=["ended_at"], name="jwt_session_ended"),
        ]

    def __str__(self) -> str:
        return f"session {self.pk}"

    @property
    def methods(self) -> list[str]:
        """How it was shown who this is (RFC 8176)."""
        return self.amr.split()

    @property
    def state(self) -> SessionState:
        """The columns as the policy reads them."""
        return SessionState(
            generation=self.generation,
            rotated_at=self.rotated_at,
            idle_expires_at=self.idle_expires_at,
            expires_at=self.expires_at,
            ended=self.ended_at is not None,
        )
