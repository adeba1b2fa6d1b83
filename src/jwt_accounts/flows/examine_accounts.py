"""Which users cannot sign in by something that is written on them, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from jwt_accounts.conf import settings
from jwt_accounts.models import Account
from jwt_accounts.models.userfields import canonical, user_fields
from jwt_accounts.types import HostUser, IdentifierKind, UserKey


@dataclass(frozen=True, slots=True)
class Finding:
    """An identifier of a user that signs nobody in. ``shared_with`` are the others who have it;
    empty where nobody does: then ``repair`` gives it back."""

    user_id: UserKey
    kind: IdentifierKind
    value: str
    shared_with: tuple[UserKey, ...]


def adopt_strangers() -> int:
    """Make the accounts of all users made elsewhere; how many they were.

    Not needed for them to sign in. Afterwards an identifier nobody has is known by its index.
    """
    return Account.objects.adopt_all()


def examine_accounts() -> Iterator[Finding]:
    """Look at every account: written identifiers that are no way in."""
    fields = user_fields()
    for account in Account.objects.select_related("user").order_by("pk").iterator(chunk_size=500):
        for kind in settings.IDENTIFIERS:
            value = _written(account.user, kind)
            if value and account.key_of(kind) is None:
                yield Finding(
                    user_id=account.user_id,
                    kind=kind,
                    value=fields.read(account.user, kind),
                    shared_with=_others(account, kind, value),
                )


def repair(finding: Finding) -> bool:
    """Give an identifier that nobody else has back to its user. False where somebody has it."""
    if finding.shared_with:
        return False
    with transaction.atomic():
        account = Account.objects.select_for_update(no_key=True).get(pk=finding.user_id)
        setattr(account, f"{finding.kind}_key", canonical(finding.kind, finding.value))
        account.disputed = " ".join(k for k in account.disputed.split() if k != finding.kind)
        account.save(update_fields=[f"{finding.kind}_key", "disputed"])
    return True


def _written(user: HostUser, kind: IdentifierKind) -> str | None:
    return canonical(kind, user_fields().read(user, kind))


def _others(account: Account, kind: IdentifierKind, key: str) -> tuple[UserKey, ...]:
    others = Account.objects.filter(**{str(kind): key}).exclude(pk=account.pk).order_by("pk")
    return tuple(others.values_list("pk", flat=True)[:10])
