"""Links lead to the configured front end, whatever a request says of where it was sent."""

from __future__ import annotations

import pytest

from tests.conftest import PASSWORD
from tests.letters import FRONT, letters
from tests.recovery import mailed

pytestmark = pytest.mark.django_db

EVIL = "evil.example"
HOSTS = [
    {"Host": EVIL},
    {"Host": f"{EVIL}:443"},
    {"Host": f"front.example.{EVIL}"},
    {"Host": f"front.example@{EVIL}"},
    {"Host": f"front.example:80@{EVIL}"},
    {"Host": f"front.example#@{EVIL}"},
    {"Host": f"{EVIL}/front.example"},
    {"Host": f"front.example, {EVIL}"},
    {"Host": f" {EVIL}"},
    {"Host": f"{EVIL}."},
    {"Host": "[2001:db8::e]"},
    {"Host": "\u0435vil.example".encode().decode("latin-1")},
    {"Host": ""},
    {"X-Forwarded-Host": EVIL},
    {"X-Forwarded-Host": f"front.example, {EVIL}"},
    {"X-Forwarded-Host": f"{EVIL}, front.example"},
    {"X-Forwarded-Host": EVIL, "X-Forwarded-Proto": "http", "X-Forwarded-Port": "8080"},
    {"X-Forwarded-Server": EVIL, "X-Host": EVIL, "X-Original-Host": EVIL},
    {"Forwarded": f"host={EVIL};proto=http"},
    {"Origin": f"https://{EVIL}", "Referer": f"https://{EVIL}/"},
    {"X-Original-URL": f"https://{EVIL}/", "X-Rewrite-URL": f"//{EVIL}/"},
    {"X-Forwarded-Prefix": f"//{EVIL}", "X-Script-Name": f"//{EVIL}"},
]


@pytest.fixture(autouse=True)
def _settings(settings):
    """As careless as a host can be."""
    settings.ALLOWED_HOSTS = ["*"]
    settings.USE_X_FORWARDED_HOST = True
    settings.USE_X_FORWARDED_PORT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "PASSWORDLESS": True}


@pytest.fixture
def every_link(ask, make_user, root, tokens_of):
    """Ask for a link of each kind; the messages that went out."""
    make_user("ann")
    invited = make_user("invited", password=None)
    token = tokens_of(root).access

    def send(**headers):
        def act():
            new = {"username": "new", "email": "new@example.com", "password": PASSWORD}
            own = {"email": "moved@example.com", "current_password": PASSWORD}
            ask("POST", "/accounts/register/", new, **headers)
            ask("POST", "/accounts/email/resend/", {"email": "ann@example.com"}, **headers)
            ask("POST", "/accounts/password/link/", {"email": "ann@example.com"}, **headers)
            ask("POST", "/accounts/sign-in/code/", {"email": "ann@example.com"}, **headers)
            ask("POST", "/accounts/email/change/", own, token, **headers)
            ask("POST", f"/accounts/users/{invited.pk}/invite/", {}, token, **headers)

        return act

    return send


@pytest.fixture
def root(make_superuser):
    return make_superuser("root")


@pytest.mark.parametrize("headers", HOSTS, ids=str)
def test_no_header_of_a_request_says_where_a_link_leads(every_link, headers):
    found = letters(every_link(**headers))
    about = ["confirm_email", "confirm_email", "reset_link", "sign_in_code", "change_email"]
    assert [each.about for each in found] == [*about, "invitation"]
    for each in found:
        assert each.link.startswith(FRONT)
        assert each.token
        assert "evil" not in each.text


@pytest.mark.core
@pytest.mark.parametrize("headers", [HOSTS[0], HOSTS[13]], ids=str)
def test_where_no_front_end_is_configured_there_is_no_link(every_link, settings, headers):
    settings.JWT_ACCOUNTS = {}
    found = mailed(every_link(**headers))
    assert found
    for message in found:
        whole = message.body + message.alternatives[0].content
        assert "evil" not in whole
        assert "://" not in whole.replace("http://www.w3.org", "")
