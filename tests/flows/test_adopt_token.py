"""Refresh tokens that simplejwt gave, and what they are from now on."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from rest_framework_simplejwt.tokens import RefreshToken

from jwt_accounts.errors import RefreshReused, SessionEnded, TokenInvalid
from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.prune import prune
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.flows.sessions import end_every_session
from jwt_accounts.flows.sign_out import sign_out
from jwt_accounts.flows.tokens import Lifetimes
from jwt_accounts.models import Account, UserSession
from jwt_accounts.types import RequestContext, SessionEnd

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parents[2]
STAYS = Lifetimes(rotates=False)


@pytest.fixture(autouse=True)
def _switched_on(settings):
    settings.JWT_ACCOUNTS = {"ADOPT_SIMPLEJWT_REFRESH": True}


@pytest.fixture
def user():
    made = get_user_model().objects.create_user("tom", password="a fine password")
    Account.objects.filter(user=made).update(password_changed_at=timezone.now() - timedelta(days=9))
    return made


@pytest.fixture
def ctx():
    return RequestContext(now=timezone.now(), ip="192.0.2.1")


@pytest.fixture
def old(user):
    return str(RefreshToken.for_user(user))


def test_it_becomes_a_session_and_goes_on_where_refresh_tokens_stay(user, old, ctx):
    first, second = (refresh(ctx, refresh_token=old, lifetimes=STAYS) for _ in range(2))
    assert first.session.pk == second.session.pk
    assert first.refresh is None
    assert authenticate(ctx, access_token=first.access).user == user
    assert UserSession.objects.count() == 1


def test_it_is_replaced_where_they_rotate_and_its_reuse_is_a_replay(old, ctx, settings):
    settings.JWT_ACCOUNTS = {"ADOPT_SIMPLEJWT_REFRESH": True, "REFRESH_GRACE": timedelta(0)}
    new = refresh(ctx, refresh_token=old).refresh
    assert refresh(ctx, refresh_token=new).refresh
    with pytest.raises(RefreshReused):
        refresh(ctx, refresh_token=old)


def test_whatever_ends_sessions_ends_it_for_good(user, old, ctx):
    refresh(ctx, refresh_token=old, lifetimes=STAYS)
    end_every_session(ctx, user_id=user.pk, reason=SessionEnd.SIGNED_OUT)
    later = RequestContext(now=ctx.now + timedelta(days=40))
    UserSession.objects.update(expires_at=ctx.now + timedelta(days=90))
    assert prune(later).sessions == 0
    with pytest.raises(SessionEnded):
        refresh(ctx, refresh_token=old, lifetimes=STAYS)


@pytest.mark.parametrize("was_used", [True, False])
def test_who_signs_out_by_it_is_signed_out(old, ctx, was_used):
    if was_used:
        refresh(ctx, refresh_token=old, lifetimes=STAYS)
    sign_out(ctx, access_token=None, refresh_token=old)
    with pytest.raises(SessionEnded):
        refresh(ctx, refresh_token=old, lifetimes=STAYS)


def test_it_ends_when_it_would_have(old, ctx):
    session = refresh(ctx, refresh_token=old, lifetimes=STAYS).session
    assert abs(session.expires_at - (ctx.now + timedelta(days=1))) < timedelta(seconds=2)


def _deactivate(user):
    get_user_model().objects.filter(pk=user.pk).update(is_active=False)


def _lock(user):
    Account.objects.filter(user=user).update(staff_locked_at=timezone.now())


def _demand(user):
    Account.objects.filter(user=user).update(must_change_password=True)


def _change_password(user):
    later = timezone.now() + timedelta(seconds=2)
    Account.objects.filter(user=user).update(password_changed_at=later)


@pytest.mark.parametrize("end", [_deactivate, _lock, _demand, _change_password])
def test_it_is_refused_for_who_may_not_go_on(user, old, ctx, end):
    end(user)
    with pytest.raises(TokenInvalid):
        refresh(ctx, refresh_token=old)
    assert not UserSession.objects.exists()


def test_it_is_refused_where_the_setting_is_off(old, ctx, settings):
    settings.JWT_ACCOUNTS = {}
    with pytest.raises(TokenInvalid):
        refresh(ctx, refresh_token=old)


BLACKLISTED = """
import django
from django.conf import settings
from tests import settings as given

settings.configure(
    **{name: getattr(given, name) for name in dir(given) if name.isupper()}
    | {
        "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        "INSTALLED_APPS": [*given.INSTALLED_APPS, "rest_framework_simplejwt.token_blacklist"],
        "JWT_ACCOUNTS": {"ADOPT_SIMPLEJWT_REFRESH": True},
    }
)
django.setup()

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.utils import timezone
from rest_framework_simplejwt.tokens import RefreshToken

from jwt_accounts.errors import TokenInvalid
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.types import RequestContext

call_command("migrate", verbosity=0)
user = get_user_model().objects.create_user("tom", password="a fine password")
good, bad = (RefreshToken.for_user(user) for _ in range(2))
bad.blacklist()
ctx = RequestContext(now=timezone.now())
assert refresh(ctx, refresh_token=str(good))
try:
    refresh(ctx, refresh_token=str(bad))
except TokenInvalid:
    print("refused")
"""


def test_one_on_simplejwts_blacklist_is_refused():
    # simplejwt's models are tables only where its app was there from the start.
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", BLACKLISTED]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.stdout == "refused\n", done.stderr


@pytest.mark.parametrize(
    "broken",
    [{"user_id": 10**6}, {"user_id": True}, {"jti": 7}, {"iat": "x"}, {"token_type": "access"}],
)
def test_one_with_odd_claims_is_refused(user, ctx, broken):
    token = RefreshToken.for_user(user)
    token.payload.update(broken)
    with pytest.raises(TokenInvalid):
        refresh(ctx, refresh_token=str(token))
