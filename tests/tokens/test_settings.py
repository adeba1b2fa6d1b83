"""Each of simplejwt's settings that this library follows is read when a token is made or read."""

from __future__ import annotations

import json
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from django.conf import settings as django_settings

from jwt_accounts.errors import TokenInvalid
from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.open_session import open_session
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.flows.tokens import Lifetimes
from jwt_accounts.models import UserSession
from jwt_accounts.tokens.config import token_settings
from tests.clock import later
from tests.tokens.conftest import claims_of

pytestmark = pytest.mark.django_db

OTHER_KEY = "another-signing-key-that-is-long-enough-for-hs256"


class SetEncoder(json.JSONEncoder):
    """A host's encoder: sets are lists."""

    def default(self, value):
        return sorted(value) if isinstance(value, set) else super().default(value)


@pytest.fixture
def enter(ctx, make_user):
    """``enter()`` opens a session for somebody and gives the tokens."""
    user = make_user()
    return lambda: open_session(ctx, user=user, amr=("pwd",)).tokens


@pytest.fixture
def simple_jwt(settings):
    """``simple_jwt(ISSUER="us")`` changes some of simplejwt's settings."""

    def change(**values):
        settings.SIMPLE_JWT = {**settings.SIMPLE_JWT, **values}

    return change


def works(ctx, tokens):
    """Whether access and refresh token are taken; never one of them alone."""
    taken = []
    for use in (
        lambda: authenticate(ctx, access_token=tokens.access),
        lambda: refresh(ctx, refresh_token=tokens.refresh),
    ):
        try:
            use()
        except TokenInvalid:
            taken.append(False)
        else:
            taken.append(True)
    assert len(set(taken)) == 1
    return taken[0]


def test_the_claims_are_those_of_the_documents(ctx, enter):
    tokens = enter()
    user = tokens.session.user_id
    shared = {"token_type", "exp", "iat", "jti", "user_id", "sid"}
    access, refreshing = claims_of(tokens.access), claims_of(tokens.refresh)
    assert set(access) == {*shared, "auth_time", "amr", "acr"}
    assert (access["amr"], access["acr"]) == (["pwd"], "1")
    assert access["auth_time"] == access["iat"]
    assert set(refreshing) == {*shared, "gen"}
    assert (
        access["user_id"] == refreshing["user_id"] == (user if isinstance(user, int) else str(user))
    )
    assert (access["token_type"], refreshing["token_type"]) == ("access", "refresh")
    assert jwt.get_unverified_header(tokens.access) == {"alg": "HS256", "typ": "JWT"}


@pytest.mark.parametrize(
    ("name", "seconds"), [("ACCESS_TOKEN_LIFETIME", 60), ("REFRESH_TOKEN_LIFETIME", 7200)]
)
def test_a_lifetime_holds_for_the_next_token(ctx, enter, simple_jwt, name, seconds):
    simple_jwt(**{name: timedelta(seconds=seconds)})
    tokens = enter()
    claims = claims_of(tokens.access if name.startswith("ACCESS") else tokens.refresh)
    assert claims["exp"] - claims["iat"] == seconds


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_the_algorithm_is_that_of_access_tokens_alone(ctx, enter, simple_jwt, algorithm):
    before = enter()
    simple_jwt(ALGORITHM=algorithm, SIGNING_KEY="x" * 64)
    tokens = enter()
    assert jwt.get_unverified_header(tokens.access)["alg"] == algorithm
    assert jwt.get_unverified_header(tokens.refresh)["alg"] == "HS256"
    assert works(ctx, tokens)
    with pytest.raises(TokenInvalid):
        authenticate(ctx, access_token=before.access)


@pytest.fixture(params=["RS256", "ES256", "EdDSA"])
def key_pair(request):
    """Makes settings for a pair of keys: ``key_pair()``."""

    def make():
        private = {
            "RS256": lambda: rsa.generate_private_key(65537, 2048),
            "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
            "EdDSA": ed25519.Ed25519PrivateKey.generate,
        }[request.param]()
        encoding = serialization.Encoding.PEM
        signing = private.private_bytes(
            encoding,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        verifying = private.public_key().public_bytes(
            encoding, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return {
            "ALGORITHM": request.param,
            "SIGNING_KEY": signing.decode(),
            "VERIFYING_KEY": verifying.decode(),
        }

    return make


def test_a_pair_of_keys_signs_access_tokens_alone(ctx, enter, simple_jwt, key_pair):
    simple_jwt(**key_pair())
    tokens = enter()
    assert jwt.get_unverified_header(tokens.access)["alg"] == token_settings().access.algorithm
    assert jwt.get_unverified_header(tokens.refresh)["alg"] == "HS256"
    assert works(ctx, tokens)


def test_a_new_private_key_ends_nobodys_session(ctx, enter, simple_jwt, key_pair):
    simple_jwt(**key_pair())
    tokens = enter()
    simple_jwt(**key_pair())
    with pytest.raises(TokenInvalid):
        authenticate(ctx, access_token=tokens.access)
    fresh = refresh(ctx, refresh_token=tokens.refresh)
    assert authenticate(ctx, access_token=fresh.access)


def test_a_token_of_another_key_is_none(ctx, enter, simple_jwt):
    tokens = enter()
    simple_jwt(SIGNING_KEY=OTHER_KEY)
    assert not works(ctx, tokens)


def test_without_a_signing_key_tokens_are_signed_with_the_secret_key(ctx, enter, settings):
    settings.SIMPLE_JWT = {}
    tokens = enter()
    jwt.decode(tokens.access, settings.SECRET_KEY, algorithms=["HS256"])
    assert works(ctx, tokens)
    settings.SECRET_KEY = OTHER_KEY
    assert not works(ctx, tokens)


def test_refresh_tokens_have_a_key_of_their_own(ctx, enter):
    for key in (django_settings.SIMPLE_JWT["SIGNING_KEY"], django_settings.SECRET_KEY):
        with pytest.raises(jwt.InvalidSignatureError):
            jwt.decode(enter().refresh, key, algorithms=["HS256"])


@pytest.mark.parametrize(
    ("name", "claim", "ours", "theirs"),
    [
        ("AUDIENCE", "aud", "us", "them"),
        ("AUDIENCE", "aud", ["us", "more"], "them"),
        ("ISSUER", "iss", "us", "them"),
    ],
)
def test_who_a_token_is_from_and_for_is_checked_where_it_is_set(
    ctx, enter, simple_jwt, name, claim, ours, theirs
):
    silent = enter()
    simple_jwt(**{name: theirs})
    foreign = enter()
    simple_jwt(**{name: ours})
    own = enter()
    assert claims_of(own.access)[claim] == claims_of(own.refresh)[claim] == ours
    assert [works(ctx, tokens) for tokens in (own, foreign, silent)] == [True, False, False]


def test_a_leeway_is_granted_where_it_is_set(ctx, enter, simple_jwt, time_machine):
    tokens = enter()
    time_machine.move_to(later(ctx, minutes=5, seconds=20).now)
    with pytest.raises(TokenInvalid):
        authenticate(ctx, access_token=tokens.access)
    simple_jwt(LEEWAY=30)
    assert authenticate(ctx, access_token=tokens.access)


@pytest.mark.parametrize("claim", ["sub", "uid"])
def test_the_users_key_is_where_the_host_wants_it(ctx, enter, simple_jwt, claim):
    simple_jwt(USER_ID_CLAIM=claim)
    tokens = enter()
    assert "user_id" not in claims_of(tokens.access)
    assert str(claims_of(tokens.access)[claim]) == str(tokens.session.user_id)
    if claim == "sub":  # RFC 7519 section 4.1.2: a text
        assert isinstance(claims_of(tokens.access)[claim], str)
    assert works(ctx, tokens)


def test_the_type_can_have_another_name(ctx, enter, simple_jwt):
    simple_jwt(TOKEN_TYPE_CLAIM="use")
    tokens = enter()
    assert claims_of(tokens.access)["use"] == "access"
    assert "token_type" not in claims_of(tokens.refresh)
    assert works(ctx, tokens)


def test_without_a_type_the_kinds_are_still_apart(ctx, enter, simple_jwt):
    simple_jwt(TOKEN_TYPE_CLAIM=None)
    tokens = enter()
    assert "token_type" not in claims_of(tokens.access)
    assert works(ctx, tokens)
    with pytest.raises(TokenInvalid):
        authenticate(ctx, access_token=tokens.refresh)
    with pytest.raises(TokenInvalid):
        refresh(ctx, refresh_token=tokens.access)


def test_the_token_id_can_have_another_name(ctx, enter, simple_jwt):
    simple_jwt(JTI_CLAIM="id")
    tokens = enter()
    assert claims_of(tokens.access)["id"]
    assert works(ctx, tokens)


@pytest.mark.parametrize("types", ["JWT", ("JWT", "Bearer"), ["JWT"]])
def test_the_schemes_of_the_header_are_read(simple_jwt, types):
    simple_jwt(AUTH_HEADER_TYPES=types)
    assert token_settings().header_types[0] == "JWT"


def test_a_hosts_claims_travel_with_the_hosts_encoder(ctx, enter, simple_jwt, settings):
    settings.JWT_ACCOUNTS = {"HOOKS": "tests.hosts.SetHooks"}
    simple_jwt(JSON_ENCODER="tests.tokens.test_settings.SetEncoder")
    tokens = enter()
    assert claims_of(tokens.access)["letters"] == ["a", "b"]
    assert works(ctx, tokens)


def test_a_type_of_its_own_is_asked_for_once_it_is_set(ctx, enter, settings):
    before = enter()
    settings.JWT_ACCOUNTS = {"ACCESS_TOKEN_TYP": "at+jwt"}
    tokens = enter()
    assert jwt.get_unverified_header(tokens.access)["typ"] == "at+jwt"
    assert works(ctx, tokens)
    with pytest.raises(TokenInvalid):
        authenticate(ctx, access_token=before.access)
    assert refresh(ctx, refresh_token=before.refresh), "and nobody has to sign in again"


def test_a_token_without_a_type_is_one_unless_a_type_is_set(ctx, enter, settings):
    token = enter().access
    bare = jwt.encode(
        claims_of(token), settings.SIMPLE_JWT["SIGNING_KEY"], "HS256", headers={"typ": None}
    )
    assert "typ" not in jwt.get_unverified_header(bare)
    assert authenticate(ctx, access_token=bare)
    settings.JWT_ACCOUNTS = {"ACCESS_TOKEN_TYP": "at+jwt"}
    with pytest.raises(TokenInvalid):
        authenticate(ctx, access_token=bare)


# What a token says.


def test_a_hosts_claims_decide_nothing(ctx, enter, settings):
    settings.JWT_ACCOUNTS = {"HOOKS": "tests.hosts.LoudHooks"}
    tokens = enter()
    said, user = claims_of(tokens.access), tokens.session.user
    assert said["email"] == user.email
    assert said["sid"] == tokens.session.pk.hex
    assert str(said["user_id"]) == str(user.pk)
    assert said["token_type"] == "access"
    assert "x" not in said.values()
    assert min(said["exp"], said["iat"]) > 1
    assert {"nbf", "iss", "aud", "gen"}.isdisjoint(said)
    again = refresh(ctx, refresh_token=tokens.refresh)
    assert claims_of(again.access)["email"] == user.email


def test_an_access_token_never_outlives_its_session(ctx, make_user):
    lifetimes = Lifetimes(access=timedelta(days=400))
    tokens = open_session(ctx, user=make_user(), amr=("pwd",), lifetimes=lifetimes).tokens
    end = int(tokens.session.expires_at.timestamp())
    assert claims_of(tokens.access)["exp"] == end
    assert tokens.access_expires_in == end - int(ctx.now.timestamp())


def test_nothing_of_a_token_is_stored(ctx, enter):
    tokens = enter()
    row = json.dumps(UserSession.objects.values().get(), default=str)
    for token in (tokens.access, tokens.refresh):
        assert claims_of(token)["jti"] not in row
        assert token.split(".")[2] not in row


def test_a_secret_of_a_users_is_in_no_token(ctx, enter):
    tokens = enter()
    user, session = tokens.session.user, tokens.session
    for token in (tokens.access, tokens.refresh):
        said = json.dumps(claims_of(token))
        assert user.password not in said
        assert session.password_digest not in said
        assert user.email not in said
