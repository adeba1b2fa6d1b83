"""Where a request of second factors breaks, the error mail to the host's administrators holds the
variables of all frames, and nothing secret (ASVS 16.2.5)."""

from __future__ import annotations

import logging
from base64 import b32decode, b32encode

import django
import pytest
from django.core import mail
from django.utils.log import AdminEmailHandler

from jwt_accounts.contrib.mfa import recovery
from jwt_accounts.contrib.mfa.flows import enrol
from jwt_accounts.contrib.mfa.models import SentCodeFactor
from tests.conftest import PASSWORD, identifier_of
from tests.security.factor_story import Story, find_codes, leaks, parts, sealed
from tests.security.test_secret_canaries import logged

__all__ = ["logged"]

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.core,
    pytest.mark.once,
    pytest.mark.usefixtures("clock"),
]


@pytest.fixture(autouse=True)
def _codes_that_are_found(monkeypatch):
    find_codes(monkeypatch)


@pytest.fixture
def reports(settings, monkeypatch):
    """The error mails that a host's administrators get, with all that frames hold."""
    admin = "admin@example.com"
    settings.ADMINS = [admin if django.VERSION >= (6, 0) else ("admin", admin)]
    # It would log the report, as it renders it, before what is secret is left out.
    monkeypatch.setattr(logging.getLogger("django.template"), "disabled", True)
    handler = AdminEmailHandler(include_html=True)
    handler.setLevel(logging.ERROR)
    found = [logging.getLogger(name) for name in ("jwt_accounts", "django.request")]
    for each in found:
        each.addHandler(handler)
    yield lambda: [each for each in mail.outbox if each.to == ["admin@example.com"]]
    for each in found:
        each.removeHandler(handler)


def crash(*_args, **_kwargs):
    raise RuntimeError("broken in the middle")


#: Where it breaks, and the request that breaks there.
_MFA = "jwt_accounts.contrib.mfa"
CRASHES = [
    ("jwt_accounts.flows.first_step.secret_for", "first step"),
    ("jwt_accounts.flows.second_step.begin", "second step"),
    ("jwt_accounts.flows.open_session.give_tokens", "second step"),
    (f"{_MFA}.guesses.router", "second step"),
    (f"{_MFA}.factors.use_code", "second step"),
    (f"{_MFA}.factors.use_sent_code", "recovery code"),
    (f"{_MFA}.factors.use_recovery_code", "recovery code"),
    (f"{_MFA}.factors.codes_left", "recovery code"),
    (f"{_MFA}.sent_codes.issue", "send"),
    (f"{_MFA}.flows.enrol.use_code", "confirm"),
    (f"{_MFA}.flows.enrol.follow_change", "confirm"),
    (f"{_MFA}.flows.enrol.summary_of", "begin"),
    (f"{_MFA}.flows.enrol.segno", "begin"),
    (f"{_MFA}.flows.factors._tell", "renew"),
    ("jwt_accounts.flows.reauthenticate.give_tokens", "again"),
    (f"{_MFA}.flows.enrol_at_sign_in.finish", "enrolment"),
    (f"{_MFA}.flows.enrol.begin_totp", "enrolment begins"),
]


@pytest.fixture
def acts(ask, clock, make_user, make_role, logged, reports):
    """A factory: the story of a user, and the request that is to break."""

    def prepare(request):
        told = Story(ask, clock, make_user("mike"))
        if request.startswith("enrolment"):
            return told, _enrolment(told, make_role, begins=request.endswith("begins"))
        access = told.enrol()
        SentCodeFactor.objects.create(user=told.user, channel="email", confirmed=True)
        token = told.first_step()["challenge_token"]
        path = told.begin_totp(access) if request == "confirm" else ""
        step = {"challenge_token": token}
        name, again = identifier_of(told.user), {"current_password": PASSWORD}
        return told, {
            "first step": ("sign-in/", {"identifier": name, "password": PASSWORD}, ""),
            "second step": ("sign-in/second-step/", {**step, "code": told.code()}, ""),
            "recovery code": ("sign-in/second-step/", {**step, "code": told.sheet[3]}, ""),
            "send": ("sign-in/second-step/send/", {**step, "factor": "email"}, ""),
            "begin": ("factors/totp/", {}, access),
            "confirm": (path, {"code": told.code()}, access),
            "renew": ("factors/recovery-codes/", {}, access),
            "again": ("reauthenticate/", {**again, "code": told.code()}, access),
        }[request]

    return prepare


def _enrolment(told, make_role, *, begins):
    told.user.groups.add(make_role("Manager", require_mfa=True))
    step = {"challenge_token": told.first_step()["challenge_token"]}
    begin = ("sign-in/enrol/", {**step, "type": "totp"}, "")
    if begins:
        return begin
    found = told.post(*begin)[1]
    told.secret = b32decode(found["totp"]["secret"])
    told.secrets |= set(found["totp"].values())
    return "sign-in/enrol/confirm/", {**step, "id": found["factor"]["id"], "code": told.code()}, ""


@pytest.mark.parametrize(("where", "request_of"), CRASHES, ids=[each for each, _ in CRASHES])
def test_it_holds_no_secret_wherever_it_breaks(
    acts, logged, reports, monkeypatch, where, request_of
):
    told, asked = acts(request_of)
    made = []

    def record(module, name):
        real = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *args: made.append(real(*args)) or made[-1])

    record(recovery, "recovery_secret")
    record(enrol, "new_secret")
    if where.endswith("use_sent_code"):
        # A sheet's code that is none any more goes on to the others.
        monkeypatch.setattr(f"{_MFA}.factors.use_recovery_code", lambda *_: False)
    monkeypatch.setattr(where, crash)
    answer, _ = told.post(*asked)
    assert answer.status_code == 500, answer.content
    for each in made:
        told.secrets |= {each} if isinstance(each, str) else {each.hex(), b32encode(each).decode()}
    assert reports()
    text = "".join(f"{each.body}{each.alternatives}" for each in reports())
    assert "Traceback" in text
    assert leaks(told.secrets, text) == set(), _lines(told.secrets, text)
    assert leaks(told.secrets - sealed(told), "\n".join(logged)) == set()


def _lines(secrets, text):
    lines = text.replace("\\n", "\n").splitlines()
    return [each for each in lines if any(secret in each for secret in parts(secrets))][:9]
