"""The document's requests, one by one, as it writes them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tests.presets.back_office.documented import (
    Names,
    play,
    play_as_form,
    read_all,
    with_a_body,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_accounts")]

ALL = read_all()


@pytest.fixture(autouse=True)
def _as_the_demo_is_told_to_be(settings):
    """``manage.py demo --pin-in-response``."""
    settings.JWT_ACCOUNTS = {"PIN_IN_RESPONSE": True, "RECOVERY_BINDING": "tokenless"}


@pytest.fixture
def names(send):
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        yield Names(send, wait_for_pins_to_expire=lambda: clock.shift(timedelta(seconds=601)))


def test_the_whole_document_is_here():
    assert {(each.method, each.path) for each in ALL} == {
        ("POST", "/authentication/user/create/"),
        ("GET", "/authentication/users"),
        ("PUT", "/authentication/users/{{made}}/edit/"),
        ("POST", "/authentication/login/"),
        ("POST", "/authentication/logout/"),
        ("POST", "/authentication/token/refresh/"),
        ("POST", "/authentication/mail/"),
        ("POST", "/authentication/verify/"),
        ("POST", "/authentication/update_user_password/"),
        ("POST", "/authentication/unlock-user/{{locked_id}}/"),
        ("POST", "/authentication/assign-role/"),
        ("GET", "/authentication/role/settings"),
        *(
            (method, f"/authentication/role/settings/{role}{slash}")
            for role in ("Cashier", "Attendant", "Manager")
            for method, slash in (("GET", ""), ("PUT", "/"))
        ),
    }
    assert {each.status for each in ALL} == {200, 201, 400, 401, 403, 404, 423}


@pytest.mark.parametrize("documented", ALL, ids=lambda each: each.name)
def test_the_documented_request_gets_the_documented_answer(send, names, documented):
    play(documented, send, names=names)


@pytest.mark.parametrize("documented", ALL, ids=lambda each: each.name)
def test_it_does_so_with_the_other_spelling_of_the_path(send, names, documented):
    play(documented, send, slash=not documented.path.endswith("/"), names=names)


@pytest.mark.parametrize(
    "encoding", ["multipart", pytest.param("urlencoded", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("documented", with_a_body(), ids=lambda each: each.name)
def test_it_does_so_when_the_values_come_as_a_form(send, names, documented, encoding):
    play_as_form(documented, send, encoding, names=names)


@pytest.mark.parametrize("documented", ALL, ids=lambda each: each.name)
def test_public_requests_ignore_a_header_and_the_others_want_it(send, names, documented):
    """A stale or junk token stops nobody from logging in (READINGS.md)."""
    is_public = "Authorization" not in documented.headers

    def with_another_header(method, path, headers, body):
        if (method, path.rstrip("/")) == (documented.method, documented.path.rstrip("/")):
            headers = {**headers, "Authorization": "Bearer stale.or.junk"}
        return send(method, path, headers, body)

    if is_public:
        play(documented, with_another_header, names=names)
    else:
        answer = send(documented.method, re.sub("{{.*}}", "1", documented.path), {}, b"")
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.json() == {"detail": "Authentication credentials were not provided."}
