"""Staff makes an account, and the person chooses its password by a link."""

from __future__ import annotations

from django.db import router, transaction

from jwt_accounts.conf import settings
from jwt_accounts.credentials.challenges import issue
from jwt_accounts.credentials.targets import target_for
from jwt_accounts.errors import FieldError, Forbidden, InvalidInput, NotFound, RegistrationClosed
from jwt_accounts.flows.list_users import user_key
from jwt_accounts.flows.messages import send_challenge
from jwt_accounts.models import Account, SecurityEvent
from jwt_accounts.models.userfields import lock_users
from jwt_accounts.policies.challenges import INVITATION
from jwt_accounts.rights import ADD_USER, may_act_on, require
from jwt_accounts.types import EventKind, HostUser, RequestContext


def invite_user(ctx: RequestContext, *, actor: HostUser, user_id: str, link: str) -> None:
    """Send somebody without a password a link to choose one (``reset_password.py``), which also
    confirms the address. Again, it replaces the former link; not within ``RESEND_COOLDOWN``.

    Raises :class:`RegistrationClosed`, ``Forbidden``, ``NotFound``, or :class:`InvalidInput` for
    who has a password already, or no address.
    """
    require(actor, ADD_USER)
    if settings.REGISTRATION == "closed":
        raise RegistrationClosed("Nobody is invited here: REGISTRATION is closed.")
    if not settings.FRONTEND_URL and not link.startswith(("http://", "https://")):
        raise Forbidden(
            "Nobody can be invited: FRONTEND_URL is not set, so no link leads anywhere."
        )
    key = user_key(user_id)
    with transaction.atomic(using=router.db_for_write(Account)):
        user = lock_users(key).get(key)
        if user is None:
            raise NotFound("There is no such user.")
        may_act_on(actor, user)
        account = Account.objects.filter(user=key).first() or Account.objects.adopt(user)
        _check(user, account)
        issued = issue(target_for(INVITATION, user, to=account.email), ctx)
        if issued is not None:
            send_challenge(issued, link)
            SecurityEvent.objects.record(
                EventKind.USER_INVITED, ctx, user_id=user.pk, actor_id=actor.pk
            )


def _check(user: HostUser, account: Account) -> None:
    if not user.is_active or account.staff_locked_at is not None:
        raise Forbidden("This account is disabled or locked.")
    if user.has_usable_password():
        message = "This user has a password. Who forgot it asks for a new one."
        raise InvalidInput(fields={"password": (FieldError("has_password", message),)})
    if not account.email:
        message = "An invitation needs an address to go to."
        raise InvalidInput(fields={"email": (FieldError("required", message),)})
