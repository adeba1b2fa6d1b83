"""Show again who it is by a mailed code: for who has nothing else to show it with."""

from __future__ import annotations

import pytest
from django.db import transaction

from jwt_accounts.credentials.challenges import pin_for
from jwt_accounts.errors import CodeInvalid, InvalidInput, SecondFactorRequired
from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.open_session import open_session
from jwt_accounts.flows.presence_code import send_presence_code
from jwt_accounts.flows.reauthenticate import reauthenticate
from jwt_accounts.models import Account, Challenge, UserSession
from jwt_accounts.second_factors import Answer
from tests.clock import later
from tests.conftest import PASSWORD
from tests.letters import letter, letters
from tests.recovery import NEW, wrong
from tests.second_factors import give_totp

pytestmark = [pytest.mark.django_db, pytest.mark.core, pytest.mark.once]


@pytest.fixture
def user(make_user):
    """Who came by single sign-on, and has no password."""
    return make_user("mike", password=None)


@pytest.fixture
def come(ctx):
    """Open a session; as a view has it."""

    def sign(user, amr=("fed",)):
        tokens = open_session(ctx, user=user, amr=amr).tokens
        return authenticate(ctx, access_token=tokens.access).session

    return sign


@pytest.fixture
def ask(ctx):
    def send(session, at=ctx):
        return letter(lambda: send_presence_code(at, session=session))

    return send


def show(ctx, session, code, **more):
    return reauthenticate(ctx, session=session, answer=Answer(code=code), **more)


def test_the_code_makes_the_sign_in_a_recent_one(ctx, user, come, ask):
    session = come(user)
    found = ask(session)
    assert (found.to, found.about, found.link) == ("mike@example.com", "presence_code", "")
    at = later(ctx, minutes=9)
    tokens = show(at, session, f" {found.code[:3]} {found.code[3:]}")
    renewed = authenticate(at, access_token=tokens.access).session
    assert (renewed.pk, renewed.auth_time, renewed.methods) == (session.pk, at.now, ["email"])
    with pytest.raises(CodeInvalid):
        show(at, renewed, found.code)


def test_it_is_worth_nothing_in_another_session(ctx, user, come, ask):
    mine, other = come(user), come(user)
    code = ask(mine).code
    with pytest.raises(CodeInvalid):
        show(ctx, other, code)
    assert show(ctx, mine, code)


def test_it_holds_ten_minutes_and_five_tries(ctx, user, come, ask):
    session = come(user)
    code = ask(session).code
    with pytest.raises(CodeInvalid):
        show(later(ctx, minutes=10), session, code)
    for step in range(1, 6):
        with pytest.raises(CodeInvalid):
            show(ctx, session, wrong(code, step))
    with pytest.raises(CodeInvalid):
        show(ctx, session, code)
    # A minute later there is another, and not sooner.
    assert letters(lambda: send_presence_code(later(ctx, seconds=59), session=session)) == []
    at = later(ctx, seconds=60)
    assert show(at, session, ask(session, at).code)


def test_without_a_request_every_code_is_wrong(ctx, user, come):
    with pytest.raises(CodeInvalid):
        show(ctx, come(user), "000000")


@pytest.mark.parametrize("given", [{}, {"password": ""}, {"answer": Answer()}, {"password": NEW}])
def test_who_sends_none_is_asked_for_it(ctx, user, come, given):
    with pytest.raises(InvalidInput) as refused:
        reauthenticate(ctx, session=come(user), **given)
    assert list(refused.value.fields) == ["code"]


def test_a_new_password_ends_it(ctx, user, come, ask):
    session = come(user)
    code = ask(session).code
    user.set_password(NEW)
    user.save()
    session.user.refresh_from_db()
    with pytest.raises((CodeInvalid, InvalidInput)):
        show(ctx, session, code)
    assert UserSession.objects.get().auth_time == session.auth_time


# Who gets none.


def test_who_typed_a_password_types_it_again(ctx, make_user, come):
    session = come(make_user("ann"), amr=("pwd",))
    assert letters(lambda: send_presence_code(ctx, session=session)) == []
    with pytest.raises(InvalidInput) as refused:
        show(ctx, session, "000000")
    assert list(refused.value.fields) == ["current_password"]
    assert not Challenge.objects.exists()


def test_who_came_by_mail_may_show_either(ctx, make_user, come, ask):
    session = come(make_user("ann"), amr=("email",))
    assert show(ctx, session, ask(session).code)
    tokens = reauthenticate(ctx, session=session, password=PASSWORD)
    renewed = authenticate(ctx, access_token=tokens.access).session
    # From now on this session is one of somebody who knows the password.
    assert renewed.methods == ["pwd"]
    with pytest.raises(InvalidInput):
        show(ctx, renewed, "000000")


def test_who_has_a_second_factor_shows_that(ctx, user, come):
    session = come(user, amr=("fed", "mfa"))
    phone = give_totp(user)
    assert letters(lambda: send_presence_code(ctx, session=session)) == []
    with pytest.raises(SecondFactorRequired):
        reauthenticate(ctx, session=session)
    assert show(ctx, session, phone.code())


@pytest.mark.parametrize("state", [{"unproved": "email"}, {"email": ""}])
def test_without_an_address_of_ones_own_nothing_is_sent(ctx, user, come, state):
    session = come(user)
    Account.objects.filter(user=user).update(**state)
    assert letters(lambda: send_presence_code(ctx, session=session)) == []
    with pytest.raises(CodeInvalid):
        show(ctx, session, "000000")


def test_a_callers_transaction_is_refused_rather_than_the_count_lost(ctx, user, come):
    session = come(user)
    send_presence_code(ctx, session=session)
    code = pin_for(Challenge.objects.get())
    with pytest.raises(RuntimeError), transaction.atomic():
        show(ctx, session, code)
