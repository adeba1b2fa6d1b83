"""The small vocabulary every layer shares. Imports nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    #: The host's user. Typed as the stock one, of which only what ``checks.py`` asserts is used.
    HostUser: TypeAlias = User
else:
    HostUser = Any

#: A user's primary key: a number, a UUID, whatever the host's model says.
UserKey: TypeAlias = Any


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


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """When, from where and by which client something is asked for.

    ``now`` is aware and is the only clock a flow reads. ``ip`` is the address the rate limits
    and the audit trail use; it is ``None`` where there is no client (a management command).
    """

    now: datetime
    ip: str | None = None
    user_agent: str = ""
