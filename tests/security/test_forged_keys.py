"""Tokens that lie about the key: none is accepted, none breaks the answer, none makes us call
anybody, and none costs a query of its own (RFC 8725 sections 2.1, 3.1, 3.10)."""

from __future__ import annotations

import json

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from jwt_accounts.models import SigningKey
from jwt_accounts.tokens.key_ring import unsealed
from tests.key_ring import keeper, pair, ring_on
from tests.security.forge import b64, encode, parts, unsigned
from tests.security.test_forged_tokens import beacon
from tests.sql import statements

__all__ = ["beacon", "keeper", "ring_on"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def ring(keeper, ring_on):
    """Name to private half, of a key of each algorithm. The first one signs."""
    kids = {algorithm: keeper.add(algorithm) for algorithm in ("RS256", "ES256", "EdDSA")}
    for kid in reversed(kids.values()):
        keeper.promote(kid)
    rows = SigningKey.objects.in_bulk(kids.values())
    return {algorithm: (kid, unsealed(rows[kid])) for algorithm, kid in kids.items()}


@pytest.fixture
def access(ring, make_user, tokens_of):
    return tokens_of(make_user()).access


def names_of_no_key(beacon):
    yield from ("", " ", ".", "\x00", "\n", "é", "null", "x" * 43, "-" * 43, "=" * 43, "k" * 3000)
    yield from ("../../../../dev/null", "/dev/null", "file:///etc/passwd", beacon)
    yield from ("' OR '1'='1", "' UNION SELECT 'x", "x'; DROP TABLE jwt_accounts_signingkey; --")
    yield from (None, 1, 0, True, 1.5, [], ["x"], {}, {"x": 1})


def public_forms(row):
    """The public half in every form in which people have it."""
    pem = row.public_key.encode()
    key = serialization.load_pem_public_key(pem)
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    jwk = jwt.get_algorithm_by_name(row.algorithm).to_jwk(key)
    return [pem, pem.strip(), der, b64(der), jwk, row.kid]


def names_that_lie(token, ring, beacon):
    header, claims, signature = parts(token)
    for name in names_of_no_key(beacon):
        said = {**header, "kid": name}
        yield f"kid {name!r:.30}", encode({**said, "alg": "HS256"}, claims, "")
        yield f"kid {name!r:.30}, our signature", unsigned(said, claims, b64(signature))
    yield "a kid of a megabyte", encode({**header, "kid": "k" * 2**20}, claims, "")
    _, private = ring[header["alg"]]
    yield "no kid", jwt.encode(claims, private, header["alg"])


def algorithms_that_lie(token, ring):
    header, claims, signature = parts(token)
    ours = header["alg"]
    kid, private = ring[ours]
    for other, (name, theirs) in ring.items():
        if other != ours:
            # The right key of the ring under the name of another one, and the reverse.
            yield f"{other} as {ours}", jwt.encode(claims, theirs, other, {"kid": kid})
            yield f"{ours} as {other}", jwt.encode(claims, private, ours, {"kid": name})
    for stated in ("none", "None", "", "RS512", "PS256", "HS256", "EdDSA", "ES256K", None, 1, []):
        yield f"alg {stated!r}", unsigned({**header, "alg": stated}, claims, b64(signature))


def public_keys_that_sign(token):
    claims = parts(token)[1]
    for row in SigningKey.objects.all():
        for form in public_forms(row):
            for algorithm in ("HS256", "HS384", "HS512"):
                said = {"alg": algorithm, "typ": "JWT", "kid": row.kid}
                name = f"{algorithm} {row.algorithm} {form!r:.20}"
                yield name, encode(said, claims, form, algorithm)


def keys_that_come_along(token, ring, beacon):
    claims, own = parts(token)[1], ec.generate_private_key(ec.SECP256R1())
    jwk = json.loads(jwt.get_algorithm_by_name("ES256").to_jwk(own.public_key()))
    for extra in ({"jku": beacon}, {"x5u": beacon}, {"jwk": jwk}, {"x5c": [b64(b"x")]}, {}):
        for name in (*(kid for kid, _ in ring.values()), "x" * 43, beacon):
            headers = {"kid": name, **extra}
            yield f"own key, {headers!r:.90}", jwt.encode(claims, own, "ES256", headers)


def forgeries(token, ring, beacon):
    yield from names_that_lie(token, ring, beacon)
    yield from algorithms_that_lie(token, ring)
    yield from public_keys_that_sign(token)
    yield from keys_that_come_along(token, ring, beacon)


def test_the_forger_would_succeed_with_the_right_key(ring, access, ask):
    claims = parts(access)[1]
    for algorithm, (kid, private) in ring.items():
        genuine = jwt.encode(claims, private, algorithm, headers={"kid": kid})
        assert ask("GET", "/accounts/me/", token=genuine).status_code == 200


@pytest.mark.parametrize("alone", [True, "only"])
def test_no_token_that_lies_about_its_key_is_accepted(ring, access, ask, beacon, ring_on, alone):
    ring_on(alone)
    made = dict(forgeries(access, ring, beacon))
    assert len(made) >= 120
    found = {
        name: ask("GET", "/accounts/me/", token=token).status_code for name, token in made.items()
    }
    assert {name: status for name, status in found.items() if status != 401} == {}
    assert ask("GET", "/accounts/me/", token=access).status_code == 200
    assert SigningKey.objects.count() == 3


def test_a_lie_about_the_key_costs_no_query(ring, access, ask, beacon, time_machine, ctx):
    time_machine.move_to(ctx.now, tick=False)
    assert ask("GET", "/accounts/me/", token=access).status_code == 200
    with statements() as seen:
        for token in dict(forgeries(access, ring, beacon)).values():
            ask("GET", "/accounts/me/", token=token)
    assert [each for each in seen if "signingkey" not in each] == []
    # Those of the test itself.
    assert len(seen) == 1, seen


def test_with_a_single_pair_a_name_decides_nothing(make_user, tokens_of, ask, settings, beacon):
    settings.SIMPLE_JWT = pair("ES256")
    access = tokens_of(make_user()).access
    header, claims, signature = parts(access)
    mine = pair("ES256")["SIGNING_KEY"]
    for name in names_of_no_key(beacon):
        changed = unsigned({**header, "kid": name}, claims, b64(signature))
        assert ask("GET", "/accounts/me/", token=changed).status_code == 401
        if isinstance(name, str):
            for extra in ({}, {"jku": beacon}, {"x5u": beacon}):
                forged = jwt.encode(claims, mine, "ES256", headers={"kid": name, **extra})
                assert ask("GET", "/accounts/me/", token=forged).status_code == 401
    assert ask("GET", "/accounts/me/", token=access).status_code == 200
