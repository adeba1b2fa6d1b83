"""304 for who has the answer already: ``ETag`` and ``If-None-Match`` (RFC 9110 section 13)."""

from __future__ import annotations

import pytest

from tests.presets.tenant_portal.conftest import pk_of
from tests.presets.tenant_portal.walk import WALKED

pytestmark = pytest.mark.django_db


def gets(ben):
    """Every GET of the portal, as a path below its mount."""
    keys = {"public_id": pk_of(ben)}
    return [
        call.endpoint.url(**keys).removeprefix("/api/")
        for call in WALKED
        if call.action.method == "GET" and call.endpoint.contract.name == "tenant_portal"
    ]


def test_every_get_has_a_tag_and_is_304_with_it(portal, ann, ben):
    paths = gets(ben)
    assert len(paths) == 8
    for path in paths:
        first = portal("GET", path, as_=ann)
        assert (first.status, first.headers["Cache-Control"]) == (200, "private, no-cache")
        assert {"Authorization", "Cookie"} <= set(first.headers["Vary"].split(", "))
        again = portal("GET", path, as_=ann, if_none_match=first.headers["ETag"])
        assert (again.status, again.body) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        assert again.headers["Cache-Control"] == "private, no-cache"
        assert again.headers["Vary"] == first.headers["Vary"]


@pytest.mark.parametrize("sent", ["*", "W/{tag}", '"other", {tag}', 'W/"other",W/{tag}'])
def test_a_tag_counts_as_the_standard_says(portal, ann, sent):
    tag = portal("GET", "users/", as_=ann).headers["ETag"]
    assert portal("GET", "users/", as_=ann, if_none_match=sent.format(tag=tag)).status == 304


@pytest.mark.parametrize("sent", ['"other"', "junk", '"', ""])
def test_another_tag_or_junk_gets_the_answer(portal, ann, sent):
    assert portal("GET", "users/", as_=ann, if_none_match=sent).status == 200


@pytest.mark.parametrize(
    "given",
    [
        {"if_match": '"other"'},
        {"if_unmodified_since": "Sat, 29 Oct 1994 19:43:31 GMT"},
        {"if_modified_since": "Sat, 29 Oct 2094 19:43:31 GMT"},
    ],
    ids=lambda given: next(iter(given)),
)
def test_no_other_condition_is_read(portal, ann, given):
    assert portal("GET", "users/", as_=ann, **given).status == 200


def test_after_a_change_the_tag_is_another(portal, ann, ben):
    path = f"users/{pk_of(ben)}/"
    tag = portal("GET", path, as_=ann).headers["ETag"]
    portal("POST", f"{path}comments/", {"text": "News."}, as_=ann)
    changed = portal("GET", path, as_=ann, if_none_match=tag)
    assert changed.status == 200
    assert changed.headers["ETag"] != tag
    assert changed.json()["comments"][0]["text"] == "News."


def test_a_tag_is_of_the_answer_alone_and_gives_no_right(portal, ann, zoe):
    tag = portal("GET", "users/", as_=ann).headers["ETag"]
    assert portal("GET", "users/", as_=zoe, if_none_match=tag).status == 200
    assert portal("GET", "users/", if_none_match=tag).status == 401
    assert portal("GET", "users/", if_none_match="*").status == 401
    assert portal("GET", "users/?page=9", as_=ann, if_none_match="*").status == 404


def test_head_is_a_get_without_its_body(portal, ann):
    got = portal("GET", "users/", as_=ann)
    head = portal("HEAD", "users/", as_=ann)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["ETag"] == got.headers["ETag"]
    again = portal("HEAD", "users/", as_=ann, if_none_match=got.headers["ETag"])
    assert (again.status, again.body) == (304, b"")


def test_what_is_no_get_has_no_tag(portal, ann):
    """The client checks that each answer without one is kept by nobody."""
    for answer in (
        portal.log_in("ann"),
        portal("POST", "login/refresh/", as_=ann),
        portal("PATCH", "current_user/", {"first_name": "A"}, as_=ann, if_none_match="*"),
        portal("GET", "users/nobody/", as_=ann),
        portal("PUT", "users/", as_=ann),
    ):
        assert answer.status != 304
        assert "ETag" not in answer.headers
