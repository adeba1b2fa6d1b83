"""Tenants, who belongs to them, and who is invited."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings as django_settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from jwt_accounts.contrib.tenants.policy import LONGEST_NAME, LONGEST_SLUG, Joining, MemberRole
from jwt_accounts.models import UserSession
from jwt_accounts.models.userfields import KEY_LENGTH

_ROLES = [
    (MemberRole.OWNER.value, _("owner")),
    (MemberRole.ADMIN.value, _("admin")),
    (MemberRole.MEMBER.value, _("member")),
]
_JOINING = [
    (Joining.OPEN.value, _("whoever names it")),
    (Joining.INVITATION.value, _("by invitation")),
]


class Tenant(models.Model):
    """One customer of the host: people who see each other and nobody else.

    ``slug`` names it in requests and tokens. One that is not active is there for nobody. Of all,
    one may be the default: who names none when signing up joins it, if it is open.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    slug = models.CharField(_("slug"), max_length=LONGEST_SLUG, unique=True)
    is_active = models.BooleanField(_("active"), default=True)
    joining = models.CharField(
        _("who joins"), max_length=10, choices=_JOINING, default=Joining.INVITATION.value
    )
    is_default = models.BooleanField(_("default"), default=False)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("tenant")
        verbose_name_plural = _("tenants")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=models.Q(is_default=True),
                name="jwt_tenant_default",
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class Membership(models.Model):
    """A user of a tenant, and the role within it."""

    tenant = models.ForeignKey(
        Tenant,
        on_delete=models.CASCADE,
        related_name="memberships",
        verbose_name=_("tenant"),
        db_index=False,  # the unique constraint begins with it
    )
    user = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="jwt_memberships",
        verbose_name=_("user"),
    )
    role = models.CharField(
        _("role"), max_length=10, choices=_ROLES, default=MemberRole.MEMBER.value
    )
    joined_at = models.DateTimeField(_("joined at"))

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "user"], name="jwt_member_tenant_user"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.user_id} of {self.tenant_id}"


class ActiveTenant(models.Model):
    """Which tenant a session was put in last. It gives no right: the membership does."""

    session = models.OneToOneField(
        UserSession, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("active tenant")
        verbose_name_plural = _("active tenants")

    def __str__(self) -> str:
        return f"session {self.session_id} in {self.tenant_id}"


class TenantInvitation(models.Model):
    """An address that may join a tenant once: one row for each of them, so that a new invitation
    takes the place of the old.

    The secret of the link is not kept: it is a keyed digest of ``seed``, which is new for each.
    ``email`` is canonical. ``sent`` counts since ``sent_since``.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(
        Tenant,
        on_delete=models.CASCADE,
        related_name="invitations",
        verbose_name=_("tenant"),
        db_index=False,  # the unique constraint begins with it
    )
    email = models.CharField(_("e-mail"), max_length=KEY_LENGTH)
    role = models.CharField(
        _("role"), max_length=10, choices=_ROLES, default=MemberRole.MEMBER.value
    )
    seed = models.CharField(max_length=64, editable=False)
    invited_by = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("invited by"),
    )
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("expires at"))
    used_at = models.DateTimeField(_("used at"), null=True)
    sent = models.PositiveSmallIntegerField(_("sent"), default=0)
    sent_since = models.DateTimeField(_("sent since"))

    class Meta:
        verbose_name = _("invitation to a tenant")
        verbose_name_plural = _("invitations to tenants")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "email"], name="jwt_invitation_tenant_email"),
        ]
        indexes: ClassVar = [models.Index(fields=["email"], name="jwt_invitation_email")]

    def __str__(self) -> str:
        return f"invitation {self.pk}"
