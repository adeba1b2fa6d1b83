"""The present password, asked again before something that matters (ASVS 6.2.3, 7.5.1)."""

from __future__ import annotations

from django.views.decorators.debug import sensitive_variables

from jwt_accounts.credentials.check import Verified, check_found, check_length
from jwt_accounts.credentials.find import find_user
from jwt_accounts.credentials.tries import give_back
from jwt_accounts.errors import FieldError, InvalidInput, WrongCredentials
from jwt_accounts.flows.presence import require_presence, require_presence_of_second
from jwt_accounts.models import UserSession
from jwt_accounts.types import HostUser, RequestContext


@sensitive_variables()
def check_own_password(ctx: RequestContext, user: HostUser, current: str) -> Verified:
    """Check the password of who is signed in. The try is still taken: who goes on gives it back.

    Raises :class:`InvalidInput` naming ``current_password``, ``AccountLocked``,
    ``AttemptsInFlight``, and ``RuntimeError`` inside a caller's transaction.
    """
    try:
        check_length(current)
        return check_found(ctx, find_user(user), current)
    except (InvalidInput, WrongCredentials) as error:
        raise wrong_password() from error


@sensitive_variables()
def confirm_own_password(
    ctx: RequestContext, user: HostUser, current: str | None, session: UserSession | None
) -> None:
    """The same where nothing else depends on the try. ``current`` None: the contract has no place
    for it, or the user has none, and the sign-in must be recent. ``session`` None: the host's own
    code asks, and vouches.

    Raises ``ReauthenticationRequired`` too.
    """
    if current is None:
        if session is not None:
            require_presence(ctx, session)
        return
    require_presence_of_second(ctx, session)
    give_back(check_own_password(ctx, user, current).tried)


def wrong_password() -> InvalidInput:
    """What a wrong present password is."""
    wrong = FieldError("wrong_password", "This is not the present password.")
    return InvalidInput(fields={"current_password": (wrong,)})
