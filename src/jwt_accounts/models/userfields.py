"""Where the host's user model keeps what this library needs. Any ``AUTH_USER_MODEL`` will do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, Model, UUIDField

from jwt_accounts.conf import settings
from jwt_accounts.policies.identifiers import (
    canonical_email,
    canonical_phone,
    canonical_text,
    contact_phone,
    shortened,
)
from jwt_accounts.types import HostUser, IdentifierKind, UserKey

#: The longest canonical identifier that is stored as it is.
KEY_LENGTH = 320

#: The longest number that is written down.
PHONE_LENGTH = 64

#: What decides what a user may do is nobody's to say of themselves.
PRIVILEGED = frozenset(
    {"id", "pk", "password", "is_active", "is_staff", "is_superuser", "last_login", "date_joined"}
)
_PROFILE_FIELDS = ("first_name", "last_name", "name")


@dataclass(frozen=True, slots=True)
class UserFields:
    """The names of the host's fields; None or absent where its user model has no such thing."""

    username: str | None
    email: str | None
    phone: str | None
    profile: tuple[str, ...]

    def read(self, user: Model, kind: IdentifierKind) -> str:
        """The user's value as it is written; empty where there is none."""
        name = self.name_of(kind)
        return str(getattr(user, name) or "") if name else ""

    def name_of(self, kind: IdentifierKind) -> str | None:
        """The field that holds identifiers of this kind."""
        return {
            IdentifierKind.USERNAME: self.username,
            IdentifierKind.EMAIL: self.email,
            IdentifierKind.PHONE: self.phone,
        }[kind]


def user_model() -> type[HostUser]:
    """The host's user model; typed as the stock one, of which only what a check asserts is used."""
    return get_user_model()


def user_fields() -> UserFields:
    """Read off the model each time it is asked: cheap, and right for every swapped model."""
    model = user_model()
    email = _existing(model, getattr(model, "EMAIL_FIELD", None) or "email")
    phone = _existing(model, "phone")
    main = model.USERNAME_FIELD
    return UserFields(
        username=None if main in {email, phone} else main,
        email=email,
        phone=phone,
        profile=tuple(name for name in _PROFILE_FIELDS if _existing(model, name)),
    )


def extra_names() -> tuple[str, ...]:
    """The host's ``REQUIRED_FIELDS`` that are neither identifiers nor names."""
    fields = user_fields()
    known = {fields.username, fields.email, fields.phone, *fields.profile, *PRIVILEGED}
    return tuple(name for name in user_model().REQUIRED_FIELDS if name not in known)


def public_id_column() -> str:
    """The column, seen from the user, of the id that stands for the key where a contract shows no
    keys: a UUID that is no number to count by. The key itself, where that is one."""
    is_uuid = isinstance(user_model()._meta.pk, UUIDField)
    return "pk" if is_uuid else "jwt_account__public_id"


def lock_users(*keys: UserKey) -> dict[UserKey, HostUser]:
    """Lock users' rows, in the one order of locks: users by key, then accounts, then sessions.

    A new row that refers to a user (an account, a session) locks that user as well when it is
    committed, so who writes one locks the user first. ``no_key``: what only refers to the user
    goes on meanwhile.
    """
    users = user_model()._default_manager.select_for_update(no_key=True)
    return {user.pk: user for user in users.filter(pk__in=keys).order_by("pk")}


def canonical(kind: IdentifierKind, value: str) -> str | None:
    """The form in which identifiers of a kind are compared; None where it is none of that kind."""
    if kind is IdentifierKind.PHONE:
        return canonical_phone(value, settings.PHONE_REGION)
    text = canonical_email(value) if kind is IdentifierKind.EMAIL else canonical_text(value)
    return shortened(text, KEY_LENGTH) or None


def copy_of(kind: IdentifierKind, value: str) -> str:
    """The canonical copy of what is written down, identifier or not; empty where it is nothing."""
    copy = canonical(kind, value) or ""
    if kind is IdentifierKind.PHONE:
        return (copy or contact_phone(value))[:PHONE_LENGTH]
    return copy


def parse_user_id(raw: object) -> Any:
    """A user's key from a path or a claim.

    Raises ``ValueError`` where no user can have such a key.
    """
    field = user_model()._meta.pk
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        raise ValueError("not a key")  # noqa: TRY004 - one error for every wrong key
    text = str(raw)
    if len(text) > 64 or not text.isprintable():
        raise ValueError("not a key")
    return _within_range(field, text)


def _within_range(field: Field[Any, Any], text: str) -> Any:
    try:
        value = field.to_python(text)
        field.run_validators(value)
    except Exception as error:  # a host's own key field may raise anything
        raise ValueError("not a key") from error
    if str(value) != text:  # one user, one address: not "01", not " 1", not full-width digits
        raise ValueError("not a key")
    return value


def _existing(model: type[Model], name: str) -> str | None:
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return name
