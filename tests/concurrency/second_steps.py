"""Sign-ins in two steps: who has a factor, what they ask for, and what is left of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.concurrency.evidence import verdict
from tests.concurrency.site import Call, Person, sign_in
from tests.second_factors import shown


@dataclass(frozen=True)
class Owner:
    """Somebody with a code generator and a sheet of recovery codes."""

    person: Person
    secret: str
    factor: str
    codes: list[str]
    access: str


def begin_totp(token: str) -> Call:
    return Call("POST", "/accounts/factors/totp/", {}, token)


def confirm(factor: str, code: str, token: str) -> Call:
    return Call("POST", f"/accounts/factors/{factor}/confirm/", {"code": code}, token)


def second_step(token: str, code: str) -> Call:
    data = {"challenge_token": token, "code": code}
    return Call("POST", "/accounts/sign-in/second-step/", data)


def send(token: str) -> Call:
    data = {"challenge_token": token, "factor": "email"}
    return Call("POST", "/accounts/sign-in/second-step/send/", data)


def enrol(token: str, kind: str) -> Call:
    data = {"challenge_token": token, "type": kind}
    return Call("POST", "/accounts/sign-in/enrol/", data)


def confirm_enrolment(token: str, factor: str, code: str) -> Call:
    data = {"challenge_token": token, "id": factor, "code": code}
    return Call("POST", "/accounts/sign-in/enrol/confirm/", data)


def owner(site) -> Owner:
    """A new user with a code generator, none of whose codes was used."""
    person = site.person()
    access = site.tokens(person.username)["access"]
    begun = site.ask(begin_totp(access)).body
    factor, secret = begun["factor"]["id"], begun["secret"]
    added = site.ask(confirm(factor, shown(secret), access))
    assert added.status == 200, added
    site.run("UPDATE jwt_accounts_mfa_totpfactor SET last_step = -1 WHERE user_id = %s", person.id)
    return Owner(person, secret, factor, added.body["recovery_codes"], access)


def first_steps(site, person, number: int) -> list[str]:
    """So many challenge tokens: the password is typed four times at once, again and again."""
    found: list[str] = []
    while len(found) < number:
        for answer in site.at_once([sign_in(person.username)] * min(4, number - len(found))):
            assert verdict(answer) == "mfa_required", answer
            found.append(answer.body["challenge_token"])
    return found


def sessions(site, person, *, of_two: bool = True) -> int:
    found = "SELECT count(*) FROM jwt_accounts_usersession WHERE user_id = %s AND amr LIKE %s"
    return site.rows(found, person.id, "%mfa%" if of_two else "%")[0][0]


def tries(site, person) -> int:
    found = "SELECT factor_tries FROM jwt_accounts_account WHERE user_id = %s"
    return site.rows(found, person.id)[0][0]


def code_in(mails) -> str:
    (code,) = set(re.findall(r"(?<!\d)\d{6}(?!\d)", mails[-1]["body"]))
    return code
