"""Passkeys in a real browser, with authenticators that are plugged in by its own means."""

from __future__ import annotations

import json
import os
from itertools import count
from pathlib import Path

import pytest

from tests.conftest import PASSWORD
from tests.demo.devtools import driven

pytestmark = pytest.mark.browser

#: `ask()` of the page's, which answers with the status too.
_ASK = """
async (method, path, body) => {
  const token = document.cookie.match(/csrftoken=([^;]+)/)[1];
  const headers = {"Content-Type": "application/json", "X-CSRFToken": token};
  const sent = {method, headers, body: body && JSON.stringify(body)};
  const answer = await fetch("/browser/accounts/" + path, sent);
  return {status: answer.status, body: await answer.json().catch(() => null)};
}
"""


_numbers = count(1)


@pytest.fixture(scope="module")
def browser(tmp_path_factory, chromium):
    with driven(chromium, tmp_path_factory.mktemp("profile")) as open_page:
        yield open_page


@pytest.fixture
def who(demo):
    """Somebody of this test's own."""
    name = f"passkeys{next(_numbers)}"
    body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
    headers = {"Content-Type": "application/json"}
    sent = json.dumps(body).encode()
    assert demo.send("POST", "/accounts/register/", headers, sent).status == 202
    return {"identifier": name, "password": PASSWORD}


@pytest.fixture
def page(demo, browser, who):
    """The page, at the name that browsers take for a domain, with that name and password in it."""
    page = browser()
    page.open(f"{demo.address}/passkeys/")
    assert page.run("location.origin") == f"http://localhost:{demo.port}"
    page.wait("!document.getElementById('first').hidden")
    for field, text in who.items():
        write(page, field, text)
    yield page
    assert page.complaints == []


def does(page, section, told):
    """Press the button of a section's form, and wait for what the page says then."""
    page.run(f"document.querySelector('#{section} form').requestSubmit()")
    says(page, told)


def says(page, told):
    page.wait(f"document.getElementById('told').textContent === {json.dumps(told)}")


def press(page, text, told):
    page.run(
        "[...document.querySelectorAll('button')]"
        f".find((each) => each.textContent === {json.dumps(text)}).click()"
    )
    says(page, told)


def write(page, field, text):
    page.run(f"document.getElementById('{field}').value = {json.dumps(text)}")


def ask(page, method, path, body=None):
    """A request of the page's own."""
    return page.run(f"({_ASK})({json.dumps(method)}, {json.dumps(path)}, {json.dumps(body)})")


def names(page):
    return page.run(
        "[...document.querySelectorAll('tbody tr')].map((row) => row.cells[0].innerText)"
    )


def photograph(page, name, tmp_path):
    path = Path(os.environ.get("SCREENSHOTS", tmp_path)) / name
    page.photograph(path)
    assert path.stat().st_size > 10_000


ADDED = "Added. From now on you are asked for it at sign-in."
ALONE = "Signed in with the password alone."
BOTH = "Signed in with the password and a passkey."


def test_a_passkey_from_its_making_to_its_end(page, who, tmp_path):
    first = page.plug_in()
    does(page, "first", ALONE)
    write(page, "name", "the blue key")
    does(page, "inside", ADDED)
    assert names(page) == ["the blue key"]
    assert len(page.run("document.querySelector('.codes').innerText").split()) == 10
    photograph(page, "passkeys.png", tmp_path)
    # It is in the authenticator, and says nothing of whose it is but the name.
    [kept] = page.call("WebAuthn.getCredentials", authenticatorId=first)["credentials"]
    assert (kept["rpId"], kept["userName"]) == ("localhost", who["identifier"])

    # The same authenticator makes no second one; another one does.
    page.run("document.querySelector('#inside form').requestSubmit()")
    page.wait("document.getElementById('told').className === 'bad'")
    assert names(page) == ["the blue key"]
    page.call("WebAuthn.removeVirtualAuthenticator", authenticatorId=first)
    page.plug_in(transport="internal", hasUserVerification=False)
    write(page, "name", "this laptop")
    does(page, "inside", ADDED)
    assert names(page) == ["the blue key", "this laptop"]

    press(page, "Sign out", "Signed out.")
    page.run("document.querySelector('#first form').requestSubmit()")
    page.wait("!document.getElementById('second').hidden")
    photograph(page, "passkeys_second_step.png", tmp_path)
    press(page, "Use a passkey", BOTH)
    press(page, "Remove", "Removed. It opens nothing any more.")
    assert names(page) == ["this laptop"]
    write(page, "name", "the old laptop")
    press(page, "Rename", "Renamed.")
    assert names(page) == ["the old laptop"]
    press(page, "Remove", "Removed. It opens nothing any more.")
    press(page, "Sign out", "Signed out.")
    does(page, "first", ALONE)


def test_what_a_browser_signed_is_good_once_and_for_its_own_step(page, who):
    page.plug_in()
    does(page, "first", ALONE)
    does(page, "inside", ADDED)
    # What the page sends is kept, to be sent again.
    page.run(
        "window.sent = []; const plain = window.fetch;"
        "window.fetch = (to, how) => { sent.push([to, how.body]); return plain(to, how); }; null"
    )
    press(page, "Sign out", "Signed out.")
    page.run("document.querySelector('#first form').requestSubmit()")
    page.wait("!document.getElementById('second').hidden")
    press(page, "Use a passkey", BOTH)
    step = "/browser/accounts/sign-in/second-step/"
    sent = json.loads(dict(page.run("sent"))[step])
    assert set(sent) == {"challenge_token", "credential"}
    again = ask(page, "POST", "sign-in/second-step/", sent)
    assert (again["status"], again["body"]["code"]) == (404, "challenge_invalid")
    # Nor for the next sign-in, which has a challenge of its own.
    token = ask(page, "POST", "sign-in/", who)["body"]["challenge_token"]
    asked = ask(page, "POST", "sign-in/second-step/passkey/", {"challenge_token": token})
    assert asked["status"] == 200
    other = ask(page, "POST", "sign-in/second-step/", {**sent, "challenge_token": token})
    assert (other["status"], other["body"]["code"]) == (400, "code_invalid")


def test_it_shows_again_who_it_is(page):
    page.plug_in()
    does(page, "first", ALONE)
    does(page, "inside", ADDED)
    asking = f"async (...asked) => (await ({_ASK})(...asked)).body"
    tokens = page.run(
        "import('/static/demo_site/passkeys.js')"
        f".then(({{showAgain}}) => showAgain({asking}, {json.dumps(PASSWORD)}))"
    )
    assert tokens["expires_in"] > 0
    assert ask(page, "GET", "me/")["status"] == 200
