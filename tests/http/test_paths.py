"""What may stand in a path."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from django.core.cache import cache

from jwt_accounts.errors import Code
from tests.conftest import NO_KEY
from tests.http.caller import taken_back
from tests.http.endpoints import CANONICAL, assert_in_shape

pytestmark = [pytest.mark.django_db, pytest.mark.core]
database = pytest.mark.database

WITH_AN_ID = [call for call in CANONICAL if call.endpoint.keys and not call.leads_on]
IDS = {
    "nobody's number": "999999999",
    "zero": "0",
    "a negative number": "-1",
    "a number beyond the database": str(2**63),
    "a number of 5000 digits": "9" * 5000,
    "a fraction": "1.5",
    "an exponent": "1e400",
    "nobody's UUID": str(NO_KEY),
    "the nil UUID": "00000000-0000-0000-0000-000000000000",
    "almost a UUID": "g" * 32,
    "a word": "you",
    "none": "None",
    "true": "True",
    "a NUL": "\x00",
    "a NUL behind a number": "1\x00",
    "a line break": "1\n2",
    "a carriage return and a header": "1\r\nSet-Cookie: a=b",
    "an escape": "\x1b[2J",
    "dots": "..",
    "a percent sign": "%",
    "a format string": "%s{0}",
    "SQL": "1 OR 1=1",
    "an emoji": "\U0001f469",
    "a superscript": "²",
    "a surrogate, as WSGI may hold one": b"\xed\xa0\x80",
    "bytes that are no UTF-8": b"\xff\xfe",
    "a long word": "a" * 10_000,
}


@database
@pytest.mark.parametrize("what", IDS)
def test_an_id_that_is_nobodys_is_404_and_changes_nothing(caller, everything, what):
    before = everything()
    token = caller.session().tokens.access
    assert WITH_AN_ID
    for call in WITH_AN_ID:
        url = call.endpoint.url(**dict.fromkeys(call.endpoint.keys, quote(IDS[what], safe="")))
        response = caller.client.generic(
            call.action.method,
            url,
            json.dumps(caller.right(call)).encode(),
            "application/json",
            HTTP_AUTHORIZATION=f"Bearer {token}",
        )
        found = assert_in_shape(call.endpoint, response)
        code = Code.LINK_INVALID if "token" in call.endpoint.keys else Code.NOT_FOUND
        expected = call.endpoint.contract.errors[code].status
        assert response.status_code == expected, f"{call}: {response.content!r}"
        assert found.get("code", "not_found") == "not_found"
    assert everything() == before


def test_the_slash_at_the_end_may_be_left_out(caller):
    """The same answer at once: a redirect would lose the body of a POST."""
    for call in CANONICAL:
        cache.clear()  # some have a rate limit
        url = caller.url(call)
        responses = []
        for spelling in (url, url.removesuffix("/")):
            for junk in ("", "x.y.z"):
                with taken_back():
                    responses.append(
                        caller.client.generic(
                            call.action.method,
                            spelling,
                            b"[]",
                            "application/json",
                            HTTP_AUTHORIZATION=f"Bearer {junk}",
                        )
                    )
        first, *others = [(each.status_code, each.content) for each in responses]
        assert first[0] in (
            {302 if call.leads_on else 200} if call.refuses_nothing else {400, 401}
        ), f"{call}: {first}"
        assert others[1] == first
        assert others[2] == others[0]
