"""A ring of keys: one signs, several verify, and nobody is signed out by a change of them."""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest

from jwt_accounts.errors import TokenInvalid
from jwt_accounts.flows.authenticate import authenticate, read_token
from jwt_accounts.flows.open_session import open_session
from jwt_accounts.flows.prune import prune
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.flows.tokens import Lifetimes
from jwt_accounts.models import SigningKey
from jwt_accounts.policies.signing_keys import KNOWN_AFTER, RING_MAX_AGE, thumbprint
from jwt_accounts.tokens import key_ring
from jwt_accounts.tokens.config import derived_key
from jwt_accounts.tokens.key_ring import KeyRing, KeyRingBroken
from jwt_accounts.tokens.keys import jwk_of, prepared
from tests.clock import later
from tests.key_ring import ALGORITHMS, keeper, pair, ring_on
from tests.sql import statements
from tests.tokens.conftest import claims_of

__all__ = ["keeper", "ring_on"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def enter(ctx, make_user):
    """``enter()`` opens a session for somebody and gives the tokens."""
    user = make_user()
    return lambda at=ctx, **options: open_session(at, user=user, amr=("pwd",), **options).tokens


def header_of(token):
    return jwt.get_unverified_header(token)


def counts(ctx, token):
    try:
        return bool(authenticate(ctx, access_token=token))
    except TokenInvalid:
        return False


# The single key.


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_single_pair_of_keys_has_a_name_and_nobody_needs_it(ctx, enter, settings, algorithm):
    keys = pair(algorithm)
    settings.SIMPLE_JWT = keys
    tokens = enter()
    name = thumbprint(jwk_of(algorithm, prepared(algorithm, keys["VERIFYING_KEY"])))
    assert header_of(tokens.access) == {"alg": algorithm, "typ": "JWT", "kid": name}
    assert "kid" not in header_of(tokens.refresh)
    for named in ({}, {"kid": "of another time"}):
        said = claims_of(tokens.access)
        older = jwt.encode(said, keys["SIGNING_KEY"], algorithm, headers=named)
        assert counts(ctx, older)


def test_a_name_is_the_thumbprint_of_rfc_7638():
    """Section 3.1."""
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_"
        "BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_F"
        "DW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4v"
        "MQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    key = {"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    assert thumbprint(key) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


# The ring.


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_promoted_key_signs_access_tokens_alone(ctx, enter, keeper, ring_on, algorithm):
    kid = keeper.signer(algorithm)
    keeper.add("EdDSA")
    tokens = enter()
    assert header_of(tokens.access) == {"alg": algorithm, "typ": "JWT", "kid": kid}
    assert header_of(tokens.refresh) == {"alg": "HS256", "typ": "JWT"}
    assert counts(ctx, tokens.access)
    assert counts(ctx, refresh(ctx, refresh_token=tokens.refresh).access)


@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
def test_switching_the_ring_on_signs_nobody_out(ctx, enter, keeper, ring_on, settings, algorithm):
    if algorithm == "RS256":
        settings.SIMPLE_JWT = pair(algorithm)
    ring_on(False)
    key, before = derived_key("anything"), enter()
    keeper.signer()
    ring_on()
    assert derived_key("anything") == key
    assert counts(ctx, before.access)
    after = refresh(ctx, refresh_token=before.refresh)
    assert header_of(after.access)["alg"] == "ES256"
    ring_on("only")
    assert not counts(ctx, before.access)
    assert counts(ctx, after.access)
    assert refresh(ctx, refresh_token=after.refresh)


def test_where_the_former_key_is_gone_the_ring_is_alone(ctx, enter, keeper, ring_on, settings):
    keeper.signer()
    settings.SIMPLE_JWT = {"ALGORITHM": "RS256"}
    tokens = enter()
    assert counts(ctx, tokens.access)
    assert not counts(ctx, jwt.encode(claims_of(tokens.access), settings.SECRET_KEY, "HS256"))
    assert len(key_ring.published_keys()) == 1


def test_what_a_key_signed_counts_until_it_expires_whatever_becomes_of_the_key(
    ctx, enter, keeper, ring_on, time_machine
):
    time_machine.move_to(ctx.now, tick=False)
    first = keeper.signer("RS256")
    token = enter().access
    second = keeper.signer("EdDSA")
    assert counts(ctx, token)
    end = keeper.retire(first)
    assert SigningKey.objects.get(pk=first).private_key == ""
    assert header_of(enter().access)["kid"] == second
    for minutes, good in ((0, True), (4.9, True), (5.1, False)):
        moment = later(ctx, minutes=minutes)
        time_machine.move_to(moment.now, tick=False)
        assert counts(moment, token) is good
    prune(later(ctx, minutes=5))
    assert SigningKey.objects.filter(pk=first).exists(), "clocks differ"
    assert prune(later(ctx, minutes=11, seconds=1)).keys == 1
    assert end == ctx.now + timedelta(minutes=5) + KNOWN_AFTER
    assert list(SigningKey.objects.values_list("kid", flat=True)) == [second]


def test_a_retired_key_waits_for_the_longest_token_it_signed(
    ctx, enter, keeper, ring_on, settings, time_machine
):
    """A contract's tokens may live longer than the settings say, and the settings change."""
    first = keeper.signer()
    token = enter(lifetimes=Lifetimes(access=timedelta(hours=20))).access
    enter()
    settings.SIMPLE_JWT = {**settings.SIMPLE_JWT, "ACCESS_TOKEN_LIFETIME": timedelta(minutes=1)}
    keeper.signer()
    keeper.retire(first)
    moment = later(ctx, hours=19.9)
    time_machine.move_to(moment.now, tick=False)
    prune(moment)
    assert counts(moment, token)
    time_machine.move_to(later(ctx, hours=20.1).now, tick=False)
    assert not counts(ctx, token)


def test_a_token_of_a_key_that_ended_is_none_however_long_it_claims_to_live(
    ctx, enter, keeper, ring_on, time_machine
):
    first = keeper.signer()
    private = key_ring.unsealed(SigningKey.objects.get())
    claims = {**claims_of(enter().access), "exp": int(later(ctx, days=1).now.timestamp())}
    stolen = jwt.encode(claims, private, "ES256", headers={"kid": first})
    assert counts(ctx, stolen)
    keeper.signer()
    keeper.retire(first)
    assert counts(ctx, stolen)
    time_machine.move_to(later(ctx, minutes=11, seconds=1).now, tick=False)
    assert not counts(ctx, stolen)


def test_a_leaked_key_is_refused_at_once(ctx, enter, keeper, ring_on):
    first = keeper.signer()
    tokens = enter()
    keeper.signer()
    keeper.retire(first, at_once=True)
    assert not counts(ctx, tokens.access)
    assert counts(ctx, refresh(ctx, refresh_token=tokens.refresh).access), "and nobody signs in"


# Other processes.


@pytest.fixture
def other(monkeypatch):
    """``other(call)`` runs it in what another process knows of the ring."""
    theirs = KeyRing()

    def run(call, *values):
        with monkeypatch.context() as patch:
            patch.setattr(key_ring, "ring", theirs)
            return call(*values)

    return run


def test_a_process_that_has_not_heard_signs_a_little_longer(
    ctx, enter, keeper, ring_on, other, time_machine
):
    time_machine.move_to(ctx.now, tick=False)
    first = keeper.signer()
    other(enter)
    second = keeper.signer()
    keeper.retire(first)
    late = other(enter).access
    assert header_of(late)["kid"] == first
    assert counts(ctx, late)
    time_machine.move_to((ctx.now + RING_MAX_AGE), tick=False)
    assert header_of(other(enter).access)["kid"] == second


def test_a_process_learns_a_key_that_it_does_not_know(
    ctx, enter, keeper, ring_on, other, time_machine
):
    keeper.signer()
    time_machine.move_to(ctx.now, tick=False)
    other(enter)
    keeper.signer()
    token = enter().access
    moment = later(ctx, seconds=1)
    time_machine.move_to(moment.now, tick=False)
    assert other(counts, moment, token)


def test_names_that_nobody_has_cost_one_query_a_second(ctx, enter, keeper, ring_on, time_machine):
    time_machine.move_to(later(ctx, seconds=-10).now, tick=False)
    keeper.signer()
    claims, key = claims_of(enter().access), pair("ES256")["SIGNING_KEY"]
    junk = [
        jwt.encode(claims, key, "ES256", headers={"kid": f"{number:043}"}) for number in range(50)
    ]
    for second in range(3):
        time_machine.move_to(later(ctx, seconds=second).now, tick=False)
        with statements() as seen:
            for token in junk:
                with pytest.raises(TokenInvalid):
                    read_token(token)
        assert len(seen) == 1


def test_a_known_ring_costs_nothing(ctx, enter, keeper, ring_on):
    keeper.signer()
    token = enter().access
    with statements() as seen:
        assert read_token(token)
        assert str(read_token(token)).count(".") == 2
    assert seen == []


def test_the_longest_life_is_written_once(ctx, enter, keeper, ring_on, other):
    keeper.signer()
    day = Lifetimes(access=timedelta(days=1))
    enter(lifetimes=day)
    assert SigningKey.objects.get().longest_life == 86_400
    with statements() as seen:
        other(lambda: enter(lifetimes=day))
    assert [each for each in seen if each.startswith("UPDATE") and "signingkey" in each] == []


# What is broken.


def test_without_a_promoted_key_nothing_is_signed_and_the_former_key_counts(
    ctx, enter, keeper, ring_on
):
    ring_on(False)
    token = enter().access
    keeper.add()
    ring_on()
    with pytest.raises(KeyRingBroken, match="No key signs"):
        enter()
    assert counts(ctx, token)


def test_a_key_that_cannot_be_opened_still_verifies(ctx, enter, keeper, ring_on, settings):
    keeper.signer()
    token = enter().access
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "ENCRYPTION_KEYS": ["another key " * 4]}
    with pytest.raises(KeyRingBroken, match="ENCRYPTION_KEYS") as broken:
        enter()
    assert "PRIVATE" not in str(broken.value)
    assert counts(ctx, token)
