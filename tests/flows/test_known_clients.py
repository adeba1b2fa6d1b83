"""A sign-in from a client that was not used before: recorded, and told to whom the account is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jwt_accounts.errors import AccountError
from jwt_accounts.flows.open_session import open_session
from jwt_accounts.hooks import AccountHooks
from jwt_accounts.models import Account, SecurityEvent, UserSession
from jwt_accounts.policies.known_clients import KEPT
from jwt_accounts.types import EventKind
from tests.letters import letter, letters, sent
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core, pytest.mark.once]

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:133.0) Gecko/20100101 Firefox/133.0"
NEWER_FIREFOX = FIREFOX.replace("133", "150")
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1"


@pytest.fixture
def user(make_user):
    return make_user("ann")


@pytest.fixture
def come(ctx, user, enter):
    """Sign in from a client: ``come(FIREFOX, ip="192.0.2.9")``."""

    def sign_in(user_agent, **more):
        return enter(user, at=replace(ctx, user_agent=user_agent, **more))

    return sign_in


def events():
    return list(SecurityEvent.objects.filter(kind=EventKind.SIGNED_IN_FROM_NEW_CLIENT))


def test_the_very_first_sign_in_is_no_news(come):
    assert sent(lambda: come(FIREFOX)) == []
    assert events() == []


def test_a_new_client_is_recorded_and_told(ctx, user, come):
    come(FIREFOX)
    told = letter(lambda: come(IPHONE, ip="192.0.2.9"))
    assert (told.to, told.about) == (user.email, "new_client")
    assert "lately: Safari on iPhone.\n" in told.text
    assert f"When: {ctx.now:%Y-%m-%d %H:%M} UTC\nFrom the address: 192.0.2.9\n" in told.text
    [event] = events()
    session = UserSession.objects.get(ip="192.0.2.9")
    assert (event.user, event.actor, event.at, event.ip) == (user, None, ctx.now, "192.0.2.9")
    assert event.details == {"session": session.pk.hex, "client": "Safari on iPhone"}


def test_a_client_that_is_known_is_no_news_wherever_it_is_and_after_an_update(come):
    come(FIREFOX)
    come(IPHONE)
    for user_agent in (FIREFOX, NEWER_FIREFOX, IPHONE):
        assert sent(lambda known=user_agent: come(known, ip="203.0.113.5")) == []
    assert len(events()) == 1


def test_what_one_user_signs_in_from_is_news_for_another(come, enter, make_user, ctx):
    come(FIREFOX)
    come(IPHONE)
    other = make_user()
    enter(other, at=replace(ctx, user_agent=FIREFOX))
    assert len(sent(lambda: enter(other, at=replace(ctx, user_agent=IPHONE)))) == 1


def test_the_oldest_client_is_forgotten(come, settings):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "HOOKS": f"{__name__}.VerbatimHooks"}
    come("the first")
    for number in range(KEPT - 1):
        come(f"client {number}")
    assert sent(lambda: come("the first")) == []
    for number in range(KEPT):
        come(f"another {number}")
    assert len(sent(lambda: come("the first"))) == 1
    assert len(Account.objects.get().known_clients) <= 500


def test_nothing_of_a_client_can_be_read_from_what_is_remembered(come):
    come(FIREFOX)
    come(IPHONE)
    first, second = Account.objects.get().known_clients.split()
    assert (len(first), len(second)) == (24, 24)
    assert int(first, 16) != int(second, 16)


def test_no_mail_where_the_site_wants_none(come, settings):
    come(FIREFOX)
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "NEW_CLIENT_NOTICE": False}
    assert sent(lambda: come(IPHONE)) == []
    assert len(events()) == 1


def test_an_address_that_nobody_proved_is_not_written_to(user, come):
    """Whoever registers with a stranger's address could write to them by signing in."""
    come(FIREFOX)
    Account.objects.filter(user=user).update(unproved="email")
    assert sent(lambda: come(IPHONE)) == []
    assert len(events()) == 1


def test_a_refused_sign_in_is_no_news_and_makes_nothing_known(ctx, user, come, enter):
    come(FIREFOX)
    remembered = Account.objects.get().known_clients
    from_iphone = replace(ctx, user_agent=IPHONE)

    def refused():
        with pytest.raises(AccountError):
            enter(user, at=from_iphone, password="wrong")
        Account.objects.update(staff_locked_at=ctx.now)
        with pytest.raises(AccountError):
            enter(user, at=from_iphone)
        with pytest.raises(AccountError):
            open_session(from_iphone, user=user, amr=("fed",))

    assert sent(refused) == []
    assert Account.objects.get().known_clients == remembered
    assert events() == []


def test_a_session_of_the_host_is_news_too(ctx, user):
    open_session(replace(ctx, user_agent=FIREFOX), user=user, amr=("fed", "mfa"))
    assert sent(
        lambda: open_session(replace(ctx, user_agent=IPHONE), user=user, amr=("fed", "mfa"))
    ) == [(user.email, "new_client")]


def test_only_news_costs_a_statement(come):
    with statements() as first:
        come(FIREFOX)
    with statements() as known:
        come(NEWER_FIREFOX)
    with statements() as new:
        come(IPHONE)
    assert (len(known), len(new)) == (len(first), len(first) + 1)


class VerbatimHooks(AccountHooks):
    def describe_client(self, user_agent):
        return user_agent


class NoisyHooks(AccountHooks):
    def describe_client(self, user_agent):
        return f"a client\r\nBcc: eve@example.com\x00{user_agent}" + "x" * 10**5


class TravelledHooks(AccountHooks):
    def get_place(self, ip):
        return f"Atlantis\n{ip}" * 50


class BrokenHooks(AccountHooks):
    def describe_client(self, user_agent):
        raise ValueError("no such client")

    def get_place(self, ip):
        raise ValueError("no such place")


def test_the_mail_says_the_place_where_the_host_knows_it(come, settings):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "HOOKS": f"{__name__}.TravelledHooks"}
    come(FIREFOX)
    text = letter(lambda: come(IPHONE, ip="192.0.2.9")).text
    # One line, and no novel.
    assert "From the address: 192.0.2.9 (Atlantis192.0.2.9Atlantis192" in text
    assert max(map(len, text.splitlines())) < 200


def test_a_hook_that_fails_keeps_nobody_out(come, settings, caplog):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "HOOKS": f"{__name__}.BrokenHooks"}
    come(FIREFOX)
    assert come(IPHONE)
    assert "A hook failed" in caplog.text


def test_words_that_a_host_says_are_kept_on_one_line(come, settings):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "HOOKS": f"{__name__}.NoisyHooks"}
    come("the first")
    [told] = letters(lambda: come("the second"))
    assert "lately: a clientBcc: eve@example.comthe second" in told.text
    [event] = events()
    assert len(event.details["client"]) <= 100
