"""The transcripts themselves, whoever's they are, and what is told of answers that do not fit."""

from __future__ import annotations

import pytest
from django.http import HttpResponse

from tests.oracle.answers import cookie, disagreement, fits
from tests.oracle.peers import PEERS
from tests.oracle.transcripts import laid_out, read_all

ALL = [each for peer in PEERS.values() for each in read_all(peer)]


@pytest.mark.parametrize("transcript", ALL, ids=lambda each: f"{each.peer.name}-{each.name}")
def test_a_transcript_is_laid_out_as_it_is_recorded_and_its_differences_differ(transcript):
    assert transcript.path.read_text(encoding="utf-8") == laid_out(transcript)
    for step in transcript.steps:
        assert ("difference" in step) is ("ours" in step)
        assert "ours" not in step or not fits(step["answer"], step["ours"]), step


@pytest.mark.parametrize(
    ("expected", "came"),
    [
        ({"status": 204}, {"status": 204, "body": {}}),
        ({"status": 200, "body": {"id": 1}}, {"status": 200, "body": {"id": "1"}}),
        ({"status": 200, "body": [1]}, {"status": 200, "body": [1, 2]}),
        ({"status": 200, "body": {}}, {"status": 200, "body": {"is_staff": False}}),
        ({"status": 204}, {"status": 204, "links": ["password to ann@example.com"]}),
        ({"status": 200, "body": {"access": {"any": "jwt"}}}, {"status": 200, "body": {}}),
        ({"status": 200, "body": {"any": "jwt"}}, {"status": 200, "body": "no token"}),
        ({"status": 201, "body": {"any": "id"}}, {"status": 201, "body": True}),
        ({"status": 200, "body": {"any": "object"}}, {"status": 200, "body": []}),
        ({"status": 200, "body": {"any": "text"}}, {"status": 200, "body": ""}),
        ({"status": 200, "body": {"in": 300}}, {"status": 200, "body": "2020-01-01T00:00:00Z"}),
        ({"status": 200, "body": {"in": 300}}, {"status": 200, "body": "soon"}),
        ({"status": 200}, {"status": 200, "cookies": {"acc": "jwt; Path=/"}}),
    ],
)
def test_an_answer_that_is_not_the_expected_one_is_told(expected, came):
    assert "instead of" in disagreement({"ask": "GET x/"}, expected, came)
    assert disagreement({}, came, came) == ""


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"max_age": 301, "httponly": True, "path": "/a"}, "text; HttpOnly; Path=/a; Max-Age=300"),
        ({"secure": True, "samesite": "Lax"}, "text; Secure; SameSite=Lax; Path=/"),
        (
            {"max_age": 0, "secure": True, "domain": "example.com"},
            "deleted; Domain=example.com; Path=/",
        ),
    ],
)
def test_a_cookie_is_told_by_its_attributes_and_a_deleted_one_by_what_names_it(settings, said):
    response = HttpResponse()
    response.set_cookie("acc", "opaque", **settings)
    assert cookie(response.cookies["acc"]) == said
