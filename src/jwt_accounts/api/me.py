"""``me/``, and ``email/change/``, ``phone/change/``, ``username/change/``: one's own account."""

from __future__ import annotations

from typing import Any, Final

from jwt_accounts.api.bodies import UserBody, user_body
from jwt_accounts.api.registration import NamesInputs
from jwt_accounts.conf import settings
from jwt_accounts.errors import Code, FieldError, InvalidInput
from jwt_accounts.flows import change_identifier as changing
from jwt_accounts.flows.confirm_email import confirm_change_by_code
from jwt_accounts.flows.delete_account import delete_own_account
from jwt_accounts.flows.edit_profile import edit_profile
from jwt_accounts.flows.user_summary import summary_of
from jwt_accounts.flows.write_user import Profile
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.inputs import Email, Identifier, Inputs, Password, Phone, Pin
from jwt_accounts.types import IdentifierKind

_STEP_UP: Final = (Code.REAUTHENTICATION_REQUIRED,)


class ProofInputs(Inputs):
    """The present password. Who has none leaves it out, and must have signed in a moment ago."""

    current_password = Password(required=False)


class EmailInputs(ProofInputs):
    """The new address."""

    email = Email()


class PhoneInputs(ProofInputs):
    """The new number."""

    phone = Phone(allow_blank=False)


class UsernameInputs(ProofInputs):
    """The new name."""

    username = Identifier()


class CodeInputs(Inputs):
    """The code that was sent to the new address or number."""

    code = Pin()


@action("GET", who=Who.SIGNED_IN)
def show(ask: Ask) -> Reply[UserBody]:
    """The user who is signed in."""
    return Reply(user_body(summary_of(ask.user)))


@action("PATCH", who=Who.SIGNED_IN, inputs=NamesInputs)
def edit(ask: Ask) -> Reply[UserBody]:
    """Change one's names."""
    user = edit_profile(ask.ctx, user=ask.user, profile=Profile(**ask.data))
    return Reply(user_body(summary_of(user)))


@action(
    "DELETE",
    who=Who.SIGNED_IN,
    inputs=ProofInputs,
    limit="account_change",
    raises=(Code.LAST_SUPERUSER, Code.REAUTHENTICATION_REQUIRED, Code.STILL_REFERENCED),
    status=204,
)
def delete(ask: Ask) -> Reply[None]:
    """Delete one's account."""
    delete_own_account(ask.ctx, user=ask.user, **_proof(ask))
    return Reply(None, forgets=True)


@action(
    "POST",
    who=Who.SIGNED_IN,
    inputs=EmailInputs,
    limit="account_change",
    raises=_STEP_UP,
    status=202,
)
def change_email(ask: Ask) -> Reply[None]:
    """Ask a new address to confirm. The answer is the same where somebody else has it."""
    changing.change_email(
        ask.ctx,
        user=ask.user,
        email=ask.data["email"],
        **_proof(ask),
        link=settings.LINKS["confirm_email"],
        hides_taken=True,
    )
    return Reply(None)


@action("POST", who=Who.SIGNED_IN, inputs=CodeInputs, limit="confirmation", status=204)
def confirm_email(ask: Ask) -> Reply[None]:
    """Put the new address in the place of the present one."""
    return _confirm(ask, IdentifierKind.EMAIL)


@action(
    "POST",
    who=Who.SIGNED_IN,
    inputs=PhoneInputs,
    limit="account_change",
    raises=_STEP_UP,
    status=202,
)
def change_phone(ask: Ask) -> Reply[None]:
    """Send a code to a new number. The answer is the same where somebody else has it."""
    changing.change_phone(
        ask.ctx,
        user=ask.user,
        phone=ask.data["phone"],
        **_proof(ask),
        hides_taken=True,
    )
    return Reply(None)


@action("POST", who=Who.SIGNED_IN, inputs=CodeInputs, limit="confirmation", status=204)
def confirm_phone(ask: Ask) -> Reply[None]:
    """Put the new number in the place of the present one."""
    return _confirm(ask, IdentifierKind.PHONE)


@action(
    "POST",
    who=Who.SIGNED_IN,
    inputs=UsernameInputs,
    limit="account_change",
    raises=_STEP_UP,
    status=204,
)
def change_username(ask: Ask) -> Reply[None]:
    """Take another user name."""
    changing.change_username(
        ask.ctx,
        user=ask.user,
        username=ask.data["username"],
        **_proof(ask),
    )
    return Reply(None)


def _proof(ask: Ask) -> dict[str, Any]:
    """What shows that the owner asks."""
    current = ask.data.get("current_password")
    if current is None and ask.user.has_usable_password():
        missing = FieldError("required", "This field is required.")
        raise InvalidInput(fields={"current_password": (missing,)})
    return {"current": current, "session": ask.session}


def _confirm(ask: Ask, kind: IdentifierKind) -> Reply[None]:
    confirm_change_by_code(ask.ctx, user=ask.user, kind=kind, code=ask.data["code"])
    return Reply(None)
