"""The device document at the running demo: its cURL lines, its Python examples, its requests."""

from __future__ import annotations

import json
import re
from contextlib import redirect_stdout
from io import StringIO

import pytest

from tests.demo.conftest import shell
from tests.presets.device_api.documented import ALL, CURL, PYTHON, Names
from tests.presets.documented import Answer, check, play

DOCUMENTED = {each.name: each for each in ALL}
WITH_VALUES = [each for each in ALL if each.method == "POST"]

#: What the document's placeholders stand for.
PLACEHOLDERS = {
    "<device>": "device",
    "<Device Name>": "device",
    "<device name>": "device",
    "<Hostname>": "device",
    "<Password>": "password",
    "<hostname.owners.email@company.com>": "owner",
    "<Full Qualify Domain Name>": "fqdn",
    "<IP Address>": "address",
    "<Token>": "access",
    "<Refresh Token>": "refresh",
    "<refresh token>": "refresh",
}


@pytest.fixture(scope="module")
def names(demo) -> Names:
    """One device with its tokens: a registration and a log-in cost a real hash each."""
    shared = Names(demo.send)
    shared.value("access")
    return shared


@pytest.fixture
def fresh(names) -> Names:
    return Names(names.send, dict(names.known))


def written_out(text, documented, names, demo):
    """The document's text with values in the places of its placeholders, and nothing else."""
    text = text.replace("<issAssist URL>", f"{demo.address}{documented.path}")
    for placeholder, name in PLACEHOLDERS.items():
        if documented.name == "01-create-user" and name == "device":
            name = "new"
        text = text.replace(placeholder, names.value(name)) if placeholder in text else text
    assert not re.search(r"<[^>\n]*>", text)
    return text


def test_every_example_of_the_document_is_here():
    assert list(CURL) == list(PYTHON) == [name for name in DOCUMENTED if name[:2] != "07"]


@pytest.mark.parametrize("name", CURL)
def test_the_curl_lines_work_as_they_stand(demo, fresh, name):
    documented = DOCUMENTED[name]
    for need in documented.needs:
        fresh.value(need)
    answer = shell(written_out(CURL[name], documented, fresh, demo))
    check(documented, fresh.fill(documented.answer), answer)


def test_the_python_examples_work_as_they_stand(demo, fresh):
    """One after the other, as they are read: the last one has the ``url`` of the one before."""
    world: dict[str, object] = {}
    for name, example in PYTHON.items():
        documented = DOCUMENTED[name]
        # The document forgets a quotation mark.
        example = example.replace("{'token': <Token>'}", "{'token': '<Token>'}")
        printed = StringIO()
        with redirect_stdout(printed):
            exec(written_out(example, documented, fresh, demo), world)  # noqa: S102 - the document's
        response = world["response"]
        assert printed.getvalue() == f"{response.text}\n"
        answer = Answer(response.status_code, response.headers, response.content)
        check(documented, fresh.fill(documented.answer), answer)


@pytest.mark.parametrize("documented", ALL, ids=lambda each: each.name)
def test_the_documented_request_gets_the_documented_answer(fresh, documented):
    play(documented, fresh.send, names=fresh)


@pytest.mark.parametrize("encoding", ["urlencoded", "multipart"])
@pytest.mark.parametrize("documented", WITH_VALUES, ids=lambda each: each.name)
def test_it_does_so_as_a_form_and_without_the_last_slash(fresh, documented, encoding):
    play(documented, fresh.send, names=fresh, encode=encoding, slash=False)


@pytest.mark.parametrize("path", ["/api/register/", "/auth/users/", "/accounts/register/"])
def test_a_form_that_says_it_is_json_is_read_in_this_contract_alone(demo, path):
    line = (
        f"curl --request POST '{demo.address}{path}' --header 'Content-Type: application/json' "
        "--form 'email=\"mislabelled@company.com\"' --form 'password=\"rack seven in the cellar\"'"
    )
    answer = shell(line)
    assert answer.status in {400, 415}
    assert json.loads(answer.body)
