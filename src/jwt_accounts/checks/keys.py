"""What ``manage.py check`` says of the keys that sign access tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jwt
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, router

from jwt_accounts.conf import settings
from jwt_accounts.models import SigningKey
from jwt_accounts.policies.signing_keys import SHORTEST_RSA, signing_one
from jwt_accounts.tokens.config import token_settings
from jwt_accounts.tokens.key_ring import KeyRingBroken, former_key, unsealed

_ADD = "python manage.py signing_keys add, and then promote."


def check_keys(**_kwargs: Any) -> list[CheckMessage]:
    """E020 a key ring without the package it needs, E021 an RSA key that is too short."""
    messages: list[CheckMessage] = []
    if _has_ring() and not jwt.algorithms.has_crypto:
        text = "KEY_RING is on, and cryptography is not installed."
        hint = "pip install 'django-jwt-accounts[keys]'"
        messages.append(Error(text, hint=hint, id="jwt_accounts.E020"))
    bits = _rsa_bits()
    if bits is not None and bits < SHORTEST_RSA:
        text = f"The RSA key of SIMPLE_JWT has {bits} bits: {SHORTEST_RSA} is the least (RFC 8725)."
        hint = "Make a longer one: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072."
        messages.append(Error(text, hint=hint, id="jwt_accounts.E021"))
    return messages


def check_ring(*, databases: Sequence[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """E022 the key that signs cannot be opened, W040 no key signs. Asks the database, so it is run
    by ``check --database`` and ``migrate``."""
    alias = router.db_for_read(SigningKey)
    if not _has_ring() or alias not in (databases or ()) or not _is_migrated(alias):
        return []
    rows = {row.kid: row for row in SigningKey.objects.all()}
    signs = signing_one(row.life for row in rows.values())
    if signs is None:
        text = "KEY_RING is on, and no key signs: nobody can sign in."
        return [CheckWarning(text, hint=_ADD, id="jwt_accounts.W040")]
    try:
        unsealed(rows[signs])
    except KeyRingBroken as error:
        hint = f"Where it is lost: {_ADD}"
        return [Error(str(error), hint=hint, id="jwt_accounts.E022")]
    return []


def check_former_key(**_kwargs: Any) -> list[CheckMessage]:
    """W041 the key of before the ring still counts."""
    if not _has_ring() or settings.KEY_RING == "only" or not _has_former():
        return []
    text = "KEY_RING is True: access tokens of the key of SIMPLE_JWT are accepted as well."
    hint = "When those it signed have expired, set KEY_RING to 'only'."
    return [CheckWarning(text, hint=hint, id="jwt_accounts.W041")]


def _has_ring() -> bool:
    try:
        return bool(settings.KEY_RING)
    except ImproperlyConfigured:
        return False  # another check says what is wrong


def _has_former() -> bool:
    try:
        return former_key() is not None
    except Exception:  # whatever is wrong with SIMPLE_JWT, another check says it
        return False


def _rsa_bits() -> int | None:
    try:
        one = token_settings().access
        usable = one.is_usable and one.algorithm.startswith(("RS", "PS"))
    except Exception:  # the same
        return None
    bits: int | None = getattr(one.prepared_signing_key, "key_size", None) if usable else None
    return bits


def _is_migrated(alias: str) -> bool:
    return SigningKey._meta.db_table in connections[alias].introspection.table_names()
