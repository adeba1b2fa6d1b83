"""Recovery, the third step: who may set the password, once, in which window."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import combinations, permutations
from random import Random
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction

from jwt_accounts.credentials.challenges import pin_for, secret_for
from jwt_accounts.errors import (
    AccountError,
    AccountLocked,
    InvalidInput,
    PasswordUnchanged,
    PinInvalid,
    ResetExpired,
    ResetInvalid,
    SessionEnded,
    WrongCredentials,
)
from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.change_password import change_password
from jwt_accounts.flows.lock_account import lift_staff_lock, lock_account
from jwt_accounts.flows.manage_users import UserValues, edit_user
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.flows.request_pin import request_pin
from jwt_accounts.flows.reset_password import reset_password, reset_password_of
from jwt_accounts.flows.second_step import ChangeRequired
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.flows.verify_pin import verify_pin
from jwt_accounts.models import Account, Challenge, PasswordHistory, SecurityEvent, UserSession
from jwt_accounts.types import EventKind, IdentifierKind, RequestContext, SessionEnd
from tests.clock import later
from tests.conftest import PASSWORD, identifier_of
from tests.recovery import NEW, give_phone, mailed, pin_in, wrong
from tests.sql import _TRANSACTION_CONTROL

pytestmark = [pytest.mark.django_db, pytest.mark.core]
database = pytest.mark.database
once = pytest.mark.once

EMAIL, PHONE = IdentifierKind.EMAIL, IdentifierKind.PHONE
NUMBER = "0771694307"
SHORT = "short"


@dataclass
class Recovery:
    """One recovery, by one client."""

    ctx: RequestContext
    value: str = "mike@example.com"
    pin: str = "000000"
    secret: str | None = None

    def request(self, ctx: RequestContext | None = None) -> None:
        mails = mailed(lambda: request_pin(ctx or self.ctx, kind=EMAIL, value=self.value))
        self.pin = pin_in(mails[0].body) if mails else self.pin

    def verify(self, ctx: RequestContext | None = None) -> None:
        found = verify_pin(ctx or self.ctx, kind=EMAIL, value=self.value, pin=self.pin)
        self.secret = found.secret

    def update(self, ctx: RequestContext | None = None, password: str = NEW) -> None:
        """As a contract whose client names the account again."""
        reset_password_of(
            ctx or self.ctx, kind=EMAIL, value=self.value, secret=self.secret, password=password
        )

    def set(self, ctx: RequestContext | None = None, password: str = NEW) -> None:
        """As contract zero does."""
        reset_password(ctx or self.ctx, secret=self.secret or "", password=password)

    def opened(self, ctx: RequestContext | None = None) -> Recovery:
        self.request(ctx)
        self.verify(ctx)
        return self

    def without_secret(self) -> Recovery:
        return replace(self, secret=None)


@pytest.fixture
def user(make_user):
    return make_user("mike")


@pytest.fixture
def recovery(ctx, user):
    return Recovery(ctx)


@pytest.fixture
def _tokenless(settings):
    settings.JWT_ACCOUNTS = {"RECOVERY_BINDING": "tokenless"}


tokenless = pytest.mark.usefixtures("_tokenless")
both_bindings = pytest.mark.parametrize("binding", ["bound", "tokenless"])
both_ways = pytest.mark.parametrize("way", ["set", "update"])


def has(user, password):
    return get_user_model().objects.get(pk=user.pk).check_password(password)


def refused(act, *args, **kwargs):
    """Whether an act is refused, in the one way in which all are."""
    try:
        act(*args, **kwargs)
    except ResetInvalid as error:
        return error.text == ResetInvalid().text and not error.extra
    return False


# What a success does.


@both_ways
def test_the_secret_sets_the_password(recovery, user, way):
    getattr(recovery.opened(), way)()
    assert has(user, NEW)


@both_ways
def test_every_session_ends(ctx, recovery, user, enter, way):
    signed = [enter(user), enter(user)]
    getattr(recovery.opened(), way)()
    for each in signed:
        with pytest.raises(SessionEnded):
            authenticate(ctx, access_token=each.tokens.access)
        with pytest.raises(SessionEnded):
            refresh(ctx, refresh_token=each.tokens.refresh)
    ends = UserSession.objects.values_list("ended_at", "end_reason")
    assert set(ends) == {(ctx.now, SessionEnd.PASSWORD_CHANGED)}


def test_no_session_of_anybody_else_ends(ctx, recovery, enter):
    signed = enter()
    recovery.opened().set()
    authenticate(ctx, access_token=signed.tokens.access)


@both_ways
def test_the_owner_is_told_and_not_what_the_password_is(recovery, way):
    recovery.opened()
    (message,) = mailed(getattr(recovery, way))
    assert message.recipients() == ["mike@example.com"]
    assert message.subject == "Your password was changed"
    assert NEW not in str(message.message())


def test_it_is_recorded_with_no_value(ctx, recovery, user):
    recovery.opened().set()
    event = SecurityEvent.objects.get(kind=EventKind.PASSWORD_RECOVERED)
    assert (event.user, event.at, event.ip, event.details) == (user, ctx.now, ctx.ip, {})


def test_the_age_of_the_password_begins_and_no_change_is_demanded(ctx, recovery, user):
    Account.objects.filter(user=user).update(
        must_change_password=True, password_changed_at="2020-01-01T00:00:00Z"
    )
    recovery.opened().set()
    account = Account.objects.get(user=user)
    assert (account.must_change_password, account.password_changed_at) == (False, ctx.now)


def test_the_former_password_is_remembered(recovery, user):
    recovery.opened().set()
    with pytest.raises(InvalidInput) as caught:
        recovery.opened().set(password=PASSWORD)
    assert [each.code for each in caught.value.fields["password"]] == ["password_reused"]
    assert PasswordHistory.objects.filter(user=user).count() == 1


def test_the_lock_of_wrong_passwords_ends(ctx, recovery, user):
    for _ in range(5):
        with pytest.raises(WrongCredentials):
            sign_in(ctx, identifier=identifier_of(user), password="wrong")
    with pytest.raises(AccountLocked):
        sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    recovery.opened().set()
    sign_in(ctx, identifier=identifier_of(user), password=NEW)


def test_the_counters_of_recovery_begin_afresh(recovery):
    for _ in range(8):
        recovery.request()
    recovery.opened().set()
    row = Challenge.objects.get()
    assert (row.sent, row.tried) == (0, 0)


@both_ways
def test_a_window_is_used_once(recovery, user, way):
    recovery.opened()
    getattr(recovery, way)()
    for each in ("set", "update"):
        assert refused(getattr(recovery, each), password="yet another password")
    assert has(user, NEW)


def test_the_pin_is_spent_with_the_window(recovery):
    recovery.opened().set()
    with pytest.raises(PinInvalid):
        recovery.verify()


# Who may (L2, L3, L6, L7, L20).


def test_without_any_step_before_nobody_sets_a_password(ctx, user):
    for value in ("mike@example.com", "nobody@example.com", "", "@"):
        for secret in (None, "", "x", ".", "." * 9, "a" * 64 + "." + "b" * 64, "\u0660" * 70):
            assert refused(Recovery(ctx, value=value, secret=secret).update)
            assert refused(Recovery(ctx, value=value, secret=secret).set)
    assert has(user, PASSWORD)


@pytest.mark.slow
@tokenless
def test_ten_thousand_guesses_set_nothing(ctx, make_user):
    users = [make_user(f"real{number}") for number in range(100)]
    random = Random(20261121)  # noqa: S311 - the same guesses each time
    before = list(get_user_model().objects.order_by("pk").values_list("password", flat=True))
    values = [f"real{number}@example.com" for number in range(100)]
    values += [f"{random.getrandbits(64):x}@example.com" for _ in range(10_000)]
    for value in values:
        secret = random.choice([None, f"{random.getrandbits(256):064x}.{random.getrandbits(256)}"])
        assert refused(Recovery(ctx, value=value, secret=secret).update)
    after = list(get_user_model().objects.order_by("pk").values_list("password", flat=True))
    assert (len(users), after) == (100, before)


@both_bindings
def test_a_requested_pin_alone_sets_nothing(ctx, recovery, user, settings, binding):
    settings.JWT_ACCOUNTS = {"RECOVERY_BINDING": binding}
    recovery.request()
    row = Challenge.objects.get()
    for secret in (None, recovery.pin, secret_for(row)):
        recovery.secret = secret
        assert refused(recovery.update)
        assert secret is None or refused(recovery.set)
    assert has(user, PASSWORD)
    recovery.verify()


@both_bindings
def test_a_wrong_pin_opens_nothing_to_set_a_password_in(recovery, user, settings, binding):
    settings.JWT_ACCOUNTS = {"RECOVERY_BINDING": binding}
    recovery.request()
    with pytest.raises(PinInvalid):
        replace(recovery, pin=wrong(recovery.pin)).verify()
    assert refused(recovery.update)


def test_bound_wants_the_secret_even_from_the_same_client(recovery, user):
    recovery.opened()
    assert refused(recovery.without_secret().update)
    assert has(user, PASSWORD)
    recovery.update()


@tokenless
def test_tokenless_takes_the_same_client_without_the_secret_once(recovery, user):
    recovery.opened()
    recovery.without_secret().update()
    assert has(user, NEW)
    assert refused(recovery.without_secret().update, password="yet another password")
    assert refused(recovery.update, password="yet another password")


CHANGES = {
    "address": {"ip": "203.0.113.9"},
    "agent": {"user_agent": "another"},
    "no-address": {"ip": None},
    "no-agent": {"user_agent": ""},
}
elsewhere = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


@once
@both_bindings
@elsewhere
def test_another_client_without_the_secret_is_refused(
    ctx, recovery, user, settings, binding, change
):
    settings.JWT_ACCOUNTS = {"RECOVERY_BINDING": binding}
    recovery.opened()
    other = replace(ctx, **change)
    for _ in range(12):
        assert refused(recovery.without_secret().update, other)
    assert has(user, PASSWORD)
    # It is recorded, and the owner's window is as it was.
    assert SecurityEvent.objects.filter(kind=EventKind.RECOVERY_REFUSED, user=user).count() == 12
    recovery.update()
    assert has(user, NEW)


@once
@tokenless
@elsewhere
@pytest.mark.parametrize("step", ["request", "verify"])
def test_tokenless_wants_the_client_of_both_steps(ctx, recovery, user, step, change):
    other = replace(ctx, **change)
    recovery.request(other if step == "request" else ctx)
    recovery.verify(other if step == "verify" else ctx)
    assert refused(recovery.without_secret().update, ctx)
    assert refused(recovery.without_secret().update, other)
    assert has(user, PASSWORD)
    recovery.update()


@once
@both_bindings
@elsewhere
@both_ways
def test_who_has_the_secret_may_be_any_client(ctx, recovery, user, settings, binding, change, way):
    settings.JWT_ACCOUNTS = {"RECOVERY_BINDING": binding}
    getattr(recovery.opened(), way)(replace(ctx, **change))
    assert has(user, NEW)


@once
@both_bindings
def test_a_wrong_secret_is_worse_than_none(recovery, user, settings, binding):
    settings.JWT_ACCOUNTS = {"RECOVERY_BINDING": binding}
    recovery.opened()
    key, _, secret = recovery.secret.partition(".")
    for bad in ("", ".", key, f"{key}.", secret, f"{key}.{secret[:-1]}", f"{key}.{secret}0"):
        assert refused(replace(recovery, secret=bad).update)
        assert refused(replace(recovery, secret=bad).set)
    assert has(user, PASSWORD)


@once
@tokenless
@pytest.mark.parametrize("power", ["is_staff", "is_superuser"])
@pytest.mark.parametrize("when", ["before", "between"])
def test_whoever_has_power_over_others_needs_the_secret(recovery, user, power, when):
    def give():
        setattr(user, power, True)
        user.save()

    if when == "before":
        give()
    recovery.opened()
    if when == "between":
        give()
    assert refused(recovery.without_secret().update)
    assert SecurityEvent.objects.filter(kind=EventKind.RECOVERY_REFUSED).count() == 1
    recovery.update()
    assert has(user, NEW)


# Time (L11).


@once
@both_ways
@pytest.mark.parametrize(("seconds", "holds"), [(119, True), (120, False), (121, False)])
def test_a_window_holds_two_minutes(ctx, recovery, user, way, seconds, holds):
    recovery.opened()
    at = later(ctx, seconds=seconds)
    if holds:
        getattr(recovery, way)(at)
    else:
        with pytest.raises(ResetExpired):
            getattr(recovery, way)(at)
    assert has(user, NEW) is holds


@once
@tokenless
@pytest.mark.parametrize(("seconds", "holds"), [(119, True), (121, False)])
def test_two_minutes_without_the_secret_too(ctx, recovery, user, seconds, holds):
    bare = recovery.opened().without_secret()
    with suppress(ResetExpired):
        bare.update(later(ctx, seconds=seconds))
    assert has(user, NEW) is holds


def test_only_who_it_was_for_learns_that_it_expired(ctx, recovery):
    recovery.opened()
    at = later(ctx, minutes=3)
    assert refused(recovery.without_secret().update, at)
    assert refused(replace(recovery, secret=recovery.secret[:-1]).update, at)
    assert refused(replace(recovery, secret=recovery.secret[:-1]).set, at)


def test_two_minutes_count_from_the_verification(ctx, recovery, user):
    recovery.request()
    recovery.verify(later(ctx, minutes=9))
    recovery.update(later(ctx, minutes=10, seconds=59))
    assert has(user, NEW)


# For whom (L13, L14).


@both_ways
def test_a_new_request_closes_the_window(recovery, user, way):
    recovery.opened()
    old = replace(recovery)
    recovery.request()
    assert refused(getattr(old, way))
    recovery.verify()
    assert refused(getattr(old, way))
    getattr(recovery, way)()
    assert has(user, NEW)


def test_a_window_is_not_anothers(ctx, make_user, recovery, user):
    ann = make_user("ann")
    hers = Recovery(ctx, "ann@example.com").opened()
    recovery.opened()
    assert refused(replace(recovery, secret=hers.secret).update)
    assert refused(replace(hers, secret=recovery.secret).update)
    assert has(ann, PASSWORD)
    assert has(user, PASSWORD)


@tokenless
def test_a_window_by_mail_is_none_for_the_number(ctx, recovery, user):
    give_phone(user, NUMBER)
    recovery.opened()
    for kind, value in ((PHONE, NUMBER), (PHONE, "mike@example.com"), (EMAIL, NUMBER)):
        for secret in (recovery.secret, None):
            assert refused(
                reset_password_of, ctx, kind=kind, value=value, secret=secret, password=NEW
            )
    assert has(user, PASSWORD)
    recovery.update()


def move(user):
    user.email = "mike@elsewhere.example"
    user.save()


def deactivate(user):
    user.is_active = False
    user.save()


def lock(user):
    Account.objects.filter(user=user).update(staff_locked_at="2026-01-01T00:00:00Z")


CHANGED = pytest.mark.parametrize("act", [move, deactivate, lock])


@both_ways
@CHANGED
def test_a_window_is_worth_nothing_after(recovery, user, way, act):
    recovery.opened()
    act(user)
    assert refused(getattr(recovery, way))
    assert has(user, PASSWORD)


@tokenless
@CHANGED
def test_a_tokenless_window_is_worth_nothing_after(recovery, user, act):
    bare = recovery.opened().without_secret()
    act(user)
    assert refused(bare.update)
    assert refused(replace(bare, value="mike@elsewhere.example").update)
    assert has(user, PASSWORD)


@both_ways
def test_a_window_dies_with_its_user(recovery, user, way):
    recovery.opened()
    user.delete()
    assert refused(getattr(recovery, way))


@both_ways
def test_a_password_changed_meanwhile_closes_the_window(ctx, recovery, user, enter, way):
    """Whoever took a PIN is shut out by the owner who noticed and changed the password."""
    user.refresh_from_db()
    recovery.opened()
    change_password(ctx, user=user, current=PASSWORD, new="the owner's own choice")
    assert refused(getattr(recovery, way))
    assert has(user, "the owner's own choice")


def by_save(user):
    user.set_password("the staff's own choice")
    user.save()


def by_update(user):
    user.set_password("the staff's own choice")
    get_user_model().objects.filter(pk=user.pk).update(password=user.password)


@both_ways
@pytest.mark.parametrize("act", [by_save, by_update])
@pytest.mark.parametrize("step", ["pin", "window"])
def test_a_password_changed_elsewhere_closes_the_window(recovery, user, way, step, act):
    recovery.request()
    if step == "window":
        recovery.verify()
    act(user)
    if step == "pin":
        with pytest.raises(PinInvalid):
            recovery.verify()
    assert refused(getattr(recovery, way))
    assert has(user, "the staff's own choice")


@pytest.mark.parametrize("act", [by_save, by_update])
def test_a_password_changed_elsewhere_closes_the_window_of_a_sign_in(user, change, act):
    opened = change()
    act(user)
    assert refused(opened.set)


# The rules (L19).


@once
@both_ways
@pytest.mark.parametrize("bad", [SHORT, "password1", "", "x" * 4097])
def test_a_bad_password_leaves_the_window_open(recovery, user, way, bad):
    recovery.opened()
    with pytest.raises(InvalidInput) as caught:
        getattr(recovery, way)(password=bad)
    assert list(caught.value.fields) == ["password"]
    assert has(user, PASSWORD)
    getattr(recovery, way)()
    assert has(user, NEW)


@once
@both_ways
@pytest.mark.parametrize("bad", [SHORT, PASSWORD], ids=["weak", "present"])
def test_three_bad_passwords_leave_it_open_and_the_fourth_closes_it(recovery, user, way, bad):
    for failures, opens in ((3, True), (4, False)):
        recovery.opened()
        for _ in range(failures):
            with pytest.raises((InvalidInput, PasswordUnchanged)):
                getattr(recovery, way)(password=bad)
        assert refused(getattr(recovery, way)) is not opens
        assert has(user, NEW) is True  # by the first round
        bad = SHORT


@both_ways
def test_the_present_password_is_told_before_any_rule(recovery, make_user, make_role, way):
    make_role("Strict", minimum_characters=99)
    user = make_user("ann", groups=["Strict"])
    ann = replace(recovery, value="ann@example.com").opened()
    with pytest.raises(PasswordUnchanged):
        getattr(ann, way)(password=PASSWORD)
    with pytest.raises(InvalidInput):
        getattr(ann, way)()
    assert has(user, PASSWORD)


def test_only_after_a_verified_pin_is_anything_told_of_a_password(recovery):
    recovery.request()
    for password in (PASSWORD, SHORT, "x" * 4097):
        assert refused(recovery.update, password=password)
    recovery.verify()
    bare = recovery.without_secret()
    assert all(refused(bare.update, password=each) for each in (PASSWORD, SHORT))
    assert Challenge.objects.get().tries_left == 4


def test_the_rules_are_those_of_the_role_at_that_moment(recovery, user, make_role):
    user.groups.add(make_role("Cashier", minimum_characters=6))
    recovery.opened()
    make_role("Cashier", contain_number=True)
    with pytest.raises(InvalidInput) as caught:
        recovery.update(password="zyxwvu")
    assert [each.code for each in caught.value.fields["password"]] == ["contain_number"]
    recovery.update(password="zyxwv7")
    assert has(user, "zyxwv7")


def test_a_callers_transaction_is_refused(recovery, user):
    recovery.opened()
    for way in (recovery.set, recovery.update):
        with pytest.raises(RuntimeError), transaction.atomic():
            way()
    assert has(user, PASSWORD)


# A window that a sign-in with an expired password opened.


@pytest.fixture
def change(ctx, user):
    Account.objects.filter(user=user).update(must_change_password=True)

    def enter(at=ctx):
        found = sign_in(
            at, identifier=identifier_of(user), password=PASSWORD, gives_change_token=True
        )
        assert isinstance(found, ChangeRequired)
        return Recovery(ctx, secret=found.secret)

    return enter


def test_the_secret_of_a_sign_in_sets_the_password_once(ctx, user, change):
    opened = change()
    opened.set()
    assert has(user, NEW)
    assert refused(opened.set, password="yet another password")
    assert not SecurityEvent.objects.filter(kind=EventKind.PASSWORD_RECOVERED).exists()
    assert SecurityEvent.objects.filter(kind=EventKind.PASSWORD_CHANGED, user=user).count() == 1
    sign_in(ctx, identifier=identifier_of(user), password=NEW)


@once
@pytest.mark.parametrize(("seconds", "holds"), [(599, True), (600, False)])
def test_it_holds_ten_minutes(ctx, user, change, seconds, holds):
    opened = change()
    with suppress(ResetExpired):
        opened.set(later(ctx, seconds=seconds))
    assert has(user, NEW) is holds


@tokenless
def test_it_is_no_window_for_who_names_the_account_alone(user, change):
    opened = change()
    assert refused(opened.update)
    assert refused(opened.without_secret().update)
    assert has(user, PASSWORD)


def test_a_new_sign_in_replaces_it_and_a_recovery_closes_it(ctx, user, change):
    first, second = change(), change()
    assert refused(first.set)
    Recovery(ctx).opened().set()
    assert refused(second.set, password="yet another password")
    assert has(user, NEW)


def test_it_closes_a_recovery_that_was_under_way(ctx, user, change):
    recovery, opened = Recovery(ctx).opened(), change()
    opened.set()
    assert refused(recovery.set, password="yet another password")


# Every order of the steps, and two recoveries at once (L22, CVE-2026-18963).

STEPS = ("request", "verify", "update")
ORDERS = [
    order
    for size in (1, 2, 3)
    for some in combinations(STEPS, size)
    for order in permutations(some)
]


@once
@both_bindings
@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_only_the_legal_order_sets_a_password(recovery, user, settings, binding, order):
    settings.JWT_ACCOUNTS = {"RECOVERY_BINDING": binding}
    for step in order:
        with suppress(AccountError):
            getattr(recovery, step)()
    assert has(user, NEW) is (order == STEPS)


@once
@both_bindings
@pytest.mark.parametrize("again", STEPS)
@pytest.mark.parametrize("after", range(1, 4))
def test_a_step_again_in_between_never_sets_it_twice(recovery, settings, binding, again, after):
    settings.JWT_ACCOUNTS = {"RECOVERY_BINDING": binding}
    for step in (*STEPS[:after], again, *STEPS[after:]):
        with suppress(AccountError):
            getattr(recovery, step)()
    recovered = SecurityEvent.objects.filter(kind=EventKind.PASSWORD_RECOVERED).count()
    # A new request in between leaves nothing to update.
    stays = (again, after) not in {("request", 2), ("verify", 1)}
    assert recovered == (1 if stays or again == "verify" else 0)


def interleavings(first, second):
    if not first or not second:
        yield (*first, *second)
        return
    yield from ((first[0], *rest) for rest in interleavings(first[1:], second))
    yield from ((second[0], *rest) for rest in interleavings(first, second[1:]))


TWO = list(interleavings([(0, step) for step in STEPS], [(1, step) for step in STEPS]))


@once
@both_bindings
@pytest.mark.parametrize(
    "order", TWO, ids=["".join(f"{step[0]}{who}" for who, step in order) for order in TWO]
)
def test_two_accounts_recovered_at_once_do_not_meet(ctx, make_user, settings, binding, order):
    """By one client even: behind one address, in one browser."""
    settings.JWT_ACCOUNTS = {"RECOVERY_BINDING": binding}
    users = make_user("mike"), make_user("ann")
    flows = Recovery(ctx), Recovery(ctx, "ann@example.com")
    for who, step in order:
        done = {"password": f"{NEW} {who}"} if step == "update" else {}
        getattr(flows[who], step)(**done)
    assert [has(user, f"{NEW} {who}") for who, user in enumerate(users)] == [True, True]


@once
@pytest.mark.parametrize(
    "order", TWO, ids=["".join(f"{step[0]}{who}" for who, step in order) for order in TWO]
)
@both_bindings
def test_of_two_recoveries_of_one_account_only_a_legal_one_succeeds(
    ctx, user, settings, binding, order
):
    """Neither profits from what the other has proved."""
    settings.JWT_ACCOUNTS = {"RECOVERY_BINDING": binding}
    flows = Recovery(ctx), Recovery(replace(ctx, ip="203.0.113.9"))
    legal, asked, verified = set(), None, None
    for who, step in order:
        if step == "request":
            asked, verified = who, None
        if step == "verify" and asked == who:
            verified, asked = who, None
        if step == "update" and verified == who:
            legal.add(who)
            verified = None
        done = {"password": f"{NEW} {who}"} if step == "update" else {}
        try:
            getattr(flows[who], step)(**done)
        except AccountError:
            assert step != "request"
    recovered = SecurityEvent.objects.filter(kind=EventKind.PASSWORD_RECOVERED)
    assert {each.ip for each in recovered} == {flows[who].ctx.ip for who in legal}
    assert recovered.count() == len(legal)


# A process that dies half-way (L23).


class Killed(BaseException):
    """Nothing catches this, as nothing catches a kill."""


class KilledAt:
    """An ``execute_wrapper``: the nth statement is the last one, or the last but one."""

    def __init__(self, number: int, *, before: bool) -> None:
        self.left, self.before, self.fired = number, before, False

    def __call__(self, execute: Any, sql: str, *rest: Any) -> Any:
        if self.fired or sql.startswith(_TRANSACTION_CONTROL):
            return execute(sql, *rest)
        self.left -= 1
        if self.left:
            return execute(sql, *rest)
        self.fired = True
        if not self.before:
            execute(sql, *rest)
        raise Killed


def recovered_wholly(ctx, user, signed):
    with pytest.raises(SessionEnded):
        authenticate(ctx, access_token=signed.tokens.access)
    kinds = list(SecurityEvent.objects.values_list("kind", flat=True))
    return (
        has(user, NEW)
        and kinds.count(EventKind.PASSWORD_RECOVERED) == 1
        and PasswordHistory.objects.filter(user=user).count() == 1
    )


@once
@database
@pytest.mark.django_db(transaction=True)
@both_ways
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_process_that_dies_at_any_statement_leaves_all_or_nothing(
    ctx, make_user, enter, way, before
):
    number, died = 0, True
    while died:
        number += 1
        user = make_user(f"mike{number}")
        signed = enter(user)
        recovery = Recovery(ctx, f"mike{number}@example.com").opened()
        SecurityEvent.objects.all().delete()
        killer = KilledAt(number, before=before)
        try:
            with connection.execute_wrapper(killer):
                getattr(recovery, way)()
        except Killed:
            pass
        died = killer.fired
        if has(user, PASSWORD):
            # Nothing happened, and the window is still usable.
            authenticate(ctx, access_token=signed.tokens.access)
            assert not SecurityEvent.objects.exists()
            assert not PasswordHistory.objects.filter(user=user).exists()
            assert died
            getattr(recovery, way)()
        assert recovered_wholly(ctx, user, signed), number
        assert refused(getattr(recovery, way), password="yet another password")
    assert number > 8  # there were statements to die at


@pytest.mark.django_db(transaction=True)
@both_ways
def test_a_password_changed_while_the_new_one_is_hashed_stays(recovery, user, way, monkeypatch):
    recovery.opened()

    def hash_slowly(_password):
        get_user_model().objects.filter(pk=user.pk).update(password="!changed")
        return "!new"

    monkeypatch.setattr("jwt_accounts.flows.reset_password.make_password", hash_slowly)
    assert refused(getattr(recovery, way))
    assert get_user_model().objects.get(pk=user.pk).password == "!changed"


def test_the_derived_pin_is_not_the_secret(recovery):
    recovery.request()
    row = Challenge.objects.get()
    assert pin_for(row) == recovery.pin
    recovery.verify()
    row.refresh_from_db()
    assert secret_for(row) == recovery.secret
    assert pin_for(row) not in recovery.secret


UNDONE = {
    "a lock by staff": (
        lambda ctx, root, key: lock_account(ctx, actor=root, user_id=key),
        lambda ctx, root, key: lift_staff_lock(ctx, actor=root, user_id=key),
    ),
    "a deactivation": (
        lambda ctx, root, key: edit_user(
            ctx, actor=root, user_id=key, values=UserValues(is_active=False)
        ),
        lambda ctx, root, key: edit_user(
            ctx, actor=root, user_id=key, values=UserValues(is_active=True)
        ),
    ),
}


@once
@both_ways
@pytest.mark.parametrize("acts", UNDONE.values(), ids=UNDONE)
def test_what_closed_a_window_does_not_open_it_again_when_it_is_undone(
    ctx, make_user, recovery, user, acts, way
):
    root = make_user(is_superuser=True, is_staff=True)
    recovery.opened()
    for act in acts:
        act(ctx, root, str(user.pk))
    assert refused(getattr(recovery, way))
    assert not has(user, NEW)


@tokenless
def test_who_holds_any_right_needs_the_secret(recovery, user, make_role):
    user.groups.add(make_role("Manager", rights=["change_user"]))
    recovery.opened()
    assert refused(recovery.without_secret().update)
    recovery.update()
    assert has(user, NEW)


def test_a_mere_claim_takes_no_recovery_from_who_has_the_address(recovery, user, make_user):
    claimant = make_user("claimant")
    Account.objects.filter(user=claimant).update(email="mike@example.com", unproved="email")
    recovery.opened().set()
    assert has(user, NEW)


@tokenless
def test_clients_without_an_address_are_never_the_same(ctx, recovery, user):
    nowhere = replace(ctx, ip=None)
    recovery.opened(nowhere)
    assert refused(recovery.without_secret().update, nowhere)
