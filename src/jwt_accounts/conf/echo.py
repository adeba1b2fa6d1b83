"""Whether ``PIN_IN_RESPONSE`` has effect."""

from __future__ import annotations

import sys

from django.conf import settings as django_settings

from jwt_accounts.conf import settings

#: The check that says what the setting means. Silencing it is how a host insists.
ECHO_CHECK = "jwt_accounts.E012"


def echoes_pin() -> bool:
    """Under ``DEBUG``, in tests, or where the host silenced the check that calls it an error."""
    return settings.PIN_IN_RESPONSE and (
        is_rehearsal() or ECHO_CHECK in django_settings.SILENCED_SYSTEM_CHECKS
    )


def is_rehearsal() -> bool:
    """Whether this is development, or tests: Django's ``setup_test_environment()`` was called."""
    utils = sys.modules.get("django.test.utils")
    state = getattr(utils, "_TestState", None)
    return django_settings.DEBUG or hasattr(state, "saved_data")
