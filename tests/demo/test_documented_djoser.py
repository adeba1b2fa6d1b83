"""The ticket project's document at the running demo, with the real curl."""

from __future__ import annotations

import json

import pytest

from tests.demo.conftest import shell
from tests.presets.djoser.documented import ALL, CURL, NAMED, WHO, Names
from tests.presets.documented import check, play

DOCUMENTED = {each.name: each for each in ALL}
REGISTRATION = DOCUMENTED["01-create-account"]
#: The one request that nobody can make twice.
AGAIN = [each for each in ALL if each is not REGISTRATION]


@pytest.fixture(scope="module")
def names(demo) -> Names:
    """The document's account, made by the document's request; a log-in costs a real hash."""
    shared = Names(demo.send)
    made = play(REGISTRATION, demo.send, names=shared)
    shared.known["account"] = str(made.json()["id"])
    shared.value("access")
    return shared


@pytest.fixture
def fresh(names) -> Names:
    return Names(names.send, dict(names.known))


@pytest.mark.parametrize("documented", AGAIN, ids=lambda each: each.name)
def test_the_documented_request_gets_the_documented_answer(fresh, documented):
    play(documented, fresh.send, names=fresh)


@pytest.mark.parametrize(("encoding", "slash"), [("urlencoded", True), ("multipart", False)])
@pytest.mark.parametrize("documented", ALL, ids=lambda each: each.name)
def test_it_does_so_as_a_form_with_and_without_the_last_slash(fresh, documented, encoding, slash):
    if documented is REGISTRATION:
        fresh.instead = {"arus@arus.com": f"{encoding}@arus.com"}
    play(documented, fresh.send, names=fresh, encode=encoding, slash=slash)


def test_a_phone_may_repeat_and_the_account_works_at_once(demo, fresh):
    who = {**WHO, "email": "phone@arus.com"}
    made = fresh.made("/auth/users/", {**who, **NAMED})
    access = fresh.made("/auth/jwt/create", who)["access"]
    me = demo.send("GET", "/auth/users/me", {"Authorization": f"Bearer {access}"}, b"").json()
    assert me == made
    assert me["phone"] == NAMED["phone"]


def test_name_and_phone_are_optional(fresh):
    made = fresh.made("/auth/users/", {**WHO, "email": "short@arus.com"})
    assert made == {"email": "short@arus.com", "id": made["id"], "name": "", "phone": ""}


@pytest.mark.parametrize("line", CURL, ids=lambda line: line.rpartition("/auth/")[2])
def test_the_curl_lines_work_as_they_stand(demo, fresh, line):
    """A second account with the document's address is refused, which the first one shows; so is
    the token ``XXX``."""
    answer = shell(line.replace("http://127.0.0.1:8000", demo.address))
    if line.endswith("/auth/users/"):
        assert answer.status == 400
        assert answer.json() == {"email": ["A user with that email already exists."]}
        other = line.replace("arus@arus.com", "curl@arus.com")
        answer = shell(other.replace("http://127.0.0.1:8000", demo.address))
        expected, documented = REGISTRATION.answer, REGISTRATION
        check(documented, expected.replace("arus@arus.com", "curl@arus.com"), answer)
    elif line.endswith("/auth/jwt/create"):
        check(DOCUMENTED["02-log-in"], DOCUMENTED["02-log-in"].answer, answer)
    else:
        check(DOCUMENTED["06-verify-invalid"], DOCUMENTED["06-verify-invalid"].answer, answer)


@pytest.mark.parametrize(
    ("path", "kind"),
    [("verify", "access"), ("verify", "refresh"), ("refresh", "refresh")],
)
def test_with_a_token_in_the_place_of_xxx_they_succeed(demo, fresh, path, kind):
    (line,) = (each for each in CURL if each.endswith(f"/auth/jwt/{path}"))
    line = line.replace("http://127.0.0.1:8000", demo.address).replace("XXX", fresh.value(kind))
    answer = shell(line)
    assert answer.status == 200
    assert list(json.loads(answer.body)) == (["access"] if path == "refresh" else [])


@pytest.mark.parametrize("path", ["jwt/verify", "jwt/refresh", "jwt/create", "users/"])
def test_an_empty_cell_and_brak_are_405_but_for_the_list_of_users(demo, fresh, path):
    bearer = {"Authorization": f"Bearer {fresh.value('access')}"}
    for method in ("GET", "PUT", "DELETE"):
        answer = demo.send(method, f"/auth/{path}", bearer, b"")
        assert answer.status == (200 if (path, method) == ("users/", "GET") else 405)
