"""Passkeys: set up, called something, used, taken away."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import pytest

from jwt_accounts.contrib.mfa.models import PasskeyFactor, RecoveryCode
from jwt_accounts.flows.public_ids import public_id_of
from jwt_accounts.models import SecurityEvent, UserSession
from jwt_accounts.policies.mfa import MOST_FACTORS
from jwt_accounts.types import EventKind
from tests.api.conftest import fields, problem
from tests.authenticator import DOMAIN, Authenticator, to_bytes
from tests.contrib.mfa.passkeys import Keys, give_passkey

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once


@pytest.fixture
def keys(api):
    return Keys(api)


@pytest.fixture
def access(api, user):
    return api.access(user)


def test_a_passkey_is_set_up_and_then_asked_for_at_sign_in(api, keys, user, access):
    key = Authenticator()
    added = keys.add(access, key, name="YubiKey")
    factor = added["factor"]
    assert (factor["type"], factor["name"], factor["confirmed"]) == ("passkey", "YubiKey", True)
    assert (factor["to"], factor["last_used_at"]) == ("", None)
    assert len(added["recovery_codes"]) == 10
    refused = problem_of(api.sign_in(user))
    assert refused["factors"] == ["passkey", "recovery_code"]
    tokens = keys.enter(user, key)
    session = UserSession.objects.get(pk=tokens["session"])
    assert session.methods == ["pwd", "pop", "mfa"]
    [seen] = api("GET", "factors/", token=tokens["access"]).json()["factors"]
    assert seen == {**factor, "last_used_at": seen["last_used_at"]}
    assert seen["last_used_at"] is not None
    assert PasskeyFactor.objects.get().sign_count == 1


def test_what_a_browser_makes_one_of_says_nothing_of_the_user_but_the_name(keys, user, access):
    options = keys.begin(access)
    assert options["rp"] == {"id": DOMAIN, "name": DOMAIN}
    assert to_bytes(options["user"]["id"]) == public_id_of(user).bytes
    assert options["user"]["name"] == user.get_username()
    assert options["attestation"] == "none"
    assert options["excludeCredentials"] == []
    assert options["authenticatorSelection"]["userVerification"] == "preferred"
    assert options["authenticatorSelection"]["residentKey"] == "preferred"
    assert {each["alg"] for each in options["pubKeyCredParams"]} == {-7, -8, -257}
    assert len(to_bytes(options["challenge"])) >= 32
    assert keys.begin(access)["challenge"] != options["challenge"]


def test_those_that_are_there_are_named_so_that_none_is_made_twice(keys, access):
    first, second = Authenticator(), Authenticator()
    assert len(keys.add(access, first)["recovery_codes"]) == 10
    options = keys.begin(access)
    described = {"id": first.id, "type": "public-key", "transports": ["usb", "nfc"]}
    assert options["excludeCredentials"] == [described]
    assert keys.confirm(access, second.make(options)).json()["recovery_codes"] == []
    token = keys.token(PasskeyFactor.objects.first().user)
    assert {each["id"] for each in keys.asked(token)["allowCredentials"]} == {first.id, second.id}


@once
def test_the_name_is_said_at_the_beginning_or_at_the_end(api, keys, access):
    options = keys.begin(access, name="begun")
    assert keys.confirm(access, Authenticator().make(options)).json()["factor"]["name"] == "begun"
    options = keys.begin(access, name="begun")
    made = Authenticator().make(options)
    factor = keys.confirm(access, made, name="made").json()["factor"]
    assert factor["name"] == "made"
    path = f"factors/{factor['id']}/"
    assert api("PATCH", path, {"name": "blue"}, token=access).json()["name"] == "blue"
    bad = api("POST", "factors/passkey/", {"name": "two\nlines"}, token=access)
    assert fields(bad) == {"name": "invalid"}


def test_one_that_is_taken_away_is_worth_nothing(api, keys, user, access):
    kept, lost = Authenticator(), Authenticator()
    keys.add(access, kept)
    path = f"factors/{keys.add(access, lost)['factor']['id']}/"
    token = keys.token(user)
    asked = keys.asked(token)
    assert api("DELETE", path, token=access).status_code == 204
    problem(keys.bring(token, lost.sign(asked)), 400, "code_invalid")
    assert keys.enter(user, kept)
    path = f"factors/passkey-{PasskeyFactor.objects.get().pk}/"
    assert api("DELETE", path, token=access).status_code == 204
    assert not RecoveryCode.objects.exists()
    assert api.sign_in(user).status_code == 200


@once
@pytest.mark.parametrize("algorithm", [-7, -8, -257])
def test_whatever_its_keys_are_it_signs_in(keys, user, access, algorithm):
    key = Authenticator(algorithm=algorithm)
    keys.add(access, key)
    assert keys.enter(user, key)


@once
def test_a_synced_passkey_counts_nothing_and_is_good_again_and_again(keys, user):
    key = give_passkey(user, Authenticator(counts=False))
    for _ in range(3):
        assert keys.enter(user, key)
    assert PasskeyFactor.objects.get().sign_count == 0


def test_it_shows_again_who_it_is(api, keys, user, clock):
    key = give_passkey(user)
    access = keys.enter(user, key)["access"]
    clock.shift(timedelta(minutes=11))
    refused = api("POST", "factors/passkey/", {}, token=access)
    assert problem_of(refused)["code"] in {"reauthentication_required", "token_invalid"}
    refresh = keys.enter(user, key)
    clock.shift(timedelta(minutes=2))
    answer = keys.reauthenticate(refresh["access"], key)
    assert answer.status_code == 200, answer.json()
    assert keys.begin(answer.json()["access"])


@once
def test_setting_one_up_needs_a_recent_sign_in_room_and_a_site_that_wants_it(
    api, keys, user, access, settings
):
    def refused(status, code):
        problem(api("POST", "factors/passkey/", {}, token=access), status, code)

    plain = settings.JWT_ACCOUNTS
    for other in ({"SECOND_FACTORS": ["totp"]}, {"FRONTEND_URL": ""}):
        settings.JWT_ACCOUNTS = {**plain, **other}
        refused(403, "forbidden")
    settings.JWT_ACCOUNTS = plain
    for _ in range(MOST_FACTORS - 1):
        give_passkey(user)
    UserSession.objects.update(amr="pwd pop mfa")
    options = keys.begin(access)
    give_passkey(user)
    refused(403, "forbidden")
    problem(keys.confirm(access, Authenticator().make(options)), 403, "forbidden")
    UserSession.objects.update(amr="pwd")
    refused(403, "reauthentication_required")


@once
def test_who_has_none_is_asked_for_none(api, keys, enrolled, first_step):
    someone = enrolled()
    body = {"challenge_token": first_step(someone.user)}
    problem(api("POST", "sign-in/second-step/passkey/", body), 404, "not_found")
    body = {"challenge_token": "x.y"}
    problem(api("POST", "sign-in/second-step/passkey/", body), 404, "challenge_invalid")
    plain = api.tokens(enrolled_without(someone))
    problem(api("POST", "reauthenticate/passkey/", token=plain["access"]), 404, "not_found")


def test_a_role_that_asks_for_a_factor_is_content_with_a_passkey(api, keys, make_user, make_role):
    make_role("Teller", require_mfa=True)
    teller = make_user("teller", groups=["Teller"])
    token = api.sign_in(teller).json()["challenge_token"]
    begun = api("POST", "sign-in/enrol/passkey/", {"challenge_token": token, "name": "key"})
    assert begun.status_code == 200, begun.json()
    key = Authenticator()
    body = {"challenge_token": token, "credential": key.make(begun.json()["options"])}
    entered = api("POST", "sign-in/enrol/passkey/confirm/", body)
    assert entered.status_code == 200, entered.json()
    assert len(entered.json()["recovery_codes"]) == 10
    assert api("GET", "me/", token=entered.json()["access"]).status_code == 200
    assert PasskeyFactor.objects.get().name == "key"
    problem(api("POST", "sign-in/enrol/passkey/confirm/", body), 404, "challenge_invalid")
    assert keys.enter(teller, key)


@once
def test_a_password_alone_adds_none_where_there_is_a_factor_by_now(api, make_user, make_role):
    make_role("Teller", require_mfa=True)
    teller = make_user("teller", groups=["Teller"])
    token = api.sign_in(teller).json()["challenge_token"]
    begun = api("POST", "sign-in/enrol/passkey/", {"challenge_token": token}).json()
    give_passkey(teller)
    body = {"challenge_token": token, "credential": Authenticator().make(begun["options"])}
    problem(api("POST", "sign-in/enrol/passkey/confirm/", body), 404, "challenge_invalid")
    assert PasskeyFactor.objects.count() == 1


@once
def test_who_guesses_codes_does_not_shut_out_the_owner_of_a_passkey(keys, api, user):
    key = give_passkey(user)
    while True:
        token = keys.token(user)
        body = {"challenge_token": token, "code": "000000"}
        answer = api("POST", "sign-in/second-step/", body)
        if answer.json()["code"] == "codes_exhausted":
            break
    assert keys.enter(user, key)
    assert SecurityEvent.objects.filter(kind=EventKind.FACTOR_CODES_EXHAUSTED).exists()


def problem_of(answer):
    assert answer.status_code in {401, 403}
    return answer.json()


def enrolled_without(someone):
    """The same user, whose factors are gone."""
    someone.factor.delete()
    return someone.user


_WITHOUT = """
import sys
sys.modules["webauthn"] = None
import django
django.setup()
import jwt_accounts.urls
from jwt_accounts.contrib.mfa.factors import DeviceFactors
from jwt_accounts.contrib.mfa.relying_party import can_passkeys
from jwt_accounts.errors import CodeInvalid
from jwt_accounts.second_factors import Answer
found = [str(each.pattern) for each in jwt_accounts.urls.urlpatterns]
assert "factors/totp/" in found
assert [each for each in found if "passkey" in each] == []
assert not can_passkeys()
try:
    DeviceFactors().check(None, None, Answer(credential={}), scope="", first=())
except CodeInvalid:
    print("refused")
"""


@once
def test_without_the_extra_there_are_no_endpoints_and_no_answers():
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": "."}
    line = [sys.executable, "-c", _WITHOUT]
    done = subprocess.run(line, capture_output=True, text=True, env=environment, check=False)
    assert (done.stdout, done.stderr) == ("refused\n", "")
