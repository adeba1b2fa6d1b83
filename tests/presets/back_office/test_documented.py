"""The document's requests, one by one, as it writes them."""

from __future__ import annotations

import pytest

from tests.presets.back_office.documented import play, play_as_form, read_all, with_a_body

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_accounts")]

ALL = read_all()


def test_the_first_half_of_the_document_is_here():
    assert {(each.method, each.path) for each in ALL} == {
        ("POST", "/authentication/user/create/"),
        ("GET", "/authentication/users"),
        ("PUT", "/authentication/users/{{made}}/edit/"),
        ("POST", "/authentication/login/"),
        ("POST", "/authentication/logout/"),
        ("POST", "/authentication/token/refresh/"),
    }
    assert {each.status for each in ALL} == {200, 201, 400, 401, 403, 423}


@pytest.mark.parametrize("documented", ALL, ids=lambda each: each.name)
def test_the_documented_request_gets_the_documented_answer(send, documented):
    play(documented, send)


@pytest.mark.parametrize("slash", [True, False], ids=["with a slash", "without a slash"])
@pytest.mark.parametrize("documented", ALL, ids=lambda each: each.name)
def test_it_does_so_with_and_without_the_last_slash(send, documented, slash):
    play(documented, send, slash=slash)


@pytest.mark.parametrize("encoding", ["urlencoded", "multipart"])
@pytest.mark.parametrize("documented", with_a_body(), ids=lambda each: each.name)
def test_it_does_so_when_the_values_come_as_a_form(send, documented, encoding):
    play_as_form(documented, send, encoding)


@pytest.mark.parametrize("documented", ALL, ids=lambda each: each.name)
def test_public_requests_ignore_a_header_and_the_others_want_it(send, documented):
    """A stale or junk token stops nobody from logging in (READINGS.md)."""
    is_public = "Authorization" not in documented.headers

    def with_another_header(method, path, headers, body):
        if (method, path.rstrip("/")) == (documented.method, documented.path.rstrip("/")):
            headers = {**headers, "Authorization": "Bearer stale.or.junk"}
        return send(method, path, headers, body)

    if is_public:
        play(documented, with_another_header)
    else:
        answer = send(documented.method, documented.path.replace("{{made}}", "1"), {}, b"")
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.json() == {"detail": "Authentication credentials were not provided."}
