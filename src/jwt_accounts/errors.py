"""Every refusal of this library. A code is public and closed; the text is for people.

The HTTP status and the body belong to the contract (see ``http/contract.py``), which must map
every code: an incomplete table is refused when the contract is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Code(StrEnum):
    """The closed list of refusals."""

    INVALID = "invalid"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_AUTHENTICATED = "not_authenticated"
    TOKEN_INVALID = "token_invalid"  # noqa: S105 - a code, not a token
    SESSION_ENDED = "session_ended"
    REFRESH_REUSED = "refresh_reused"
    WRONG_CREDENTIALS = "wrong_credentials"
    ACCOUNT_INACTIVE = "account_inactive"
    ACCOUNT_LOCKED = "account_locked"
    ATTEMPTS_IN_FLIGHT = "attempts_in_flight"
    PASSWORD_EXPIRED = "password_expired"  # noqa: S105 - a code, not a password
    PASSWORD_UNCHANGED = "password_unchanged"  # noqa: S105 - a code, not a password
    PIN_INVALID = "pin_invalid"
    PIN_EXPIRED = "pin_expired"
    RESET_INVALID = "reset_invalid"
    RESET_EXPIRED = "reset_expired"
    REGISTRATION_CLOSED = "registration_closed"
    EMAIL_UNCONFIRMED = "email_unconfirmed"
    LINK_INVALID = "link_invalid"
    LINK_EXPIRED = "link_expired"
    ALREADY_CONFIRMED = "already_confirmed"
    MFA_REQUIRED = "mfa_required"
    MFA_ENROLMENT_REQUIRED = "mfa_enrolment_required"
    CODE_INVALID = "code_invalid"
    CODES_EXHAUSTED = "codes_exhausted"
    CHALLENGE_INVALID = "challenge_invalid"
    REAUTHENTICATION_REQUIRED = "reauthentication_required"
    SESSION_LIMIT_REACHED = "session_limit_reached"
    CSRF_FAILED = "csrf_failed"
    FORBIDDEN = "forbidden"
    LAST_SUPERUSER = "last_superuser"
    STILL_REFERENCED = "still_referenced"
    NOT_FOUND = "not_found"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    UNEXPECTED = "unexpected"


#: What a person reads. It says what happened and what to do next; the code is what is stable.
MESSAGES: Mapping[Code, str] = {
    Code.INVALID: "Some values cannot be accepted.",
    Code.MALFORMED: "The body is not a JSON object, or not a valid form.",
    Code.TOO_LARGE: "The body is too large.",
    Code.UNSUPPORTED_MEDIA_TYPE: "This content type is not read here.",
    Code.METHOD_NOT_ALLOWED: "This method is not allowed here.",
    Code.NOT_AUTHENTICATED: "Authentication credentials were not provided.",
    Code.TOKEN_INVALID: "Token is invalid or expired",
    Code.SESSION_ENDED: "This session has ended. Sign in again.",
    Code.REFRESH_REUSED: "This refresh token was used before: its session is over. Sign in again.",
    Code.WRONG_CREDENTIALS: "Incorrect credentials",
    Code.ACCOUNT_INACTIVE: "This account is disabled. Ask an administrator to enable it.",
    Code.ACCOUNT_LOCKED: "This account is locked. Wait, or ask an administrator to unlock it.",
    Code.ATTEMPTS_IN_FLIGHT: "Other sign-in attempts are being checked. Try again in a moment.",
    Code.PASSWORD_EXPIRED: "This password has expired. Set a new one.",
    Code.PASSWORD_UNCHANGED: "This is the present password. Choose a new one.",
    Code.PIN_INVALID: "This PIN is not valid. Look at the last message, or ask for a new PIN.",
    Code.PIN_EXPIRED: "This PIN has expired. Ask for a new one.",
    Code.RESET_INVALID: "A new password cannot be set now. Ask for a new PIN, or a new link.",
    Code.RESET_EXPIRED: "The time to set a new password is over. Ask for a new PIN, or a new link.",
    Code.REGISTRATION_CLOSED: "Nobody registers here. Ask the site's staff for an invitation.",
    Code.EMAIL_UNCONFIRMED: "Confirm your e-mail address first: look at the message, or ask again.",
    Code.LINK_INVALID: "This link is not valid. Look at the last message, or ask for a new one.",
    Code.LINK_EXPIRED: "This link has expired. Ask for a new one.",
    Code.ALREADY_CONFIRMED: "This address is confirmed already. There is nothing to do.",
    Code.MFA_REQUIRED: "That was the first step. Prove a second factor to sign in.",
    Code.MFA_ENROLMENT_REQUIRED: "Your role asks for a second factor. Set one up to sign in.",
    Code.CODE_INVALID: "This code is not valid. Look at the present one, or use another factor.",
    Code.CODES_EXHAUSTED: "Too many wrong codes. Wait, or use a recovery code or a passkey.",
    Code.CHALLENGE_INVALID: "This sign-in was not finished in time. Begin again.",
    Code.REAUTHENTICATION_REQUIRED: "Confirm that it is you first, then ask again.",
    Code.SESSION_LIMIT_REACHED: "You are signed in on too many clients. Sign out on one of them.",
    Code.CSRF_FAILED: "The CSRF token is missing or wrong. Send the one of the CSRF cookie.",
    Code.FORBIDDEN: "You do not have permission to perform this action.",
    Code.LAST_SUPERUSER: "This is the last active superuser. Make another one first.",
    Code.STILL_REFERENCED: "Other data needs this account. Ask an administrator to delete it.",
    Code.NOT_FOUND: "Not found.",
    Code.RATE_LIMITED: "Too many requests. Try again later.",
    Code.UNAVAILABLE: "The service is not available. Try again in a moment.",
    Code.UNEXPECTED: "An unexpected error occurred.",
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field: a stable code and a sentence."""

    code: str
    message: str


class AccountError(Exception):
    """A flow's refusal. ``wait`` is in seconds and becomes ``Retry-After``. ``extra`` is what a
    contract may tell besides."""

    code: ClassVar[Code]

    def __init__(
        self,
        message: str = "",
        *,
        fields: Mapping[str, tuple[FieldError, ...]] | None = None,
        wait: int | None = None,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        self.text = message or MESSAGES[self.code]
        self.fields = dict(fields or {})
        self.wait = wait
        self.extra = dict(extra or {})
        super().__init__(self.text)


class InvalidInput(AccountError):
    """A value cannot be taken; ``fields`` names which and why."""

    code = Code.INVALID


class NotAuthenticated(AccountError):
    """A token is needed and none was sent."""

    code = Code.NOT_AUTHENTICATED


class TokenInvalid(AccountError):
    """Not one of our tokens, of another kind, expired, or with claims that make no sense."""

    code = Code.TOKEN_INVALID


class SessionEnded(AccountError):
    """The token is sound; the session it belongs to is over. Sign in again."""

    code = Code.SESSION_ENDED


class RefreshReused(AccountError):
    """A spent refresh token was sent again (RFC 9700 section 4.14.2): its session is ended."""

    code = Code.REFRESH_REUSED


class WrongCredentials(AccountError):
    """No such identifier, or not its password: the two are never told apart."""

    code = Code.WRONG_CREDENTIALS


class AccountInactive(AccountError):
    """The password is right, and staff has switched the user off."""

    code = Code.ACCOUNT_INACTIVE


class AccountLocked(AccountError):
    """Too many wrong passwords, or locked by staff. ``wait`` is None when only staff ends it."""

    code = Code.ACCOUNT_LOCKED


class AttemptsInFlight(AccountError):
    """All tries are taken by requests that are being checked right now. Nothing is locked."""

    code = Code.ATTEMPTS_IN_FLIGHT


class PasswordExpired(AccountError):
    """The password is right and too old, or must be changed."""

    code = Code.PASSWORD_EXPIRED


class PasswordUnchanged(AccountError):
    """The new password is the present one."""

    code = Code.PASSWORD_UNCHANGED


class PinInvalid(AccountError):
    """No such PIN: wrong, spent, replaced, tried too often, or nobody asked for one. Never told
    apart."""

    code = Code.PIN_INVALID


class PinExpired(AccountError):
    """The PIN is right and too old."""

    code = Code.PIN_EXPIRED


class ResetInvalid(AccountError):
    """No window is open to set a password in, or not for who asks. Never told apart."""

    code = Code.RESET_INVALID


class ResetExpired(AccountError):
    """The window was for who asks, and is over."""

    code = Code.RESET_EXPIRED


class RegistrationClosed(AccountError):
    """Nobody registers here, or not this person."""

    code = Code.REGISTRATION_CLOSED


class EmailUnconfirmed(AccountError):
    """The password is right, and the address must be confirmed before it is used."""

    code = Code.EMAIL_UNCONFIRMED


class LinkInvalid(AccountError):
    """No such link: changed, replaced by a newer one, or for something that is no more so. Never
    told apart."""

    code = Code.LINK_INVALID


class LinkExpired(AccountError):
    """The link is right and too old."""

    code = Code.LINK_EXPIRED


class AlreadyConfirmed(AccountError):
    """The link is right, and was followed before."""

    code = Code.ALREADY_CONFIRMED


class SecondFactorRequired(AccountError):
    """The first step is made, and it is only the first. ``extra`` holds the
    ``challenge_token`` for the second one, its ``factors``, and ``expires_in``."""

    code = Code.MFA_REQUIRED


class EnrolmentRequired(AccountError):
    """The first step is made, and a role asks for a second factor that the user does not have.
    ``extra`` holds the ``challenge_token`` to set one up with."""

    code = Code.MFA_ENROLMENT_REQUIRED


class CodeInvalid(AccountError):
    """Not a code of the user's, or one that was used before. Never told apart."""

    code = Code.CODE_INVALID


class CodesExhausted(AccountError):
    """Too many wrong codes of this user: none is looked at for ``wait`` seconds."""

    code = Code.CODES_EXHAUSTED


class ChallengeInvalid(AccountError):
    """No such second step: changed, used, too old, tried too often. Never told apart."""

    code = Code.CHALLENGE_INVALID


class ReauthenticationRequired(AccountError):
    """The sign-in is too long ago for this, or had one factor only (ASVS 7.5.1, RFC 9470)."""

    code = Code.REAUTHENTICATION_REQUIRED


class SessionLimitReached(AccountError):
    """As many sessions are open as may be."""

    code = Code.SESSION_LIMIT_REACHED


class CsrfFailed(AccountError):
    """Tokens travel in cookies here, and nothing shows that the front end made this request."""

    code = Code.CSRF_FAILED


class Forbidden(AccountError):
    """The actor does not hold the right, or would act on somebody who holds more."""

    code = Code.FORBIDDEN


class LastSuperuser(AccountError):
    """The last active superuser stays."""

    code = Code.LAST_SUPERUSER


class StillReferenced(AccountError):
    """The host's own data protects the user from being deleted."""

    code = Code.STILL_REFERENCED


class NotFound(AccountError):
    """There is no such thing, or not for this actor."""

    code = Code.NOT_FOUND


class RateLimited(AccountError):
    """Too many requests from this client address."""

    code = Code.RATE_LIMITED
