"""Inputs for fields of the host's user model that this library has no name for."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from jwt_accounts.http.inputs import Text
from jwt_accounts.models.userfields import extra_names, user_fields, user_model


def extra_fields() -> dict[str, serializers.Field[Any, Any, Any, Any]]:
    """The host's ``REQUIRED_FIELDS`` that are neither identifiers nor names, as inputs."""
    return {name: host_field(name) for name in extra_names()}


def host_field(name: str) -> serializers.Field[Any, Any, Any, Any]:
    """The shape of one field, as REST framework reads it off the model; whether a value is unique
    is the database's question."""
    field = user_model()._meta.get_field(name)
    if field.remote_field is not None:
        related: Any = field.related_model
        return serializers.PrimaryKeyRelatedField(
            queryset=related._default_manager.all(), required=not field.null
        )
    kind, options = serializers.ModelSerializer().build_standard_field(name, field)
    options["validators"] = [
        each for each in options.get("validators", ()) if not isinstance(each, UniqueValidator)
    ]
    if kind is serializers.CharField:
        kind = Text
    built: serializers.Field[Any, Any, Any, Any] = kind(**options)
    return built


def attribute_of(name: str) -> str | None:
    """What flows call a field of the host's (``username``, ``email``, ``first_name``, ...); None
    where it is one of the others, which they know by its own name."""
    fields = user_fields()
    named = {fields.username: "username", fields.email: "email", fields.phone: "phone"}
    return named.get(name, name if name in fields.profile else None)


def is_writable(name: str) -> bool:
    """Whether people may say it of themselves."""
    return attribute_of(name) is not None or name in extra_names()
