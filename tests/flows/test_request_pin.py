"""Recovery, the first step: who gets a PIN, where it goes, and how often."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from jwt_accounts.conf.echo import ECHO_CHECK, echoes_pin
from jwt_accounts.errors import InvalidInput, PinInvalid
from jwt_accounts.flows.request_pin import PinRequested, request_pin
from jwt_accounts.flows.verify_pin import verify_pin
from jwt_accounts.models import Account, Challenge, SecurityEvent
from jwt_accounts.types import IdentifierKind
from tests.clock import later
from tests.conftest import identifier_of
from tests.recovery import Texts, give_phone, mailed, pin_in

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once

EMAIL, PHONE = IdentifierKind.EMAIL, IdentifierKind.PHONE
NUMBER = "0771694307"


@pytest.fixture
def user(make_user):
    return make_user("mike")


@pytest.fixture
def sms(settings, tmp_path):
    texts = Texts(tmp_path / "sms")
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, **texts.settings}
    return texts


@pytest.fixture
def ask(ctx):
    """Ask for a PIN; the messages that went out."""

    def send(value="mike@example.com", kind=EMAIL, at=ctx):
        return mailed(lambda: request_pin(at, kind=kind, value=value))

    return send


def accepts(ctx, pin, value="mike@example.com", kind=EMAIL):
    try:
        verify_pin(ctx, kind=kind, value=value, pin=pin)
    except PinInvalid:
        return False
    return True


def test_the_pin_goes_to_the_stored_address_and_is_right(ctx, user, ask):
    (message,) = ask("MIKE@Example.COM")
    assert message.recipients() == ["mike@example.com"]
    pin = pin_in(message.body)
    assert pin_in(message.alternatives[0].content) == pin
    assert accepts(ctx, pin)


def test_the_pin_goes_to_the_stored_number(ctx, user, ask, sms):
    give_phone(user, NUMBER)
    assert ask("0771-69 43 07", PHONE) == []
    (text,) = sms.new()
    assert text.startswith(f"To: {NUMBER}\n")
    assert accepts(ctx, pin_in(text.partition("\n")[2]), NUMBER, PHONE)


def test_an_international_number_is_sent_to_as_one(user, ask, sms):
    give_phone(user, "+40 771 694 307")
    Account.objects.filter(user=user).update(phone="+40771694307")
    ask("0040771694307", PHONE)
    (text,) = sms.new()
    assert text.startswith("To: +40771694307\n")


def test_without_a_sender_no_sms_goes_out_and_nothing_tells(ctx, user, ask):
    give_phone(user, NUMBER)
    assert ask(NUMBER, PHONE) == []
    assert request_pin(ctx, kind=PHONE, value=NUMBER) == PinRequested()


def test_no_pin_and_no_address_is_stored(user, ask):
    (message,) = ask()
    stored = repr(Challenge.objects.values().get())
    assert pin_in(message.body) not in stored
    assert "mike" not in stored


def test_a_request_records_nothing_and_tells_nothing(ctx, user):
    assert request_pin(ctx, kind=EMAIL, value="mike@example.com") == PinRequested()
    assert not SecurityEvent.objects.exists()


# A new PIN takes the place of the old one.


def test_a_new_pin_cancels_the_older_one(ctx, user, ask):
    old, new = (pin_in(ask()[0].body) for _ in range(2))
    while old == new:
        new = pin_in(ask()[0].body)
    assert not accepts(ctx, old)
    assert accepts(ctx, new)


def test_a_new_pin_by_sms_cancels_the_one_by_mail(ctx, user, ask, sms):
    give_phone(user, NUMBER)
    (message,) = ask()
    ask(NUMBER, PHONE)
    assert not accepts(ctx, pin_in(message.body))
    (text,) = sms.new()
    assert accepts(ctx, pin_in(text.partition("\n")[2]), NUMBER, PHONE)


def test_each_pin_is_a_new_one(user, ask, settings):
    settings.JWT_ACCOUNTS = {"RECOVERY_LIMIT": "100/h"}
    assert len({pin_in(ask()[0].body) for _ in range(40)}) > 35


# The limit.


def test_ten_pins_an_hour_and_the_last_one_stays_valid(ctx, user, ask):
    sent = [ask() for _ in range(13)]
    assert [len(each) for each in sent] == [1] * 10 + [0] * 3
    assert accepts(ctx, pin_in(sent[9][0].body))


def test_a_request_beyond_the_limit_leaves_an_open_window(ctx, user, ask):
    pin = [ask() for _ in range(10)][9][0].body
    verify_pin(ctx, kind=EMAIL, value="mike@example.com", pin=pin_in(pin))
    before = Challenge.objects.values().get()
    assert ask() == []
    assert Challenge.objects.values().get() == before


def test_the_hour_begins_with_the_first_pin(ctx, user, ask):
    ask()
    for minute in range(1, 10):
        ask(at=later(ctx, minutes=minute))
    assert ask(at=later(ctx, minutes=59, seconds=59)) == []
    assert len(ask(at=later(ctx, hours=1))) == 1
    # And is a new hour with a new ten.
    assert [len(ask(at=later(ctx, hours=1, minutes=n))) for n in range(10)] == [1] * 9 + [0]


def test_the_limit_is_the_accounts_however_it_is_reached(user, ask, sms):
    give_phone(user, NUMBER)
    for value in (
        "mike@example.com",
        "MIKE@EXAMPLE.COM",
        "\uff4dike@example.com",
        " mike@example.com",
    ):
        assert [len(ask(value)) for _ in range(2)] == [1, 1]
    for _ in range(3):
        ask(NUMBER, PHONE)
    assert len(sms.new()) == 2


def test_the_limit_of_one_account_is_not_anothers(user, ask, make_user):
    make_user("ann")
    for _ in range(11):
        ask()
    assert len(ask("ann@example.com")) == 1


def test_the_limit_is_a_setting(user, ask, settings):
    settings.JWT_ACCOUNTS = {"RECOVERY_LIMIT": "2/m"}
    assert [len(ask()) for _ in range(3)] == [1, 1, 0]


# Who gets none.


def without_an_account(user):
    Account.objects.filter(user=user).delete()


def locked_by_failures(user):
    until = timezone.now().replace(year=2100)
    Account.objects.filter(user=user).update(failures=5, locked_until=until)


def with_an_expired_password(user):
    Account.objects.filter(user=user).update(must_change_password=True)


def inactive(user):
    user.is_active = False
    user.save()


def without_a_password(user):
    user.set_unusable_password()
    user.save()


def locked_by_staff(user):
    Account.objects.filter(user=user).update(staff_locked_at=timezone.now())


def two_have_it(user):
    other = get_user_model().objects.exclude(pk=user.pk).get()
    account = Account.objects.filter(user=user).values("email", "phone").get()
    Account.objects.filter(user=other).update(**account)


GETS_ONE = [without_an_account, locked_by_failures, with_an_expired_password]
GETS_NONE = [inactive, without_a_password, locked_by_staff, two_have_it]


@pytest.mark.parametrize("state", GETS_ONE)
def test_these_get_a_pin(user, ask, state):
    state(user)
    assert len(ask()) == 1


@pytest.mark.parametrize("state", GETS_NONE)
def test_these_get_none(ctx, user, ask, sms, make_user, state):
    make_user("ann")
    give_phone(user, NUMBER)
    state(user)
    assert ask() == []
    assert ask(NUMBER, PHONE) == []
    assert sms.new() == []
    assert set(Challenge.objects.values_list("user", flat=True)) == {None}


@pytest.mark.parametrize("unproved", ["", "email", "phone", "email phone"])
def test_a_number_that_was_only_claimed_gets_none_and_an_address_does(user, ask, sms, unproved):
    """The mail shows whose the address is; the SMS would cost whoever has the number."""
    give_phone(user, NUMBER)
    Account.objects.filter(user=user).update(unproved=unproved)
    by_mail = len(ask())
    ask(NUMBER, PHONE)
    assert (by_mail, len(sms.new())) == (1, 0 if "phone" in unproved else 1)


def test_a_pin_is_not_sent_for_what_is_of_the_other_kind(user, ask, sms):
    give_phone(user, NUMBER)
    assert ask(NUMBER, EMAIL) == []
    assert ask("mike@example.com", PHONE) == []
    assert ask(identifier_of(user).partition("@")[0], EMAIL) == []
    assert sms.new() == []


@pytest.mark.parametrize("value", ["", " ", "@", "nobody@example.com", "a@b@c", "\u202e", "%", "_"])
@pytest.mark.parametrize("kind", [EMAIL, PHONE])
def test_nobody_gets_no_pin(make_user, ask, kind, value):
    make_user("ann", email="")
    assert ask(value, kind) == []


@once
@pytest.mark.parametrize(
    "value", ["\x00", "a\x00@example.com", "\ud800", "a" * 321], ids=["nul", "in", "half", "long"]
)
@pytest.mark.parametrize("kind", [EMAIL, PHONE])
def test_what_is_no_text_is_refused(ctx, db, kind, value):
    with pytest.raises(InvalidInput):
        request_pin(ctx, kind=kind, value=value)
    assert not Challenge.objects.exists()


# Look-alikes (L17, CVE-2019-19844): whatever is typed, mail goes to the stored address or nowhere.

STORED = "Mike.Kist@Example.com"
CONFUSABLE = {
    "m": "\uff2d\uff4d\u24dc\u2133\u043c\u1e43",
    "i": "\u0131\u0130\u0456\u00ef\u2170\uff49",
    "k": "\u212a\u03ba\u24da\uff4b",
    "e": "\u0435\uff45\u2147\u00e9\u24d4",
    "s": "\u017f\u0455\uff53\u24e2",
    "t": "\u0442\uff54\u24e3",
    ".": "\uff0e\u3002\u2024",
    "x": "\u0445\uff58\u2179",
    "a": "\u0430\uff41\u00aa\u24d0",
    "l": "\u217c\uff4c\u04cf1",
    "c": "\u0441\u217d\uff43\u24d2",
    "o": "\u043e\uff4f\u00ba\u24de0",
    "@": "\uff20\ufe6b",
}


def look_alikes():
    for position, character in enumerate(STORED.lower()):
        for other in CONFUSABLE.get(character, ""):
            yield STORED[:position] + other + STORED[position + 1 :]
    for before, after in [("", ","), ("", ";"), ("", "\n"), ("", "\r\nBcc: "), ("", "%0aBcc:")]:
        yield f"{before}{STORED}{after}evil@evil.example"
        yield f"evil@evil.example{after}{STORED}{before}"
    yield from (f"<{STORED}>", f'"{STORED}" <evil@evil.example>', f"evil@evil.example <{STORED}>")
    yield from (f"{STORED}.", f"{STORED}\u200b", f"\ufeff{STORED}", f" {STORED}\t", f"{STORED}%00")
    yield from (STORED.upper(), STORED.swapcase(), unicodedata.normalize("NFD", STORED))
    yield from (STORED.replace("@", "+x@"), STORED.replace(".", "", 1), f"{STORED}@evil.example")


LOOK_ALIKES = sorted(set(look_alikes()))


@once
@pytest.mark.database
@pytest.mark.parametrize("settled", [True, False], ids=["known", "made-elsewhere"])
def test_a_look_alike_gets_mail_sent_nowhere_else(ctx, make_user, ask, settings, settled):
    settings.JWT_ACCOUNTS = {"RECOVERY_LIMIT": "1000/h"}
    user = make_user("victim")
    user.email = STORED
    user.save()
    reached = {}
    for each in LOOK_ALIKES:
        if not settled:
            Account.objects.all().delete()
        reached[each] = [tuple(message.recipients()) for message in ask(each)]
    assert len(reached) >= 80
    assert {recipients for sent in reached.values() for recipients in sent} == {(STORED,)}
    # Some spellings do mean the owner, else the table would prove nothing.
    assert sum(map(len, reached.values())) >= (20 if settled else 3)
    assert reached["evil@evil.example,Mike.Kist@Example.com"] == []


def test_who_registered_a_look_alike_gets_only_the_own_pins(ctx, make_user, ask):
    make_user("victim", email="mike@example.com")
    make_user("villain", email="m\u0131ke@example.com")
    assert [each.recipients() for each in ask("mike@example.com")] == [["mike@example.com"]]
    assert [each.recipients() for each in ask("m\u0131ke@example.com")] == [
        ["m\u0131ke@example.com"]
    ]


# The transaction.


def test_a_request_that_is_rolled_back_sends_nothing(ctx, user, ask):
    def undone():
        with transaction.atomic():
            request_pin(ctx, kind=EMAIL, value="mike@example.com")
            transaction.set_rollback(True)

    assert mailed(undone) == []
    assert not Challenge.objects.exists()


# The echo (L24): only where the host insists, or nobody can be harmed.


@once
@pytest.mark.parametrize("silenced", [False, True])
@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("testing", [False, True])
@pytest.mark.parametrize("wanted", [False, True])
def test_the_pin_is_echoed_only_where_it_may_be(
    monkeypatch, settings, wanted, testing, debug, silenced
):
    settings.JWT_ACCOUNTS = {"PIN_IN_RESPONSE": wanted}
    settings.DEBUG = debug
    settings.SILENCED_SYSTEM_CHECKS = [ECHO_CHECK] if silenced else ["jwt_accounts.E001"]
    if not testing:
        monkeypatch.delattr("django.test.utils._TestState.saved_data")
    assert echoes_pin() is (wanted and (testing or debug or silenced))


def test_the_echo_is_the_pin_that_was_sent(ctx, user, settings):
    settings.JWT_ACCOUNTS = {"PIN_IN_RESPONSE": True}
    found = []
    (message,) = mailed(lambda: found.append(request_pin(ctx, kind=EMAIL, value=user.email)))
    assert found == [PinRequested(pin=pin_in(message.body))]
    assert found[0].pin not in repr(found[0])


def test_nobody_has_no_pin_to_echo_and_neither_has_who_is_over_the_limit(ctx, user, settings):
    settings.JWT_ACCOUNTS = {"PIN_IN_RESPONSE": True, "RECOVERY_LIMIT": "1/h"}
    assert request_pin(ctx, kind=EMAIL, value="nobody@example.com") == PinRequested()
    assert request_pin(ctx, kind=EMAIL, value=user.email).pin is not None
    assert request_pin(ctx, kind=EMAIL, value=user.email) == PinRequested()


def test_the_client_that_asks_has_no_limit_of_its_own_here(ctx, user, ask):
    """The address is limited where requests come in; what is counted here is the account's."""
    for number in range(10):
        assert len(ask(at=replace(ctx, ip=f"192.0.2.{number}"))) == 1
    assert ask(at=replace(ctx, ip="203.0.113.1")) == []
