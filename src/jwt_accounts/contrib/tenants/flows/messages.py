"""The message that holds an invitation. Its task is given the keys of a row, and no secret."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from jwt_accounts.conf import settings
from jwt_accounts.contrib.tenants.flows.accept import secret_of
from jwt_accounts.contrib.tenants.models import TenantInvitation
from jwt_accounts.delivery.email import send_email
from jwt_accounts.delivery.links import build_link
from jwt_accounts.delivery.queue import task


@task
def send_invitation(key: str, seed: str, link: str) -> None:
    """Send an invitation, if it is still the present one and open. ``link``: see
    ``delivery/links.py``."""
    now = timezone.now()
    rows = TenantInvitation.objects.select_related("tenant").filter(pk=UUID(key), seed=seed)
    row = rows.filter(used_at__isnull=True, expires_at__gt=now, tenant__is_active=True).first()
    address = "" if row is None else build_link(link, token=secret_of(row), user_id="")
    if row is None or not address:
        return
    # The slug, which holds no sentence and no address: whoever makes a tenant chooses its name.
    context: dict[str, object] = {
        "site": settings.SITE_NAME,
        "tenant": row.tenant.slug,
        "link": address,
        "hours": max(1, round((row.expires_at - now).total_seconds() / 3600)),
        "pin": "",
        "minutes": 0,
    }
    send_email(row.email, "tenant_invitation", context)
