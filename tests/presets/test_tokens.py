"""What the three contracts with simplejwt's endpoints share: sign-in, refresh, verify."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from jwt_accounts.models import Account
from tests.conftest import PASSWORD
from tests.presets.calling import Api, claims_of
from tests.presets.documented import Answer

pytestmark = pytest.mark.django_db

NOT_VALID = {"detail": "Token is invalid or expired", "code": "token_not_valid"}
NO_ACCOUNT = {"detail": "No active account found with the given credentials"}


@dataclass(frozen=True)
class Contract:
    """Where one contract has its endpoints, and what it says of its tokens."""

    mount: str
    login: str
    refresh: str
    protected: str
    by: str
    made: int
    access: timedelta
    keeps: timedelta
    verify: str = ""
    registration: str = ""

    @property
    def api(self) -> Api:
        return Api(self.mount)

    def sign_in(self, password: str = PASSWORD) -> Answer:
        who = {"username": "ann", "email": "ann@example.com"}[self.by]
        return self.api("POST", self.login, {self.by: who, "password": password})


#: A refresh token of a contract that says nothing lives as simplejwt's settings say.
CONTRACTS = {
    "device_api": Contract(
        mount="/api/",
        login="auth/token/",
        refresh="auth/token/refresh/",
        verify="auth/token/verify/",
        registration="auth/registration/",
        protected="v1/core/?all=1",
        by="username",
        made=201,
        access=timedelta(minutes=60),
        keeps=timedelta(days=1),
    ),
    "chat": Contract(
        mount="/api/",
        login="token/",
        refresh="token/refresh/",
        registration="register/",
        protected="user/",
        by="email",
        made=200,
        access=timedelta(days=1),
        keeps=timedelta(days=10),
    ),
    "djoser": Contract(
        mount="/auth/",
        login="jwt/create",
        refresh="jwt/refresh",
        verify="jwt/verify",
        registration="users/",
        protected="users/me/",
        by="email",
        made=200,
        access=timedelta(minutes=5),
        keeps=timedelta(days=1),
    ),
}


@pytest.fixture(params=list(CONTRACTS))
def contract(request) -> Contract:
    return CONTRACTS[request.param]


@pytest.fixture(autouse=True)
def _as_in_the_demo(settings):
    settings.DJOSER = {"LOGIN_FIELD": "email"}


@pytest.fixture
def ann(make_user):
    return make_user("ann")


@pytest.fixture
def pair(contract, ann, clock):
    answer = contract.sign_in()
    assert answer.status == contract.made
    assert list(answer.json()) == ["refresh", "access"]
    return answer.json()


def lives(token):
    claims = claims_of(token)
    return timedelta(seconds=claims["exp"] - claims["iat"])


def test_both_tokens_carry_the_documented_claims_and_live_as_long_as_documented(
    contract, pair, ann
):
    for kind, token in pair.items():
        claims = claims_of(token)
        assert (claims["token_type"], str(claims["user_id"])) == (kind, str(ann.pk))
    assert (lives(pair["access"]), lives(pair["refresh"])) == (contract.access, contract.keeps)


def test_a_refresh_answers_access_alone_and_its_token_is_used_again(contract, pair, clock):
    found = {pair["access"]}
    for _ in range(3):
        clock.shift(timedelta(minutes=2))
        answer = contract.api("POST", contract.refresh, {"refresh": pair["refresh"]})
        assert (answer.status, list(answer.json())) == (contract.made, ["access"])
        found.add(answer.json()["access"])
        assert lives(answer.json()["access"]) == contract.access
    assert len(found) == 4


def test_an_access_token_ends_when_it_says(contract, pair, clock):
    clock.shift(contract.access - timedelta(seconds=1))
    assert contract.api("GET", contract.protected, token=pair["access"]).status == 200
    clock.shift(timedelta(seconds=2))
    answer = contract.api("GET", contract.protected, token=pair["access"])
    assert (answer.status, answer.json()) == (401, NOT_VALID)


def test_one_that_is_made_shortly_before_the_refresh_token_ends_lives_as_long(
    contract, pair, clock
):
    clock.shift(contract.keeps - timedelta(seconds=10))
    access = contract.api("POST", contract.refresh, {"refresh": pair["refresh"]}).json()["access"]
    assert lives(access) == contract.access
    clock.shift(timedelta(seconds=20))
    late = contract.api("POST", contract.refresh, {"refresh": pair["refresh"]})
    assert (late.status, late.json()) == (401, NOT_VALID)
    clock.shift(contract.access - timedelta(seconds=30))
    assert contract.api("GET", contract.protected, token=access).status == 200


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é", "x" * 9000])
def test_what_is_no_token_is_refused_in_one_shape(contract, token):
    wanted = {"refresh": contract.refresh, "token": contract.verify}
    for field, path in wanted.items():
        if not path:
            continue
        answer = contract.api("POST", path, {field: token})
        if token and len(token) < 9000:
            assert (answer.status, answer.json()) == (401, NOT_VALID)
        else:
            assert (answer.status, list(answer.json())) == (400, [field])


def test_tokens_are_no_good_in_each_others_place(contract, pair):
    wrong = contract.api("POST", contract.refresh, {"refresh": pair["access"]})
    assert (wrong.status, wrong.json()) == (401, NOT_VALID)
    wrong = contract.api("GET", contract.protected, token=pair["refresh"])
    assert (wrong.status, wrong.json()) == (401, NOT_VALID)


@pytest.mark.parametrize("contract", ["device_api", "djoser"], indirect=True)
def test_whoever_has_a_token_can_verify_it(contract, pair, clock):
    for token in pair.values():
        answer = contract.api("POST", contract.verify, {"token": token})
        assert (answer.status, answer.body) == (200, b"{}" if contract.mount == "/auth/" else b"")
    clock.shift(contract.access + timedelta(seconds=1))
    answer = contract.api("POST", contract.verify, {"token": pair["access"]})
    assert (answer.status, answer.json()) == (401, NOT_VALID)


def test_each_missing_field_is_400_and_named(contract):
    wanted = {
        contract.login: [contract.by, "password"],
        contract.refresh: ["refresh"],
        contract.verify: ["token"],
    }
    for path, fields in wanted.items():
        if path:
            answer = contract.api("POST", path, {})
            assert answer.status == 400
            assert answer.json() == {name: ["This field is required."] for name in fields}


def test_a_wrong_password_and_a_stranger_are_401_and_alike(contract, ann):
    wrong = contract.sign_in("not the password")
    assert (wrong.status, wrong.json()) == (401, NO_ACCOUNT)
    ann.delete()
    assert contract.sign_in().body == wrong.body


def test_who_is_disabled_gets_the_same_answer(contract, ann):
    ann.is_active = False
    ann.save()
    answer = contract.sign_in()
    assert (answer.status, answer.json()) == (401, NO_ACCOUNT)


@pytest.mark.parametrize(
    ("values", "code"),
    [({"must_change_password": True}, "password_expired"), ({"failures": 5}, "account_locked")],
)
def test_what_the_document_has_no_word_for_is_401_with_a_code(contract, ann, values, code):
    if "failures" in values:
        for _ in range(values["failures"]):
            assert contract.sign_in("not the password").status == 401
    else:
        Account.objects.filter(user=ann).update(**values)
    answer = contract.sign_in()
    assert (answer.status, list(answer.json())) == (401, ["detail", "code"])
    assert answer.json()["code"] == code
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_unconfirmed_address_is_401_with_a_code_where_the_host_wants_it_confirmed(
    contract, ann, settings
):
    Account.objects.filter(user=ann).update(awaits_confirmation=True)
    assert contract.sign_in().status == contract.made
    settings.JWT_ACCOUNTS = {"CONFIRMED_EMAIL_ONLY": True}
    answer = contract.sign_in()
    assert answer.status == 401
    # djoser has words of its own: those for a wrong password.
    assert answer.json().get("code") == (
        None if contract.mount == "/auth/" else "email_unconfirmed"
    )


@pytest.mark.parametrize("header", ["Bearer stale.or.junk", "Bearer", "Basic YTpi", "é"])
def test_public_paths_ignore_whatever_the_header_says(contract, ann, header):
    who = {"username": "ann", "email": "ann@example.com"}[contract.by]
    body = {contract.by: who, "password": PASSWORD}
    answer = contract.api("POST", contract.login, body, authorization=header)
    assert answer.status == contract.made
    tokens = answer.json()
    for path, values in {
        contract.refresh: {"refresh": tokens["refresh"]},
        contract.verify: {"token": tokens["access"]},
        contract.registration: {},
    }.items():
        if path:
            given = contract.api("POST", path, values, authorization=header)
            assert given.status in ({400} if path == contract.registration else {200, 201})


def test_protected_paths_want_a_token_in_the_header_and_read_it_nowhere_else(contract, pair):
    joint = "&" if "?" in contract.protected else "?"
    for tail in (
        "",
        f"{joint}Authorization=Bearer {pair['access']}",
        f"{joint}token={pair['access']}",
        f"{joint}access={pair['access']}",
        f"{joint}access_token={pair['access']}",
    ):
        answer = contract.api("GET", f"{contract.protected}{tail}")
        assert answer.status == 401
        assert answer.json() == {"detail": "Authentication credentials were not provided."}
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
