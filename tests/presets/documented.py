"""A document's requests, as it writes them, and one way to play them at anything that answers.

A file in a ``documented/`` folder holds a request and, below a line ``HTTP <status>``, its answer;
none: an empty one. ``String``, ``Integer`` and ``Boolean`` stand for a value that is not told,
``Text`` for a text that may be empty. An array in an answer lists objects that must be among those
that came; one of one element within an object says what all that came are like. ``{{name}}`` stands
for what only the server knows; ``# needs: name`` is made before the request is sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.test import Client

#: What stands between the parts of a form.
EDGE = "----edge"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


#: method, path, headers, body -> Answer
Send = Callable[[str, str, Mapping[str, str], bytes], Answer]


def sending(client: Client) -> Send:
    """Django's test client as something to play documents at."""

    def one(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        given = dict(headers)
        content_type = given.pop("Content-Type", "application/octet-stream")
        response = client.generic(method, path, body, content_type, headers=given)
        return Answer(response.status_code, response.headers, response.content)

    return one


@dataclass(frozen=True)
class Documented:
    """One file."""

    name: str
    method: str
    path: str
    headers: dict[str, str]
    body: str
    status: int
    answer: str
    needs: tuple[str, ...] = ()

    @property
    def is_public(self) -> bool:
        return "Authorization" not in self.headers

    def fields(self, names: Names) -> dict[str, Any]:
        """The body's values, for sending them in another encoding."""
        return json.loads(names.fill(self.body)) if self.body else {}


def read_folder(folder: Path) -> list[Documented]:
    """Every file, in the document's order."""
    return [_read(path) for path in sorted(folder.glob("*.http"))]


def _read(path: Path) -> Documented:
    request, status, answer = re.split(r"^HTTP (\d+)\n", path.read_text(), flags=re.MULTILINE)
    head, _, body = request.partition("\n\n")
    start, *headers = [line for line in head.splitlines() if not line.startswith("#")]
    method, target = start.split()
    pairs = (line.split(": ", 1) for line in headers)
    return Documented(
        name=path.stem,
        method=method,
        path=target,
        headers={name.title(): value for name, value in pairs},
        body=body.strip(),
        status=int(status),
        answer=answer.strip(),
        needs=tuple(re.findall(r"^# needs: (\w+)$", head, flags=re.MULTILINE)),
    )


@dataclass
class Names:
    """What the files call by name: made when it is asked for, with the contract's own requests.
    ``instead``: other values than the documented ones, for what cannot be done twice."""

    send: Send
    known: dict[str, str] = field(default_factory=dict)
    instead: dict[str, str] = field(default_factory=dict, kw_only=True)

    def fill(self, text: str) -> str:
        for documented, other in self.instead.items():
            text = text.replace(documented, other)
        return re.sub(r"\{\{(\w+)\}\}", lambda found: self.value(found[1]), text)

    def value(self, name: str) -> str:
        if name not in self.known:
            self.known |= self._make(name)
        return self.known[name]

    def post(self, path: str, body: object, token: str = "") -> Answer:
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self.send("POST", path, headers, json.dumps(body).encode())

    def made(self, path: str, body: object, token: str = "") -> Any:
        """What came of a request that must succeed."""
        answer = self.post(path, body, token)
        assert answer.status in {200, 201}, answer
        return answer.json() if answer.body else None

    def _make(self, name: str) -> dict[str, str]:
        raise LookupError(name)


def play(
    documented: Documented,
    send: Send,
    *,
    names: Names,
    slash: bool | None = None,
    encode: str = "",
) -> Answer:
    """Send one documented request as it is written; ``slash`` adds or takes the last one, and
    ``encode`` sends the same values as a form."""
    for need in documented.needs:
        names.value(need)
    expected = names.fill(documented.answer)
    path = names.fill(documented.path)
    if slash is not None:
        path = path.removesuffix("/") + ("/" if slash else "")
    headers = {name: names.fill(value) for name, value in documented.headers.items()}
    body = names.fill(documented.body).encode()
    if encode:
        headers["Content-Type"], body = ENCODINGS[encode](documented.fields(names))
    answer = send(documented.method, path, headers, body)
    check(documented, expected, answer)
    return answer


def check(documented: Documented, text: str, answer: Answer) -> None:
    """Status, type and body are the documented ones, to the last key; no answer is kept."""
    assert answer.status == documented.status, answer
    assert_kept_by_nobody(answer)
    if not text:
        assert (answer.body, answer.headers.get("Content-Type")) == (b"", None)
        return
    assert answer.headers["Content-Type"] == "application/json"
    text = re.sub(r"(:\s*)(String|Text|Integer|Boolean)\b", r'\1{"any": "\2"}', text)
    expected, came = json.loads(text), answer.json()
    if isinstance(expected, list):
        assert isinstance(came, list)
        assert {tuple(each) for each in came} == {tuple(expected[0])}
        for each in expected:
            assert each in came, f"{each} is not in {came}"
    else:
        assert _fits(expected, came), f"{came} instead of {expected}"


def assert_kept_by_nobody(answer: Answer) -> None:
    """No cache shows an answer without asking; where there is a tag, a client may ask with it."""
    kept = "private, no-cache" if answer.headers.get("ETag") else "no-store"
    assert answer.headers["Cache-Control"] == kept


def _fits(expected: Any, came: Any) -> bool:
    match expected:
        case {"any": "String"}:
            return isinstance(came, str) and came != ""
        case {"any": "Text"}:
            return isinstance(came, str)
        case {"any": "Integer"}:
            return type(came) is int
        case {"any": "Boolean"}:
            return type(came) is bool
        case dict():
            return (
                isinstance(came, dict)
                and list(expected) == list(came)
                and all(_fits(value, came[key]) for key, value in expected.items())
            )
        case [like]:
            return isinstance(came, list) and came != [] and all(_fits(like, x) for x in came)
        case _:
            return bool(expected == came and type(expected) is type(came))


def _urlencoded(values: dict[str, Any]) -> tuple[str, bytes]:
    return "application/x-www-form-urlencoded", urlencode(values).encode()


def _multipart(values: dict[str, Any]) -> tuple[str, bytes]:
    parts = "".join(
        f'--{EDGE}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in values.items()
    )
    return f"multipart/form-data; boundary={EDGE}", f"{parts}--{EDGE}--\r\n".encode()


def _mislabelled(values: dict[str, Any]) -> tuple[str, bytes]:
    """What curl sends for ``--form`` with a content type of JSON."""
    kind, body = _multipart(values)
    labelled = kind.replace("multipart/form-data", "application/json")
    return labelled, body.replace(b"form-data", b"attachment")


ENCODINGS: Mapping[str, Callable[[dict[str, Any]], tuple[str, bytes]]] = {
    "urlencoded": _urlencoded,
    "multipart": _multipart,
    "mislabelled": _mislabelled,
}
