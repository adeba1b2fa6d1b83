"""Which tenant a request is made in. Asked of the database each time: a claim gives no right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Case, Exists, F, OuterRef, QuerySet, Subquery, Value, When

from jwt_accounts.contrib.tenants.models import ActiveTenant, Membership, Tenant
from jwt_accounts.contrib.tenants.policy import canonical_slug
from jwt_accounts.errors import Forbidden
from jwt_accounts.models import UserSession
from jwt_accounts.tokens.access import AccessToken
from jwt_accounts.types import HostUser, UserKey

#: The claim that names the tenant of an access token: its slug.
TENANT_CLAIM = "tenant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Active:
    """A tenant and what the user is in it."""

    tenant: Tenant
    membership: Membership


def active_tenant(
    *, user: HostUser, session: UserSession, token: AccessToken | None = None
) -> Active:
    """The tenant that the token names; where it names none, the one of the session, else the one
    that the user joined first. One query, which sees a removal or a closed tenant at once.

    Raises :class:`Forbidden` where the user belongs to no such tenant any more.
    """
    claim = None if token is None else token.payload.get(TENANT_CLAIM)
    if claim is None:
        found = of_session(session, user.pk).select_related("tenant").first()
    elif isinstance(claim, str) and canonical_slug(claim) == claim:
        found = memberships_of(user.pk).filter(tenant__slug=claim).first()
    else:
        found = None
    if found is None:
        raise Forbidden("You belong to no such tenant. Switch to another one, or join one.")
    return Active(tenant=found.tenant, membership=found)


def claims_of(session: UserSession) -> Mapping[str, object]:
    """What every access token of a session says: the slug of its tenant. One query."""
    rows = of_session(session, session.user_id).values_list("tenant__slug", flat=True)
    slug = rows.first()
    return {} if slug is None else {TENANT_CLAIM: slug}


def memberships_of(user_id: UserKey) -> QuerySet[Membership]:
    """A user's memberships that count, with their tenants, the oldest first."""
    present = Membership.objects.filter(user=user_id, tenant__is_active=True)
    return present.select_related("tenant").order_by("joined_at", "pk")


def of_session(session: UserSession, user_id: UserKey) -> QuerySet[Membership]:
    """The same, that of the session first."""
    chosen = ActiveTenant.objects.filter(session=session.pk, tenant=OuterRef("tenant"))
    return (
        memberships_of(user_id)
        .annotate(chosen=Exists(chosen))
        .order_by(F("chosen").desc(), "joined_at", "pk")
    )


def last_active(user_id: UserKey) -> QuerySet[Membership]:
    """The same, that of the session which was used last first."""
    used = ActiveTenant.objects.filter(
        session__user=user_id,
        tenant__is_active=True,
        tenant__memberships__user=user_id,
    ).order_by("-session__last_used_at", "-session__created_at", "pk")
    latest = Case(When(tenant=Subquery(used.values("tenant")[:1]), then=Value(0)), default=Value(1))
    return memberships_of(user_id).order_by(latest, "joined_at", "pk")


def put_in(session: UserSession, tenant: Tenant) -> None:
    """Put a session in a tenant, whether it was in one or not. In the caller's transaction."""
    ActiveTenant.objects.bulk_create(
        [ActiveTenant(session=session, tenant=tenant)],
        update_conflicts=True,
        unique_fields=["session"],
        update_fields=["tenant"],
    )
