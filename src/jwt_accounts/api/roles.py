"""``roles/`` and ``roles/NAME/``: the rules of each role, for staff."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, TypedDict

from jwt_accounts.api.passwords import RulesBody, rules_body
from jwt_accounts.errors import Code
from jwt_accounts.flows import role_settings
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.inputs import Flag, Inputs, Number
from jwt_accounts.rights import CHANGE_ROLE_SETTINGS, VIEW_ROLE_SETTINGS


class RoleInputs(Inputs):
    """The rules of a role, whole or in part. Null: as the host's settings say.

    ``password_expiration`` is in days (null: never), ``lockout_time`` in seconds.
    """

    minimum_characters = Number(required=False, allow_null=True)
    contain_upper_case = Flag(required=False)
    contain_lower_case = Flag(required=False)
    contain_special_case = Flag(required=False)
    contain_number = Flag(required=False)
    password_expiration = Number(required=False, allow_null=True)
    lockout_limit = Number(required=False, allow_null=True)
    lockout_time = Number(required=False, allow_null=True)
    require_mfa = Flag(required=False)
    session_limit = Number(required=False, allow_null=True)


class RoleBody(RulesBody):
    """The rules of a role as they are in force. ``lockout_time`` null: until unlocked."""

    role: str
    password_expiration: int | None
    lockout_limit: int
    lockout_time: int | None
    require_mfa: bool
    session_limit: int | None


class RolesBody(TypedDict):
    """Every role, in the order they were made."""

    roles: list[RoleBody]


@action("GET", who=Who.SIGNED_IN, right=VIEW_ROLE_SETTINGS)
def list_roles(ask: Ask) -> Reply[RolesBody]:
    """Every role."""
    return Reply(RolesBody(roles=[_body(each) for each in role_settings.list_roles()]))


@action("GET", who=Who.SIGNED_IN, right=VIEW_ROLE_SETTINGS)
def get_role(ask: Ask) -> Reply[RoleBody]:
    """One role."""
    return Reply(_body(role_settings.get_role(role=ask.path["role"])))


@action(
    "PATCH",
    who=Who.SIGNED_IN,
    inputs=RoleInputs,
    right=CHANGE_ROLE_SETTINGS,
    raises=(Code.REAUTHENTICATION_REQUIRED,),
)
def change_role(ask: Ask) -> Reply[RoleBody]:
    """Change what is sent of a role's rules."""
    changes: dict[str, Any] = dict(ask.data)
    if changes.get("lockout_time") is not None:
        changes["lockout_time"] = timedelta(seconds=changes["lockout_time"])
    changed = role_settings.change_role(
        ask.ctx, actor=ask.user, role=ask.path["role"], changes=changes, session=ask.session
    )
    return Reply(_body(changed))


def _body(rules: role_settings.RoleRules) -> RoleBody:
    seconds = None if rules.lockout_time is None else int(rules.lockout_time.total_seconds())
    return RoleBody(
        **rules_body(rules.password),
        role=rules.role,
        password_expiration=rules.password_expiration,
        lockout_limit=rules.lockout_limit,
        lockout_time=seconds,
        require_mfa=rules.require_mfa,
        session_limit=rules.session_limit,
    )
