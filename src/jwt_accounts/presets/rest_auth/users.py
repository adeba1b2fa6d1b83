"""``user/``, and how a user is shown."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from rest_framework import serializers

from jwt_accounts.flows.change_identifier import change_username
from jwt_accounts.flows.edit_profile import edit_profile
from jwt_accounts.flows.user_summary import UserSummary, summary_of
from jwt_accounts.flows.write_user import Profile
from jwt_accounts.http.actions import Action, Ask, Reply, Who, action
from jwt_accounts.http.field_names import fields_named
from jwt_accounts.http.host_fields import attribute_of, host_field
from jwt_accounts.http.inputs import Inputs, Text

UserBody = dict[str, Any]

_NAMES = ("first_name", "last_name")


class UserInputs(Inputs):
    """What one may change of oneself; an address that is sent is not read."""

    first_name = Text(required=False, allow_blank=True, max_length=150)
    last_name = Text(required=False, allow_blank=True, max_length=150)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """What the host's users have of it, and the name they log in by."""
        shown = _shown()
        names = {name: each for name, each in super().get_fields().items() if name in shown}
        main = get_user_model().USERNAME_FIELD
        return names if attribute_of(main) != "username" else {main: host_field(main), **names}


@action("GET", who=Who.SIGNED_IN)
def show(ask: Ask) -> Reply[UserBody]:
    """The user who is signed in."""
    return Reply(user_body(summary_of(ask.user)))


def _editing(method: str, *, partial: bool) -> Action[UserBody]:
    @action(method, who=Who.SIGNED_IN, inputs=UserInputs, partial=partial, limit="account_change")
    def edit(ask: Ask) -> Reply[UserBody]:
        """Change what was sent."""
        main = get_user_model().USERNAME_FIELD
        username = ask.data.get(main)
        if username is not None and username != ask.user.get_username():
            with fields_named(username=main):
                change_username(ask.ctx, user=ask.user, username=username, session=ask.session)
        names = {name: ask.data[name] for name in _NAMES if name in ask.data}
        return Reply(
            user_body(summary_of(edit_profile(ask.ctx, user=ask.user, profile=Profile(**names))))
        )

    return edit


replace, change = _editing("PUT", partial=False), _editing("PATCH", partial=True)


def user_body(user: UserSummary) -> UserBody:
    """A user, with what the host's model has of it."""
    named = {name: getattr(user, attribute_of(name) or name) for name in _shown()}
    return {"pk": user.id, **named}


def _shown() -> tuple[str, ...]:
    """The names of the host's fields, each once, in dj-rest-auth's order."""
    model = get_user_model()
    own = {each.name for each in model._meta.concrete_fields}
    email = getattr(model, "EMAIL_FIELD", None) or "email"
    order = (model.USERNAME_FIELD, email, *_NAMES)
    return tuple(dict.fromkeys(name for name in order if name in own))
