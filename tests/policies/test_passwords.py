"""What a password must be made of: each rule, in any script, and the strictest of several."""

import unicodedata
from dataclasses import fields, replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jwt_accounts.policies.passwords import (
    PasswordRule,
    PasswordRules,
    broken_rules,
    strictest,
)

LENGTH, UPPER, LOWER, SPECIAL, NUMBER = PasswordRule
KINDS = (UPPER, LOWER, SPECIAL, NUMBER)
EVERYTHING = PasswordRules(minimum_characters=1, **dict.fromkeys(KINDS, True))

rules = st.builds(
    PasswordRules, minimum_characters=st.integers(1, 12), **dict.fromkeys(KINDS, st.booleans())
)
several = st.lists(rules, min_size=1, max_size=5)
passwords = st.text(max_size=12) | st.text("aZ1 éÉß漢\u0301😀", max_size=12)


def kinds_in(password):
    """The kinds that a password has, told by the rules it keeps."""
    return set(KINDS) - set(broken_rules(password, EVERYTHING))


# Rules.


def test_a_rule_is_called_as_the_field_that_asks_for_it():
    assert [str(rule) for rule in PasswordRule] == [each.name for each in fields(PasswordRules)]


def test_length_alone_is_asked_for_by_default():
    assert PasswordRules() == PasswordRules(minimum_characters=8, **dict.fromkeys(KINDS, False))
    assert broken_rules("        ", PasswordRules()) == ()


@pytest.mark.parametrize(
    ("character", "kinds"),
    [
        pytest.param("a", {LOWER}, id="a"),
        pytest.param("Z", {UPPER}, id="Z"),
        pytest.param("7", {NUMBER}, id="digit"),
        pytest.param("é", {LOWER}, id="accented"),
        pytest.param("É", {UPPER}, id="accented upper"),
        pytest.param("ß", {LOWER}, id="sharp s"),
        pytest.param("Ł", {UPPER}, id="polish"),
        pytest.param("ж", {LOWER}, id="cyrillic"),
        pytest.param("Ω", {UPPER}, id="greek"),
        pytest.param("\u01c5", {UPPER}, id="title case"),
        pytest.param("\u1e9e", {UPPER}, id="capital sharp s"),
        pytest.param("\U00010400", {UPPER}, id="deseret, beyond the first plane"),
        pytest.param("漢", set(), id="chinese has no case"),
        pytest.param("あ", set(), id="kana"),
        pytest.param("א", set(), id="hebrew"),
        pytest.param("ب", set(), id="arabic"),
        pytest.param("\u0e01", set(), id="thai"),
        pytest.param("\u02b0", {LOWER}, id="a small letter above the line"),
        pytest.param("\u0301", set(), id="combining acute"),
        pytest.param("\u0902", set(), id="devanagari sign"),
        pytest.param("\u20dd", set(), id="enclosing circle"),
        pytest.param("\u0663", {NUMBER}, id="arabic digit"),
        pytest.param("\uff11", {NUMBER}, id="full-width digit"),
        pytest.param("½", {NUMBER}, id="a half"),
        pytest.param("²", {NUMBER}, id="squared"),
        pytest.param("三", set(), id="the letter that means three"),
        pytest.param("!", {SPECIAL}, id="exclamation mark"),
        pytest.param("_", {SPECIAL}, id="underscore"),
        pytest.param(" ", {SPECIAL}, id="space"),
        pytest.param("\t", {SPECIAL}, id="tab"),
        pytest.param("\x00", {SPECIAL}, id="null"),
        pytest.param("€", {SPECIAL}, id="currency"),
        pytest.param("😀", {SPECIAL}, id="emoji"),
        pytest.param("\u200d", {SPECIAL}, id="joiner"),
        pytest.param("\ue000", {SPECIAL}, id="private use"),
        pytest.param("\u3000", {SPECIAL}, id="wide space"),
    ],
)
def test_a_character_is_of_one_kind_in_every_script(character, kinds):
    assert kinds_in(character) == kinds


@given(st.characters())
@example("\u0345")  # a mark that Python calls lower-case
@example("\u2167")  # a Roman number that is upper-case
def test_no_character_is_of_two_kinds(character):
    assert len(kinds_in(character)) <= 1


@pytest.mark.parametrize(
    ("password", "asked", "broken"),
    [
        pytest.param("", {}, [LENGTH], id="nothing"),
        pytest.param("1234567", {}, [LENGTH], id="one short"),
        pytest.param("12345678", {}, [], id="just long enough"),
        pytest.param("łódź", {"minimum_characters": 4}, [], id="letters, not bytes"),
        pytest.param("😀" * 8, {}, [], id="code points, not halves"),
        pytest.param("e\u0301" * 4, {}, [], id="a letter and its mark are two"),
        pytest.param("é" * 7, {}, [LENGTH], id="composed they are one"),
        pytest.param("pyramid", {"contain_number": True}, [LENGTH, NUMBER], id="the document's"),
        pytest.param("", dict.fromkeys(KINDS, True), [LENGTH, *KINDS], id="all at once, in order"),
        pytest.param("Aa1 Aa1 ", dict.fromkeys(KINDS, True), [], id="one of each"),
        pytest.param("漢字漢字漢字漢字", {UPPER: True}, [UPPER], id="no case is not upper"),
        pytest.param("漢字漢字漢字漢字", {SPECIAL: True}, [SPECIAL], id="a letter, not a special"),
        pytest.param("cafe\u0301cafe", {SPECIAL: True}, [SPECIAL], id="a mark is not a special"),
    ],
)
def test_every_broken_rule_is_told(password, asked, broken):
    assert broken_rules(password, PasswordRules(**asked)) == tuple(broken)


@given(passwords, rules)
def test_each_kind_is_told_if_it_is_asked_for_and_missing(password, asked):
    missing = [kind for kind in KINDS if getattr(asked, kind) and kind not in kinds_in(password)]
    short = [LENGTH] if len(password) < asked.minimum_characters else []
    assert broken_rules(password, asked) == (*short, *missing)


@given(passwords, passwords, rules)
def test_writing_more_breaks_no_further_rule(password, more, asked):
    broken = set(broken_rules(password, asked))
    assert set(broken_rules(password + more, asked)) <= broken
    assert set(broken_rules(more + password, asked)) <= broken


@given(passwords, rules)
def test_the_order_of_characters_does_not_matter(password, asked):
    assert broken_rules(password[::-1], asked) == broken_rules(password, asked)


def test_taken_apart_no_character_of_any_script_loses_its_kind():
    """NFD of the same text: a client may send either."""
    every = map(chr, (*range(0xD800), *range(0xE000, 0x110000)))
    apart = {each: unicodedata.normalize("NFD", each) for each in every}
    composed = {each: parts for each, parts in apart.items() if parts != each}
    assert len(composed) > 10_000
    assert [each for each, parts in composed.items() if not kinds_in(each) <= kinds_in(parts)] == []


@pytest.mark.parametrize(
    "word", ["Łódź-Zażółć1", "Ångström 7", "ΑΒΓ άέή 1", "ЁЖё-йй1", "naïve É1."]
)
def test_composed_or_apart_the_same_words_keep_the_same_rules(word):
    forms = {unicodedata.normalize(form, word) for form in ("NFC", "NFD")}
    assert len(forms) == 2
    assert {broken_rules(each, EVERYTHING) for each in forms} == {()}


# The strictest of several.


@pytest.mark.parametrize(
    ("given_rules", "expected"),
    [
        pytest.param([{}], {}, id="one"),
        pytest.param(
            [{LENGTH: 6}, {LENGTH: 10}, {LENGTH: 8}], {LENGTH: 10}, id="the longest minimum"
        ),
        pytest.param([{LENGTH: 6}], {LENGTH: 6}, id="shorter than the default"),
        pytest.param(
            [{UPPER: True}, {NUMBER: True}],
            {UPPER: True, NUMBER: True},
            id="whatever any of them asks for",
        ),
        pytest.param([{SPECIAL: True}, {}], {SPECIAL: True}, id="silence takes nothing back"),
    ],
)
def test_the_strictest_of_each_holds(given_rules, expected):
    every = [PasswordRules(**each) for each in given_rules]
    assert strictest(every) == PasswordRules(**expected)
    assert strictest(reversed(every)) == PasswordRules(**expected)


@given(rules)
def test_the_strictest_of_one_is_that_one(asked):
    assert strictest([asked]) == strictest([asked, asked]) == asked


@given(rules, rules)
def test_the_order_of_roles_does_not_matter(first, second):
    assert strictest([first, second]) == strictest([second, first])


@given(rules, rules, rules)
def test_how_roles_are_taken_together_does_not_matter(first, second, third):
    nested = [strictest([strictest([first, second]), third])]
    nested.append(strictest([first, strictest([second, third])]))
    assert nested == [strictest([first, second, third])] * 2


@given(several)
def test_the_strictest_is_made_of_what_was_given(every):
    result = strictest(every)
    for each in fields(PasswordRules):
        assert getattr(result, each.name) in {getattr(one, each.name) for one in every}


@given(passwords, several)
def test_a_password_breaks_with_the_strictest_what_it_breaks_with_any(password, every):
    """So one that keeps the strictest keeps each, and nothing is asked that none of them asks."""
    of_each = {rule for one in every for rule in broken_rules(password, one)}
    assert set(broken_rules(password, strictest(every))) == of_each


@given(passwords, rules, st.sampled_from(list(PasswordRule)))
def test_a_stricter_rule_breaks_no_fewer(password, asked, rule):
    value = asked.minimum_characters + 1 if rule is LENGTH else True
    stricter = replace(asked, **{rule: value})
    assert set(broken_rules(password, asked)) <= set(broken_rules(password, stricter))
    assert set(broken_rules(password, stricter)) - set(broken_rules(password, asked)) <= {rule}
