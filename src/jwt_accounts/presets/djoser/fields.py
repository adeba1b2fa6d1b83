"""Inputs and bodies that follow the host's user model: its ``REQUIRED_FIELDS``, the field one
logs in by, and, where it has them, ``name`` and ``phone``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth import get_user_model
from rest_framework import serializers

from jwt_accounts.flows.user_summary import UserSummary
from jwt_accounts.flows.write_user import Profile
from jwt_accounts.http.host_fields import attribute_of, host_field, is_writable
from jwt_accounts.http.inputs import Inputs, Password, Phone, Text, Token
from jwt_accounts.presets.djoser.conf import conf

Fields = dict[str, serializers.Field[Any, Any, Any, Any]]

_OPTIONAL = ("name", "phone")


class Dynamic(Inputs):
    """Inputs whose fields the host's model and settings decide."""

    def get_fields(self) -> Fields:
        """Those of :meth:`host_fields` too."""
        return {**super().get_fields(), **self.host_fields()}

    def host_fields(self) -> Fields:
        """By their names."""
        raise NotImplementedError


class Twice(Dynamic):
    """Inputs with a value that may have to be sent twice. ``setting`` says whether, ``value`` is
    its name, ``title`` what people call it."""

    setting = ""
    value = "new_password"
    title = "password"

    def host_fields(self) -> Fields:
        """The second one."""
        again: Fields = {}
        if conf().retypes(self.setting):
            again[f"re_{self.value_name}"] = (
                Password() if self.title == "password" else Text(max_length=320)
            )
        return again

    @property
    def value_name(self) -> str:
        """The name of the value."""
        return self.value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises ``ValidationError``."""
        again = attrs.pop(f"re_{self.value_name}", None)
        if again is not None and again != attrs[self.value_name]:
            title = self.title or conf().login_field
            raise serializers.ValidationError(f"The two {title} fields didn't match.")
        return attrs


class UserInputs(Dynamic):
    """What one may change of oneself: not what one logs in by."""

    def host_fields(self) -> Fields:
        """``REQUIRED_FIELDS``."""
        login = conf().login_field
        return {name: _input(name) for name in (*_required(), *optional()) if name != login}


class NewUserInputs(Twice):
    """A registration."""

    password = Password()
    setting, value = "USER_CREATE_PASSWORD", "password"

    def host_fields(self) -> Fields:
        """``REQUIRED_FIELDS`` and what one logs in by."""
        login = conf().login_field
        named = {name: _input(name) for name in (*_required(), *optional()) if name != login}
        return {**named, login: _input(login, needed=True), **super().host_fields()}


class NewNameInputs(Twice):
    """``new_username``, or whatever one logs in by."""

    title = ""

    @property
    def value_name(self) -> str:
        """``new_username``."""
        return f"new_{conf().login_field}"

    def host_fields(self) -> Fields:
        """The new name, under the name of its field."""
        return {self.value_name: _input(conf().login_field, needed=True), **super().host_fields()}


class UidInputs(Inputs):
    """What a link holds."""

    uid = Text(max_length=256)
    token = Token()


class CurrentPasswordInputs(Inputs):
    """One's present password."""

    current_password = Password()


def optional() -> tuple[str, ...]:
    """Fields of the host's that are no ``REQUIRED_FIELDS``, and that a registration may name."""
    known = {each.name for each in get_user_model()._meta.concrete_fields}
    return tuple(name for name in _OPTIONAL if name in known and name not in _required())


def profile_of(data: Mapping[str, Any]) -> Profile:
    """The host's fields as a flow knows them."""
    ours = {attribute_of(name): value for name, value in data.items()}
    named = {name: value for name, value in ours.items() if name is not None}
    extra = {name: value for name, value in data.items() if attribute_of(name) is None}
    return Profile(**named, extra=extra)


def body(user: UserSummary, *, is_new: bool = False) -> dict[str, Any]:
    """A user in djoser's order of keys, which is another one for a registration."""
    key = str(get_user_model()._meta.pk.name)
    return {name: user.id if name == key else _value(user, name) for name in names(is_new=is_new)}


def names(*, is_new: bool = False) -> tuple[str, ...]:
    """What a body holds."""
    login, key = conf().login_field, str(get_user_model()._meta.pk.name)
    return (*_required(), *((login, key) if is_new else (key, login)), *optional())


def _value(user: UserSummary, name: str) -> Any:
    attribute = attribute_of(name)
    return user.extra.get(name) if attribute is None else getattr(user, attribute)


def _required() -> tuple[str, ...]:
    return tuple(name for name in get_user_model().REQUIRED_FIELDS if is_writable(name))


def _input(name: str, *, needed: bool = False) -> serializers.Field[Any, Any, Any, Any]:
    made = Phone(required=False) if name == "phone" else host_field(name)
    if needed:
        made.required = True
        if isinstance(made, serializers.CharField):
            made.allow_blank = False
    return made
