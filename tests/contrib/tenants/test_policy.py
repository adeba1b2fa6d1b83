"""What a tenant may be called."""

from __future__ import annotations

import doctest

import pytest

from jwt_accounts.contrib.tenants import policy
from jwt_accounts.contrib.tenants.policy import canonical_name, canonical_slug, slug_of


def test_the_vectors_hold():
    found = doctest.testmod(policy)
    assert found.attempted >= 6
    assert found.failed == 0


@pytest.mark.parametrize("written", ["a", "4711", "ACME", "a-b", "a--b", "abc--d", "a" * 63])
def test_a_slug_has_one_form(written):
    slug = canonical_slug(written)
    assert slug == written.lower()
    assert canonical_slug(slug) == slug


@pytest.mark.parametrize(
    "written",
    [
        *("", "-", "-a", "a-", "a_b", "a.b", "a b", " a", "a\n", "a/b", "a\x00", "a@b"),
        *(
            "\ud800",
            "b\xfccher",
            "\uff41cme",
            "\u212aacme",
            "xn--a",
            "ab--c",
            "a" * 64,
            "a" * 2**20,
        ),
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_what_is_no_slug(written):
    assert canonical_slug(written) is None


@pytest.mark.parametrize("name", ["Acme", "a" * 100, "-", "ab--c", "!", "a_b", "\xe9" * 100])
@pytest.mark.parametrize("suffix", ["", "7f3a"])
def test_what_is_made_of_a_name_is_a_slug(name, suffix):
    slug = slug_of(name, suffix)
    assert canonical_slug(slug) == slug
    assert slug.endswith(suffix)


@pytest.mark.parametrize(
    "name", ["", " ", "a" * 101, "a\nb", "a\tb", "a\x00", "a\u2028b", "\ud800"]
)
def test_what_is_no_name(name):
    assert canonical_name(name) is None
