"""Keys come and go: added, promoted, retired, and each act written down."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from cryptography.hazmat.primitives import serialization
from django.db import connection

from jwt_accounts.errors import InvalidInput, NotFound
from jwt_accounts.flows.signing_keys import add_key, list_keys, promote_key, retire_key
from jwt_accounts.models import SecurityEvent, SigningKey
from jwt_accounts.policies.signing_keys import KNOWN_AFTER, KeyAlgorithm, KeyState
from jwt_accounts.tokens import key_pairs
from jwt_accounts.tokens.key_ring import KeyRingBroken, ring, unsealed
from tests.clock import later
from tests.key_ring import keeper

__all__ = ["keeper"]
pytestmark = pytest.mark.django_db


def states(ctx):
    return {key.kid: key.state for key in list_keys(ctx)}


@pytest.mark.parametrize(
    ("algorithm", "kind", "bits"),
    [("RS256", "RSA", 3072), ("ES256", "EC", 256), ("EdDSA", "Ed25519", None)],
)
def test_a_new_key_is_strong_and_its_private_half_is_sealed(keeper, algorithm, kind, bits):
    row = SigningKey.objects.get(pk=keeper.add(algorithm))
    assert row.algorithm == algorithm
    assert "PRIVATE" not in row.private_key
    private = serialization.load_pem_private_key(unsealed(row).encode(), None)
    assert kind in type(private).__name__
    assert getattr(private, "key_size", None) == bits
    assert "PUBLIC" in row.public_key
    assert row.private_key not in f"{row!r} {row} {ring!r}"


def test_a_key_lives_through_its_states(ctx, keeper):
    first = keeper.add()
    assert states(ctx) == {first: KeyState.WAITING}
    keeper.promote(first)
    second = keeper.add(ctx=later(ctx, days=30))
    assert states(ctx) == {first: KeyState.SIGNING, second: KeyState.WAITING}
    keeper.promote(second)
    assert states(ctx) == {first: KeyState.VERIFYING, second: KeyState.SIGNING}
    end = keeper.retire(first)
    assert states(ctx)[first] is KeyState.RETIRED
    assert states(later(ctx, seconds=(end - ctx.now).total_seconds()))[first] is KeyState.ENDED
    kinds = list(SecurityEvent.objects.order_by("pk").values_list("kind", "details__kid"))
    assert kinds == [
        ("signing_key_added", first),
        ("signing_key_promoted", first),
        ("signing_key_added", second),
        ("signing_key_promoted", second),
        ("signing_key_retired", first),
    ]


def test_only_the_very_first_key_signs_before_others_may_know_it(ctx, keeper):
    first, second = keeper.add(), keeper.add()
    promote_key(ctx, kid=first)
    early = later(ctx, seconds=KNOWN_AFTER.total_seconds() - 1)
    with pytest.raises(InvalidInput, match="too new"):
        promote_key(early, kid=second)
    promote_key(later(ctx, seconds=KNOWN_AFTER.total_seconds()), kid=second)
    third = keeper.add()
    promote_key(ctx, kid=third, force=True)
    assert states(ctx)[third] is KeyState.SIGNING


def test_a_key_that_signed_before_can_sign_again(ctx, keeper):
    first, second = keeper.signer(), keeper.signer()
    keeper.promote(first)
    assert states(ctx) == {first: KeyState.SIGNING, second: KeyState.VERIFYING}


def test_the_key_that_is_promoted_last_signs_whatever_the_clocks_say(ctx, keeper):
    keeper.signer(ctx=later(ctx, hours=1))
    second = keeper.signer()
    assert states(ctx)[second] is KeyState.SIGNING


def test_what_makes_no_sense_is_refused_with_a_reason(ctx, keeper):
    first = keeper.signer()
    for act in (promote_key, retire_key):
        with pytest.raises(InvalidInput, match="signs"):
            act(ctx, kid=first)
        with pytest.raises(NotFound, match="no key 'x'"):
            act(ctx, kid="x")
    keeper.signer()
    keeper.retire(first)
    with pytest.raises(InvalidInput, match="retired"):
        promote_key(ctx, kid=first, force=True)
    with pytest.raises(InvalidInput, match="retired already"):
        retire_key(ctx, kid=first)


def test_a_key_that_cannot_be_opened_is_not_promoted(ctx, keeper, settings):
    kid = keeper.add()
    settings.JWT_ACCOUNTS = {"ENCRYPTION_KEYS": ["another key " * 4]}
    with pytest.raises(KeyRingBroken):
        promote_key(ctx, kid=kid)
    assert states(ctx) == {kid: KeyState.WAITING}


def test_a_key_that_leaked_goes_at_once(ctx, keeper):
    first = keeper.signer()
    keeper.signer()
    keeper.retire(first)
    assert retire_key(ctx, kid=first, at_once=True) == ctx.now
    assert first not in states(ctx)
    event = SecurityEvent.objects.latest("pk")
    assert event.details == {"kid": first, "algorithm": "ES256", "at_once": True}


def test_no_name_begins_like_an_option_of_a_command(ctx, monkeypatch):
    names = iter(["-dash", "--", "good"])
    monkeypatch.setattr(key_pairs, "thumbprint", lambda _jwk: next(names))
    assert key_pairs.make_pair(KeyAlgorithm.EDDSA).kid == "good"


@pytest.mark.django_db(transaction=True)
def test_this_process_signs_with_the_key_as_soon_as_it_is_committed(ctx, settings):
    settings.JWT_ACCOUNTS = {"KEY_RING": True}
    claims = {"exp": int(later(ctx, minutes=5).now.timestamp())}
    for algorithm in KeyAlgorithm:
        kid = add_key(ctx, algorithm=algorithm)
        promote_key(ctx, kid=kid, force=True)
        assert ring.signing(claims).kid == kid


@pytest.mark.django_db(transaction=True)
@pytest.mark.database
@pytest.mark.postgres
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="one connection is the whole of this database"
)
def test_of_promotions_at_once_each_is_in_order_and_one_key_signs(ctx):
    kids = [add_key(ctx, algorithm=KeyAlgorithm.EDDSA) for _ in range(8)]
    start = Barrier(len(kids))

    def promote(kid):
        start.wait(20)
        try:
            promote_key(later(ctx, days=1), kid=kid)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(kids)) as pool:
        list(pool.map(promote, kids))
    moments = set(SigningKey.objects.values_list("promoted_at", flat=True))
    assert len(moments) == len(kids)
    assert max(moments) - min(moments) < timedelta(seconds=1)
    assert list(states(ctx).values()).count(KeyState.SIGNING) == 1
