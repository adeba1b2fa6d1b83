"""Recovery, the second step: what a PIN is worth, for whom, how often and how long."""

from __future__ import annotations

import pytest
from django.db import transaction

from jwt_accounts.credentials.challenges import pin_for
from jwt_accounts.errors import InvalidInput, PinExpired, PinInvalid
from jwt_accounts.flows.request_pin import request_pin
from jwt_accounts.flows.reset_password import reset_password
from jwt_accounts.flows.verify_pin import verify_pin
from jwt_accounts.models import Account, Challenge, SecurityEvent
from jwt_accounts.types import EventKind, IdentifierKind
from tests.clock import later
from tests.recovery import NEW, give_phone, mailed, pin_in, wrong

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once

EMAIL, PHONE = IdentifierKind.EMAIL, IdentifierKind.PHONE
NUMBER = "0771694307"


@pytest.fixture
def user(make_user):
    return make_user("mike")


@pytest.fixture
def pin_of(ctx):
    """Ask for a PIN and read it in the mail."""

    def ask(value="mike@example.com", at=ctx):
        (message,) = mailed(lambda: request_pin(at, kind=EMAIL, value=value))
        return pin_in(message.body)

    return ask


@pytest.fixture
def verify(ctx):
    def send(pin, value="mike@example.com", kind=EMAIL, at=ctx):
        return verify_pin(at, kind=kind, value=value, pin=pin)

    return send


@pytest.fixture
def refused(verify):
    """Whether a PIN is refused, as one that is wrong."""

    def send(pin, *args, **kwargs):
        try:
            verify(pin, *args, **kwargs)
        except PinInvalid as error:
            return error.text == PinInvalid().text and not error.extra  # never told apart
        return False

    return send


def opened():
    return Challenge.objects.filter(opened_at__isnull=False).count()


def test_the_right_pin_opens_a_window(ctx, user, pin_of, verify):
    window = verify(pin_of())
    assert window.expires_in == 120
    assert window.secret not in repr(window)
    assert len(window.secret.partition(".")[2]) == 64  # 256 bits
    row = Challenge.objects.get()
    assert (row.opened_at, row.used_at, row.tries_left) == (ctx.now, None, 4)


def test_the_address_may_be_spelled_anew(user, pin_of, verify):
    verify(pin_of(), " \uff2dIKE@example.COM ")
    assert opened() == 1


def test_an_opened_window_is_recorded(ctx, user, pin_of, verify):
    verify(pin_of())
    event = SecurityEvent.objects.get()
    assert (event.kind, event.user, event.at) == (EventKind.PIN_VERIFIED, user, ctx.now)
    assert event.details == {"by": "email"}


def test_no_secret_is_stored(user, pin_of, verify):
    pin = pin_of()
    window = verify(pin)
    stored = repr([Challenge.objects.values().get(), SecurityEvent.objects.values().get()])
    assert window.secret.partition(".")[2] not in stored
    assert f"'{pin}'" not in stored


def test_each_window_has_a_secret_of_its_own(user, pin_of, verify):
    assert len({verify(pin_of()).secret for _ in range(5)}) == 5


# Spent, replaced, wrong.


def test_a_pin_opens_one_window(ctx, user, pin_of, verify, refused):
    pin = pin_of()
    window = verify(pin)
    assert refused(pin)
    # And who comes second takes nothing away from the first.
    reset_password(ctx, secret=window.secret, password=NEW)


def test_a_new_pin_closes_the_window_of_the_old_one(ctx, user, pin_of, verify):
    window = verify(pin_of())
    pin_of()
    assert opened() == 0
    with pytest.raises(Exception, match="cannot be set now"):
        reset_password(ctx, secret=window.secret, password=NEW)


def test_a_wrong_pin_opens_nothing_and_costs_a_try(user, pin_of, refused):
    pin = pin_of()
    for step in range(1, 5):
        assert refused(wrong(pin, step))
        assert Challenge.objects.get().tries_left == 5 - step
    assert opened() == 0
    assert not refused(pin)


def test_after_five_wrong_ones_the_right_one_is_wrong(ctx, user, pin_of, refused):
    pin = pin_of()
    for step in range(1, 6):
        assert refused(wrong(pin, step))
    assert refused(pin)
    assert refused(pin, at=later(ctx, minutes=9))
    assert not refused(pin_of())


def test_the_same_wrong_pin_counts_each_time(user, pin_of, refused):
    pin = pin_of()
    for _ in range(5):
        refused(wrong(pin))
    assert refused(pin)


def test_twenty_tries_a_day_over_all_pins(ctx, user, pin_of, refused):
    for _ in range(4):
        pin = pin_of()
        for step in range(1, 6):
            assert refused(wrong(pin, step))
    assert refused(pin_of())
    hours = later(ctx, hours=23, minutes=59)
    assert refused(pin_of(at=hours), at=hours)


def test_the_next_day_has_twenty_of_its_own(ctx, user, pin_of, refused):
    for _ in range(4):
        pin = pin_of()
        for step in range(1, 6):
            refused(wrong(pin, step))
    tomorrow = later(ctx, days=1)
    # In production the PIN is sent by the same clock as it is asked for.
    request_pin(tomorrow, kind=EMAIL, value="mike@example.com")
    assert not refused(pin_for(Challenge.objects.get()), at=tomorrow)
    assert Challenge.objects.get().tried == 1


def test_the_twenty_are_counted_however_the_account_is_called(user, pin_of, refused):
    for value in (
        "mike@example.com",
        "MIKE@example.com",
        "mike@EXAMPLE.com",
        "\uff4dike@example.com",
    ):
        pin = pin_of(value)
        for step in range(1, 6):
            assert refused(wrong(pin, step), value)
    assert refused(pin_of())


def test_a_success_gives_the_tries_of_the_day_back(ctx, user, pin_of, verify, refused):
    for number in range(7):
        pin = pin_of()
        for step in range(1, 5):
            assert refused(wrong(pin, step))
        # Four wrong and one right, seven times over: 35 in a day.
        window = verify(pin)
        reset_password(ctx, secret=window.secret, password=f"{NEW} {number}")


def test_an_opened_window_alone_gives_no_try_back(user, pin_of, verify, refused):
    """Else who knows one PIN could guess on for ever."""
    for _ in range(4):
        pin = pin_of()
        for step in range(1, 5):
            refused(wrong(pin, step))
        verify(pin)
    assert refused(pin_of())


def test_the_tries_of_one_account_are_not_anothers(user, make_user, pin_of, refused):
    make_user("ann")
    for _ in range(4):
        pin = pin_of()
        for step in range(1, 6):
            refused(wrong(pin, step))
    assert not refused(pin_of("ann@example.com"), "ann@example.com")


# Time (L11).


@pytest.mark.parametrize(("seconds", "holds"), [(599, True), (600, False), (601, False)])
def test_a_pin_holds_ten_minutes(ctx, user, pin_of, verify, seconds, holds):
    pin, at = pin_of(), later(ctx, seconds=seconds)
    if holds:
        verify(pin, at=at)
    else:
        with pytest.raises(PinExpired):
            verify(pin, at=at)
    assert opened() == holds


def test_only_who_knows_the_pin_learns_that_it_expired(ctx, user, pin_of, refused):
    pin = pin_of()
    assert refused(wrong(pin), at=later(ctx, minutes=11))


def test_an_expired_pin_still_costs_tries(ctx, user, pin_of, verify, refused):
    pin, at = pin_of(), later(ctx, minutes=11)
    for _ in range(5):
        with pytest.raises(PinExpired):
            verify(pin, at=at)
    assert refused(pin, at=at)


# For whom (L14).


def test_a_pin_for_one_account_is_worth_nothing_for_another(user, make_user, pin_of, refused):
    make_user("ann")
    pin, other = pin_of(), pin_of("ann@example.com")
    while other == pin:
        other = pin_of("ann@example.com")
    assert refused(pin, "ann@example.com")
    assert refused(other)


def test_a_pin_by_mail_is_worth_nothing_for_the_number(user, pin_of, refused):
    give_phone(user, NUMBER)
    pin = pin_of()
    assert refused(pin, NUMBER, PHONE)
    assert refused(pin, "mike@example.com", PHONE)
    assert refused(pin, NUMBER, EMAIL)
    assert Challenge.objects.get().tries_left == 5  # it was not compared
    assert not refused(pin)


def test_a_pin_is_worth_nothing_after_the_address_changed(user, pin_of, refused):
    pin = pin_of()
    user.email = "mike@elsewhere.example"
    user.save()
    assert refused(pin)
    assert refused(pin, "mike@elsewhere.example")


def deactivate(user):
    user.is_active = False
    user.save()


def lock(user):
    Account.objects.filter(user=user).update(staff_locked_at="2026-01-01T00:00:00Z")


def take_the_password(user):
    user.set_unusable_password()
    user.save()


def delete(user):
    user.delete()


@pytest.mark.parametrize("act", [deactivate, lock, take_the_password, delete])
def test_a_pin_is_worth_nothing_for_who_would_get_none_now(user, pin_of, refused, act):
    pin = pin_of()
    act(user)
    assert refused(pin)
    assert opened() == 0


def test_a_pin_of_a_number_is_worth_nothing_once_the_number_is_in_doubt(ctx, user, refused):
    give_phone(user, NUMBER)
    request_pin(ctx, kind=PHONE, value=NUMBER)
    pin = pin_for(Challenge.objects.get())
    Account.objects.filter(user=user).update(unproved="phone")
    assert refused(pin, NUMBER, PHONE)
    Account.objects.filter(user=user).update(unproved="email")
    assert not refused(pin, NUMBER, PHONE)


def test_a_pin_is_worth_nothing_where_a_second_account_got_the_address(
    user, make_user, pin_of, refused
):
    pin = pin_of()
    Account.objects.filter(user=make_user("ann")).update(email="mike@example.com")
    assert refused(pin)


# Nobody.


def test_without_a_request_every_pin_is_wrong(user, refused):
    assert all(refused(pin) for pin in ("000000", "123456", "999999"))
    assert not Challenge.objects.exists()


def test_not_even_the_derived_pin_of_nobody_opens_anything(ctx, db, refused):
    request_pin(ctx, kind=EMAIL, value="nobody@example.com")
    row = Challenge.objects.get()
    assert refused(pin_for(row), "nobody@example.com")
    row.refresh_from_db()
    assert (row.tries_left, row.opened_at) == (4, None)
    assert refused(pin_for(row), "nobody@example.com", at=later(ctx, minutes=11))


def test_nobodys_pin_is_not_the_account_of_who_comes_later(ctx, make_user, refused):
    request_pin(ctx, kind=EMAIL, value="mike@example.com")
    pin = pin_for(Challenge.objects.get())
    make_user("mike")
    assert refused(pin)


@once
@pytest.mark.parametrize("value", ["\x00", "\ud800", "a" * 321], ids=["nul", "half", "long"])
def test_what_is_no_text_is_refused(db, verify, value):
    with pytest.raises(InvalidInput):
        verify("000000", value)


@once
@pytest.mark.parametrize(
    "pin", ["", "0", "0000000", "\uff11\uff12\uff13\uff14\uff15\uff16", "\u00e1bcdef"]
)
def test_whatever_is_no_pin_is_wrong(user, pin_of, refused, pin):
    pin_of()
    assert refused(pin)


# The count survives.


def test_a_callers_transaction_is_refused_rather_than_the_count_lost(user, pin_of, verify):
    pin = pin_of()
    for each in (pin, wrong(pin)):
        with pytest.raises(RuntimeError), transaction.atomic():
            verify(each)
    assert opened() == 0


@pytest.mark.django_db(transaction=True)
def test_a_try_is_committed_before_the_pin_is_compared(ctx, user, pin_of, verify, monkeypatch):
    pin = pin_of()

    def crash(row, _pin):
        raise KeyboardInterrupt

    monkeypatch.setattr("jwt_accounts.flows.verify_pin.is_right_pin", crash)
    with pytest.raises(KeyboardInterrupt):
        verify(pin)
    assert Challenge.objects.get().tries_left == 4
