"""Ways in that are no sign-in, tried around the second factor (ATTACKS row 30; ASVS 6.3.4, 6.4.3):
older sessions, tokens of others, links, PINs, and the host's own door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import TestCase
from django_otp.plugins.otp_static.models import StaticDevice
from rest_framework_simplejwt.tokens import RefreshToken as PlainRefresh

from jwt_accounts.credentials.challenges import pin_for, secret_for
from jwt_accounts.errors import SessionEnded
from jwt_accounts.flows.first_step import MfaEnrolmentRequired, MfaRequired
from jwt_accounts.flows.open_session import SignedIn, open_session
from jwt_accounts.flows.refresh import renew
from jwt_accounts.flows.tokens import Lifetimes
from jwt_accounts.models import Account, Challenge, UserSession
from jwt_accounts.second_factors import user_has_factor
from jwt_accounts.tokens.access import AccessToken
from jwt_accounts.types import RequestContext
from tests.api.conftest import problem
from tests.conftest import PASSWORD
from tests.second_factors import NOON, give_totp, shown

pytestmark = [pytest.mark.django_db, pytest.mark.core, pytest.mark.usefixtures("clock")]

NEW = "another horse battery"


@pytest.fixture
def now():
    return RequestContext(now=NOON, ip="192.0.2.1", user_agent="tests")


def by_its_owner(api, user, make_role):
    """In another session: the sessions end at once."""
    access = api.access(user)
    begun = api("POST", "factors/totp/", {}, token=access).json()
    path = f"factors/{begun['factor']['id']}/confirm/"
    answer = api("POST", path, {"code": shown(begun["secret"])}, token=access)
    assert answer.status_code == 200


def by_a_row(api, user, make_role):
    """As the admin does, or a host's own code."""
    give_totp(user, with_codes=False)


def by_a_plug_in(api, user, make_role):
    StaticDevice.objects.create(user=user, confirmed=True)


def by_a_role(api, user, make_role):
    """Who has none must have one."""
    user.groups.add(make_role("Manager", require_mfa=True))


WAYS = [by_its_owner, by_a_row, by_a_plug_in, by_a_role]


@pytest.mark.parametrize("way", WAYS)
def test_an_older_session_of_one_factor_ends_at_its_next_refresh(api, make_user, make_role, way):
    user = make_user()
    tokens = api.tokens(user)
    way(api, user, make_role)
    for _ in range(2):
        answer = api("POST", "token/refresh/", {"refresh": tokens["refresh"]})
        problem(answer, 401, "session_ended")
    assert api("GET", "me/", token=tokens["access"]).status_code == 401
    ended = UserSession.objects.get(pk=tokens["session"]).end_reason
    assert ended == ("factors_changed" if way is by_its_owner else "second_factor_missing")


@pytest.mark.parametrize("way", WAYS)
def test_a_lost_answer_is_not_repeated_to_it(api, make_user, make_role, way):
    """The token before the last is good for some seconds more; not for who has a factor by now."""
    user = make_user()
    spent = api.tokens(user)["refresh"]
    assert api("POST", "token/refresh/", {"refresh": spent}).status_code == 200
    assert api("POST", "token/refresh/", {"refresh": spent}).status_code == 200
    way(api, user, make_role)
    problem(api("POST", "token/refresh/", {"refresh": spent}), 401, "session_ended")


@pytest.mark.parametrize("way", WAYS[1:])
def test_an_access_token_is_not_renewed_for_it(api, now, make_user, make_role, way):
    user = make_user()
    token = AccessToken(api.access(user))
    way(api, user, make_role)
    with pytest.raises(SessionEnded):
        renew(now, session=UserSession.objects.get(), token=token, lifetimes=Lifetimes(renews=True))
    assert UserSession.objects.get().end_reason == "second_factor_missing"


def test_a_contract_that_keeps_its_refresh_token_is_no_way_round(client, make_user, api):
    user = make_user()
    tokens = api.tokens(user)
    give_totp(user)
    answer = client.post("/authentication/token/refresh/", {"refresh": tokens["refresh"]})
    assert answer.status_code == 401
    assert UserSession.objects.get().end_reason == "second_factor_missing"


def test_a_session_of_two_factors_goes_on_and_says_so(api, enrolled, enter, clock):
    tokens = enter(enrolled())
    began = AccessToken(tokens["access"]).payload
    assert (began["acr"], began["amr"]) == ("2", ["pwd", "otp", "mfa"])
    clock.shift(240)
    answer = api("POST", "token/refresh/", {"refresh": tokens["refresh"]})
    payload = AccessToken(answer.json()["access"]).payload
    assert {name: payload[name] for name in ("acr", "amr", "auth_time")} == {
        name: began[name] for name in ("acr", "amr", "auth_time")
    }


def test_a_refresh_token_of_simplejwt_is_not_adopted_past_the_factor(
    api, enrolled, settings, make_role, make_user
):
    settings.JWT_ACCOUNTS = {"ADOPT_SIMPLEJWT_REFRESH": True}
    someone, other = enrolled(), make_user(groups=[])
    Account.objects.update(password_changed_at=NOON - timedelta(days=1))
    free = make_user()
    Account.objects.update(password_changed_at=NOON - timedelta(days=1))
    by_a_role(api, other, make_role)
    for user in (someone.user, other):
        answer = api("POST", "token/refresh/", {"refresh": str(PlainRefresh.for_user(user))})
        problem(answer, 401, "session_ended")
    answer = api("POST", "token/refresh/", {"refresh": str(PlainRefresh.for_user(free))})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "amr", [(), ("pwd",), ("fed",), ("email",), ("otp",), ("MFA",), ("fed", "mfas")]
)
def test_the_hosts_own_door_lets_in_by_two_factors_alone(now, enrolled, make_user, make_role, amr):
    someone, other = enrolled(), make_user()
    by_a_role(None, other, make_role)
    first = open_session(now, user=someone.user, amr=amr)
    assert isinstance(first, MfaRequired)
    assert first.token not in repr(first)
    assert isinstance(open_session(now, user=other, amr=amr), MfaEnrolmentRequired)
    assert not UserSession.objects.exists()


def test_it_lets_in_whose_second_factor_was_proved_elsewhere(now, enrolled):
    assert isinstance(open_session(now, user=enrolled().user, amr=("fed", "mfa")), SignedIn)


def test_the_second_step_of_the_hosts_door_is_the_same(now, api, enrolled, second_step):
    someone = enrolled()
    first = open_session(now, user=someone.user, amr=("fed",))
    problem(second_step(first.token, someone.wrong_code), 400, "code_invalid")
    access = second_step(first.token, someone.code()).json()["access"]
    assert AccessToken(access).payload["amr"] == ["fed", "otp", "mfa"]


def still_asked(api, someone, password):
    """The factor is there as it was, and the next sign-in asks for it."""
    body = api.sign_in(someone.user, password).json()
    assert (body["code"], body["factors"]) == ("mfa_required", ["totp", "recovery_code"])
    someone.factor.refresh_from_db()
    assert someone.factor.confirmed
    assert not UserSession.objects.filter(ended_at__isnull=True).exists()


def test_a_reset_by_pin_opens_no_session_and_leaves_the_factors(api, enrolled, enter):
    someone = enrolled()
    access = enter(someone)["access"]
    email = someone.user.email
    assert api("POST", "password/pin/", {"email": email}).status_code == 202
    pin = pin_for(Challenge.objects.get(purpose="recovery"))
    opened = api("POST", "password/pin/verify/", {"email": email, "pin": pin}).json()
    assert opened.keys() <= {"reset_token", "expires_in"}
    answer = api("POST", "password/set/", {"token": opened["reset_token"], "password": NEW})
    assert (answer.status_code, answer.content) == (204, b"")
    assert not answer.cookies
    assert api("GET", "me/", token=access).status_code == 401
    still_asked(api, someone, NEW)


def test_a_reset_by_link_opens_no_session_and_leaves_the_factors(api, enrolled):
    someone = enrolled()
    with TestCase.captureOnCommitCallbacks(execute=True):
        api("POST", "password/link/", {"email": someone.user.email})
    secret = secret_for(Challenge.objects.get(purpose="reset_link"))
    answer = api("POST", "password/set/", {"token": secret, "password": NEW})
    assert (answer.status_code, answer.content) == (204, b"")
    still_asked(api, someone, NEW)


@pytest.mark.parametrize("by", ["token", "code"])
def test_a_confirmation_opens_no_session(api, enrolled, by):
    email = "new@example.com"
    person = {"username": "new", "email": email, "password": PASSWORD}
    assert api("POST", "register/", person).status_code < 300
    row = Challenge.objects.get(purpose="confirm_email")
    someone = give_totp(row.user)
    body = {"token": secret_for(row)} if by == "token" else {"email": email, "code": pin_for(row)}
    answer = api("POST", "email/confirm/", body)
    assert answer.status_code < 300
    assert b"access" not in answer.content
    assert not answer.cookies
    still_asked(api, someone, PASSWORD)


@pytest.mark.parametrize("status", [0, 1])
def test_who_forgot_to_confirm_or_is_inactive_is_told_before_the_factor(
    api, enrolled, settings, status
):
    someone = enrolled()
    settings.JWT_ACCOUNTS = {"CONFIRMED_EMAIL_ONLY": True}
    if status:
        Account.objects.update(awaits_confirmation=True, unproved="email")
    else:
        type(someone.user).objects.update(is_active=False)
    body = api.sign_in(someone.user).json()
    assert body["code"] == ("email_unconfirmed" if status else "account_inactive")
    assert "challenge_token" not in body


def test_where_nobody_keeps_factors_any_more_a_role_lets_nobody_in(
    api, make_user, make_role, monkeypatch
):
    """The app was taken out of the settings while a role asks for a factor."""
    user = make_user()
    by_a_role(api, user, make_role)
    monkeypatch.setattr("jwt_accounts.second_factors._kept", [])
    body = problem_of(api.sign_in(user))
    assert body["code"] == "mfa_enrolment_required"
    assert "challenge_token" not in body
    assert not user_has_factor(user)
    assert not UserSession.objects.exists()


def test_the_moment_of_a_sign_in_is_that_of_its_second_step(
    enrolled, first_step, second_step, clock
):
    someone = enrolled()
    token = first_step(someone.user)
    clock.shift(120)
    access = second_step(token, someone.code()).json()["access"]
    assert AccessToken(access).payload["auth_time"] == int(datetime.now(UTC).timestamp())


def problem_of(answer):
    assert answer.status_code == 403
    return answer.json()
