"""Secrets that must be read again (keys of code generators, signing keys), encrypted at rest.

The keys are derived from ``ENCRYPTION_KEYS``; each purpose has its own, so that what was sealed for
one row is of no use in another. Whoever reads the database alone reads nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence

from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.conf import settings

try:
    from cryptography.fernet import Fernet, InvalidToken, MultiFernet
except ModuleNotFoundError as missing:
    hint = "What is encrypted needs an extra: pip install 'django-jwt-accounts[keys]'."
    raise ImproperlyConfigured(hint) from missing


class SealBroken(Exception):
    """None of the present keys opens this: they were changed, or the row was."""


@sensitive_variables()
def seal(secret: str, *, purpose: str) -> str:
    """Encrypt with the first of the keys."""
    return _box(purpose).encrypt(secret.encode()).decode("ascii")


@sensitive_variables()
def unseal(sealed: str, *, purpose: str) -> str:
    """Decrypt with whichever key fits. Raises :class:`SealBroken`."""
    try:
        return _box(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SealBroken from error


@sensitive_variables()
def seal_again(sealed: str, *, purpose: str) -> str:
    """The same secret under the first of the keys. Raises :class:`SealBroken`."""
    try:
        return _box(purpose).rotate(sealed.encode()).decode("ascii")
    except InvalidToken as error:
        raise SealBroken from error


@sensitive_variables()
def _box(purpose: str) -> MultiFernet:
    keys: Sequence[str | bytes] = settings.ENCRYPTION_KEYS or (
        django_settings.SECRET_KEY,
        *django_settings.SECRET_KEY_FALLBACKS,
    )
    return MultiFernet([Fernet(_derived(str(key), purpose)) for key in keys])


def _derived(key: str, purpose: str) -> bytes:
    digest = hmac.new(key.encode(), f"jwt_accounts.vault:{purpose}".encode(), hashlib.sha256)
    return urlsafe_b64encode(digest.digest())
