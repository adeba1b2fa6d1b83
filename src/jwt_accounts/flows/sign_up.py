"""Make an account and sign its owner in at once, where nothing has to be confirmed first."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from django.views.decorators.debug import sensitive_variables

from jwt_accounts.conf import settings
from jwt_accounts.flows.first_step import MfaEnrolmentRequired, MfaRequired
from jwt_accounts.flows.open_session import SignedIn, open_session
from jwt_accounts.flows.register import register
from jwt_accounts.flows.tokens import DEFAULT_LIFETIMES, Lifetimes
from jwt_accounts.flows.user_summary import UserSummary
from jwt_accounts.flows.write_user import Profile
from jwt_accounts.models import UserSession
from jwt_accounts.types import HostUser, IdentifierKind, RequestContext

_PHONE: Final = frozenset({IdentifierKind.PHONE})


@sensitive_variables()
def sign_up(
    ctx: RequestContext,
    *,
    profile: Profile,
    password: str,
    contacts: Collection[IdentifierKind] = _PHONE,
    confirms: bool = False,
    confirmed_only: bool = False,
    link: str = "",
    code: bool = True,
    lifetimes: Lifetimes = DEFAULT_LIFETIMES,
    enter_user: Callable[[HostUser], None] | None = None,
    enter_session: Callable[[UserSession], None] | None = None,
) -> SignedIn | UserSummary | MfaRequired | MfaEnrolmentRequired:
    """Register (see ``register.py``) and open a session. The user alone where the address must be
    confirmed before a sign-in: ``confirmed_only``, or ``CONFIRMED_EMAIL_ONLY``. Where the host
    gives a role that asks for a second factor, what sets one up.

    All of it is one transaction, in which ``enter_user`` and ``enter_session`` are called too.
    Raises what ``register`` and ``open_session`` do; then nothing is made.
    """
    opened: list[SignedIn | MfaRequired | MfaEnrolmentRequired] = []

    def enter(user: HostUser) -> None:
        if enter_user is not None:
            enter_user(user)
        awaits = user.jwt_account.awaits_confirmation
        if not awaits or not (confirmed_only or settings.CONFIRMED_EMAIL_ONLY):
            opened.append(
                open_session(ctx, user=user, amr=("pwd",), lifetimes=lifetimes, enter=enter_session)
            )

    made = register(
        ctx,
        profile=profile,
        password=password,
        contacts=contacts,
        confirms=confirms,
        link=link,
        code=code,
        enter=enter,
    )
    return opened[-1] if opened else made
