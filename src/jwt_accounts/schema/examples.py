"""One sample value for each field name, in requests and in answers. None of them opens anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jwt_accounts.schema.components import Schema

_UUID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
_TIME = "2030-01-31T12:00:00Z"
_ACCESS = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2FtcGxl"
_REFRESH = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.cmVmcmVzaA"
_PASSWORD = "correct horse battery"  # noqa: S105 - a sample
_SECRET = "c2FtcGxlLXNlY3JldA"  # noqa: S105 - a sample
_CREDENTIAL = "c2FtcGxlLWNyZWRlbnRpYWw"

#: Several where contracts give one name to values of several types: the first that fits is taken.
SAMPLES: Mapping[str, Any] = {
    "access": _ACCESS,
    "access_expiration": _TIME,
    "access_token": _ACCESS,
    "activation_token": _SECRET,
    "after": "42",
    "alg": ("RS256", -7),
    "attestation": "none",
    "browser": "Firefox",
    "challenge": "c2FtcGxlLWNoYWxsZW5nZS1vZi0zMi1ieXRlcw",
    "challenge_token": _SECRET,
    "change_token": _SECRET,
    "client": "Firefox on Windows",
    "code": ("012345", 3),
    "codes": "3ABC-DEFG-HJK",
    "comments_count": 1,
    "contain_lower_case": True,
    "contain_number": True,
    "contain_special_case": False,
    "confirmed": True,
    "contain_upper_case": True,
    "count": 1,
    "created_at": _TIME,
    "crv": "P-256",
    "credential": {"id": _CREDENTIAL, "rawId": _CREDENTIAL, "type": "public-key", "response": {}},
    "current": True,
    "current_password": _PASSWORD,
    "date_joined": _TIME,
    "detail": "A sentence for people.",
    "device_id": _UUID,
    "displayName": "ada",
    "e": "AQAB",
    "email": "ada@example.com",
    "email_confirmed": True,
    "ephemeral_token": _SECRET,
    "error": "Invalid request",
    "expires_at": _TIME,
    "expires_in": 900,
    "factor": "email",
    "factor_id": "totp-1",
    "factors": "totp",
    "field": "email",
    "first_name": "Ada",
    "fqdn": "rack-7.example.com",
    "group": "Manager",
    "hostname": "rack-7",
    "id": (7, _UUID, "ada"),
    "identifier": "ada",
    "invitation": _SECRET,
    "invitation_id": _UUID,
    "ip": "192.0.2.7",
    "ipv4_address": "192.0.2.7",
    "ipv6_address": "2001:db8::7",
    "is_active": True,
    "is_email_confirmed": True,
    "is_staff": False,
    "is_superuser": False,
    "joined_at": _TIME,
    "key": _SECRET,
    "kid": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
    "last_login": _TIME,
    "last_name": "Lovelace",
    "last_seen": _TIME,
    "last_used_at": _TIME,
    "lockout_limit": 5,
    "lockout_time": 900,
    "marked": 1,
    "member_id": _UUID,
    "message": "A sentence for people.",
    "mfa_enabled": True,
    "mfa_required": True,
    "minimum_characters": 8,
    "must_change_password": False,
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFx",
    "name": "Ada Lovelace",
    "new_email": "ada@example.org",
    "new_password": "staple horse battery",
    "new_password1": "staple horse battery",
    "new_password2": "staple horse battery",
    "new_username": "lovelace",
    "next": ("43", None),
    "notification_id": _UUID,
    "old_password": _PASSWORD,
    "otpauth_uri": "otpauth://totp/ada?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "owner": "ada",
    "page": 1,
    "page_size": 50,
    "password": _PASSWORD,
    "password1": _PASSWORD,
    "password2": _PASSWORD,
    "password_expiration": 90,
    "password_expires_at": _TIME,
    "password_expires_in": 86400,
    "phone": "+40771694307",
    "pin": ("012345", 12345),
    "pk": (7, _UUID, "ada"),
    "place": "Cluj-Napoca",
    "public_id": _UUID,
    "previous": None,
    "qr_code_data_uri": "data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=",
    "re_new_email": "ada@example.org",
    "re_new_password": "staple horse battery",
    "re_new_username": "lovelace",
    "re_password": _PASSWORD,
    "qr_svg": "<svg></svg>",
    "reason": "expired",
    "recovery_codes": "3ABC-DEFG-HJK",
    "recovery_codes_left": 10,
    "reference": "3f9c2a7d1e5b",
    "refresh": _REFRESH,
    "refresh_expiration": _TIME,
    "refresh_token": _REFRESH,
    "require_mfa": False,
    "requireResidentKey": False,
    "reset_token": _SECRET,
    "residentKey": "preferred",
    "retry_after": 30,
    "revoked": False,
    "role": "Manager",
    "roles": "Manager",
    "rpId": "example.com",
    "search": "ada",
    "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "session": _UUID,
    "session_id": _UUID,
    "session_limit": 3,
    "signed_in_with": "pwd",
    "slug": "analytical-engines",
    "status": 400,
    "tenant": "analytical-engines",
    "tenant_id": _UUID,
    "text": "Well done.",
    "timeout": 300_000,
    "title": "Invalid input",
    "to": "a***@example.com",
    "token": (_SECRET,),
    "token_type": "Bearer",
    "totp_url": "otpauth://totp/ada?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "transports": "internal",
    "type": ("email", "urn:jwt-accounts:problem:invalid"),
    "uid": "Nw",
    "unread": 1,
    "unread_count": 1,
    "user_agent": "Mozilla/5.0",
    "user_id": "7",
    "username": "ada",
    "userVerification": "preferred",
    "value": "ada@example.com",
    "verb": "commented",
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
}

Resolve = Callable[[Schema], Schema]


def sample(schema: Schema, resolve: Resolve, name: str = "") -> Any:
    """An example of a schema. ``name`` is the field's; ``resolve`` follows references."""
    schema = resolve(schema)
    for fixed in ("const", "example"):
        if fixed in schema:
            return schema[fixed]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        return sample(choice, resolve, name)
    kinds = _kinds(schema)
    if "array" in kinds:
        return [sample(schema["items"], resolve, name)]
    if "properties" in schema:
        return {key: sample(inner, resolve, key) for key, inner in schema["properties"].items()}
    if "additionalProperties" in schema:
        given = SAMPLES.get(name)
        return (
            given
            if isinstance(given, dict)
            else {name or "name": sample(schema["additionalProperties"], resolve, name)}
        )
    return _value(kinds, name)


def _value(kinds: set[str], name: str) -> Any:
    """The first sample of the name that is of the right type."""
    given = SAMPLES.get(name, _PLAIN)
    candidates = given if isinstance(given, tuple) else (given, *_PLAIN)
    return next((each for each in candidates if not kinds or _kind(each) in kinds), None)


def _kinds(schema: Schema) -> set[str]:
    kind = schema.get("type", ())
    return {kind} if isinstance(kind, str) else set(kind)


def _kind(value: object) -> str:
    return _NAMES.get(type(value), "object")


_PLAIN = ("text", 1, True, None)
_NAMES: Mapping[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}
