"""One machine of a user."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings as django_settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from jwt_accounts.contrib.devices.policy import LONGEST_HOSTNAME, LONGEST_NAME
from jwt_accounts.types import HostUser


class Device(models.Model):
    """A machine that its owner registered: one row for each owner and host name, however often it
    is registered. A revoked one stays, so that it is not registered again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        django_settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="jwt_devices",
        verbose_name=_("owner"),
        db_index=False,  # the unique constraint begins with it
    )
    hostname = models.CharField(_("host name"), max_length=LONGEST_HOSTNAME)
    fqdn = models.CharField(_("full host name"), max_length=LONGEST_HOSTNAME, blank=True)
    ipv4_address = models.GenericIPAddressField(
        _("IPv4 address"), protocol="IPv4", null=True, blank=True
    )
    ipv6_address = models.GenericIPAddressField(
        _("IPv6 address"), protocol="IPv6", null=True, blank=True
    )
    name = models.CharField(_("name"), max_length=LONGEST_NAME, blank=True)
    created_at = models.DateTimeField(_("registered at"))
    last_seen = models.DateTimeField(_("last seen"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "hostname"], name="jwt_device_owner_hostname"),
        ]
        indexes: ClassVar = [models.Index(fields=["last_seen"], name="jwt_device_last_seen")]

    def __str__(self) -> str:
        return self.hostname

    @property
    def user(self) -> HostUser:
        """The owner, by the name that the admin's actions know."""
        return self.owner
