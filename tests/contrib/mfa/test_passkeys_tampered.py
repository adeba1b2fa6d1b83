"""What a passkey signed, and one word of it changed; what was signed before; what is no answer at
all. Each is one refusal."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from contextlib import suppress
from copy import deepcopy
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from jwt_accounts.contrib.mfa import passkeys
from jwt_accounts.contrib.mfa.models import PasskeyFactor
from jwt_accounts.errors import CodeInvalid
from jwt_accounts.models import Challenge, SecurityEvent, UserSession
from jwt_accounts.policies.passkeys import RelyingParty
from jwt_accounts.types import EventKind
from tests.api.conftest import problem
from tests.authenticator import (
    ATTESTED,
    DOMAIN,
    ORIGIN,
    PRESENT,
    Authenticator,
    cbor,
    to_bytes,
    to_text,
)
from tests.contrib.mfa.passkeys import Keys, give_passkey

pytestmark = [pytest.mark.django_db, pytest.mark.core, pytest.mark.once]

OTHER = to_text(bytes(32))
PARTY = RelyingParty(DOMAIN, (ORIGIN,))
#: Said in the place of the truth, and signed.
LIES = {
    "origin": {"origin": "https://front.example.evil.example"},
    "an origin without TLS": {"origin": "http://front.example"},
    "a sister's origin": {"origin": "https://other.front.example"},
    "domain": {"domain": "evil.example"},
    "challenge": {"challenge": OTHER},
    "no challenge": {"challenge": ""},
    "frame": {"crossOrigin": True},
    "nobody was there": {"flags": 0},
}
SIGNED = {**LIES, "type": {"type": "webauthn.create"}, "handle": {"handle": b"somebody else"}}
MADE = {
    **LIES,
    "type": {"type": "webauthn.get"},
    "nobody was there": {"flags": ATTESTED},
    "nothing made": {"flags": PRESENT},
    "no curve point": {"public_key": cbor({1: 2, 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)})},
    "a key of no kind": {"public_key": cbor({1: 99, 3: -7})},
    "a key with no algorithm": {"public_key": cbor({1: 2, -1: 1, -2: b"x", -3: b"y"})},
    "another algorithm": {"public_key": cbor({1: 2, 3: -36, -1: 1, -2: b"x" * 32, -3: b"y" * 32})},
    "numbers for bytes": {"public_key": cbor({1: 2, 3: -7, -1: 1, -2: 5, -3: 5})},
    "a number for a key": {"public_key": cbor(7)},
    "a huge key": {"public_key": cbor({1: 3, 3: -257, -1: b"\xff" * 9000, -2: b"\x01\x00\x01"})},
}


@pytest.fixture
def keys(api):
    return Keys(api)


@pytest.fixture
def key(user):
    return give_passkey(user)


def refused(answer):
    problem(answer, 400, "code_invalid")


@pytest.mark.parametrize("lie", SIGNED)
def test_a_lie_that_is_signed_is_refused_and_the_challenge_is_spent(keys, user, key, lie):
    token = keys.token(user)
    asked = keys.asked(token)
    refused(keys.bring(token, key.sign(asked, **SIGNED[lie])))
    refused(keys.bring(token, key.sign(asked)))
    assert not UserSession.objects.exists()
    # The step goes on with another challenge.
    assert keys.bring(token, key.sign(keys.asked(token))).status_code == 200


@pytest.mark.parametrize("lie", MADE)
def test_a_passkey_that_was_made_otherwise_is_not_kept(keys, api, user, lie):
    access = api.access(user)
    options, key = keys.begin(access), Authenticator()
    refused(keys.confirm(access, key.make(options, **MADE[lie])))
    refused(keys.confirm(access, key.make(options)))
    assert not PasskeyFactor.objects.exists()


def test_a_makers_statement_is_not_looked_at(keys, api, user):
    """None was asked for, and none counts: not even one that is wrong."""
    access = api.access(user)
    stated = {"fmt": "packed", "attStmt": {"alg": -7, "sig": b"none", "x5c": {}}}
    made = Authenticator().make(keys.begin(access), stated=stated)
    assert keys.confirm(access, made).status_code == 200


def test_what_was_signed_once_is_good_once(keys, user, key):
    token = keys.token(user)
    signed = key.sign(keys.asked(token))
    assert keys.bring(token, signed).status_code == 200
    problem(keys.bring(token, signed), 404, "challenge_invalid")
    later = keys.token(user)
    refused(keys.bring(later, signed))
    keys.asked(later)
    refused(keys.bring(later, signed))


def test_what_was_signed_for_one_step_is_worth_nothing_in_another(keys, api, user, key):
    first, second = keys.token(user), keys.token(user)
    asked = [keys.asked(first), keys.asked(second)]
    refused(keys.bring(second, key.sign(asked[0])))
    refused(keys.bring(second, key.sign(asked[1])))
    access = keys.enter(user, key)["access"]
    api("POST", "reauthenticate/passkey/", token=access)
    body = {"current_password": "correct horse battery", "credential": key.sign(asked[0])}
    refused(api("POST", "reauthenticate/", body, token=access))
    assert keys.bring(first, key.sign(asked[0])).status_code == 200


def test_a_new_challenge_takes_the_place_of_the_former_one_of_its_step(keys, user, key):
    token = keys.token(user)
    former, present = keys.asked(token), keys.asked(token)
    assert former["challenge"] != present["challenge"]
    refused(keys.bring(token, key.sign(former)))
    token = keys.token(user)
    keys.asked(token)
    assert keys.bring(token, key.sign(keys.asked(token))).status_code == 200


def test_a_challenge_is_over_in_five_minutes_and_kept_in_no_readable_form(keys, api, user):
    access = api.access(user)
    options = keys.begin(access)
    row = Challenge.objects.get(purpose="passkey")
    stored = repr([getattr(row, field.attname) for field in row._meta.concrete_fields])
    assert options["challenge"] not in stored
    assert to_bytes(options["challenge"]).hex() not in stored
    assert row.expires_at - row.opened_at == timedelta(minutes=5)
    Challenge.objects.filter(pk=row.pk).update(expires_at=timezone.now())
    refused(keys.confirm(access, Authenticator().make(options)))


def test_a_new_password_ends_what_was_to_be_signed(keys, api, user):
    access = api.access(user)
    options = keys.begin(access)
    user.set_password("another horse battery")
    user.save()
    UserSession.objects.update(ended_at=None)
    assert keys.confirm(access, Authenticator().make(options)).status_code >= 400
    assert not PasskeyFactor.objects.exists()


def test_a_passkey_of_another_user_opens_nothing_and_is_nobodys_twice(
    keys, api, user, key, make_user
):
    mallory = make_user("mallory")
    access = api.access(mallory)
    # The same id, of a key of one's own: whose it is, is not told.
    twin = Authenticator(credential_id=key.credential_id)
    refused(keys.confirm(access, twin.make(keys.begin(access))))
    own = give_passkey(mallory)
    for foreign in (key, twin):
        token = keys.token(mallory)
        asked = keys.asked(token)
        assert {each["id"] for each in asked["allowCredentials"]} == {own.id}
        refused(keys.bring(token, foreign.sign(asked, handle=b"")))
    token = keys.token(user)
    refused(keys.bring(token, own.sign(keys.asked(token), handle=b"")))
    refused(keys.bring(token, twin.sign(keys.asked(token), handle=b"")))
    assert keys.enter(user, key)


def test_one_that_is_not_confirmed_opens_nothing(keys, user, key):
    begun = give_passkey(user, confirmed=False)
    token = keys.token(user)
    refused(keys.bring(token, begun.sign(keys.asked(token))))


@pytest.mark.parametrize(("kept", "said"), [(7, 7), (7, 6), (7, 0), (1, 1)])
def test_a_count_that_went_back_is_refused_and_recorded(keys, user, kept, said):
    key = give_passkey(user, sign_count=kept)
    token = keys.token(user)
    refused(keys.bring(token, key.sign(keys.asked(token), count=said)))
    event = SecurityEvent.objects.get()
    assert (event.kind, event.user) == (EventKind.PASSKEY_COUNT_WENT_BACK, user)
    factor = PasskeyFactor.objects.get()
    assert event.details == {"factor": f"passkey-{factor.pk}"}
    assert (factor.sign_count, factor.last_used_at) == (kept, None)
    token = keys.token(user)
    assert keys.bring(token, key.sign(keys.asked(token), count=kept + 1)).status_code == 200


def test_a_passkey_is_of_no_use_without_the_password(keys, api, user, key):
    access = keys.enter(user, key)["access"]
    asked = api("POST", "reauthenticate/passkey/", token=access).json()["options"]
    answer = api("POST", "reauthenticate/", {"credential": key.sign(asked)}, token=access)
    problem(answer, 400, "invalid")


OPTIONS = {"challenge": OTHER, "user": {"id": OTHER}}
#: In the place of any part of an answer.
JUNK = [
    *(None, 0, -1, 1e300, True, "", "\x00", "\ud800", "é", "=", "====", "a", "A" * 100_000),
    *([], {}, [[]], {"a": {"b": []}}, "null", "W10", to_text(b"\xff" * 300), "-_" * 40),
    to_text(b"\x9f" * 5000),
    to_text(b"[" * 20_000),
    to_text(b"\xbf" * 20_000),
]
PLACES = ["id", "rawId", "type", "response", "authenticatorAttachment"]
RESPONSE = ["clientDataJSON", "authenticatorData", "signature", "userHandle"]
MAKING = ["clientDataJSON", "attestationObject", "transports"]


def replaced(credential, place, value):
    changed = deepcopy(credential)
    (changed if place in PLACES else changed["response"])[place] = value
    return changed


@pytest.mark.parametrize("place", [*PLACES, *RESPONSE])
def test_no_junk_in_an_answer_is_more_than_a_refusal(place):
    key = Authenticator(handle=b"handle")
    public_key = to_text(cbor(key.public_key))
    known = {"party": PARTY, "challenge": bytes(32), "handle": b"handle", "public_key": public_key}
    for junk in JUNK:
        signed = replaced(key.sign(OPTIONS), place, junk)
        with suppress(CodeInvalid):
            passkeys.verify_signed(passkeys.read_signed(signed), **known)
            assert place in {"authenticatorAttachment", "userHandle"}, junk
    assert passkeys.verify_signed(passkeys.read_signed(key.sign(OPTIONS)), **known) == key.count


@pytest.mark.parametrize("place", [*PLACES, *MAKING])
def test_no_junk_in_what_was_made_is_more_than_a_refusal(place):
    for junk in JUNK:
        made = replaced(Authenticator().make(OPTIONS), place, junk)
        with suppress(CodeInvalid):
            passkeys.verify_new(made, party=PARTY, challenge=bytes(32))
            assert place in {"authenticatorAttachment", "transports"}, junk


@pytest.mark.parametrize("whole", [None, "x", [], {}, {"id": "x"}, {"response": 7}])
def test_an_answer_of_no_shape_is_refused(keys, user, key, whole):
    token = keys.token(user)
    keys.asked(token)
    assert keys.bring(token, whole).status_code == 400


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
texts = st.binary(max_size=200).map(to_text) | st.text(max_size=40)
responses = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(dict.fromkeys([*RESPONSE, *MAKING]), texts | json_values),
)
answers = st.fixed_dictionaries(
    {}, optional={"id": texts, "rawId": texts, "type": st.just("public-key"), "response": responses}
)


@examples(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(answer=answers | st.dictionaries(st.text(max_size=8), json_values))
def test_whatever_is_brought_nothing_but_a_refusal_is_raised(answer):
    with suppress(CodeInvalid):
        passkeys.read_signed(answer)
    with pytest.raises(CodeInvalid):
        passkeys.verify_new(answer, party=PARTY, challenge=bytes(32))


@examples(max_examples=400, deadline=None)
@given(data=st.data())
def test_whatever_bytes_are_changed_nothing_but_a_refusal_is_raised(data):
    key = Authenticator()
    place = data.draw(st.sampled_from(["clientDataJSON", "attestationObject"]))
    made = key.make(OPTIONS)
    raw = bytearray(to_bytes(made["response"][place]))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
    made["response"][place] = to_text(bytes(raw))
    try:
        new = passkeys.verify_new(made, party=PARTY, challenge=bytes(32))
    except CodeInvalid:
        return
    assert to_bytes(new.credential_id) == key.credential_id


def test_a_text_of_base64_that_is_spelt_otherwise_is_another_id(keys, user, key):
    token = keys.token(user)
    signed = key.sign(keys.asked(token))
    padded = urlsafe_b64encode(key.credential_id).decode()
    refused(keys.bring(token, {**signed, "id": padded, "rawId": padded}))
