"""Tokens nobody gave out: none is accepted, none breaks the answer, none makes us call anybody."""

from __future__ import annotations

import hashlib
import json
import socket
from datetime import UTC, datetime

import pytest

from jwt_accounts.models import UserSession
from jwt_accounts.tokens.config import derived_key, token_settings
from tests.conftest import NO_KEY
from tests.security.forge import b64, encode, parts, unb64, unsigned

pytestmark = pytest.mark.django_db

NOW = int(datetime.now(UTC).timestamp())

HUGE = 10**400
# Not `iat`: when a token was made decides nothing here, so nothing is asked of it.
ODD = {
    "exp": [None, "", str(NOW + 600), NOW - 60, 0, -1, 1.5e308, HUGE, True, [], {}, NOW + 0.5],
    "nbf": [NOW + 3600, "soon", HUGE, [], {}],
    "sid": [None, "", "x", 1, True, [], {}, "0" * 32, NO_KEY.hex, "a" * 5000, "\x00", "sid\n"],
    "jti": [None, "", 1, True, [], {}, "j" * 5000],
    "user_id": [None, True, False, [], {}, 1.5, -1, HUGE, "", "1 OR 1=1", "9" * 5000, "\x00"],
    "token_type": [None, "", "access", "refresh", "sliding", "Access", 1, True, ["access"], {}],
}
HEADERS = [
    {"typ": "JWT"},
    {"alg": "HS256", "typ": "at+jwt"},
    {"alg": "HS256", "typ": 1},
    {"alg": "HS256", "typ": None},
    {"alg": "HS256", "typ": ["JWT"]},
    {"alg": "HS256", "typ": "JWT", "crit": ["exp"]},
    {"alg": "HS256", "typ": "JWT", "crit": ["b64"], "b64": False},
    {"alg": "HS256", "typ": "JWT", "crit": []},
    {"alg": "HS256", "typ": "JWT", "crit": "exp"},
    {"alg": "HS256", "typ": "JWT", "b64": False},
    {"alg": "hs256", "typ": "JWT"},
    {"alg": ["HS256"], "typ": "JWT"},
    {"alg": None, "typ": "JWT"},
    {"alg": 256, "typ": "JWT"},
    {"alg": {}, "typ": "JWT"},
    {"alg": "", "typ": "JWT"},
    {"alg": "HS256\n", "typ": "JWT"},
]
SEGMENTS = [
    b"",
    b"null",
    b"[]",
    b"1",
    b'"text"',
    b"{",
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    b"[" * 4000,
    b"9" * 5000,
    b'{"exp": NaN}',
    b'{"exp": Infinity}',
]


@pytest.fixture
def beacon():
    """An address that a forged header points to; after the test nobody must have called it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/keys.json"
        with pytest.raises(BlockingIOError):
            listening.accept()


@pytest.fixture
def tokens(make_user, tokens_of):
    return tokens_of(make_user())


def signing_key(kind):
    backend = getattr(token_settings(), kind)
    return str(backend.signing_key)


def without_a_signature(header, claims, signature):
    for alg in ("none", "None", "NONE", "nOnE", "none ", "\u043done", ""):
        stated = {**header, "alg": alg}
        for ending in ("", b64(signature), b64(b"\x00" * 32), "=", "."):
            yield f"alg {alg!r}, signature {ending[:8]!r}", unsigned(stated, claims, ending)
    for ending in ("", b64(b"\x00" * 32), b64(signature[:16]), b64(signature + b"\x00")):
        yield f"signature {ending[:8]!r}", unsigned(header, claims, ending)


def signed_with_another_key(header, claims, beacon):
    guesses = {
        "an empty key": "",
        "a zero": b"\x00",
        "a common word": "secret",
        "Django's secret": "test-secret-key-that-is-long-enough-for-hs256-and-more",
        "a key for something else": derived_key("jwt_accounts.attempt").hex(),
        "its raw bytes": derived_key("jwt_accounts.refresh"),
        "the name of the purpose": "jwt_accounts.refresh",
    }
    for name, key in guesses.items():
        yield name, encode(header, claims, key)
    mine = "the attacker's own key, long enough for anything"
    jwk = {"kty": "oct", "k": b64(mine.encode()), "alg": "HS256"}
    for extra in (
        {"jwk": jwk},
        {"jku": beacon},
        {"x5u": beacon},
        {"x5c": [b64(mine.encode())]},
        {"kid": "../../../../dev/null"},
        {"kid": "' UNION SELECT 'x"},
        {"kid": beacon},
        {"kid": "k" * 3000},
        {"kid": 1},
        {"kid": None},
    ):
        yield f"header {extra!r:.60}", encode({**header, **extra}, claims, mine)
    yield "kid names an empty file", encode({**header, "kid": "/dev/null"}, claims, "")


def signed_rightly_but_said_wrongly(header, claims, key):
    for alg in ("HS384", "HS512"):
        yield alg, encode({**header, "alg": alg}, claims, key, alg)
        yield f"{alg} said to be HS256", encode(header, claims, key, alg)
    for odd in HEADERS:
        yield f"header {odd!r}", encode(odd, claims, key)
    for name, values in ODD.items():
        if name in claims or name == "nbf":
            for value in [each for each in values if each != claims.get(name)]:
                yield f"{name}={value!r:.40}", encode(header, {**claims, name: value}, key)
        if name in claims:
            left_out = {each: claims[each] for each in claims if each != name}
            yield f"without {name}", encode(header, left_out, key)
    for raw in SEGMENTS:
        yield f"claims {raw[:12]!r}", encode(header, raw, key)
        yield f"header {raw[:12]!r}", encode(raw, claims, key)


def broken(token):
    yield "empty", ""
    yield "dots", ".."
    yield "one segment", token.split(".")[0]
    yield "two segments", token.rpartition(".")[0]
    yield "four segments", f"{token}.{token.rpartition('.')[2]}"
    yield "JWE", f"{token}.x.y"
    yield "long", "a" * 8000
    yield "twice", token + token
    yield "quoted", f'"{token}"'
    yield (
        "a JSON serialisation",
        json.dumps(dict(zip(("protected", "payload", "signature"), token.split("."), strict=True))),
    )
    for place in range(3):
        segments = token.split(".")
        segments[place] += "\u00e9"
        yield f"not ASCII in {place}", ".".join(segments)
    for length in range(1, len(token), 9):
        yield f"the first {length}", token[:length]


def flipped(token):
    """Each byte of header, claims and signature with another bit turned."""
    segments = token.split(".")
    for place, segment in enumerate(segments):
        raw = unb64(segment)
        for at in range(len(raw)):
            turned = raw[:at] + bytes([raw[at] ^ (1 << at % 8)]) + raw[at + 1 :]
            yield (
                f"bit of byte {at} of {place}",
                ".".join([*segments[:place], b64(turned), *segments[place + 1 :]]),
            )


def spaced(token):
    """White space and other letters that a lax base64 decoder passes over."""
    header, claims, signature = token.split(".")
    for extra in ("\n", "\r\n", " ", "\t", "=", "==", "!", "\x00", "*"):
        yield f"{extra!r} in the header", f"{header[:4]}{extra}{header[4:]}.{claims}.{signature}"
        yield f"{extra!r} in the claims", f"{header}.{claims[:8]}{extra}{claims[8:]}.{signature}"
        yield (
            f"{extra!r} in the signature",
            f"{header}.{claims}.{signature[:9]}{extra}{signature[9:]}",
        )
        yield f"{extra!r} after it", f"{token}{extra}x"


def forgeries(token, kind, beacon):
    header, claims, signature = parts(token)
    yield from without_a_signature(header, claims, signature)
    yield from signed_with_another_key(header, claims, beacon)
    yield from signed_rightly_but_said_wrongly(header, claims, signing_key(kind))
    yield from broken(token)
    yield from flipped(token)
    yield from spaced(token)


def test_the_forger_would_succeed_with_the_right_key(tokens, ask):
    """Without this, a mistake in forge.py would make every other test here pass."""
    header, claims, _ = parts(tokens.access)
    genuine = encode(header, claims, signing_key("access"))
    assert ask("GET", "/accounts/me/", token=genuine).status_code == 200
    header, claims, _ = parts(tokens.refresh)
    genuine = encode(header, claims, signing_key("refresh"))
    assert ask("POST", "/accounts/token/refresh/", {"refresh": genuine}).status_code == 200


def test_no_forged_access_token_is_accepted(tokens, ask, beacon):
    made = dict(forgeries(tokens.access, "access", beacon))
    assert len(made) >= 400
    by_bearer = {
        name: ask("GET", "/accounts/me/", token=token).status_code for name, token in made.items()
    }
    assert {name: status for name, status in by_bearer.items() if status != 401} == {}
    assert ask("GET", "/accounts/me/", token=tokens.access).status_code == 200


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/accounts/token/refresh/", "refresh"),
        ("/authentication/token/refresh/", "refresh"),
        ("/auth/jwt/refresh/", "refresh"),
        ("/auth/jwt/verify/", "token"),
    ],
)
def test_no_forged_refresh_token_is_accepted(tokens, ask, beacon, path, field, settings):
    settings.JWT_ACCOUNTS = {"RATE_LIMITS": {"refresh": None, "verify": None}}
    made = dict(forgeries(tokens.refresh, "refresh", beacon))
    made |= {
        f"gen={gen!r:.20}": encode(
            {"alg": "HS256", "typ": "JWT"},
            {**parts(tokens.refresh)[1], "gen": gen},
            signing_key("refresh"),
        )
        for gen in (None, -1, 1, 2**31, HUGE, True, "0", 0.0, [], {})
    }
    assert len(made) >= 400
    by_body = {name: ask("POST", path, {field: token}).status_code for name, token in made.items()}
    # 400: no text a token can be (empty, NUL, too long).
    assert {name: status for name, status in by_body.items() if status not in {400, 401}} == {}
    # Not one of them moved the session: what is refused is refused before it is written.
    assert UserSession.objects.get().generation == 0
    assert ask("POST", path, {field: tokens.refresh}).status_code == 200


def test_a_signed_token_that_names_anothers_session_is_refused(tokens, make_user, tokens_of, ask):
    other = tokens_of(make_user())
    for kind, path in (
        ("access", "/accounts/token/verify/"),
        ("refresh", "/accounts/token/refresh/"),
        ("refresh", "/auth/jwt/verify/"),
    ):
        header, claims, _ = parts(getattr(tokens, kind))
        _, foreign, _ = parts(getattr(other, kind))
        crossed = encode(header, {**claims, "sid": foreign["sid"]}, signing_key(kind))
        field = "token" if "verify" in path else "refresh"
        assert ask("POST", path, {field: crossed}).status_code == 401
    # Neither of the two sessions was harmed by it.
    assert ask("GET", "/accounts/me/", token=other.access).status_code == 200
    assert ask("GET", "/accounts/me/", token=tokens.access).status_code == 200


@pytest.mark.parametrize(
    ("name", "ours", "theirs"),
    [
        ("AUDIENCE", "accounts", "payments"),
        ("ISSUER", "https://accounts.example", "https://evil.example"),
    ],
)
def test_a_token_for_another_service_with_the_same_key_is_refused(
    make_user, tokens_of, ask, settings, name, ours, theirs
):
    key = dict(settings.SIMPLE_JWT)
    user = make_user()
    settings.SIMPLE_JWT = {**key, name: theirs}
    foreign = tokens_of(user)
    settings.SIMPLE_JWT = key
    plain = tokens_of(user)
    settings.SIMPLE_JWT = {**key, name: ours}
    own = tokens_of(user)
    for tokens, status in ((foreign, 401), (plain, 401), (own, 200)):
        assert ask("GET", "/accounts/me/", token=tokens.access).status_code == status
        answer = ask("POST", "/accounts/token/refresh/", {"refresh": tokens.refresh})
        assert answer.status_code == status


def test_a_public_key_signs_nothing(make_user, tokens_of, ask, settings):
    """Key confusion: HS256 with the RSA public key, in every form in which people have it."""
    rsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa")
    serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization")
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    encoding, public_format = serialization.Encoding, serialization.PublicFormat
    public = private.public_key()
    pem = public.public_bytes(encoding.PEM, public_format.SubjectPublicKeyInfo)
    settings.SIMPLE_JWT = {
        "ALGORITHM": "RS256",
        "SIGNING_KEY": private.private_bytes(
            encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
        "VERIFYING_KEY": pem.decode(),
    }
    tokens = tokens_of(make_user())
    assert ask("GET", "/accounts/me/", token=tokens.access).status_code == 200
    header, claims, _ = parts(tokens.access)
    assert header["alg"] == "RS256"
    forms = [
        pem,
        pem.strip(),
        pem.replace(b"\n", b"\r\n"),
        public.public_bytes(encoding.DER, public_format.SubjectPublicKeyInfo),
        public.public_bytes(encoding.PEM, public_format.PKCS1),
        public.public_bytes(encoding.DER, public_format.PKCS1),
        public.public_bytes(encoding.OpenSSH, public_format.OpenSSH),
        hashlib.sha256(pem).digest(),
    ]
    for key in forms:
        for alg in ("HS256", "HS384", "HS512"):
            for stated in (alg, "RS256"):
                forged = encode({**header, "alg": stated}, claims, key, alg)
                assert ask("GET", "/accounts/me/", token=forged).status_code == 401
    # The refresh token is not signed with the pair at all.
    assert parts(tokens.refresh)[0]["alg"] == "HS256"
    assert ask("GET", "/accounts/me/", token=tokens.refresh).status_code == 401
