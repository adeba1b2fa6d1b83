"""The chat document at the running demo: its requests, its Python examples, and the mail's link."""

from __future__ import annotations

import re
from email import message_from_bytes, policy

import pytest
import requests

from tests.demo.conftest import curl
from tests.presets.calling import claims_of
from tests.presets.chat.documented import ALL, PYTHON, WHO, Names
from tests.presets.documented import Answer, check, play

REGISTRATION, *AGAIN = ALL


@pytest.fixture(scope="module")
def names(demo) -> Names:
    """The document's user, made by the document's request; a log-in costs a real hash."""
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


@pytest.mark.parametrize("encoding", ["urlencoded", "multipart"])
@pytest.mark.parametrize("documented", ALL, ids=lambda each: each.name)
def test_it_does_so_as_a_form_and_without_the_last_slash(fresh, documented, encoding):
    if documented is REGISTRATION:
        fresh.instead = {WHO["email"]: f"{encoding}@gmail.com"}
    if documented.method == "GET":
        encoding = ""
    play(documented, fresh.send, names=fresh, encode=encoding, slash=False)


def run(example, demo, **world):
    """A Python example as it stands, with the demo's address in the place of the document's."""
    text = example.replace("https://prod-chat.duckdns.org", demo.address)
    exec(text, world)  # noqa: S102 - the document's own code
    response = world["response"]
    return Answer(response.status_code, response.headers, response.content)


def test_the_python_examples_work_but_for_the_header_of_the_last_one(demo):
    """``request.post(URL, data)`` sends a form; they call the library ``request``."""
    token = ""
    for documented, example in zip(ALL, PYTHON.values(), strict=True):
        # The document's own user is there already.
        example = re.sub(r"eyJ[\w.-]+", token, example.replace(WHO["email"], "python@gmail.com"))
        world = {"request": requests, "URL": f"{demo.address}{documented.path}"}
        answer = run(example, demo, **world)
        if documented.method == "GET":
            # As it stands the header becomes a query string, and a token there is refused.
            assert answer.status == 401
            mended = example.replace(
                "request.get(URL, headers)", "request.get(URL, headers=headers)"
            )
            answer = run(mended, demo, **world)
        check(documented, documented.answer.replace(WHO["email"], "python@gmail.com"), answer)
        token = answer.json().get("refresh") or answer.json().get("access", "")


def test_the_tokens_live_as_long_as_documented(names):
    for kind, days in (("access", 1), ("refresh", 10)):
        claims = claims_of(names.value(kind))
        assert claims["exp"] - claims["iat"] == days * 24 * 3600


@pytest.fixture
def register(demo):
    """Register somebody; the link of the mail, which the demo writes to its folder."""

    def one(email: str) -> str:
        Names(demo.send).made("/api/register/", {**WHO, "email": email})
        written = [path.read_bytes() for path in (demo.folder / "mail").iterdir()]
        mails = [message_from_bytes(each, policy=policy.default) for each in written]
        (sent,) = (each for each in mails if each["To"] == email)
        return re.search(r"http\S+", sent.get_body(("plain",)).get_content())[0]

    return one


def confirmed(demo, email):
    names = Names(demo.send)
    access = names.made("/api/token/", {**WHO, "email": email})["access"]
    bearer = {"Authorization": f"Bearer {access}"}
    return demo.send("GET", "/api/user/", bearer, b"").json()["is_email_confirmed"]


def test_the_link_of_the_mail_leads_to_the_demo_and_changes_the_value(demo, register):
    link = register("link@gmail.com")
    assert link.startswith(f"{demo.address}/api/confirm-email/")
    assert confirmed(demo, "link@gmail.com") is False
    first = curl("--location", link)
    assert (first.status, first.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"Your e-mail address is confirmed" in first.body
    assert confirmed(demo, "link@gmail.com") is True
    second = curl("--location", link)
    assert (second.status, b"It was confirmed before." in second.body) == (200, True)


def test_garbage_in_its_place_is_a_plain_page(demo):
    answer = curl(f"{demo.address}/api/confirm-email/garbage/")
    assert (answer.status, answer.headers["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert b"This link is not valid." in answer.body


@pytest.mark.browser
def test_the_link_opens_in_a_browser_and_says_so_on_a_plain_page(demo, register, browse, tmp_path):
    link = register("browser@gmail.com")
    page, complaints = browse(link, "--dump-dom")
    assert "<title>Your e-mail address is confirmed - the jwt_accounts demo</title>" in page
    assert "Thank you. You can close this page." in page
    assert "CONSOLE" not in complaints
    assert confirmed(demo, "browser@gmail.com") is True
