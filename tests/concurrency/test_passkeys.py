"""What a passkey signed once, brought by many requests at once."""

from __future__ import annotations

import pytest

from tests.authenticator import Authenticator
from tests.concurrency.calls import confirm_passkey, take_step
from tests.concurrency.evidence import events, verdict
from tests.concurrency.site import Call, sign_in

pytestmark = pytest.mark.postgres


def authenticator(**values) -> Authenticator:
    return Authenticator(origin="https://app.example.com", domain="app.example.com", **values)


def begin(site, token: str) -> dict:
    begun = site.ask(Call("POST", "/accounts/factors/passkey/", {}, token))
    assert begun.status == 201, begun.body
    return begun.body["options"]


def asked(site, person) -> tuple[str, dict]:
    """A first step, and what a passkey is to sign for it."""
    token = site.ask(sign_in(person.username)).body["challenge_token"]
    path = "/accounts/sign-in/second-step/passkey/"
    return token, site.ask(Call("POST", path, {"challenge_token": token})).body["options"]


def test_one_passkey_brought_twenty_times_at_once_is_set_up_once(site):
    person = site.person()
    token = site.tokens(person.username)["access"]
    made = authenticator().make(begin(site, token))
    answers = site.at_once([confirm_passkey(made, token)] * 20)
    verdicts = [verdict(each) for each in answers]
    # Who comes after the first one has shown one factor only of the two that there are then.
    assert verdicts.count(200) == 1
    assert set(verdicts) <= {200, "code_invalid", "reauthentication_required"}
    rows = "SELECT confirmed FROM jwt_accounts_mfa_passkeyfactor WHERE user_id = %s"
    assert site.rows(rows, person.id) == [(True,)]
    assert events(site, person, "factor_added") == 1


@pytest.mark.parametrize("counts", [True, False])
def test_one_answer_of_a_passkey_brought_twenty_times_at_once_opens_one_session(site, counts):
    person, key = site.person(), authenticator(counts=counts)
    token = site.tokens(person.username)["access"]
    made = confirm_passkey(key.make(begin(site, token)), token)
    assert site.ask(made).status == 200
    for _ in range(3):
        step, options = asked(site, person)
        before = sessions(site, person)
        answers = site.at_once([take_step(step, key.sign(options))] * 20)
        assert [answer.status for answer in answers].count(200) == 1
        assert {verdict(each) for each in answers} <= {200, "code_invalid", "challenge_invalid"}
        assert sessions(site, person) == before + 1


def sessions(site, person) -> int:
    rows = "SELECT count(*) FROM jwt_accounts_usersession WHERE user_id = %s"
    return site.rows(rows, person.id)[0][0]
