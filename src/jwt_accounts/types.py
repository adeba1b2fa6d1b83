"""The small vocabulary every layer shares. Imports nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    #: The host's user. Typed as the stock one, of which only what ``checks.py`` asserts is used.
    HostUser: TypeAlias = User
else:
    HostUser = Any


class HostKey:
    """Marks what is a key of the host's user model, for who describes it."""


@dataclass(frozen=True, slots=True)
class HostBody:
    """Marks a body of fields of the host's user model, by their names."""

    names: Callable[[], Iterable[str]]


#: A user's primary key: a number, a UUID, whatever the host's model says.
UserKey: TypeAlias = Annotated[Any, HostKey()]


class IdentifierKind(StrEnum):
    """What a person may type to say who they are."""

    USERNAME = "username"
    EMAIL = "email"
    PHONE = "phone"


class SessionEnd(StrEnum):
    """Why a session is over. Stored with the session and shown in the audit trail."""

    SIGNED_OUT = "signed_out"
    ENDED_BY_USER = "ended_by_user"
    ENDED_BY_STAFF = "ended_by_staff"
    REFRESH_REUSED = "refresh_reused"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason, not a password
    USER_DEACTIVATED = "user_deactivated"
    LOCKED_BY_STAFF = "locked_by_staff"
    PASSWORD_EXPIRED = "password_expired"  # noqa: S105 - a reason, not a password
    FACTORS_CHANGED = "factors_changed"
    SECOND_FACTOR_MISSING = "second_factor_missing"
    SESSION_LIMIT = "session_limit"


class EventKind(StrEnum):
    """What the audit trail records."""

    ACCOUNT_LOCKED = "account_locked"
    ACCOUNT_UNLOCKED = "account_unlocked"
    LOCKED_BY_STAFF = "locked_by_staff"
    STAFF_LOCK_LIFTED = "staff_lock_lifted"
    REFRESH_REUSED = "refresh_reused"
    USER_CREATED = "user_created"
    USER_CHANGED = "user_changed"
    USER_INVITED = "user_invited"
    USER_DELETED = "user_deleted"
    EMAIL_CONFIRMED = "email_confirmed"
    EMAIL_CHANGED = "email_changed"
    PHONE_CHANGED = "phone_changed"
    USERNAME_CHANGED = "username_changed"
    PROFILE_CHANGED = "profile_changed"
    ACCOUNT_RECLAIMED = "account_reclaimed"
    SESSIONS_ENDED_BY_STAFF = "sessions_ended_by_staff"
    PASSWORD_CHANGE_DEMANDED = "password_change_demanded"  # noqa: S105 - a kind of event
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a kind of event
    PIN_VERIFIED = "pin_verified"
    RECOVERY_REFUSED = "recovery_refused"
    PASSWORD_RECOVERED = "password_recovered"  # noqa: S105 - a kind of event
    DEVICES_REVOKED_BY_STAFF = "devices_revoked_by_staff"
    DEVICES_RESTORED_BY_STAFF = "devices_restored_by_staff"
    ROLE_ASSIGNED = "role_assigned"
    ROLE_SETTINGS_CHANGED = "role_settings_changed"
    TENANT_CREATED = "tenant_created"
    TENANT_JOINED = "tenant_joined"
    TENANT_LEFT = "tenant_left"
    TENANT_MEMBER_INVITED = "tenant_member_invited"
    TENANT_INVITATION_REVOKED = "tenant_invitation_revoked"
    TENANT_MEMBER_REMOVED = "tenant_member_removed"
    TENANT_ROLE_CHANGED = "tenant_role_changed"
    COMMENTS_DELETED_BY_STAFF = "comments_deleted_by_staff"
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    FACTORS_RESET_BY_STAFF = "factors_reset_by_staff"
    FACTOR_CODES_EXHAUSTED = "factor_codes_exhausted"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    RECOVERY_CODE_USED = "recovery_code_used"
    PASSKEY_COUNT_WENT_BACK = "passkey_count_went_back"
    REAUTHENTICATED = "reauthenticated"
    SESSION_ENDED_BY_STAFF = "session_ended_by_staff"
    SIGNED_IN_FROM_NEW_CLIENT = "signed_in_from_new_client"
    SIGNING_KEY_ADDED = "signing_key_added"
    SIGNING_KEY_PROMOTED = "signing_key_promoted"
    SIGNING_KEY_RETIRED = "signing_key_retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """When, from where and by which client something is asked for.

    ``now`` is aware and is the only clock a flow reads. ``ip`` is the address the rate limits
    and the audit trail use; it is ``None`` where there is no client (a management command).
    """

    now: datetime
    ip: str | None = None
    user_agent: str = ""
