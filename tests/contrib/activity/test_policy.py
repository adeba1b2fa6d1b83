"""What a comment may say."""

from __future__ import annotations

import doctest

import pytest

from jwt_accounts.contrib.activity import policy
from jwt_accounts.contrib.activity.policy import canonical_comment


def test_the_vectors_hold():
    found = doctest.testmod(policy)
    assert found.attempted >= 2
    assert found.failed == 0


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("a", "a"),
        ("\n a \r\n", "a"),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\u2028b\u2029c\x85d", "a\nb\nc\nd"),
        ("<b>bold</b> żółw 🐢 👩\u200d💻", "<b>bold</b> żółw 🐢 👩\u200d💻"),
        ("a" * 2000, "a" * 2000),
        ("\r\n".join("a" * 1000), "\n".join("a" * 1000)),
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_a_comment_has_one_form(written, kept):
    assert canonical_comment(written) == kept
    assert canonical_comment(kept) == kept


@pytest.mark.parametrize(
    "written",
    ["", " \n", "a" * 2001, "a" * 2**20, "a\x00", "a\tb", "\x1b[2J", "a\x7f", "a\x9b", "\ud800"],
    ids=lambda text: ascii(text)[:20],
)
def test_what_is_no_comment(written):
    assert canonical_comment(written) is None
