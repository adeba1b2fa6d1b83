"""Whether a right password may still be used: the same answer for every way in."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from django.views.decorators.debug import sensitive_variables

from jwt_accounts.conf import settings
from jwt_accounts.policies.expiry import is_expired
from jwt_accounts.policies.passwords import broken_rules
from jwt_accounts.rulebook import maximum_password_age, password_rules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jwt_accounts.credentials.check import Verified
    from jwt_accounts.models import Account
    from jwt_accounts.rulebook import RoleRow
    from jwt_accounts.types import RequestContext


class ChangeReason(StrEnum):
    """Why a password must be changed before anything else."""

    EXPIRED = "expired"
    DEMANDED = "demanded"
    RULES = "rules"


@sensitive_variables()
def reason_to_change(ctx: RequestContext, verified: Verified, password: str) -> ChangeReason | None:
    """Why the password that was just checked must be changed; None where it may be used."""
    roles = verified.found.roles
    if reason := reason_of_age(ctx, verified.account, roles):
        return reason
    if settings.ENFORCE_RULES_AT_SIGN_IN and broken_rules(password, password_rules(roles)):
        return ChangeReason.RULES
    return None


def reason_of_age(
    ctx: RequestContext, account: Account, roles: Iterable[RoleRow]
) -> ChangeReason | None:
    """The same without the password: whether staff wants another one, or it is too old."""
    if account.must_change_password:
        return ChangeReason.DEMANDED
    if is_expired(account.password_changed_at, maximum_password_age(roles), ctx.now):
        return ChangeReason.EXPIRED
    return None
