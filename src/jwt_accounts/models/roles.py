"""A role is a Django group with rules of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.contrib.auth.models import Group
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from jwt_accounts.conf import LONGEST_MINIMUM

#: Days: a hundred years.
LONGEST_EXPIRATION = 36500


class RoleSettings(models.Model):
    """The rules of a role. Null means: as the host's settings say. Of several roles the strictest
    rule of each kind holds."""

    role = models.OneToOneField(
        Group,
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="role_settings",
        verbose_name=_("role"),
    )
    minimum_characters = models.PositiveSmallIntegerField(
        _("minimum characters"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_MINIMUM)],
    )
    contain_upper_case = models.BooleanField(_("contain an upper-case letter"), default=False)
    contain_lower_case = models.BooleanField(_("contain a lower-case letter"), default=False)
    contain_special_case = models.BooleanField(_("contain a special character"), default=False)
    contain_number = models.BooleanField(_("contain a number"), default=False)
    password_expiration = models.PositiveIntegerField(
        _("password expiration (days)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_EXPIRATION)],
        help_text=_("Days after which a password must be changed. Empty: as the settings say."),
    )
    lockout_limit = models.PositiveSmallIntegerField(
        _("wrong passwords that lock"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(10_000)],
    )
    lockout_time = models.DurationField(
        _("how long the lock holds"),
        null=True,
        blank=True,
        validators=[
            MinValueValidator(timedelta(seconds=1)),
            MaxValueValidator(timedelta(days=LONGEST_EXPIRATION)),
        ],
    )

    require_mfa = models.BooleanField(
        _("require a second factor"),
        default=False,
        help_text=_("Who has none must set one up at the next sign-in."),
    )
    session_limit = models.PositiveSmallIntegerField(
        _("open sessions at once"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(10_000)],
        help_text=_("Empty: as the settings say."),
    )

    class Meta:
        verbose_name = _("role settings")
        verbose_name_plural = _("role settings")
        constraints: ClassVar = [
            # A minimum nobody can satisfy, or an age of no days, would lock everybody out.
            models.CheckConstraint(
                condition=models.Q(minimum_characters__range=(1, LONGEST_MINIMUM))
                | models.Q(minimum_characters__isnull=True),
                name="jwt_role_minimum_characters",
            ),
            models.CheckConstraint(
                condition=models.Q(password_expiration__range=(1, LONGEST_EXPIRATION))
                | models.Q(password_expiration__isnull=True),
                name="jwt_role_password_expiration",
            ),
            # Zero would switch the lockout off, or lock everybody out.
            models.CheckConstraint(
                condition=models.Q(lockout_limit__gte=1) | models.Q(lockout_limit__isnull=True),
                name="jwt_role_lockout_limit",
            ),
            models.CheckConstraint(
                condition=models.Q(lockout_time__gte=timedelta(seconds=1))
                | models.Q(lockout_time__isnull=True),
                name="jwt_role_lockout_time",
            ),
            models.CheckConstraint(
                condition=models.Q(session_limit__gte=1) | models.Q(session_limit__isnull=True),
                name="jwt_role_session_limit",
            ),
        ]

    def __str__(self) -> str:
        return f"settings of {self.role}"
