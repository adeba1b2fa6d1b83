"""Signing and reading, whatever the token says. Every defect of a token is one refusal."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import jwt
from django.views.decorators.debug import sensitive_variables
from rest_framework_simplejwt.exceptions import TokenBackendError

from jwt_accounts.errors import TokenInvalid
from jwt_accounts.tokens.keys import Keys

_MAX_LENGTH = 8192
LAST_EPOCH = 253_402_300_799  # the end of year 9999, the last one a datetime can hold


@sensitive_variables()
def sign(claims: dict[str, Any], keys: Keys, *, typ: str) -> str:
    """The token as it travels."""
    payload, terms = dict(claims), keys.terms
    if terms.audience is not None:
        payload["aud"] = terms.audience
    if terms.issuer is not None:
        payload["iss"] = terms.issuer
    key = keys.signing(claims)
    named = {} if key.kid is None else {"kid": key.kid}
    return jwt.encode(
        payload,
        key.material,
        algorithm=key.algorithm,
        headers={"typ": typ, **named},
        json_encoder=terms.json_encoder,
    )


@sensitive_variables()
def read(raw: object, keys: Keys, *, typ: str) -> dict[str, Any]:
    """The claims of a token that is signed by us, alive and well-formed.

    Raises :class:`TokenInvalid` for everything else: RFC 8725 sections 3.1 to 3.11. A signed
    token can still hold odd claims (another service with the same key, an old version), and
    neither PyJWT nor the database is asked to cope with them.
    """
    if not isinstance(raw, str) or len(raw) > _MAX_LENGTH:
        raise TokenInvalid
    terms = keys.terms
    try:
        key = keys.verifying(raw)
        decoded = jwt.decode_complete(
            raw,
            key.material,
            algorithms=[key.algorithm],
            audience=terms.audience,
            issuer=terms.issuer,
            leeway=terms.get_leeway(),
            options={
                "require": ["exp"],
                "verify_aud": terms.audience is not None,
                # Workers' clocks differ; when a token was made says nothing about its worth.
                "verify_iat": False,
            },
        )
    except (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, LookupError) as error:
        raise TokenInvalid from error
    except (AttributeError, RecursionError, TokenBackendError) as error:
        raise TokenInvalid from error
    claims: dict[str, Any] = decoded["payload"]
    if not _has_type(decoded["header"], typ) or not _is_epoch(claims.get("exp")):
        raise TokenInvalid
    return claims


def text_claim(claims: dict[str, Any], name: str) -> str:
    """A claim that must be a short text. Raises :class:`TokenInvalid`."""
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 64:
        raise TokenInvalid
    return value


def count_claim(claims: dict[str, Any], name: str) -> int:
    """A claim that must be a count the database can hold. Raises :class:`TokenInvalid`."""
    value = claims.get(name)
    if type(value) is not int or not 0 <= value < 2**31:
        raise TokenInvalid
    return value


def epoch(moment: datetime) -> int:
    """Whole seconds since 1970, as RFC 7519 writes times."""
    return math.floor(moment.timestamp())


def _has_type(header: dict[str, Any], typ: str) -> bool:
    # "JWT" says nothing and may be left out (RFC 7519 section 5.1); any other type must match.
    found = header.get("typ", "JWT")
    return isinstance(found, str) and found.lower() == typ.lower()


def _is_epoch(value: object) -> bool:
    return type(value) is int and 0 < value <= LAST_EPOCH
