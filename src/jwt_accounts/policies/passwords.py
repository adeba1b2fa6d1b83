"""What a password must be made of. Out of the box its length alone (NIST SP 800-63B-4 section
3.1.1.2, ASVS 6.2.5): composition is what a role or the host opts into."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum


class PasswordRule(StrEnum):
    """One rule a password can break. The name of the rule is the code of the refusal."""

    MINIMUM_CHARACTERS = "minimum_characters"
    CONTAIN_UPPER_CASE = "contain_upper_case"
    CONTAIN_LOWER_CASE = "contain_lower_case"
    CONTAIN_SPECIAL_CASE = "contain_special_case"
    CONTAIN_NUMBER = "contain_number"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordRules:
    """The rules in force. ``minimum_characters`` counts code points; a letter of any script is a
    letter, with its marks; a special character is whatever is neither a letter nor a number, a
    space too."""

    minimum_characters: int = 8
    contain_upper_case: bool = False
    contain_lower_case: bool = False
    contain_special_case: bool = False
    contain_number: bool = False


def strictest(rules: Iterable[PasswordRules]) -> PasswordRules:
    """The strictest of each: the longest minimum, and whatever any of them asks for.

    >>> a = PasswordRules(minimum_characters=6, contain_number=True)
    >>> b = PasswordRules(minimum_characters=10, contain_upper_case=True)
    >>> strictest([a, b]) == PasswordRules(
    ...     minimum_characters=10, contain_upper_case=True, contain_number=True
    ... )
    True
    """
    every = list(rules)
    return PasswordRules(
        **{
            each.name: max(getattr(rule, each.name) for rule in every)
            for each in fields(PasswordRules)
        }
    )


def broken_rules(password: str, rules: PasswordRules) -> tuple[PasswordRule, ...]:
    """The rules a password breaks, in a fixed order.

    >>> rules = PasswordRules(contain_lower_case=True, contain_number=True)
    >>> [str(rule) for rule in broken_rules("łódź", rules)]
    ['minimum_characters', 'contain_number']
    """
    kinds = {_kind(character) for character in password}
    wanted = {
        PasswordRule.CONTAIN_UPPER_CASE: (rules.contain_upper_case, "upper"),
        PasswordRule.CONTAIN_LOWER_CASE: (rules.contain_lower_case, "lower"),
        PasswordRule.CONTAIN_SPECIAL_CASE: (rules.contain_special_case, "special"),
        PasswordRule.CONTAIN_NUMBER: (rules.contain_number, "number"),
    }
    short = len(password) < rules.minimum_characters
    return (
        *((PasswordRule.MINIMUM_CHARACTERS,) if short else ()),
        *(rule for rule, (asked, kind) in wanted.items() if asked and kind not in kinds),
    )


def _kind(character: str) -> str:
    category = unicodedata.category(character)
    if category.startswith("L"):
        # A title-case letter is an upper-case one in front; many scripts know no case.
        if character.isupper() or category == "Lt":
            return "upper"
        return "lower" if character.islower() else "letter"
    if category.startswith("N"):
        return "number"
    return "mark" if category.startswith("M") else "special"
