"""Password validators for ``AUTH_PASSWORD_VALIDATORS``: the admin, ``createsuperuser`` and
``changepassword`` obey the rules of the roles too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.hashers import check_password, is_password_usable
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables

from jwt_accounts.conf import settings
from jwt_accounts.models import PasswordHistory
from jwt_accounts.policies.passwords import PasswordRule, PasswordRules, broken_rules
from jwt_accounts.rulebook import password_rules, roles_held

if TYPE_CHECKING:
    from jwt_accounts.types import HostUser


class RoleRulesValidator:
    """The rules of the user's roles, as they are in the database at this moment; those of
    ``PASSWORD_RULES`` for a user without a role. Takes the place of Django's
    ``MinimumLengthValidator``, which would overrule a role's shorter minimum."""

    @sensitive_variables()
    def validate(self, password: str, user: HostUser | None = None) -> None:
        """Raises ``ValidationError`` with a sentence for each rule that is broken."""
        rules = password_rules(() if user is None else roles_held(user))
        broken = broken_rules(password, rules)
        if broken:
            raise ValidationError(
                [ValidationError(sentence(rule, rules), code=rule) for rule in broken]
            )

    def get_help_text(self) -> str:
        """The rules of a user without a role."""
        rules = password_rules()
        asked = [
            rule
            for rule in PasswordRule
            if rule is PasswordRule.MINIMUM_CHARACTERS or getattr(rules, rule)
        ]
        return " ".join([*(sentence(rule, rules) for rule in asked), _("A role may ask for more.")])


class PasswordHistoryValidator:
    """No password that the user has or had among the last ``PASSWORD_HISTORY``, the present one
    included. Costs one hash for each."""

    @sensitive_variables()
    def validate(self, password: str, user: HostUser | None = None) -> None:
        """Raises ``ValidationError``."""
        if user is None or user._state.adding or not settings.PASSWORD_HISTORY:
            return
        former = PasswordHistory.objects.of(user.pk).values_list("password", flat=True)
        hashes = [user.password, *former[: settings.PASSWORD_HISTORY - 1]]
        if any(is_password_usable(each) and check_password(password, each) for each in hashes):
            raise ValidationError(
                _("This password was used before. Choose a new one."), code="password_reused"
            )

    def get_help_text(self) -> str:
        """How many passwords are remembered."""
        count = settings.PASSWORD_HISTORY
        if not count:
            return ""
        return ngettext(
            "It must not be the present password.",
            "It must not be one of your last %(count)d passwords.",
            count,
        ) % {"count": count}


def sentence(rule: PasswordRule, rules: PasswordRules) -> str:
    """A rule as a person reads it."""
    count = rules.minimum_characters
    return {
        PasswordRule.MINIMUM_CHARACTERS: ngettext(
            "A password needs at least %(count)d character.",
            "A password needs at least %(count)d characters.",
            count,
        )
        % {"count": count},
        PasswordRule.CONTAIN_UPPER_CASE: _("A password needs an upper-case letter."),
        PasswordRule.CONTAIN_LOWER_CASE: _("A password needs a lower-case letter."),
        PasswordRule.CONTAIN_SPECIAL_CASE: _(
            "A password needs a character that is neither a letter nor a number."
        ),
        PasswordRule.CONTAIN_NUMBER: _("A password needs a number."),
    }[rule]
