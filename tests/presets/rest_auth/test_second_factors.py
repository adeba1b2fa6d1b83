"""What ``mfa/`` does beyond what the transcripts of ``tests/oracle`` hold against dj-rest-auth."""

from __future__ import annotations

import re
import sys
from base64 import b64decode
from pathlib import Path
from types import SimpleNamespace

import pytest
import time_machine
from django.core.signing import Signer

from jwt_accounts.contrib.mfa.flows.totp import adopt_totp
from jwt_accounts.contrib.mfa.models import SentCodeFactor, TotpFactor
from tests.conftest import PASSWORD
from tests.presets.calling import Api
from tests.second_factors import NOON, give_totp, shown

pytestmark = pytest.mark.django_db

GUIDE = Path(__file__).parents[3] / "docs/howto/migrate_from_dj_rest_auth.md"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def api(db) -> Api:
    return Api("/dj-rest-auth/")


@pytest.fixture
def log_in(api):
    def call(name="ann"):
        answer = api("POST", "login/", {"username": name, "password": PASSWORD})
        assert answer.status == 200
        return answer.json()

    return call


def test_the_secret_is_told_once_and_kept_encrypted(api, log_in, make_user, settings):
    make_user("ann")
    settings.REST_AUTH = {"MFA_TOTP_ISSUER": "The Shop"}
    access = log_in()["access"]
    begun = api("GET", "mfa/totp/activate/", token=access).json()
    assert begun["totp_url"].startswith("otpauth://totp/The%20Shop%3Aann?secret=")
    kind, drawn = begun["qr_code_data_uri"].split(",")
    assert kind == "data:image/svg+xml;base64"
    assert b64decode(drawn).startswith(b"<?xml")
    assert begun["secret"] not in begun["activation_token"]
    assert begun["secret"] not in TotpFactor.objects.get().secret
    assert "mfa_required" not in log_in()  # it does not count yet


def test_other_factors_than_the_generator_are_asked_for_too(api, log_in, make_user):
    user = make_user("ann")
    access = log_in()["access"]
    SentCodeFactor.objects.create(user=user, channel="email", confirmed=True)
    assert log_in()["mfa_required"] is True
    assert api("GET", "mfa/status/", token=access).json()["mfa_enabled"] is True
    refused = api("POST", "mfa/totp/deactivate/", {"code": "123456"}, token=access)
    assert (refused.status, refused.json()) == (400, {"detail": "MFA is not enabled."})


def test_a_session_of_one_factor_changes_nothing(api, log_in, make_user):
    user = make_user("ann")
    access = log_in()["access"]
    someone = give_totp(user)
    for method, path in (
        ("GET", "mfa/totp/activate/"),
        ("POST", "mfa/totp/deactivate/"),
        ("POST", "mfa/recovery-codes/regenerate/"),
    ):
        body = None if method == "GET" else {"code": someone.code()}
        answer = api(method, path, body, token=access)
        assert (answer.status, answer.json()["code"]) == (403, "reauthentication_required")
    assert TotpFactor.objects.filter(confirmed=True).count() == 1


def test_a_role_that_asks_for_a_factor_keeps_the_last_one(api, log_in, make_user, make_role):
    someone = give_totp(make_user("ann", groups=["Cashier"]))
    make_role("Cashier", require_mfa=True)
    step = {"ephemeral_token": log_in()["ephemeral_token"], "code": someone.code()}
    access = api("POST", "mfa/verify/", step).json()["access"]
    code = {"code": someone.recovery_codes[0]}
    refused = api("POST", "mfa/totp/deactivate/", code, token=access)
    assert (refused.status, list(refused.json())) == (403, ["detail"])
    assert TotpFactor.objects.filter(confirmed=True).exists()


def test_the_guide_brings_the_generators_along(api, log_in, make_user, monkeypatch):
    user = make_user("ann")
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    signed = Signer(salt="dj-rest-auth-mfa-totp-secret").sign(secret)
    there = [SimpleNamespace(user=user, data={"secret": signed})]
    # dj-rest-auth's table is not in this project.
    rows = SimpleNamespace(select_related=lambda _name: there)
    table = SimpleNamespace(objects=SimpleNamespace(filter=lambda **_wanted: rows))
    module = SimpleNamespace(Authenticator=table)
    monkeypatch.setitem(sys.modules, "dj_rest_auth.mfa.models", module)
    snippets = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    (found,) = [each for each in snippets if "adopt_totp" in each]
    exec(found, {})  # noqa: S102 - the project's own documentation
    step = {"ephemeral_token": log_in()["ephemeral_token"], "code": shown(secret)}
    assert api("POST", "mfa/verify/", step).json()["user"]["pk"] == user.pk


@pytest.mark.parametrize("secret", ["", "====", "not base 32!", "ÄÖ"])
def test_what_is_no_secret_is_not_taken_over(make_user, secret):
    with pytest.raises(ValueError, match=r".+"):
        adopt_totp(user=make_user(), secret=secret)
    assert not TotpFactor.objects.exists()
