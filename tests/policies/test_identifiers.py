"""One canonical form for each thing a person may type."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jwt_accounts.policies.identifiers import (
    canonical_email,
    canonical_phone,
    canonical_text,
    contact_phone,
    shortened,
)

texts = st.text(max_size=40)
numbers = st.text("0123456789+-() ./", max_size=24)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bob", "bOB"),
        (" bob\t", "bob"),
        ("\uff22\uff4f\uff42", "bob"),  # full width
        ("\u1d2e\u1d52\u1d47", "bob"),  # superscripts
        ("Stra\u00dfe", "STRASSE"),
        ("Jose\u0301", "Jos\u00c9"),  # composed or not
        ("\ufb01n", "FIN"),  # a ligature
        (
            "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2",
            "\u03c3\u03af\u03c3\u03c5\u03c6\u03bf\u03c3",
        ),
    ],
)
def test_spellings_of_one_name_are_one(one, other):
    assert canonical_text(one) == canonical_text(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("bob", "bobb"),
        ("jose", "jos\u00e9"),  # an accent is another name
        ("a b", "ab"),
        ("paypal", "p\u0430ypal"),  # a Cyrillic letter is another letter
    ],
)
def test_different_names_stay_different(one, other):
    assert canonical_text(one) != canonical_text(other)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("Tom.Hanks@EXAMPLE.com", "tom.hanks@example.com"),
        ("a+tag@example.com", "a+tag@example.com"),
        ("a@B\u00fccher.example", "a@xn--bcher-kva.example"),
        ("a@XN--BCHER-KVA.example", "a@xn--bcher-kva.example"),
        ("\u24d0@example.com", "a@example.com"),
        ("a\uff20example.com", "a@example.com"),  # a full-width @ is an @
        ('"a@b"@example.com', '"a@b"@example.com'),
        ("a@b..example", "a@b..example"),  # no domain: kept as it is
        ("", ""),
    ],
)
def test_an_address_has_one_form(written, canonical):
    assert canonical_email(written) == canonical


@pytest.mark.parametrize(
    ("written", "region", "e164"),
    [
        ("+48 123 666 789", None, "+48123666789"),
        ("+48 (123) 666-789", None, "+48123666789"),
        ("0048.123.666.789", None, "+48123666789"),
        ("\uff0b48123666789", None, "+48123666789"),
        ("+48\u2013123\u2013666\u2013789", None, "+48123666789"),
        ("0771694307", None, None),
        ("0771 694 307", "RO", "+40771694307"),
        ("+48123666789", "RO", "+48123666789"),
        ("12", "RO", None),
        ("not a number", "RO", None),
        ("0771694307", "ZZ", None),  # no such country
        ("+0123456789", None, None),
        ("+1234567", None, None),
        ("+1234567890123456", None, None),
        ("+48 123 666 789 ext. 4", None, None),
        ("bob", None, None),
        ("", None, None),
    ],
)
def test_a_number_is_e164_or_no_identifier(written, region, e164):
    assert canonical_phone(written, region) == e164


def test_a_contact_is_kept_without_what_people_type_between_digits():
    assert contact_phone("0771 69.43-07") == contact_phone("(0771)694307") == "0771694307"


@given(texts)
@example("\u00a8")
@example("\u1e9e\u0345\u0301")
def test_the_form_of_a_name_is_final(value):
    form = canonical_text(value)
    assert canonical_text(form) == form


@given(st.text(st.characters(codec="ascii"), max_size=40))
def test_case_makes_no_other_name(value):
    assert canonical_text(value.swapcase()) == canonical_text(value)


@given(st.emails() | st.tuples(texts, texts).map("@".join))
def test_the_form_of_an_address_is_final(value):
    form = canonical_email(value)
    assert canonical_email(form) == form


@given(numbers | texts, st.sampled_from([None, "RO", "PL", "US"]))
def test_the_form_of_a_number_is_final(value, region):
    form = canonical_phone(value, region)
    if form is not None:
        assert canonical_phone(form, region) == form
        assert canonical_phone(form) == form
        assert len(form) <= 16


@given(st.text(max_size=200))
def test_a_shortened_text_fits_its_column(value):
    assert len(shortened(value, 80)) <= 80


@given(st.text(max_size=80))
def test_a_text_that_fits_is_not_shortened(value):
    assert shortened(value, 80) == value


def test_texts_that_differ_at_the_end_stay_different():
    assert shortened("a" * 400 + "b", 320) != shortened("a" * 400 + "c", 320)
