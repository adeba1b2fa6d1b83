"""How tenants and members come to be. Everything here is in the caller's transaction, with the
user's row locked, or new."""

from __future__ import annotations

from functools import partial
from secrets import token_hex

from django.db import IntegrityError, router, transaction

from jwt_accounts.contrib.tenants.models import Membership, Tenant
from jwt_accounts.contrib.tenants.policy import (
    LONGEST_NAME,
    Joining,
    MemberRole,
    canonical_name,
    canonical_slug,
    slug_of,
)
from jwt_accounts.errors import FieldError, Forbidden, InvalidInput
from jwt_accounts.models import SecurityEvent
from jwt_accounts.signals import member_joined
from jwt_accounts.types import EventKind, HostUser, RequestContext

#: How many tenants one user can belong to.
MOST_TENANTS = 100

_TRIES = 5


def checked_names(name: str, slug: str) -> tuple[str, str]:
    """Both in their canonical form; the slug is empty where it is to be made of the name.

    Raises :class:`InvalidInput` naming what cannot be.
    """
    errors: dict[str, tuple[FieldError, ...]] = {}
    called, known = canonical_name(name), canonical_slug(slug) if slug else ""
    if called is None:
        message = f"Enter a name of one line and at most {LONGEST_NAME} characters."
        errors["name"] = (FieldError("invalid", message),)
    if known is None:
        message = "Enter letters, digits and hyphens, such as acme-2."
        errors["slug"] = (FieldError("invalid", message),)
    if called is None or known is None:
        raise InvalidInput(fields=errors)
    return called, known


def make_tenant(ctx: RequestContext, *, name: str, slug: str, owner: HostUser) -> Membership:
    """A new tenant with its first member. Takes what :func:`checked_names` gives.

    Raises :class:`InvalidInput` naming ``slug`` where it is taken.
    """
    tenant = _insert(ctx, name, slug)
    SecurityEvent.objects.record(
        EventKind.TENANT_CREATED, ctx, user_id=owner.pk, details={"tenant": tenant.slug}
    )
    return add_member(ctx, tenant, owner, MemberRole.OWNER)


def add_member(
    ctx: RequestContext, tenant: Tenant, user: HostUser, role: str = MemberRole.MEMBER
) -> Membership:
    """Make somebody a member who is none. Tells once the transaction has committed."""
    membership = Membership.objects.create(
        tenant=tenant, user=user, role=str(role), joined_at=ctx.now
    )
    SecurityEvent.objects.record(
        EventKind.TENANT_JOINED, ctx, user_id=user.pk, details={"tenant": tenant.slug}
    )
    send = partial(
        member_joined.send_robust,
        sender=type(user),
        user=user,
        scope=str(tenant.pk),
        name=tenant.name,
        ctx=ctx,
    )
    transaction.on_commit(send, using=router.db_for_write(Membership))
    return membership


def check_room(user: HostUser) -> None:
    """Raises :class:`Forbidden` for who belongs to too many tenants."""
    if Membership.objects.filter(user=user.pk).count() >= MOST_TENANTS:
        raise Forbidden(f"You belong to {MOST_TENANTS} tenants already, and can join no more.")


def open_tenant(slug: str) -> Tenant:
    """The tenant that somebody named who wants to join it; the default one where none was named.

    Raises :class:`InvalidInput` naming ``tenant``: nothing tells one that is closed, not active or
    by invitation only from one that is not there.
    """
    wanted = Tenant.objects.filter(is_active=True, joining=Joining.OPEN)
    if not slug:
        tenant = wanted.filter(is_default=True).first()
        if tenant is None:
            raise InvalidInput(fields={"tenant": (FieldError("required", "Name a tenant."),)})
        return tenant
    known = canonical_slug(slug)
    tenant = None if known is None else wanted.filter(slug=known).first()
    if tenant is None:
        message = "There is no such tenant, or one joins it by invitation."
        raise InvalidInput(fields={"tenant": (FieldError("invalid", message),)})
    return tenant


def _insert(ctx: RequestContext, name: str, slug: str) -> Tenant:
    wanted = (
        [slug] if slug else [slug_of(name), *(slug_of(name, token_hex(2)) for _ in range(_TRIES))]
    )
    for each in wanted:
        try:
            with transaction.atomic(using=router.db_for_write(Tenant)):
                return Tenant.objects.create(name=name, slug=each, created_at=ctx.now)
        except IntegrityError:
            continue
    taken = FieldError("unique", "A tenant with that slug already exists.")
    raise InvalidInput(fields={"slug": (taken,)})
