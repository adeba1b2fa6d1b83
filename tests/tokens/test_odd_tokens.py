"""A signed token with odd claims is refused like any other: never a crash, never somebody else."""

from __future__ import annotations

import json

import jwt
import pytest
from rest_framework_simplejwt.tokens import RefreshToken, SlidingToken

from jwt_accounts.errors import AccountError, TokenInvalid
from jwt_accounts.flows.authenticate import authenticate, read_token
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.models import UserSession
from tests.conftest import NO_KEY

pytestmark = [pytest.mark.django_db, pytest.mark.core]
database = pytest.mark.database
once = pytest.mark.once

INFINITY, NAN = float("inf"), float("nan")
HUGE = 10**400
ODD_TEXTS = ["", "\x00", "\ud800", "x" * 65]
ODD_OBJECTS = [None, [], [1], {}, {"a": 1}]

ODD = {
    "exp": [
        *ODD_TEXTS,
        *ODD_OBJECTS,
        True,
        0,
        -1,
        1.5,
        4e9,
        INFINITY,
        -INFINITY,
        NAN,
        10**18,
        HUGE,
    ],
    "nbf": ["x", [], {}, INFINITY, NAN, 4_000_000_000, HUGE],
    "jti": [*ODD_TEXTS[:1], *ODD_TEXTS[3:], *ODD_OBJECTS, 7, True],
    "user_id": [
        *ODD_TEXTS,
        *ODD_OBJECTS,
        True,
        False,
        0,
        -1,
        1.0,
        INFINITY,
        HUGE,
        "1\x00",
    ],
    "sid": [*ODD_TEXTS, *ODD_OBJECTS, 7, HUGE, "\x00" * 32, "g" * 32, NO_KEY.hex],
    "token_type": [*ODD_TEXTS, *ODD_OBJECTS, "Access", "sliding", 7],
}
ODD_ACCESS = [(name, value) for name, values in ODD.items() for value in values]
ODD_REFRESH = [
    *ODD_ACCESS,
    *(
        ("gen", value)
        for value in [*ODD_TEXTS, *ODD_OBJECTS, True, "0", -1, 0.0, INFINITY, 2**31, 2**63, HUGE]
    ),
]


def by_claim(cases):
    """Of the claims, who the owner is goes to the user model, and the others of these to the
    database."""
    marks = {"user_id": [database], "sid": [once, database], "gen": [once, database]}
    return [pytest.param(*case, marks=marks.get(case[0], [once])) for case in cases]


def name_of(value):
    return json.dumps(value)[:20] if not isinstance(value, str) else None


def refused(check, token):
    with pytest.raises(AccountError) as error:
        check(token)
    return type(error.value)


@pytest.fixture
def as_access(ctx):
    return lambda token: authenticate(ctx, access_token=token)


@pytest.fixture
def as_refresh(ctx):
    return lambda token: refresh(ctx, refresh_token=token)


def test_what_the_forger_repeats_is_accepted(as_access, as_refresh, forge_access, forge_refresh):
    assert as_access(forge_access())
    assert as_refresh(forge_refresh())


@pytest.mark.parametrize(("claim", "value"), by_claim(ODD_ACCESS), ids=name_of)
def test_an_odd_claim_makes_no_access_token(as_access, forge_access, claim, value):
    assert refused(as_access, forge_access(**{claim: value})) is TokenInvalid


@pytest.mark.parametrize(("claim", "value"), by_claim(ODD_REFRESH), ids=name_of)
def test_an_odd_claim_makes_no_refresh_token(as_refresh, forge_refresh, claim, value):
    assert refused(as_refresh, forge_refresh(**{claim: value})) is TokenInvalid
    assert UserSession.objects.get().ended_at is None


@pytest.mark.parametrize("owner", [True, False, None, 1.0, [], {}, "x" * 65, HUGE], ids=name_of)
def test_an_odd_owner_makes_no_token_where_no_session_is_asked(forge_access, owner):
    assert refused(read_token, forge_access(user_id=owner)) is TokenInvalid


@once
@pytest.mark.parametrize("claim", ["exp", "jti", "user_id", "sid", "token_type"])
def test_a_missing_claim_makes_no_access_token(as_access, forge_access, claim):
    assert refused(as_access, forge_access(without=[claim])) is TokenInvalid


@once
@pytest.mark.parametrize("claim", ["exp", "jti", "user_id", "sid", "token_type", "gen"])
def test_a_missing_claim_makes_no_refresh_token(as_refresh, forge_refresh, claim):
    assert refused(as_refresh, forge_refresh(without=[claim])) is TokenInvalid


@once
@pytest.mark.parametrize("iat", [None, 0, "x", INFINITY, 9e18, [], True])
def test_when_a_token_was_made_says_nothing_about_its_worth(as_access, forge_access, iat):
    assert as_access(forge_access(iat=iat))


@once
@pytest.mark.parametrize(
    "headers",
    [
        {"typ": "at+jwt"},
        {"typ": "refresh+jwt"},
        {"crit": ["b64"], "b64": False},
        {"crit": ["unknown"], "unknown": 1},
        {"crit": "exp"},
    ],
    ids=json.dumps,
)
def test_an_odd_header_makes_no_token(as_access, as_refresh, forge_access, forge_refresh, headers):
    assert refused(as_access, forge_access(headers=headers)) is TokenInvalid
    assert refused(as_refresh, forge_refresh(headers=headers)) is TokenInvalid


@once
@pytest.mark.parametrize("typ", ["", "JWS", 7, [], {}, None])
def test_a_type_that_is_not_ours_makes_no_token(as_access, forge_access, typ):
    head, body, _ = forge_access().split(".")
    header = {**json.loads(jwt.utils.base64url_decode(head)), "typ": typ}
    signing = jwt.utils.base64url_encode(json.dumps(header).encode()) + b"." + body.encode()
    signature = jwt.get_algorithm_by_name("HS256").sign(signing, forge_access.key.encode())
    token = f"{signing.decode()}.{jwt.utils.base64url_encode(signature).decode()}"
    assert refused(as_access, token) is TokenInvalid


@once
@pytest.mark.parametrize("algorithm", ["none", "HS384", "HS512"])
def test_no_other_algorithm_is_taken(as_access, as_refresh, forge_access, forge_refresh, algorithm):
    for check, forge in ((as_access, forge_access), (as_refresh, forge_refresh)):
        if algorithm == "none":
            forge.key = None
        elif len(forge.key) < 64:
            forge.key = forge.key.ljust(64, "x")
        assert refused(check, forge(algorithm=algorithm)) is TokenInvalid


@once
@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"7",
        b"null",
        b'"x"',
        b"{",
        b"\xff",
        b"[" * 5000,
        b'{"exp":' + b"9" * 5000 + b"}",
    ],
    ids=lambda payload: repr(payload[:12]),
)
def test_a_payload_that_is_no_object_makes_no_token(
    as_access, as_refresh, forge_access, forge_refresh, payload
):
    assert refused(as_access, forge_access.raw(payload)) is TokenInvalid
    assert refused(as_refresh, forge_refresh.raw(payload)) is TokenInvalid


@once
@pytest.mark.parametrize("junk", [None, 7, True, [], {}, b"bytes", "", "a.b.c", "x" * 8193])
def test_what_is_no_text_or_too_long_is_no_refresh_token(as_refresh, junk):
    assert refused(as_refresh, junk) is TokenInvalid


@once
@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_changed_byte_makes_no_token(as_access, as_refresh, signed, part):
    for check, token in ((as_access, signed.tokens.access), (as_refresh, signed.tokens.refresh)):
        parts = token.split(".")
        for position in (0, len(parts[part]) // 2):
            changed = list(parts[part])
            changed[position] = "A" if changed[position] != "A" else "B"
            forged = ".".join([*parts[:part], "".join(changed), *parts[part + 1 :]])
            assert refused(check, forged) is TokenInvalid


# Each kind of token is good for one thing.


def test_a_refresh_token_is_no_access_token(as_access, signed, forge_refresh):
    assert refused(as_access, signed.tokens.refresh) is TokenInvalid
    assert refused(as_access, forge_refresh(token_type="access")) is TokenInvalid


def test_an_access_token_is_no_refresh_token(as_refresh, signed, forge_access):
    assert refused(as_refresh, signed.tokens.access) is TokenInvalid
    assert refused(as_refresh, forge_access(token_type="refresh", gen=0)) is TokenInvalid


def test_tokens_of_simplejwt_belong_to_no_session(as_access, as_refresh, signed):
    theirs = RefreshToken.for_user(signed.user)
    assert refused(as_refresh, str(theirs)) is TokenInvalid
    assert refused(as_access, str(theirs.access_token)) is TokenInvalid
    assert refused(as_access, str(SlidingToken.for_user(signed.user))) is TokenInvalid


def test_a_session_of_somebody_else_makes_no_token(
    ctx, as_access, as_refresh, forge_access, forge_refresh, make_user
):
    other = make_user()
    key = other.pk if isinstance(other.pk, int) else str(other.pk)
    assert refused(as_access, forge_access(user_id=key)) is TokenInvalid
    assert refused(as_refresh, forge_refresh(user_id=key)) is TokenInvalid


def test_a_generation_that_was_never_given_out_makes_no_token(as_refresh, forge_refresh):
    assert refused(as_refresh, forge_refresh(gen=1)) is TokenInvalid
    assert UserSession.objects.get().ended_at is None
