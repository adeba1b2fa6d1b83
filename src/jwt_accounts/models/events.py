"""The audit trail."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings as django_settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from jwt_accounts.types import EventKind, RequestContext, UserKey


class SecurityEventManager(models.Manager["SecurityEvent"]):
    """Writes the trail."""

    def record(
        self,
        kind: EventKind,
        ctx: RequestContext,
        *,
        user_id: UserKey = None,
        actor_id: UserKey = None,
        details: dict[str, object] | None = None,
    ) -> None:
        """Add one event, in the transaction of what it reports. ``details`` holds no secret."""
        self.create(
            kind=kind,
            at=ctx.now,
            ip=ctx.ip,
            user_agent=ctx.user_agent,
            user_id=user_id,
            actor_id=actor_id,
            details=details or {},
        )


class SecurityEvent(models.Model):
    """Who did what to whom, when and from where (ASVS 16.2.1).

    Without constraints in the database: checking one would lock the user's row, out of the order
    in which all other locks are taken.
    """

    kind = models.CharField(_("kind"), max_length=40)
    at = models.DateTimeField(_("at"))
    user = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        db_constraint=False,
        related_name="+",
        verbose_name=_("user"),
    )
    actor = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        db_constraint=False,
        related_name="+",
        verbose_name=_("done by"),
    )
    ip = models.GenericIPAddressField(_("IP address"), null=True)
    user_agent = models.CharField(_("user agent"), max_length=255, blank=True)
    details = models.JSONField(_("details"), default=dict)

    objects: ClassVar[SecurityEventManager] = SecurityEventManager()

    class Meta:
        verbose_name = _("security event")
        verbose_name_plural = _("security events")
        ordering: ClassVar = ["-at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["at"], name="jwt_event_at")]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M:%S}"
