"""The chat document's requests, one by one."""

from __future__ import annotations

import pytest

from tests.presets.chat.documented import ALL
from tests.presets.documented import play

pytestmark = pytest.mark.django_db

WITH_VALUES = [each for each in ALL if each.method == "POST"]


def test_the_whole_document_is_here():
    assert [(each.method, each.path, each.status) for each in ALL] == [
        ("POST", "/api/register/", 201),
        ("POST", "/api/token/", 200),
        ("POST", "/api/token/refresh/", 200),
        ("GET", "/api/user/", 200),
    ]


@pytest.mark.parametrize("slash", [True, False], ids=["with a slash", "without a slash"])
@pytest.mark.parametrize("documented", ALL, ids=lambda each: each.name)
def test_the_documented_request_gets_the_documented_answer(send, names, documented, slash):
    play(documented, send, names=names, slash=slash)


@pytest.mark.parametrize("encoding", ["urlencoded", "multipart"])
@pytest.mark.parametrize("documented", WITH_VALUES, ids=lambda each: each.name)
def test_it_does_so_when_the_values_come_as_a_form(send, names, documented, encoding):
    play(documented, send, names=names, encode=encoding)
