"""What ends up in an error report by being printed holds no secret."""

from __future__ import annotations

import pytest

from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.manage_users import UserValues
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.http.actions import Ask
from jwt_accounts.tokens.config import token_settings

pytestmark = [pytest.mark.django_db, pytest.mark.core]

SECRET = "canary-3f9c1d"


def test_tokens_are_not_printed(ctx, make_user, tokens_of):
    tokens = tokens_of(make_user())
    successor = refresh(ctx, refresh_token=tokens.refresh)
    authenticated = authenticate(ctx, access_token=successor.access)
    printed = f"{tokens!r} {successor!r} {authenticated!r} {authenticated.session!r}"
    for token in (tokens.access, tokens.refresh, successor.access, successor.refresh):
        assert token not in printed
        assert token.rpartition(".")[2] not in printed
    assert authenticated.session.password_digest not in printed


def test_a_session_and_its_user_say_no_hash(make_user, tokens_of):
    user = make_user()
    printed = f"{tokens_of(user)!r} {user.jwt_account!r}"
    assert user.password not in printed


def test_what_staff_says_is_printed_without_the_password():
    printed = repr(UserValues(username="bob", password=SECRET))
    assert "bob" in printed
    assert SECRET not in printed


def test_a_request_is_printed_without_its_body(ctx):
    asked = Ask(ctx=ctx, data={"password": SECRET}, path={}, query={}, url_path="/x/")
    assert SECRET not in repr(asked)


def test_keys_are_not_printed(settings):
    settings.SIMPLE_JWT = {"SIGNING_KEY": f"{SECRET}-long-enough-for-a-signature-of-hs256"}
    found = token_settings()
    assert SECRET not in repr(found)
    assert found.refresh.signing_key not in repr(found)
