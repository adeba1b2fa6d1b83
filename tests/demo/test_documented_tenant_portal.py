"""The portal document at the running demo: its requests, and the pages that its links lead to."""

from __future__ import annotations

import re
from email import message_from_bytes, policy

import pytest

from tests.demo.conftest import curl
from tests.presets.calling import claims_of
from tests.presets.documented import play
from tests.presets.tenant_portal.documented import ALL, PASSWORDS, Names

#: A demo has fewer users than the sample; its pages are smaller.
_NEEDS_A_CROWD = ("10-users",)
PLAYED = [each for each in ALL if each.name not in _NEEDS_A_CROWD]


@pytest.fixture(scope="module")
def names(demo) -> Names:
    """The document's user signs up once; a log-in costs a real hash."""
    shared = Names(demo.send)
    shared.value("token")
    return shared


@pytest.fixture
def fresh(names) -> Names:
    return Names(names.send, dict(names.known))


def log_in(fresh, **who):
    return fresh.made("/api/login/", who)


def get(demo, path, token):
    return demo.send("GET", path, {"Authorization": f"Bearer {token}"}, b"")


@pytest.mark.parametrize("documented", PLAYED, ids=lambda each: each.name)
def test_the_documented_request_gets_the_documented_answer(fresh, documented):
    play(documented, fresh.send, names=fresh)


@pytest.mark.parametrize("encoding", ["urlencoded", "multipart"])
def test_a_log_in_may_come_as_a_form_and_without_the_last_slash(fresh, encoding):
    play(ALL[0], fresh.send, names=fresh, encode=encoding, slash=False)


def test_the_documented_pages_lead_through_all_users_of_the_demo(demo, fresh):
    path, seen = "/api/users/?page=1&page_size=2", []
    while path:
        body = get(demo, path, fresh.value("token")).json()
        seen += [user["username"] for user in body["results"]]
        path = body["next"]
    assert len(seen) == len(set(seen)) == body["count"]
    assert {"eurogames", "manager", "john"} <= set(seen)
    assert "stranger" not in seen


def test_the_demos_two_tenants_do_not_see_each_other(demo, fresh):
    token = log_in(fresh, username="stranger", password="Stranger-demo-1")["token"]
    assert claims_of(token)["tenant"] == "elsewhere"
    mine = get(demo, "/api/users/", token).json()["results"]
    assert [user["username"] for user in mine] == ["stranger"]
    shown = get(demo, f"/api/users/{mine[0]['pk']}/", token).json()
    assert [comment["author"]["username"] for comment in shown["comments"]] == ["stranger"]
    john = get(demo, f"/api/users/{fresh.value('pk')}/", token)
    assert (john.status, list(john.json())) == (404, ["detail"])


def test_the_demos_comments_are_shown_and_told(demo, fresh):
    token = log_in(fresh, email="email@egt.com", password="pyramid")["token"]
    told = get(demo, "/api/notifications/", token).json()
    assert {each["kind"] for each in told["results"]} >= {"comment"}
    assert told["unread_count"] >= 2


def link_to(demo, address) -> str:
    written = [path.read_bytes() for path in (demo.folder / "mail").iterdir()]
    mails = [message_from_bytes(each, policy=policy.default) for each in written]
    (sent,) = (each for each in mails if each["To"] == address)
    return re.search(r"http\S+", sent.get_body(("plain",)).get_content())[0]


def test_the_links_of_the_mails_lead_to_pages_that_post_what_they_hold(demo, fresh):
    owner = log_in(fresh, username="admin", password="Admin-demo-1")["token"]
    fresh.made("/api/tenants/invite/", {"email": "page@gmail.com"}, owner)
    link = link_to(demo, "page@gmail.com")
    page, secret = link.split("#")
    answer = curl(page)
    assert (page, answer.status) == (f"{demo.address}/join-tenant", 200)
    found = re.search(r'data-endpoint="([^"]+)" data-holds="([^"]+)"', answer.body.decode())
    assert found.groups() == ("/api/sign_up/", "invitation")
    named = {"username": "page", "email": "page@gmail.com"}
    made = fresh.made(found[1], {**named, **PASSWORDS, found[2]: secret})
    assert claims_of(made["token"])["tenant"] == "demo"


@pytest.mark.parametrize(
    ("path", "endpoint", "holds"),
    [
        ("account-confirm-email", "/api/sign_up/verify-email/", "key"),
        ("password-reset/confirm", "/api/password/reset/confirm/", "uid/token"),
        ("join-tenant", "/api/sign_up/", "invitation"),
    ],
)
def test_the_pages_post_to_what_is_there(demo, fresh, path, endpoint, holds):
    page = curl(f"{demo.address}/{path}").body.decode()
    assert f'data-endpoint="{endpoint}" data-holds="{holds}"' in page
    asked = set(re.findall(r'<input id="(\w+)"', page))
    body = dict.fromkeys({*asked, *holds.split("/")}, "a@gmail.com")
    assert fresh.post(endpoint, body).status in {400, 404}


@pytest.mark.browser
def test_the_page_of_an_invitation_opens_in_a_browser(demo, browse):
    page, complaints = browse(f"{demo.address}/join-tenant#00.11", "--dump-dom")
    assert "<title>Join a tenant</title>" in page
    assert 'name="password2"' in page
    assert "CONSOLE" not in complaints
