"""What people say of one another, and what they did."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings as django_settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from jwt_accounts.contrib.activity.policy import LONGEST_COMMENT, LONGEST_SCOPE
from jwt_accounts.types import HostUser


class Comment(models.Model):
    """What one user wrote about another. It goes with either of them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    about = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("about"),
        db_index=False,  # the index below begins with it
    )
    author = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("author"),
    )
    scope = models.CharField(_("scope"), max_length=LONGEST_SCOPE, blank=True)
    text = models.TextField(_("text"), max_length=LONGEST_COMMENT)
    created_at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        indexes: ClassVar = [
            models.Index(fields=["about", "scope", "-created_at"], name="jwt_comment_about"),
            models.Index(fields=["created_at"], name="jwt_comment_created"),
        ]

    def __str__(self) -> str:
        return f"comment {self.pk}"

    @property
    def user(self) -> HostUser:
        """The author, by the name that the admin's actions know."""
        return self.author


class Activity(models.Model):
    """One thing that a user did, to another one or alone. It goes with either of them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    actor = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("actor"),
        db_index=False,  # the index below begins with it
    )
    verb = models.CharField(_("verb"), max_length=32)
    target = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        verbose_name=_("target"),
        db_index=False,  # the index below begins with it
    )
    scope = models.CharField(_("scope"), max_length=LONGEST_SCOPE, blank=True)
    created_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        indexes: ClassVar = [
            models.Index(fields=["actor", "scope", "-created_at"], name="jwt_activity_actor"),
            models.Index(fields=["target", "scope", "-created_at"], name="jwt_activity_target"),
            models.Index(fields=["created_at"], name="jwt_activity_created"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} at {self.created_at:%Y-%m-%d %H:%M:%S}"
