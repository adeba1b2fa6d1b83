"""Multipart under the label of JSON, as curl sends it: read where a contract says so."""

from __future__ import annotations

import json

import pytest
from django.test import RequestFactory, override_settings

from jwt_accounts.errors import Code
from jwt_accounts.http.actions import Reply, Who, action
from jwt_accounts.http.contract import Answer, Contract
from jwt_accounts.http.inputs import Inputs, Text
from jwt_accounts.http.parsers import FormParser, JSONOrMultiPartParser, MultiPartParser
from jwt_accounts.http.view import endpoint

JSON = "application/json"
#: As curl 7.88 sent them, to the byte, for ``--header 'content-type: application/json'`` and
#: ``--form 'hostname="Rack-7"' --form 'fqdn="rack-7.example.com"'``.
EDGE = "------------------------439d70ded0a8e878"
LABEL = f"{JSON}; boundary={EDGE}"
CURL = (
    b"--------------------------439d70ded0a8e878\r\n"
    b'Content-Disposition: attachment; name="hostname"\r\n'
    b"\r\n"
    b"Rack-7\r\n"
    b"--------------------------439d70ded0a8e878\r\n"
    b'Content-Disposition: attachment; name="fqdn"\r\n'
    b"\r\n"
    b"rack-7.example.com\r\n"
    b"--------------------------439d70ded0a8e878--\r\n"
)
SENT = {"hostname": "Rack-7", "fqdn": "rack-7.example.com"}


class HostInputs(Inputs):
    """Two texts."""

    hostname = Text()
    fqdn = Text(required=False)


@action("POST", who=Who.ANYONE, inputs=HostInputs, limit="sign_in")
def echo(ask):
    return Reply(dict(ask.data))


CONTRACT = Contract(
    name="labels",
    errors={code: Answer(400, {"code": str(code)}) for code in Code},
    parsers=(JSONOrMultiPartParser, FormParser, MultiPartParser),
)
VIEW = endpoint(CONTRACT, echo)


def post(body: bytes, content_type: str = LABEL):
    """What was read, or the code of the refusal."""
    request = RequestFactory().generic("POST", "/", body, content_type)
    found = json.loads(VIEW(request).render().content)
    return found.get("code", found)


def form(value: bytes, disposition: str = 'attachment; name="hostname"') -> bytes:
    edge = f"--{EDGE}".encode()
    head = f"Content-Disposition: {disposition}".encode()
    return b"\r\n".join([edge, head, b"", value, edge + b"--", b""])


def test_what_curl_sends_is_a_form():
    assert post(CURL) == SENT


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (CURL, f'{JSON};Boundary="{EDGE}"; charset=utf-8'),
        (CURL, f"APPLICATION/JSON; charset=hex; boundary={EDGE}"),
        (CURL.replace(b"attachment", b"form-data"), LABEL),
        (b"preamble\r\n" + CURL + b"epilogue", LABEL),
        (CURL, f"multipart/form-data; boundary={EDGE}"),
        (b"hostname=Rack-7&fqdn=rack-7.example.com", "application/x-www-form-urlencoded"),
        (json.dumps(SENT).encode(), JSON),
        (json.dumps(SENT).encode(), f"{JSON}; charset=utf-16"),
    ],
)
def test_however_it_is_labelled_the_same_is_read(body, content_type):
    assert post(body, content_type) == SENT


@pytest.mark.parametrize(
    "text", ["żółw 🐢", "a\"b;c'd", "--edge--", "a\r\nb", "a" * 2**20], ids=lambda text: text[:8]
)
def test_a_value_arrives_as_it_was_sent(text):
    assert post(form(text.encode())) == {"hostname": text}


def test_a_body_that_was_cut_short_anywhere_is_malformed(settings):
    settings.JWT_ACCOUNTS = {"RATE_LIMITS": {"sign_in": "1000/m"}}
    end = len(CURL) - len(b"\r\n")
    assert {post(CURL[:length]) for length in range(1, end)} == {Code.MALFORMED}
    assert post(CURL[:end]) == SENT
    assert post(b"") == Code.INVALID


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (json.dumps(SENT).encode(), LABEL),
        (CURL, JSON),
        (CURL, f"{JSON}; boundary="),
        (CURL, f"{JSON}; boundary=edge"),
        (CURL, f"{JSON}; boundary={EDGE}\xff"),
        (b"--" + b"e" * 210 + b"--", f"{JSON}; boundary={'e' * 210}"),
        (CURL.replace(b"8--", b"8"), LABEL),
        (b"[" * 100_000, JSON),
        (b'{"hostname": NaN}', JSON),
        (b'{"hostname": "\xff"}', JSON),
    ],
    ids=[
        "JSON with a boundary",
        "a form without one",
        "an empty boundary",
        "a boundary that does not occur",
        "a boundary of other letters",
        "a boundary of 210",
        "no closing boundary",
        "JSON nested beyond the stack",
        "JSON of NaN",
        "JSON that is not UTF-8",
    ],
)
def test_what_cannot_be_read_is_malformed(body, content_type):
    assert post(body, content_type) == Code.MALFORMED


@pytest.mark.parametrize(
    "body",
    [
        form(b"x", 'attachment; name="hostname"; filename="x.txt"'),
        form(b"x", 'form-data; name="hostname"; filename="x.txt"'),
        form(b"x", 'attachment; name="hostname"; filename="../../x"'),
        form(b"x", "attachment; name=\"hostname\"; filename*=zlib''61"),
        form(b"x", "attachment"),
        form(b"Rack-\x00"),
        form(b""),
    ],
    ids=["a file", "a form's file", "a path", "no codec", "no name", "NUL", "nothing"],
)
def test_a_file_and_what_is_no_text_are_refused_as_values(body):
    assert post(body) == Code.INVALID


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (form(b"a" * 2000), LABEL),
        (form(b"a" * 2000, 'attachment; name="x"; filename="x"'), LABEL),
        (json.dumps({"hostname": "a" * 2000}).encode(), JSON),
    ],
    ids=["a form", "a file", "JSON"],
)
def test_a_body_over_the_hosts_limit_is_too_large(body, content_type):
    assert post(body, content_type) == Code.TOO_LARGE


@override_settings(DATA_UPLOAD_MAX_NUMBER_FIELDS=1)
def test_too_many_fields_are_malformed():
    assert post(CURL) == Code.MALFORMED
