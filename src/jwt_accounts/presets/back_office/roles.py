"""``unlock-user/ID/``, ``assign-role/`` and ``role/settings``."""

from __future__ import annotations

from typing import TypedDict

from jwt_accounts.errors import Code
from jwt_accounts.flows import role_settings
from jwt_accounts.flows.assign_role import assign_role_by_name
from jwt_accounts.flows.lock_account import unlock_account
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.inputs import Flag, Identifier, Inputs, Number, Text
from jwt_accounts.policies.passwords import PasswordRules
from jwt_accounts.presets.back_office.contract import NothingBody
from jwt_accounts.rights import ASSIGN_ROLE, CHANGE_ROLE_SETTINGS, UNLOCK_ACCOUNT


class AssignInputs(Inputs):
    """``username``: whom; ``role``: the name of a role."""

    username = Identifier()
    role = Text(max_length=150)


class SettingsInputs(Inputs):
    """The rules of a role; a single one will do. ``password_expiration``: days, null for never."""

    minimum_characters = Number(required=False)
    contain_upper_case = Flag(required=False)
    contain_lower_case = Flag(required=False)
    contain_special_case = Flag(required=False)
    contain_number = Flag(required=False)
    password_expiration = Number(required=False, allow_null=True)


class SettingsBody(TypedDict):
    """The rules of one role."""

    minimum_characters: int
    contain_upper_case: bool
    contain_lower_case: bool
    contain_special_case: bool
    contain_number: bool


class GroupSettingsBody(SettingsBody):
    """The rules of a role and its name."""

    group: str


@action("POST", who=Who.SIGNED_IN, right=UNLOCK_ACCOUNT)
def unlock(ask: Ask) -> Reply[NothingBody]:
    """End the lock that wrong passwords began."""
    unlock_account(ask.ctx, actor=ask.user, user_id=ask.path["user_id"])
    return Reply(NothingBody())


@action("POST", who=Who.SIGNED_IN, inputs=AssignInputs, right=ASSIGN_ROLE, raises=(Code.NOT_FOUND,))
def assign(ask: Ask) -> Reply[NothingBody]:
    """Give a user a role in the place of the one it has."""
    assign_role_by_name(
        ask.ctx, actor=ask.user, username=ask.data["username"], role=ask.data["role"]
    )
    return Reply(NothingBody())


@action("GET", who=Who.ANYONE, limit="password_rules")
def listing(ask: Ask) -> Reply[list[GroupSettingsBody]]:
    """The rules of every role."""
    return Reply(
        [
            GroupSettingsBody(**_body(each.password), group=each.role)
            for each in role_settings.list_roles()
        ]
    )


@action("GET", who=Who.SIGNED_IN)
def one(ask: Ask) -> Reply[SettingsBody]:
    """The rules of one role."""
    return Reply(_body(role_settings.get_role(role=ask.path["role"]).password))


@action("PUT", who=Who.SIGNED_IN, inputs=SettingsInputs, right=CHANGE_ROLE_SETTINGS)
def change(ask: Ask) -> Reply[NothingBody]:
    """Change what was sent of a role's rules."""
    role_settings.change_role(
        ask.ctx, actor=ask.user, role=ask.path["role"], changes=dict(ask.data)
    )
    return Reply(NothingBody())


def _body(rules: PasswordRules) -> SettingsBody:
    return SettingsBody(
        minimum_characters=rules.minimum_characters,
        contain_upper_case=rules.contain_upper_case,
        contain_lower_case=rules.contain_lower_case,
        contain_special_case=rules.contain_special_case,
        contain_number=rules.contain_number,
    )
