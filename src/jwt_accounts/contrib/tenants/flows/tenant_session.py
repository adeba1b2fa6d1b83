"""What every way into a tenant gives."""

from __future__ import annotations

from dataclasses import dataclass

from jwt_accounts.contrib.tenants.models import Membership, Tenant
from jwt_accounts.flows.open_session import SignedIn


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSession:
    """A session, the tenant its tokens name, and what the user is in it."""

    signed: SignedIn
    tenant: Tenant
    membership: Membership
