"""Bodies nobody should send: whatever they hold, the answer is a refusal in the contract's shape.

ATTACKS.md, scoreboard row 21. What breaks off before the fields are known is tried at a sample of
each contract's endpoints, the rest at every endpoint.
"""

from __future__ import annotations

import json

import pytest
from django.test import override_settings

from tests.http.caller import SHARES, taken_back
from tests.http.endpoints import (
    READS_A_BODY,
    READS_NO_BODY,
    SAMPLE_WITH_A_BODY,
    SAMPLE_WITHOUT_A_BODY,
    assert_in_shape,
)

pytestmark = pytest.mark.django_db

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=edge"


def part(headers: str, value: str = "x") -> bytes:
    return f"--edge\r\n{headers}\r\n\r\n{value}\r\n--edge--\r\n".encode()


UNREADABLE = {
    "JSON cut short": (JSON, b'{"identifier": "a'),
    "JSON of NaN": (JSON, b'{"password": NaN}'),
    "JSON of Infinity": (JSON, b'{"password": -Infinity}'),
    "JSON with a number beyond a float": (JSON, b'{"password": 1e400}'),
    "JSON with a number of 5000 digits": (JSON, b'{"password": ' + b"9" * 5000 + b"}"),
    "JSON nested beyond the stack": (JSON, b"[" * 100_000),
    "JSON objects nested beyond the stack": (JSON, b'{"a":' * 100_000),
    "JSON after a byte order mark": (JSON, b"\xef\xbb\xbf{}"),
    "JSON in UTF-16": (JSON, '{"password": "a"}'.encode("utf-16")),
    "JSON in UTF-16 that says so": (f"{JSON}; charset=utf-16", '{"a": "a"}'.encode("utf-16")),
    "JSON that is not UTF-8": (JSON, b'{"password": "\xff\xfe"}'),
    "JSON with a raw NUL": (JSON, b'{"password": "\x00"}'),
    "two JSON documents": (JSON, b"{}{}"),
    "white space": (JSON, b" \r\n\t "),
    "a single byte": (JSON, b"\x00"),
    "compressed JSON": (JSON, b"\x1f\x8b\x08\x00\x00\x00\x00\x00"),
    "a form that is sent as JSON": (JSON, b"username=a&password=b"),
    "multipart without a boundary": ("multipart/form-data", part("Content-Disposition: form-data")),
    "multipart with an impossible boundary": (f"{MULTIPART}\xff", b"--edge"),
    "multipart with a boundary of 300": (f"multipart/form-data; boundary={'e' * 300}", b"--e"),
    "a truncated multipart body": (
        MULTIPART,
        b'--edge\r\nContent-Disposition: form-data; name="x"\r\n\r\nx',
    ),
    "multipart with other parts than announced": (MULTIPART, b"--other\r\n\r\nx\r\n--other--"),
}

#: Readable, and nothing of what an endpoint asks for is in it, or not as text.
OF_THE_WRONG_SHAPE = {
    "nothing": (JSON, b""),
    "nothing, as a form": (FORM, b""),
    "a list": (JSON, b'["password"]'),
    "a list of objects": (JSON, b'[{"password": "a"}]'),
    "a number": (JSON, b"7"),
    "a text": (JSON, b'"password"'),
    "true": (JSON, b"true"),
    "null": (JSON, b"null"),
    "deep, but readable": (JSON, b'{"username":' + b"[" * 500 + b"]" * 500 + b"}"),
    "multipart with a header that is none": (MULTIPART, part("\x00\xff: =;;;")),
    "multipart with an encoded name in a codec that is none": (
        MULTIPART,
        part("Content-Disposition: form-data; name*=hex''61"),
    ),
    "multipart with an encoded name in no codec": (
        MULTIPART,
        part("Content-Disposition: form-data; name*=klingon''61"),
    ),
    "multipart with an encoded file name in a codec that is none": (
        MULTIPART,
        part("Content-Disposition: form-data; name=a; filename*=zlib''61"),
    ),
    "multipart with broken base64": (
        MULTIPART,
        part(
            "Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64", "!a==="
        ),
    ),
    "a form of separators": (FORM, b"&&&===;;;%%%"),
}

NOT_READ = [
    "text/plain",
    "text/html",
    "application/xml",
    "application/problem+json",
    "application/json-patch+json",
    "application/jsonp",
    "application",
    "////",
    "json",
    "; charset=utf-8",
    "\xff\xfe",
    "",
]

CODECS = ["utf-16", "utf-7", "idna", "unicode_escape", "klingon", "\xff"]
#: With one of these and a query string, Django's own request cannot be made: no view is reached.
NO_TEXT_CODECS = ["hex", "zlib", "rot13", "base64", "punycode", "undefined"]


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_malformed_and_changes_nothing(caller, everything, name):
    content_type, body = UNREADABLE[name]
    before = everything()
    for call in SAMPLE_WITH_A_BODY:
        response = caller(call, body, content_type)
        found = assert_in_shape(call.endpoint, response)
        assert response.status_code in {400, 415}, f"{call}: {response.content!r}"
        assert found.get("code", "malformed") in {"malformed", "unsupported_media_type"}, call
    assert everything() == before


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("name", OF_THE_WRONG_SHAPE)
def test_a_body_of_the_wrong_shape_is_refused_or_says_nothing(caller, everything, name, share):
    content_type, body = OF_THE_WRONG_SHAPE[name]
    first = [*OF_THE_WRONG_SHAPE].index(name) % share
    caller.session()
    before = everything()
    for call in READS_A_BODY[first::share]:
        with taken_back():
            response = caller(call, body, content_type)
            assert everything()["users"] == before["users"], call
        assert_in_shape(call.endpoint, response)
        needs_something = not call.action.partial and any(
            field.required for field in call.fields.values()
        )
        if needs_something:
            assert response.status_code == 400, f"{call}: {response.content!r}"


@pytest.mark.parametrize("content_type", NOT_READ)
def test_other_content_types_are_415(caller, everything, content_type):
    before = everything()
    for call in SAMPLE_WITH_A_BODY:
        response = caller(call, b"{}", content_type)
        assert_in_shape(call.endpoint, response)
        assert response.status_code == 415, f"{call}: {response.content!r}"
    assert everything() == before


@pytest.mark.parametrize("codec", [*CODECS, *NO_TEXT_CODECS])
@pytest.mark.parametrize("media_type", [JSON, FORM, MULTIPART])
def test_no_charset_parameter_breaks_an_answer(caller, media_type, codec):
    query = "page=1" if codec in CODECS else ""
    body = b"{}" if media_type == JSON else b"a=1"
    for call in [*SAMPLE_WITH_A_BODY, *SAMPLE_WITHOUT_A_BODY]:
        response = caller.once(call, body, f"{media_type}; charset={codec}", query=query)
        assert_in_shape(call.endpoint, response)


def test_a_charset_parameter_does_not_change_how_json_is_read(caller):
    for call in SAMPLE_WITH_A_BODY:
        body = json.dumps(caller.right(call)).encode()
        response = caller.once(call, body, "application/json; charset=hex")
        assert response.status_code < 300, f"{call}: {response.content!r}"


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (JSON, b'{"x": "' + b"a" * 2000 + b'"}'),
        (FORM, b"x=" + b"a" * 2000),
        (MULTIPART, part('Content-Disposition: form-data; name="x"', "a" * 2000)),
    ],
    ids=["json", "form", "multipart"],
)
def test_a_body_over_the_hosts_limit_is_413(caller, everything, content_type, body):
    before = everything()
    for call in READS_A_BODY:
        response = caller(call, body, content_type)
        assert_in_shape(call.endpoint, response)
        assert response.status_code == 413, f"{call}: {response.content!r}"
    assert everything() == before


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
def test_a_file_over_the_hosts_limit_is_413(caller):
    body = part('Content-Disposition: form-data; name="x"; filename="x"', "a" * 2000)
    for call in READS_A_BODY:
        response = caller(call, body, MULTIPART)
        assert response.status_code == 413, f"{call}: {response.content!r}"


@override_settings(DATA_UPLOAD_MAX_NUMBER_FIELDS=3, DATA_UPLOAD_MAX_NUMBER_FILES=2)
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (FORM, b"a=1&b=2&c=3&d=4"),
        (
            MULTIPART,
            b"".join(
                part(f'Content-Disposition: form-data; name="{each}"').removesuffix(b"--\r\n")
                + b"\r\n"
                for each in "abcd"
            ),
        ),
        (
            MULTIPART,
            b"".join(
                part(
                    f'Content-Disposition: form-data; name="{each}"; filename="{each}"'
                ).removesuffix(b"--\r\n")
                + b"\r\n"
                for each in "abc"
            ),
        ),
    ],
    ids=["form", "multipart fields", "multipart files"],
)
def test_too_many_fields_are_malformed(caller, everything, content_type, body):
    before = everything()
    for call in READS_A_BODY:
        response = caller(call, body, content_type)
        assert_in_shape(call.endpoint, response)
        assert response.status_code == 400, f"{call}: {response.content!r}"
    assert everything() == before


def test_too_many_query_parameters_are_refused_in_shape(caller):
    with override_settings(DATA_UPLOAD_MAX_NUMBER_FIELDS=3):
        for call in READS_NO_BODY:
            response = caller.once(call, query="a=1&b=2&c=3&d=4")
            assert_in_shape(call.endpoint, response)


def test_of_two_equal_keys_the_last_one_counts(caller):
    for call in READS_A_BODY:
        right = caller.right(call)
        pairs = [(key, "\x00") for key in right] + list(right.items())
        body = "{" + ", ".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in pairs) + "}"
        response = caller.once(call, body.encode())
        assert response.status_code < 300, f"{call}: {response.content!r}"


@pytest.mark.parametrize("length", ["", "-1", "abc", "999999999999999999999", "1e3"])
def test_a_content_length_that_is_none_breaks_no_answer(caller, length):
    for call in SAMPLE_WITH_A_BODY:
        response = caller(call, b"{}", CONTENT_LENGTH=length)
        assert_in_shape(call.endpoint, response)


def test_endpoints_that_read_no_body_do_not_mind_one(caller):
    for call in READS_NO_BODY:
        response = caller.once(call, b"\x00{[", "application/x-nonsense")
        assert_in_shape(call.endpoint, response)
        assert response.status_code < (400 if call.leads_on else 300), f"{call}"
