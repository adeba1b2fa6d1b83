"""A host's code that knows simplejwt goes on working with our access tokens."""

from __future__ import annotations

import pytest
from rest_framework_simplejwt.models import TokenUser
from rest_framework_simplejwt.tokens import AccessToken as SimpleAccessToken
from rest_framework_simplejwt.tokens import UntypedToken

from jwt_accounts.errors import TokenInvalid
from jwt_accounts.tokens.access import AccessToken, stateless_user

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def test_an_access_token_is_one_of_simplejwts(signed):
    token = AccessToken(signed.tokens.access)
    assert isinstance(token, SimpleAccessToken)
    assert token["token_type"] == token.token_type == "access"
    assert "sid" in token
    assert token.get("nothing", "default") == "default"
    assert str(token["user_id"]) == token.user_id == str(signed.user.pk)
    assert token.session_id == signed.tokens.session.pk


def test_an_access_token_is_written_as_it_was_read(signed):
    assert str(AccessToken(signed.tokens.access)) == signed.tokens.access


def test_simplejwt_itself_reads_our_access_tokens(signed):
    for theirs in (SimpleAccessToken, UntypedToken):
        assert theirs(signed.tokens.access)["sid"] == signed.tokens.session.pk.hex


def test_a_stateless_user_is_simplejwts_and_holds_no_rights(signed):
    user = stateless_user(AccessToken(signed.tokens.access))
    assert isinstance(user, TokenUser)
    assert str(user.id) == str(signed.user.pk)
    assert user.is_authenticated
    assert not user.is_staff
    assert not user.is_superuser


def test_a_token_is_never_read_unverified(signed):
    with pytest.raises(TokenInvalid):
        AccessToken(signed.tokens.access, verify=False)


def test_a_token_that_belongs_to_no_session_is_none(signed):
    with pytest.raises(TokenInvalid):
        AccessToken(str(AccessToken.for_user(signed.user)))
