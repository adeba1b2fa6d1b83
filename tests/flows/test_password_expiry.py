"""A password that may not be used any more: at sign-in, at each refresh, and how it is mended."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password

from jwt_accounts.credentials.must_change import ChangeReason
from jwt_accounts.errors import (
    AccountInactive,
    AccountLocked,
    Forbidden,
    NotFound,
    PasswordExpired,
    RefreshReused,
    ResetExpired,
    ResetInvalid,
    SessionEnded,
    WrongCredentials,
)
from jwt_accounts.flows.assign_role import assign_role
from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.change_password import change_password
from jwt_accounts.flows.lock_account import demand_password_change, lock_account
from jwt_accounts.flows.manage_users import UserValues, create_user, edit_user
from jwt_accounts.flows.open_session import SignedIn, open_session
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.flows.reset_password import reset_password
from jwt_accounts.flows.role_settings import change_role
from jwt_accounts.flows.second_step import ChangeRequired
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.flows.tokens import Lifetimes
from jwt_accounts.models import Account, RoleSettings, SecurityEvent, UserSession
from jwt_accounts.tokens.refresh import mint_refresh
from jwt_accounts.types import EventKind, SessionEnd
from tests.clock import later
from tests.conftest import PASSWORD, identifier_of
from tests.flows.conftest import KEEPS_REFRESH
from tests.hosts import MeddlingHasher

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once

NEW = "zażółć gęślą 7"
DAY = timedelta(days=1)
CONTRACTS = {"rotating": Lifetimes(), "not rotating": KEEPS_REFRESH}
contracts = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)


def aged(ctx, user, **age):
    """Their password was set so long ago."""
    moment = ctx.now - timedelta(**age)
    Account.objects.filter(user=user.pk).update(password_changed_at=moment)


def must_change(user):
    Account.objects.filter(user=user.pk).update(must_change_password=True)


def flag(user):
    return Account.objects.get(user=user.pk).must_change_password


def come(ctx, user, password=PASSWORD, **more):
    return sign_in(ctx, identifier=identifier_of(user), password=password, **more)


def reason(ctx, user, password=PASSWORD):
    """Why the password must be changed; None where a session was opened."""
    before = UserSession.objects.count()
    done = come(ctx, user, password)
    opened = UserSession.objects.count() - before
    if isinstance(done, SignedIn):
        assert opened == 1
        return None
    assert opened == 0
    return done.reason


@pytest.fixture
def cashier(make_user, make_role):
    """Whose password expires after ninety days."""
    make_role("Cashier", password_expiration=90)
    return make_user("cashier", groups=["Cashier"])


@pytest.fixture
def user(make_user):
    return make_user("somebody")


# Why, and what is told first.


@once
@pytest.mark.parametrize(
    ("demanded", "expired", "weak"),
    list(product([True, False], repeat=3)),
    ids=lambda value: "yes" if value else "no",
)
def test_a_demand_is_told_before_an_age_and_an_age_before_a_rule(
    ctx, cashier, settings, demanded, expired, weak
):
    settings.JWT_ACCOUNTS = {"ENFORCE_RULES_AT_SIGN_IN": True}
    aged(ctx, cashier, days=90 if expired else 89)
    RoleSettings.objects.update(minimum_characters=100 if weak else 8)
    if demanded:
        must_change(cashier)
    asked = [
        (demanded, ChangeReason.DEMANDED),
        (expired, ChangeReason.EXPIRED),
        (weak, ChangeReason.RULES),
    ]
    expected = next((why for is_so, why in asked if is_so), None)
    assert reason(ctx, cashier) is expected


@pytest.mark.parametrize("why", ChangeReason)
def test_every_refusal_is_told_before_that_the_password_must_change(ctx, make_user, settings, why):
    settings.JWT_ACCOUNTS = {
        "ENFORCE_RULES_AT_SIGN_IN": True,
        "PASSWORD_RULES": {"minimum_characters": 100 if why is ChangeReason.RULES else 8},
        "PASSWORD_EXPIRATION": DAY,
    }
    user, gone = make_user(), make_user(is_active=False)
    for each in (user, gone):
        aged(ctx, each, days=2 if why is ChangeReason.EXPIRED else 0)
        if why is ChangeReason.DEMANDED:
            must_change(each)
    assert reason(ctx, user) is why
    with pytest.raises(WrongCredentials):
        come(ctx, user, "wrong")
    with pytest.raises(AccountInactive):
        come(ctx, gone)
    for _ in range(4):
        with pytest.raises(WrongCredentials):
            come(ctx, user, "wrong")
    with pytest.raises(AccountLocked):
        come(ctx, user)


def test_a_lock_by_staff_is_told_before_that_the_password_must_change(ctx, root, user):
    must_change(user)
    lock_account(ctx, actor=root, user_id=str(user.pk))
    with pytest.raises(AccountLocked):
        come(ctx, user)


@once
@pytest.mark.parametrize(
    ("enforced", "expected"), [(False, None), (True, ChangeReason.RULES)], ids=["off", "on"]
)
@pytest.mark.parametrize("changed", ["a role", "the settings"])
def test_a_password_that_no_longer_keeps_the_rules_must_change_where_the_host_asks_for_it(
    ctx, cashier, settings, enforced, expected, changed
):
    given = {"ENFORCE_RULES_AT_SIGN_IN": enforced}
    settings.JWT_ACCOUNTS = given
    assert reason(ctx, cashier) is None
    if changed == "a role":
        RoleSettings.objects.update(contain_number=True)
    else:
        cashier.groups.clear()
        settings.JWT_ACCOUNTS = {**given, "PASSWORD_RULES": {"contain_number": True}}
    assert reason(ctx, cashier) is expected


def test_rules_are_not_enforced_at_sign_in_by_default(ctx, user, settings):
    settings.JWT_ACCOUNTS = {"PASSWORD_RULES": {"minimum_characters": 100}}
    assert reason(ctx, user) is None


def test_a_common_password_or_one_of_old_is_no_reason(ctx, make_user, settings):
    """What is enforced at sign-in are the rules a client can read."""
    settings.JWT_ACCOUNTS = {"ENFORCE_RULES_AT_SIGN_IN": True}
    assert reason(ctx, make_user(password="qwertyuiop"), "qwertyuiop") is None


# Age.


def test_a_password_expires_counted_from_its_last_change(ctx, cashier):
    for changed_at in (ctx, later(ctx, days=89), later(ctx, days=170)):
        end = changed_at.now + 90 * DAY
        Account.objects.update(password_changed_at=changed_at.now)
        last = later(changed_at, days=90, seconds=-1)
        done = come(last, cashier)
        assert done.password_expires_at == end
        assert reason(later(changed_at, days=90), cashier) is ChangeReason.EXPIRED


def test_a_change_puts_the_end_off(ctx, cashier):
    aged(ctx, cashier, days=89)
    change_password(ctx, user=cashier, current=PASSWORD, new=NEW)
    assert reason(later(ctx, days=89), cashier, NEW) is None
    assert reason(later(ctx, days=90), cashier, NEW) is ChangeReason.EXPIRED


def test_a_sign_in_puts_no_end_off(ctx, cashier):
    aged(ctx, cashier, days=0)
    for day in range(0, 90, 10):
        assert reason(later(ctx, days=day), cashier) is None
    assert reason(later(ctx, days=90), cashier) is ChangeReason.EXPIRED


def test_an_upgraded_hash_puts_no_end_off(ctx, cashier):
    aged(ctx, cashier, days=89)
    get_user_model().objects.update(password=make_password(PASSWORD, None, "old"))
    assert reason(ctx, cashier) is None
    cashier.refresh_from_db()
    assert cashier.password.startswith("counting$")
    assert reason(later(ctx, days=1), cashier) is ChangeReason.EXPIRED


def test_a_password_of_unknown_age_never_expires(ctx, cashier, settings):
    settings.JWT_ACCOUNTS = {"PASSWORD_EXPIRATION": DAY}
    Account.objects.update(password_changed_at=None)
    far = later(ctx, days=3650)
    done = come(far, cashier)
    assert done.password_expires_at is None
    assert refresh(far, refresh_token=done.tokens.refresh).refresh


@once
@pytest.mark.parametrize(
    ("of_host", "of_roles", "days"),
    [
        (None, [], None),
        (None, [None], None),
        (30, [], 30),
        (30, [None], 30),
        (30, [90], 30),
        (90, [30], 30),
        (None, [90, 30, None], 30),
    ],
)
def test_the_shortest_age_of_roles_and_host_holds(
    ctx, make_user, make_role, settings, of_host, of_roles, days
):
    settings.JWT_ACCOUNTS = {"PASSWORD_EXPIRATION": of_host and of_host * DAY}
    names = [make_role(f"Role {n}", password_expiration=age).name for n, age in enumerate(of_roles)]
    user = make_user(groups=[*names, "Auditors"])
    aged(ctx, user, days=0)
    done = come(ctx, user)
    assert done.password_expires_at == (days and ctx.now + days * DAY)
    session = UserSession.objects.filter(pk=done.tokens.session.pk)
    far = later(ctx, days=days or 3650)
    session.update(expires_at=far.now + DAY, idle_expires_at=far.now + DAY)
    token = mint_again(done, far)
    if days is None:
        assert reason(far, user) is None
        assert refresh(far, refresh_token=token).refresh
    else:
        assert reason(far, user) is ChangeReason.EXPIRED
        with pytest.raises(PasswordExpired):
            refresh(far, refresh_token=token)


def mint_again(done, at):
    """The same refresh token with a later end, so that the password's age alone decides."""
    session = UserSession.objects.get(pk=done.tokens.session.pk)
    return mint_refresh(session, issued_at=at.now, expires_at=at.now + DAY)


# The change token.


def ask_for_change(ctx, user):
    done = come(ctx, user, gives_change_token=True)
    assert isinstance(done, ChangeRequired)
    return done


def test_a_contract_that_asks_for_none_is_given_no_token(ctx, user):
    must_change(user)
    done = come(ctx, user)
    assert done == ChangeRequired(reason=ChangeReason.DEMANDED, secret=None)


@pytest.mark.parametrize("why", ["demanded", "expired", "rules"])
def test_the_change_token_mends_it_whatever_the_reason(ctx, cashier, settings, why):
    settings.JWT_ACCOUNTS = {"ENFORCE_RULES_AT_SIGN_IN": True}
    if why == "demanded":
        must_change(cashier)
    aged(ctx, cashier, days=91 if why == "expired" else 0)
    if why == "rules":
        RoleSettings.objects.update(contain_number=True)
    done = ask_for_change(ctx, cashier)
    assert (done.reason, done.expires_in) == (why, 600)
    assert done.secret not in repr(done)
    reset_password(ctx, secret=done.secret, password=NEW)
    assert reason(ctx, cashier, NEW) is None
    with pytest.raises(WrongCredentials):
        come(ctx, cashier)
    assert SecurityEvent.objects.filter(kind=EventKind.PASSWORD_CHANGED).count() == 1


def test_the_change_token_holds_for_ten_minutes(ctx, user):
    must_change(user)
    secret = ask_for_change(ctx, user).secret
    with pytest.raises(ResetExpired):
        reset_password(later(ctx, minutes=10), secret=secret, password=NEW)
    reset_password(later(ctx, minutes=10, seconds=-1), secret=secret, password=NEW)


def test_the_change_token_is_good_once(ctx, user):
    must_change(user)
    secret = ask_for_change(ctx, user).secret
    reset_password(ctx, secret=secret, password=NEW)
    with pytest.raises(ResetInvalid):
        reset_password(ctx, secret=secret, password="quite another 8")
    assert reason(ctx, user, NEW) is None


def test_a_new_change_token_takes_the_place_of_the_last(ctx, user):
    must_change(user)
    first, second = (ask_for_change(ctx, user).secret for _ in range(2))
    with pytest.raises(ResetInvalid):
        reset_password(ctx, secret=first, password=NEW)
    reset_password(ctx, secret=second, password=NEW)


def test_the_change_token_changes_nobody_else(ctx, make_user):
    first, second = make_user(), make_user()
    for user in (first, second):
        must_change(user)
    ask_for_change(ctx, second)
    reset_password(ctx, secret=ask_for_change(ctx, first).secret, password=NEW)
    assert reason(ctx, second) is ChangeReason.DEMANDED
    assert reason(ctx, first, NEW) is None


@pytest.mark.parametrize("happened", ["deactivated", "locked by staff", "another password"])
def test_the_change_token_is_over_when_the_account_is_not_what_it_was(ctx, root, user, happened):
    must_change(user)
    secret = ask_for_change(ctx, user).secret
    if happened == "deactivated":
        get_user_model().objects.filter(pk=user.pk).update(is_active=False)
    elif happened == "locked by staff":
        lock_account(ctx, actor=root, user_id=str(user.pk))
    else:
        user.set_password("set meanwhile 9")
        user.save()
    with pytest.raises(ResetInvalid):
        reset_password(ctx, secret=secret, password=NEW)


# A refresh carries the age as a condition.


def refuses(ctx, token, contract):
    """The refresh is refused, and the session over for good."""
    with pytest.raises(PasswordExpired):
        refresh(ctx, refresh_token=token, lifetimes=contract)
    session = UserSession.objects.get()
    assert (session.ended_at, session.end_reason) == (ctx.now, SessionEnd.PASSWORD_EXPIRED)
    with pytest.raises(SessionEnded):
        refresh(ctx, refresh_token=token, lifetimes=contract)


@contracts
def test_a_refresh_is_refused_from_the_moment_the_password_expires(ctx, cashier, enter, contract):
    aged(ctx, cashier, days=90, seconds=-60)
    signed = enter(cashier, lifetimes=contract)
    last = refresh(later(ctx, seconds=59), refresh_token=signed.tokens.refresh, lifetimes=contract)
    token = last.refresh or signed.tokens.refresh
    at = later(ctx, seconds=60)
    refuses(at, token, contract)
    with pytest.raises(SessionEnded):
        authenticate(at, access_token=last.access)


@contracts
def test_a_refresh_is_refused_once_another_password_is_demanded(ctx, user, enter, contract):
    signed = enter(user, lifetimes=contract)
    must_change(user)
    assert authenticate(ctx, access_token=signed.tokens.access).user == user
    refuses(ctx, signed.tokens.refresh, contract)


@contracts
def test_a_refresh_is_refused_where_a_setting_lets_passwords_age(
    ctx, user, enter, settings, contract
):
    signed = enter(user, lifetimes=contract)
    aged(ctx, user, days=31)
    settings.JWT_ACCOUNTS = {"PASSWORD_EXPIRATION": 30 * DAY}
    refuses(ctx, signed.tokens.refresh, contract)


@contracts
def test_an_age_that_a_role_is_given_at_run_time_shows_on_the_next_refresh(
    ctx, root, make_role, make_user, enter, contract
):
    make_role("Cashier")
    user = make_user(groups=["Cashier"])
    aged(ctx, user, days=31)
    signed = enter(user, lifetimes=contract)
    change_role(ctx, actor=root, role="Cashier", changes={"password_expiration": 31})
    refuses(ctx, signed.tokens.refresh, contract)


@contracts
def test_an_age_that_a_role_loses_at_run_time_lets_the_next_refresh_through(
    ctx, root, cashier, enter, contract
):
    aged(ctx, cashier, days=89)
    signed = enter(cashier, lifetimes=contract)
    aged(ctx, cashier, days=91)
    change_role(ctx, actor=root, role="Cashier", changes={"password_expiration": None})
    assert refresh(ctx, refresh_token=signed.tokens.refresh, lifetimes=contract).access


@contracts
def test_a_role_given_later_shows_on_the_next_refresh(ctx, root, user, make_role, enter, contract):
    make_role("Cashier", password_expiration=90)
    make_role("Auditor")
    aged(ctx, user, days=91)
    signed = enter(user, lifetimes=contract)
    assign_role(ctx, actor=root, user_id=str(user.pk), role="Auditor")
    tokens = refresh(ctx, refresh_token=signed.tokens.refresh, lifetimes=contract)
    assign_role(ctx, actor=root, user_id=str(user.pk), role="Cashier")
    refuses(ctx, tokens.refresh or signed.tokens.refresh, contract)


@contracts
def test_a_group_without_rules_and_other_peoples_roles_age_no_password(
    ctx, cashier, make_user, enter, contract
):
    user = make_user(groups=["Auditors"])
    aged(ctx, user, days=3650)
    signed = enter(user, lifetimes=contract)
    assert refresh(ctx, refresh_token=signed.tokens.refresh, lifetimes=contract).access


@pytest.mark.parametrize("how", ["demanded", "expired"])
def test_a_lost_answer_is_not_given_again_once_the_password_expired(ctx, cashier, enter, how):
    signed = enter(cashier)
    lost = refresh(ctx, refresh_token=signed.tokens.refresh)
    if how == "demanded":
        must_change(cashier)
    else:
        aged(ctx, cashier, days=91)
    at = later(ctx, seconds=5)
    refuses(at, signed.tokens.refresh, Lifetimes())
    with pytest.raises(SessionEnded):
        refresh(at, refresh_token=lost.refresh)


def test_a_replay_is_a_replay_whatever_the_password(ctx, cashier, enter):
    signed = enter(cashier)
    refresh(ctx, refresh_token=signed.tokens.refresh)
    must_change(cashier)
    with pytest.raises(RefreshReused):
        refresh(later(ctx, seconds=10), refresh_token=signed.tokens.refresh)


def test_the_sessions_of_others_go_on(ctx, cashier, user, enter):
    signed, other = enter(cashier), enter(user)
    must_change(cashier)
    with pytest.raises(PasswordExpired):
        refresh(ctx, refresh_token=signed.tokens.refresh)
    assert refresh(ctx, refresh_token=other.tokens.refresh).refresh


@once
@contracts
@pytest.mark.parametrize("password", [None, PASSWORD], ids=["none", "one that is too old"])
def test_a_session_that_no_password_opened_does_not_end_with_the_passwords_age(
    ctx, cashier, contract, password
):
    """Single sign-on: as ``open_session`` asks for no password, none can be too old."""
    cashier.set_password(password)
    cashier.save()
    aged(ctx, cashier, days=91)
    signed = open_session(ctx, user=cashier, amr=("fed",), lifetimes=contract)
    assert refresh(ctx, refresh_token=signed.tokens.refresh, lifetimes=contract).access


# Staff sets a password, or demands another.


@once
@pytest.mark.parametrize(
    ("setting", "said", "expected"),
    [
        (None, None, False),
        (False, None, False),
        (True, None, True),
        (True, False, False),
        (False, True, True),
        (None, True, True),
    ],
    ids=str,
)
@pytest.mark.parametrize("act", ["create", "edit"])
def test_a_password_set_by_staff_must_change_where_the_host_or_staff_says_so(
    ctx, root, user, settings, setting, said, expected, act
):
    settings.JWT_ACCOUNTS = {} if setting is None else {"STAFF_PASSWORDS_MUST_CHANGE": setting}
    values = {"password": NEW, "must_change_password": said}
    if act == "create":
        named = {"username": "new", "email": "new@example.com", **values}
        made = create_user(ctx, actor=root, values=UserValues(**named))
        user = get_user_model().objects.get(pk=made.id)
    else:
        edit_user(ctx, actor=root, user_id=str(user.pk), values=UserValues(**values))
    assert flag(user) is expected
    assert reason(ctx, user, NEW) is (ChangeReason.DEMANDED if expected else None)


def test_who_changes_it_then_signs_in(ctx, root, user, settings):
    settings.JWT_ACCOUNTS = {"STAFF_PASSWORDS_MUST_CHANGE": True}
    edit_user(ctx, actor=root, user_id=str(user.pk), values=UserValues(password=NEW))
    secret = come(ctx, user, NEW, gives_change_token=True).secret
    reset_password(ctx, secret=secret, password="my very own 1")
    assert not flag(user)
    assert reason(ctx, user, "my very own 1") is None


def test_who_edits_oneself_need_not_change_ones_own_password(ctx, manager, settings):
    settings.JWT_ACCOUNTS = {"STAFF_PASSWORDS_MUST_CHANGE": True}
    edit_user(ctx, actor=manager, user_id=str(manager.pk), values=UserValues(password=NEW))
    assert not flag(manager)


def test_an_edit_of_something_else_neither_demands_nor_forgives(ctx, root, user, settings):
    settings.JWT_ACCOUNTS = {"STAFF_PASSWORDS_MUST_CHANGE": True}
    edit = UserValues(email="other@example.com")
    edit_user(ctx, actor=root, user_id=str(user.pk), values=edit)
    assert not flag(user)
    must_change(user)
    edit_user(ctx, actor=root, user_id=str(user.pk), values=edit)
    assert flag(user)


def test_a_user_made_without_a_password_is_not_asked_for_another(ctx, root, settings):
    settings.JWT_ACCOUNTS = {"STAFF_PASSWORDS_MUST_CHANGE": True}
    values = UserValues(username="new", email="new@example.com")
    made = create_user(ctx, actor=root, values=values)
    assert not Account.objects.get(user=made.id).must_change_password


def by_edit(ctx, *, actor, user_id):
    edit_user(ctx, actor=actor, user_id=user_id, values=UserValues(must_change_password=True))


DEMANDS = pytest.mark.parametrize("demand", [demand_password_change, by_edit])


@DEMANDS
def test_a_demand_ends_the_sessions_and_lets_nobody_in(ctx, manager, user, enter, demand):
    signed, other = enter(user), enter(manager)
    demand(ctx, actor=manager, user_id=str(user.pk))
    with pytest.raises(SessionEnded):
        authenticate(ctx, access_token=signed.tokens.access)
    session = UserSession.objects.get(user=user.pk)
    assert (session.ended_at, session.end_reason) == (ctx.now, SessionEnd.PASSWORD_EXPIRED)
    assert authenticate(ctx, access_token=other.tokens.access)
    assert reason(ctx, user) is ChangeReason.DEMANDED


@DEMANDS
def test_a_demand_leaves_the_password_and_its_age_alone(ctx, root, user, demand):
    before = get_user_model().objects.values().get(pk=user.pk)
    age = Account.objects.get(user=user.pk).password_changed_at
    demand(ctx, actor=root, user_id=str(user.pk))
    assert get_user_model().objects.values().get(pk=user.pk) == before
    assert Account.objects.get(user=user.pk).password_changed_at == age


def test_staff_takes_a_demand_back(ctx, root, user, enter):
    must_change(user)
    edit = UserValues(must_change_password=False)
    edit_user(ctx, actor=root, user_id=str(user.pk), values=edit)
    assert reason(ctx, user) is None


def test_taking_a_demand_back_ends_no_session(ctx, root, user, enter):
    signed = enter(user)
    edit = UserValues(must_change_password=False)
    edit_user(ctx, actor=root, user_id=str(user.pk), values=edit)
    assert authenticate(ctx, access_token=signed.tokens.access)


@pytest.mark.parametrize(
    ("demand", "kind"),
    [
        (demand_password_change, EventKind.PASSWORD_CHANGE_DEMANDED),
        (by_edit, EventKind.USER_CHANGED),
    ],
)
def test_a_demand_is_recorded(ctx, root, user, demand, kind):
    demand(ctx, actor=root, user_id=str(user.pk))
    event = SecurityEvent.objects.get()
    assert (event.kind, event.user, event.actor, event.at) == (kind, user, root, ctx.now)


@DEMANDS
def test_nobody_demands_without_the_right_or_above_themselves(
    ctx, root, manager, make_user, demand
):
    nobody = make_user()
    for actor, target in ((nobody, make_user()), (manager, root), (nobody, nobody)):
        with pytest.raises(Forbidden):
            demand(ctx, actor=actor, user_id=str(target.pk))
        assert not flag(target)
    assert not SecurityEvent.objects.exists()


@once
@DEMANDS
@pytest.mark.parametrize("key", ["0", "nobody", "", "b9d3a4a2-0a6e-4b7e-9c35-3d1f2a7c5e10"])
def test_nothing_is_demanded_of_nobody(ctx, root, demand, key):
    with pytest.raises(NotFound):
        demand(ctx, actor=root, user_id=key)


def test_a_user_made_elsewhere_is_demanded_a_change_too(ctx, root, user):
    Account.objects.filter(user=user.pk).delete()
    demand_password_change(ctx, actor=root, user_id=str(user.pk))
    assert reason(ctx, user) is ChangeReason.DEMANDED


def test_a_demand_that_comes_while_the_password_is_checked_is_in_time(ctx, make_user, settings):
    settings.PASSWORD_HASHERS = ["tests.hosts.MeddlingHasher"]
    user = make_user()
    demand = Account.objects.filter(user=user).update
    MeddlingHasher.calls.append(lambda: demand(must_change_password=True))
    with pytest.raises(PasswordExpired):
        sign_in(ctx, identifier=identifier_of(user), password=PASSWORD)
    assert not UserSession.objects.filter(user=user).exists()
