"""What somebody does with second factors, and what was secret on the way."""

from __future__ import annotations

import hmac
from base64 import b32decode

from django.test import TestCase
from django.utils import timezone

from jwt_accounts.contrib.mfa.models import TotpFactor
from jwt_accounts.credentials.challenges import pin_for
from jwt_accounts.models import Challenge
from jwt_accounts.policies.mfa import read_recovery_code
from tests.conftest import PASSWORD, identifier_of


def long_code(secret, counter, _digits):
    """Six digits would be in any dump by chance: these codes have twenty."""
    digest = hmac.digest(secret, str(counter).encode(), "sha256")
    return 10**19 + int.from_bytes(digest[:7], "big")


def find_codes(monkeypatch):
    """Codes of apps and of mails become what can be found in a dump."""
    monkeypatch.setattr("jwt_accounts.contrib.mfa.totp.hotp", long_code)
    monkeypatch.setattr(
        "jwt_accounts.credentials.challenges.pin_of", lambda digest: f"{digest[:9]}-pin-canary"
    )


class Story:
    """What somebody does, and what was secret on the way."""

    def __init__(self, ask, clock, user):
        self.ask, self.clock, self.user = ask, clock, user
        self.secrets, self.dumps = set(), []
        self.secret, self.sheet = b"", []

    def post(self, path, body, token=""):
        self.secrets |= {
            each
            for name, each in body.items()
            if name in {"code", "challenge_token"} and isinstance(each, str)
        }
        with TestCase.captureOnCommitCallbacks(execute=True):
            answer = self.ask("POST", f"/accounts/{path}", body, token)
        self.secrets |= {pin_for(row) for row in Challenge.objects.filter(purpose="factor_code")}
        found = answer.json() if answer.content else {}
        self.secrets |= {
            found[name]
            for name in ("challenge_token", "secret", "otpauth_uri", "qr_svg", "access", "refresh")
            if name in found
        }
        for code in found.get("recovery_codes", ()):
            self.secrets |= {code, code.replace("-", ""), read_recovery_code(code).secret}
        return answer, found

    def begin_totp(self, token):
        _, found = self.post("factors/totp/", {"name": "phone"}, token)
        (factor,) = TotpFactor.objects.filter(user=self.user, confirmed=False)
        self.secret = b32decode(found["secret"])
        self.secrets |= {self.secret.hex(), factor.secret}
        return f"factors/{found['factor']['id']}/confirm/"

    def code(self, steps=0):
        code = str(long_code(self.secret, int(timezone.now().timestamp()) // 30 + steps, 6))
        self.secrets.add(code)
        return code

    def first_step(self):
        body = {"identifier": identifier_of(self.user), "password": PASSWORD}
        return self.post("sign-in/", body)[1]

    def second_step(self, code):
        token = self.first_step()["challenge_token"]
        return self.post("sign-in/second-step/", {"challenge_token": token, "code": code})

    def enrol(self):
        """A code generator, and the sheet."""
        token = self.first_step()["access"]
        path = self.begin_totp(token)
        self.post(path, {"code": "wrong-code-canary"}, token)
        answer, found = self.post(path, {"code": self.code()}, token)
        assert answer.status_code == 200
        self.sheet = found["recovery_codes"]
        self.clock.shift(60)
        return token


def parts(secrets):
    """A token is secret in its last part alone too."""
    for secret in secrets:
        yield secret
        if "." in secret:
            yield secret.rpartition(".")[2]


def leaks(secrets, text):
    return {each for each in parts(secrets) if len(each) > 8 and each in text}


def sealed(story):
    """What is in the row, and opens nothing without the key."""
    return set(TotpFactor.objects.values_list("secret", flat=True)) | {
        each for each in story.secrets if each.startswith("gAAAA")
    }
