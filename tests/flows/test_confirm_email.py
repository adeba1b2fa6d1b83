"""Showing that an address is one's own: by the link or the code, once, in time, nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from jwt_accounts.credentials.challenges import issue, open_at_once, pin_for, secret_for
from jwt_accounts.credentials.targets import change_of, target_for
from jwt_accounts.errors import (
    AlreadyConfirmed,
    EmailUnconfirmed,
    InvalidInput,
    LinkExpired,
    LinkInvalid,
    PinExpired,
    PinInvalid,
    ResetInvalid,
)
from jwt_accounts.flows.change_password import change_password
from jwt_accounts.flows.confirm_email import (
    confirm_change_by_code,
    confirm_email,
    confirm_email_by_code,
    resend_confirmation,
)
from jwt_accounts.flows.lock_account import lift_staff_lock, lock_account
from jwt_accounts.flows.manage_users import UserValues, edit_user
from jwt_accounts.flows.register import register_discreetly
from jwt_accounts.flows.request_link import reset_email, reset_username
from jwt_accounts.flows.request_pin import request_pin
from jwt_accounts.flows.reset_password import reset_password
from jwt_accounts.flows.sign_in import SignedIn, sign_in
from jwt_accounts.flows.verify_pin import verify_pin
from jwt_accounts.flows.write_user import Profile
from jwt_accounts.models import Account, Challenge, SecurityEvent, UserSession
from jwt_accounts.policies.challenges import (
    CHANGE_EMAIL,
    CHANGE_PHONE,
    CONFIRM_EMAIL,
    INVITATION,
    PASSWORD_CHANGE,
    PURPOSES,
    RECOVERY,
    RESET_LINK,
    RESET_USERNAME,
)
from jwt_accounts.policies.recovery import CHANGE_LIFETIME
from jwt_accounts.signals import email_confirmed
from jwt_accounts.types import EventKind, IdentifierKind
from tests.clock import later
from tests.conftest import PASSWORD
from tests.letters import PAGE, letter, letters
from tests.recovery import NEW, wrong

pytestmark = pytest.mark.django_db

core = pytest.mark.core

ANN = "ann@example.com"
EMAIL, PHONE = IdentifierKind.EMAIL, IdentifierKind.PHONE


@pytest.fixture
def asked(ctx):
    """The message that Ann got when she registered."""
    profile = Profile(username="ann", email=ANN)
    return letter(lambda: register_discreetly(ctx, profile=profile, password=PASSWORD, link=PAGE))


@pytest.fixture
def resend(ctx):
    """Ask for the message again; those that went out."""

    def send(email=ANN, at=ctx):
        return letters(lambda: resend_confirmation(at, email=email, link=PAGE))

    return send


def ann():
    return get_user_model().objects.get(email=ANN)


def account() -> Account:
    return Account.objects.get(email=ANN)


def accepts(ctx, code, email=ANN):
    try:
        confirm_email_by_code(ctx, email=email, code=code)
    except PinInvalid:
        return False
    return True


def follows(ctx, token):
    try:
        confirm_email(ctx, token=token)
    except LinkInvalid:
        return False
    return True


# What a confirmation does.


@core
@pytest.mark.parametrize("by", ["link", "code"])
def test_who_follows_the_link_or_types_the_code_has_the_address(ctx, asked, by):
    moment = later(ctx, minutes=5)
    if by == "link":
        user = confirm_email(moment, token=asked.token)
    else:
        user = confirm_email_by_code(moment, email="ANN@Example.com", code=asked.code)
    found = account()
    assert user == ann()
    assert found.email_is_confirmed
    assert found.email_confirmed_at == moment.now
    assert found.unproved == ""
    assert not found.awaits_confirmation


@core
def test_nobody_is_signed_in_by_it(ctx, asked):
    before = get_user_model().objects.values().get()
    confirm_email(ctx, token=asked.token)
    assert not UserSession.objects.exists()
    assert get_user_model().objects.values().get() == before


@core
def test_where_only_the_confirmed_sign_in_it_lets_one_in(ctx, asked, settings):
    settings.JWT_ACCOUNTS = {"CONFIRMED_EMAIL_ONLY": True}
    with pytest.raises(EmailUnconfirmed):
        sign_in(ctx, identifier=ANN, password=PASSWORD)
    confirm_email(ctx, token=asked.token)
    assert isinstance(sign_in(ctx, identifier=ANN, password=PASSWORD), SignedIn)


def test_it_is_recorded_once_and_the_signal_comes_after_the_commit(
    ctx, asked, django_capture_on_commit_callbacks
):
    heard = []

    def hear(user, ctx, **_kwargs):
        heard.append((user.email, ctx))

    email_confirmed.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            confirm_email(ctx, token=asked.token)
            assert heard == []
        with pytest.raises(AlreadyConfirmed):
            confirm_email(ctx, token=asked.token)
    finally:
        email_confirmed.disconnect(hear)
    assert heard == [(ANN, ctx)]
    (event,) = SecurityEvent.objects.all()
    assert (event.kind, event.user) == (EventKind.EMAIL_CONFIRMED, ann())


def test_nobody_gets_a_message_that_it_was_done(ctx, asked):
    assert letters(lambda: confirm_email(ctx, token=asked.token)) == []


def test_a_new_password_leaves_it_as_it_is(ctx, asked):
    """The message went to the address: what it proves has nothing to do with the password."""
    change_password(ctx, user=ann(), current=PASSWORD, new=NEW)
    assert follows(ctx, asked.token)


# Once.


@core
def test_a_link_that_was_followed_says_so(ctx, asked):
    confirm_email(ctx, token=asked.token)
    for moment in (ctx, later(ctx, days=30)):
        with pytest.raises(AlreadyConfirmed):
            confirm_email(moment, token=asked.token)


def test_a_code_is_used_once(ctx, asked):
    assert accepts(ctx, asked.code)
    assert not accepts(ctx, asked.code)


def test_the_link_ends_the_code_and_the_code_ends_the_link(ctx, asked):
    confirm_email(ctx, token=asked.token)
    assert not accepts(ctx, asked.code)
    Account.objects.update(confirmed_email="", email_confirmed_at=None)
    (again,) = letters(lambda: resend_confirmation(later(ctx, minutes=1), email=ANN, link=PAGE))
    assert accepts(later(ctx, minutes=1), again.code)
    with pytest.raises(AlreadyConfirmed):
        confirm_email(ctx, token=again.token)


# In time.


@core
@pytest.mark.parametrize(
    ("delta", "link", "code"),
    [
        ({"minutes": 10, "microseconds": -1}, True, True),
        ({"minutes": 10}, True, False),
        ({"days": 3, "microseconds": -1}, True, False),
        ({"days": 3}, False, False),
    ],
    ids=str,
)
def test_a_code_holds_ten_minutes_and_a_link_three_days(ctx, asked, delta, link, code):
    moment = later(ctx, **delta)
    if code:
        assert accepts(moment, asked.code)
        return
    with pytest.raises(PinExpired):
        confirm_email_by_code(moment, email=ANN, code=asked.code)
    assert not accepts(moment, wrong(asked.code))  # told only to who knows the code
    if link:
        assert follows(moment, asked.token)
    else:
        with pytest.raises(LinkExpired):
            confirm_email(moment, token=asked.token)
        assert not follows(moment, f"{asked.token}0")


# Capped tries.


@core
def test_five_wrong_codes_end_the_code_and_leave_the_link(ctx, asked):
    assert not any(accepts(ctx, wrong(asked.code, step)) for step in range(1, 6))
    assert not accepts(ctx, asked.code)
    assert follows(ctx, asked.token)


def test_after_four_wrong_codes_the_right_one_is_accepted(ctx, asked):
    assert not any(accepts(ctx, wrong(asked.code, step)) for step in range(1, 5))
    assert accepts(ctx, asked.code)


def test_twenty_wrong_codes_are_enough_for_a_day_however_many_are_sent(ctx, asked, resend):
    present = asked
    for number in range(1, 5):
        moment = later(ctx, minutes=2 * number)
        assert not any(accepts(moment, wrong(present.code, step)) for step in range(1, 6))
        (present,) = resend(at=later(moment, minutes=1))
    assert not accepts(later(ctx, minutes=10), present.code)
    tomorrow = later(ctx, days=1, minutes=2)
    (present,) = resend(at=tomorrow)
    assert accepts(tomorrow, present.code)


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_lose_a_try_with_a_callers_transaction(ctx, asked):
    with pytest.raises(RuntimeError), transaction.atomic():
        confirm_email_by_code(ctx, email=ANN, code=wrong(asked.code))
    assert Challenge.objects.get().tries_left == 5


# Not for what it was not sent for.


@pytest.mark.parametrize(
    "change",
    [
        lambda token: "",
        lambda token: ".",
        lambda token: "x" * 8000,
        lambda token: token.partition(".")[0],
        lambda token: token.partition(".")[0] + ".",
        lambda token: token.partition(".")[2],
        lambda token: token[:-1],
        lambda token: token + "0",
        lambda token: token.upper(),
        lambda token: " " + token,
        lambda token: token[:-1] + ("0" if token[-1] != "0" else "1"),
        lambda token: "\x00" + token,
        lambda token: ".".join(reversed(token.split("."))),
    ],
)
def test_another_token_is_refused(ctx, asked, change):
    assert not follows(ctx, change(asked.token))
    assert not account().email_is_confirmed


@core
@pytest.mark.parametrize("email", ["nobody@example.com", "ann", "", "@", "+40771694307"])
def test_a_code_for_nobody_is_as_wrong_as_any(ctx, asked, email):
    assert not accepts(ctx, asked.code, email)


@pytest.mark.parametrize("email", ["\x00", "\ud800", "a" * 321], ids=["nul", "half", "long"])
def test_what_is_no_text_is_refused(ctx, email):
    with pytest.raises(InvalidInput):
        confirm_email_by_code(ctx, email=email, code="000000")
    with pytest.raises(InvalidInput):
        resend_confirmation(ctx, email=email)


def test_a_code_of_somebody_else_is_none(ctx, asked, resend, make_user):
    make_user("bob")
    (other,) = resend("bob@example.com")
    if other.code == asked.code:
        pytest.skip("once in a million runs they are the same")
    assert not accepts(ctx, other.code)
    assert follows(ctx, other.token)
    assert not account().email_is_confirmed


@core
def test_a_newer_message_ends_the_older_one(ctx, asked, resend):
    moment = later(ctx, minutes=1)
    (newer,) = resend(at=moment)
    assert not follows(moment, asked.token)
    if newer.code != asked.code:
        assert not accepts(moment, asked.code)
    assert follows(moment, newer.token)


def test_a_link_to_an_address_that_is_no_more_the_present_one_is_none(ctx, asked, root):
    moved = UserValues(email="ann@elsewhere.example")
    edit_user(ctx, actor=root, user_id=str(ann().pk), values=moved)
    assert not follows(ctx, asked.token)
    assert not accepts(ctx, asked.code, "ann@elsewhere.example")


def by_save(ctx, root, user):
    user.is_active = False
    user.save()


def by_edit(ctx, root, user):
    edit_user(ctx, actor=root, user_id=str(user.pk), values=UserValues(is_active=False))


def by_update(ctx, root, user):
    get_user_model().objects.filter(pk=user.pk).update(is_active=False)


def by_lock(ctx, root, user):
    lock_account(ctx, actor=root, user_id=str(user.pk))


@core
@pytest.mark.parametrize("disable", [by_save, by_edit, by_update, by_lock])
def test_nobody_is_revived_by_it(ctx, asked, root, resend, disable):
    disable(ctx, root, ann())
    before = (get_user_model().objects.filter(email=ANN).values().get(), account().staff_locked_at)
    assert not follows(ctx, asked.token)
    assert not accepts(ctx, asked.code)
    assert resend(at=later(ctx, minutes=2)) == []
    after = (get_user_model().objects.filter(email=ANN).values().get(), account().staff_locked_at)
    assert after == before
    assert not account().email_is_confirmed


@pytest.mark.parametrize("disable", [by_save, by_edit, by_lock])
def test_what_staff_ended_stays_ended_when_the_account_is_back(ctx, asked, root, resend, disable):
    user = ann()
    disable(ctx, root, user)
    if disable is by_lock:
        lift_staff_lock(ctx, actor=root, user_id=str(user.pk))
    else:
        edit_user(ctx, actor=root, user_id=str(user.pk), values=UserValues(is_active=True))
    assert not follows(ctx, asked.token)
    assert not accepts(ctx, asked.code)
    (again,) = resend(at=later(ctx, minutes=2))
    assert follows(later(ctx, minutes=2), again.token)


# Sent again.


@core
def test_it_is_sent_again_but_not_within_a_minute(ctx, asked, resend):
    moments = [{"seconds": 59}, {"seconds": 60}, {"seconds": 119}, {"seconds": 120}]
    found = [[each.to for each in resend(at=later(ctx, **delta))] for delta in moments]
    assert found == [[], [ANN], [], [ANN]]


def test_within_the_minute_the_message_that_was_sent_holds(ctx, asked, resend):
    assert resend(at=later(ctx, seconds=30)) == []
    assert follows(ctx, asked.token)


@pytest.mark.parametrize(("cooldown", "found"), [(0, [1, 1, 1]), (600, [0, 0, 1])])
def test_how_long_none_is_sent_again_is_a_setting(ctx, asked, resend, settings, cooldown, found):
    settings.JWT_ACCOUNTS = {
        **settings.JWT_ACCOUNTS,
        "RESEND_COOLDOWN": timedelta(seconds=cooldown),
    }
    assert [len(resend(at=later(ctx, minutes=minutes))) for minutes in (0, 5, 10)] == found


def test_ten_messages_an_hour_and_the_last_one_stays_valid(ctx, asked, resend):
    found = [resend(at=later(ctx, minutes=minute)) for minute in range(1, 15)]
    assert [len(each) for each in found] == [1] * 9 + [0] * 5
    assert follows(later(ctx, minutes=15), found[8][0].token)


def confirmed(ctx, email):
    Account.objects.filter(email=email).update(confirmed_email=email, email_confirmed_at=ctx.now)


def gone(ctx, email):
    get_user_model().objects.filter(email=email).delete()


def nothing(ctx, email):
    pass


@core
@pytest.mark.parametrize(("state", "is_sent"), [(nothing, True), (confirmed, False), (gone, False)])
def test_only_who_needs_it_gets_it(ctx, make_user, resend, state, is_sent):
    make_user("bob")
    state(ctx, "bob@example.com")
    assert [each.to for each in resend("BOB@example.com")] == ["bob@example.com"] * is_sent


def test_it_goes_to_the_stored_address(make_user, resend):
    make_user("bob", email="Bob@Example.com")
    (found,) = resend(" bob@EXAMPLE.com ")
    assert found.to == "Bob@Example.com"


def test_a_contract_may_ask_only_those_who_were_asked_before(ctx, asked, make_user):
    make_user("bob")
    found = [
        letters(
            lambda email=email: resend_confirmation(
                later(ctx, minutes=1), email=email, link=PAGE, registered_only=True
            )
        )
        for email in ("bob@example.com", ANN)
    ]
    assert [len(each) for each in found] == [0, 1]


@pytest.mark.parametrize(("link", "code"), [(PAGE, False), ("", False), ("", True)])
def test_a_contract_says_what_the_message_holds(ctx, make_user, link, code):
    """Without a link there is always a code: else it would ask for nothing."""
    make_user("bob")
    (found,) = letters(
        lambda: resend_confirmation(ctx, email="bob@example.com", link=link, code=code)
    )
    assert bool(found.link) is bool(link)
    if link:
        with pytest.raises(ValueError, match="unpack"):
            assert found.code
    else:
        assert accepts(ctx, found.code, "bob@example.com")


# Every secret is for one purpose: nothing else takes it, not even with the name of another's row.

SECRETS = [
    RECOVERY,
    PASSWORD_CHANGE,
    RESET_LINK,
    INVITATION,
    RESET_USERNAME,
    CONFIRM_EMAIL,
    CHANGE_EMAIL,
]
CODES = [RECOVERY, CONFIRM_EMAIL, CHANGE_EMAIL, CHANGE_PHONE]
DOORS = {
    "password": (
        (RECOVERY, PASSWORD_CHANGE, RESET_LINK, INVITATION),
        lambda ctx, token: reset_password(ctx, secret=token, password=NEW),
    ),
    "username": (
        (RESET_USERNAME,),
        lambda ctx, token: reset_username(ctx, secret=token, username="anne"),
    ),
    "email": (
        (RESET_USERNAME,),
        lambda ctx, token: reset_email(ctx, secret=token, email="new@example.com", link=PAGE),
    ),
    "confirmation": (
        (CONFIRM_EMAIL, CHANGE_EMAIL),
        lambda ctx, token: confirm_email(ctx, token=token),
    ),
}


@pytest.fixture
def rows(ctx, make_user):
    """One of each purpose, all of one user, all alive: the right one would be accepted."""
    user = make_user("ann")
    found = {}
    for purpose in SECRETS:
        value = "new@example.com" if purpose is CHANGE_EMAIL else ""
        if purpose is RECOVERY:
            request_pin(ctx, kind=EMAIL, value=ANN)
            row = Challenge.objects.get(purpose=RECOVERY.name)
            verify_pin(ctx, kind=EMAIL, value=ANN, pin=pin_for(row))
        elif purpose is PASSWORD_CHANGE:
            open_at_once(change_of(user), ctx, CHANGE_LIFETIME)
        else:
            issue(target_for(purpose, user, to=value or ANN, value=value), ctx)
        found[purpose] = Challenge.objects.get(purpose=purpose.name)
    return found


@pytest.mark.parametrize("made_for", SECRETS, ids=lambda each: each.name)
def test_a_secret_opens_its_own_doors_alone(ctx, rows, made_for):
    """However it is put together: with the name of each of the seven rows, at each door."""
    secret = secret_for(rows[made_for]).partition(".")[2]
    for takes, call in DOORS.values():
        for named in SECRETS:
            if named is not made_for or named not in takes:
                with pytest.raises((LinkInvalid, ResetInvalid)):
                    call(ctx, f"{rows[named].pk}.{secret}")
    own = [call for takes, call in DOORS.values() if made_for in takes]
    own[-1](ctx, f"{rows[made_for].pk}.{secret}")


@pytest.mark.parametrize("made_for", CODES, ids=lambda each: each.name)
def test_a_code_is_for_one_purpose(ctx, make_user, made_for):
    user = make_user("ann")
    request_pin(ctx, kind=EMAIL, value=ANN)
    places = {CONFIRM_EMAIL: ANN, CHANGE_EMAIL: "b@x.example", CHANGE_PHONE: "+40771694307"}
    for purpose, to in places.items():
        issue(target_for(purpose, user, to=to, value=to), ctx)
    codes = {row.purpose: pin_for(row) for row in Challenge.objects.all()}
    calls = {
        RECOVERY: lambda code: verify_pin(ctx, kind=EMAIL, value=ANN, pin=code),
        CONFIRM_EMAIL: lambda code: confirm_email_by_code(ctx, email=ANN, code=code),
        CHANGE_EMAIL: lambda code: confirm_change_by_code(ctx, user=user, kind=EMAIL, code=code),
        CHANGE_PHONE: lambda code: confirm_change_by_code(ctx, user=user, kind=PHONE, code=code),
    }
    code = codes[made_for.name]
    for used, call in calls.items():
        if codes[used.name] != code:
            with pytest.raises(PinInvalid):
                call(code)
    calls[made_for](code)


def test_the_table_is_whole():
    elsewhere = {"taken_note", "second_step", "enrolment", "factor_code", "sign_in_code"}
    elsewhere |= {"presence_code", "passkey"}  # see tests/security and tests/contrib/mfa
    tried = {each.name for each in (*SECRETS, *CODES)}
    assert tried == set(PURPOSES) - elsewhere
