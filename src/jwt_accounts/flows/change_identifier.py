"""Ask for another address, number or name of one's own."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, router, transaction
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.conf import settings
from jwt_accounts.credentials.challenges import issue
from jwt_accounts.credentials.find import check_text
from jwt_accounts.credentials.free import check_free, check_name, squatters, taken_error
from jwt_accounts.credentials.targets import target_for
from jwt_accounts.errors import EmailUnconfirmed, FieldError, InvalidInput, NotFound
from jwt_accounts.flows.messages import send_challenge, tell
from jwt_accounts.flows.own_password import confirm_own_password, wrong_password
from jwt_accounts.flows.replace_identifier import masked, replace_identifier
from jwt_accounts.flows.taken_note import tell_taken
from jwt_accounts.flows.write_user import Profile, assign, check_fields
from jwt_accounts.models import Account, Challenge, UserSession
from jwt_accounts.models.userfields import canonical, copy_of, lock_users, user_fields, user_model
from jwt_accounts.policies.challenges import CHANGE_EMAIL, CHANGE_PHONE, CONFIRM_EMAIL
from jwt_accounts.types import HostUser, IdentifierKind, RequestContext

_EMAIL, _PHONE, _USERNAME = IdentifierKind.EMAIL, IdentifierKind.PHONE, IdentifierKind.USERNAME


@sensitive_variables()
def change_email(
    ctx: RequestContext,
    *,
    user: HostUser,
    email: str,
    current: str | None = None,
    session: UserSession | None = None,
    link: str = "",
    code: bool = True,
    hides_taken: bool = False,
) -> None:
    """Ask the new address to confirm: only then does it take the place of the present one
    (``confirm_email.py``), and the present one is told. For the present address, unconfirmed:
    send its confirmation again.

    ``current``: the present password; None where the contract has no place for it: then the
    sign-in of ``session`` must be recent (``flows/presence.py``). ``link`` and ``code``: what the
    message holds. ``hides_taken``: a note to who has the address, in the place of a refusal.

    Raises ``InvalidInput`` naming ``current_password`` or ``email``, ``AccountLocked``,
    ``ReauthenticationRequired``, and ``RuntimeError`` inside a caller's transaction.
    """
    if user_fields().email is None:
        raise NotFound("Users have no address here.")
    confirm_own_password(ctx, user, current, session)
    address = email.strip()
    _check_email(user, address)
    account = Account.objects.filter(user=user.pk).first() or Account.objects.adopt(user)
    copy = copy_of(_EMAIL, address)
    try:
        _check_takeable(_EMAIL, address, user)
    except InvalidInput:
        if not hides_taken:
            raise
        tell_taken(ctx, address)
        return
    with transaction.atomic(using=router.db_for_write(Challenge)):
        if copy == account.email and user_fields().read(user, _EMAIL) == address:
            if account.email_is_confirmed:
                return
            target = target_for(CONFIRM_EMAIL, user, to=copy)
        else:
            target = target_for(CHANGE_EMAIL, user, to=copy, value=address)
        issued = issue(target, ctx)
        if issued is None:
            return
        send_challenge(issued, link, code=code)
        if current is None and target.value:
            # Nobody proved to be the owner: who is hears of it in time.
            known = user_fields().read(user, _EMAIL)
            tell(ctx, known, "email_change_asked", asked=masked(_EMAIL, address))


@sensitive_variables()
def change_phone(
    ctx: RequestContext,
    *,
    user: HostUser,
    phone: str,
    current: str | None = None,
    session: UserSession | None = None,
    hides_taken: bool = False,
) -> None:
    """Send a code to the new number: only then does it take the place of the present one.

    ``hides_taken``: no code is sent for a number that somebody else has, and nothing tells. Raises
    the same errors, naming ``phone``, and ``EmailUnconfirmed``.
    """
    confirm_own_password(ctx, user, current, session)
    account = Account.objects.filter(user=user.pk).first()
    if account is not None and account.is_unproved(_EMAIL):
        # Whoever registered with another's address does not get a way back in.
        raise EmailUnconfirmed
    number = phone.strip()
    check_text(number)
    if settings.SMS_SENDER is None:
        message = "No message can be sent to a telephone here."
        raise InvalidInput(fields={"phone": (FieldError("not_available", message),)})
    if _PHONE in settings.IDENTIFIERS and canonical(_PHONE, number) is None:
        message = "Enter an international telephone number, such as +40 771 694 307."
        raise InvalidInput(fields={"phone": (FieldError("invalid", message),)})
    try:
        _check_takeable(_PHONE, number, user)
    except InvalidInput:
        if not hides_taken:
            raise
        return
    with transaction.atomic(using=router.db_for_write(Challenge)):
        target = target_for(CHANGE_PHONE, user, to=copy_of(_PHONE, number), value=number)
        issued = issue(target, ctx)
        if issued is not None:
            send_challenge(issued, "")


@sensitive_variables()
def change_username(
    ctx: RequestContext,
    *,
    user: HostUser,
    username: str,
    current: str | None = None,
    session: UserSession | None = None,
) -> None:
    """Take another user name, at once. Raises ``InvalidInput`` naming ``current_password`` or
    ``username``, ``NotFound`` where the host's users have no name, ``AccountLocked``, and
    ``RuntimeError`` inside a caller's transaction."""
    if user_fields().username is None:
        raise NotFound("Users have no name here: change the e-mail address.")
    confirm_own_password(ctx, user, current, session)
    name = username.strip()
    check_one(user, Profile(username=name))
    check_name(name, email=proved_address(user))
    taken = InvalidInput(fields={"username": taken_error(_USERNAME)})
    try:
        with transaction.atomic(using=router.db_for_write(Account)):
            present = lock_users(user.pk).get(user.pk)
            if present is None or not present.is_active:
                raise NotFound
            if present.password != user.password:
                # Somebody took the account back a moment ago.
                raise wrong_password()
            account = Account.objects.filter(user=user.pk).first()
            account = account or Account.objects.adopt(present)
            replace_identifier(ctx, present, account, _USERNAME, name)
    except IntegrityError as error:
        raise taken from error


def proved_address(user: HostUser) -> str:
    """The user's address, where it is not a mere claim; else empty."""
    account = Account.objects.filter(user=user.pk).first()
    is_claim = account is not None and account.is_unproved(_EMAIL)
    return "" if is_claim else user_fields().read(user, _EMAIL)


def _check_email(user: HostUser, address: str) -> None:
    check_text(address)
    try:
        validate_email(address)
    except ValidationError as error:
        invalid = FieldError("invalid", "Enter a valid email address.")
        raise InvalidInput(fields={"email": (invalid,)}) from error
    check_one(user, Profile(email=address))


def check_one(user: HostUser, profile: Profile) -> None:
    """The host's own validators, on a user that is thrown away. Raises ``InvalidInput``."""
    trial = user_model()(pk=user.pk)
    assign(trial, profile)
    trial._state.adding = False
    check_fields(trial, profile)


def _check_takeable(kind: IdentifierKind, value: str, user: HostUser) -> None:
    """Who only claimed an identifier gives it up to who will prove it."""
    if kind in settings.IDENTIFIERS:
        squatted = squatters(kind, value, except_user=user.pk)
        check_free({kind: value}, except_user=user.pk, squatted=squatted)
