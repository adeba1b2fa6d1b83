"""Upgrade a password's hash without ending sessions: the password is the same."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.models import UserSession
from jwt_accounts.models.userfields import user_model
from jwt_accounts.tokens.digests import password_digest
from jwt_accounts.types import HostUser


@sensitive_variables()
def rehash(user: HostUser, password: str) -> None:
    """Store ``password`` with the preferred hasher, as Django does at a log-in.

    Does nothing where the password was changed meanwhile. The sessions begun with the old hash
    go on: they remember a digest of the hash, so they are told.
    """
    old = user.password
    new = make_password(password)
    with transaction.atomic():
        changed = user_model()._default_manager.filter(pk=user.pk, password=old)
        if not changed.update(password=new):
            return
        UserSession.objects.filter(user=user.pk, password_digest=password_digest(old)).update(
            password_digest=password_digest(new)
        )
    user.password = new
