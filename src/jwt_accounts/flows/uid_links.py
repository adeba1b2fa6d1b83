"""Links that name the user besides the token, as Django's own password reset does."""

from __future__ import annotations

from django.utils.http import urlsafe_base64_decode

from jwt_accounts.credentials.challenges import key_in
from jwt_accounts.errors import FieldError, InvalidInput, LinkInvalid
from jwt_accounts.models import Challenge
from jwt_accounts.models.userfields import parse_user_id, user_model


def check_uid(*, uid: str, token: str) -> None:
    """Check that ``uid`` is a user's key in base 64, and that the token was made for that user.

    Raises :class:`InvalidInput` naming ``uid``, or :class:`LinkInvalid`.
    """
    try:
        key = parse_user_id(urlsafe_base64_decode(uid).decode())
    except ValueError:
        key = None
    if key is None or not user_model()._default_manager.filter(pk=key).exists():
        message = "There is no such user."
        raise InvalidInput(fields={"uid": (FieldError("unknown_user", message),)})
    if not Challenge.objects.filter(pk=key_in(token), user=key).exists():
        raise LinkInvalid
