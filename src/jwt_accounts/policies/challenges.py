"""What is sent to people to prove something with: how long each holds and how often it is tried.

A *code* of six digits is typed (ASVS 6.5.5: ten minutes); a *link* holds a secret of 256 bits and
lives as long as its purpose says. Both may be in one message.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from jwt_accounts.policies.mfa import (
    ENROLMENT_LIFETIME,
    FACTOR_TRIES,
    PASSKEY_LIFETIME,
    SENT_CODE_LIFETIME,
    STEP_LIFETIME,
    STEP_TRIES,
)
from jwt_accounts.policies.recovery import (
    CHANGE_LIFETIME,
    PIN_LIFETIME,
    PIN_TRIES,
    WINDOW_TRIES,
)

#: New passwords that may be tried by a link that lives for days.
_LINK_TRIES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What a challenge is for.

    ``lifetime``: of its link, or of its code where it has none. ``tries``: of a code, or of
    passwords where it ``opens`` a window at once. ``cools_down``: whether it is not sent twice in
    a moment. ``by_password``: whether a new password ends it.
    """

    name: str
    lifetime: timedelta
    tries: int = PIN_TRIES
    opens: bool = False
    cools_down: bool = False
    by_password: bool = True


#: A PIN for who forgot the password.
RECOVERY = Purpose(name="recovery", lifetime=PIN_LIFETIME)
#: A new password in the place of one that expired, for who has just typed that.
PASSWORD_CHANGE = Purpose(
    name="password_change", lifetime=CHANGE_LIFETIME, tries=WINDOW_TRIES, opens=True
)
#: A link for who forgot the password. Hosts set its lifetime: Django's ``PASSWORD_RESET_TIMEOUT``.
RESET_LINK = Purpose(name="reset_link", lifetime=timedelta(days=3), tries=_LINK_TRIES, opens=True)
#: A link to choose another user name, for who forgot it.
RESET_USERNAME = Purpose(
    name="reset_username", lifetime=timedelta(days=3), tries=_LINK_TRIES, opens=True
)
#: A link to choose the first password, for whom staff made an account.
INVITATION = Purpose(
    name="invitation",
    lifetime=timedelta(days=7),
    tries=_LINK_TRIES,
    opens=True,
    cools_down=True,
)
#: A link and a code to show that an address is one's own.
CONFIRM_EMAIL = Purpose(
    name="confirm_email", lifetime=timedelta(days=3), cools_down=True, by_password=False
)
#: The same for an address that is to take the place of the present one.
CHANGE_EMAIL = Purpose(name="change_email", lifetime=timedelta(days=3), cools_down=True)
#: A code for a number that is to take the place of the present one.
CHANGE_PHONE = Purpose(name="change_phone", lifetime=PIN_LIFETIME, cools_down=True)
#: A note, without a secret, to who has what somebody else wanted.
TAKEN_NOTE = Purpose(
    name="taken_note", lifetime=timedelta(0), tries=0, cools_down=True, by_password=False
)
#: The second step of a sign-in, for who has just typed the password. One row for each, so that
#: nobody's step takes the place of another's.
SECOND_STEP = Purpose(name="second_step", lifetime=STEP_LIFETIME, tries=STEP_TRIES, opens=True)
#: The same for who must get a second factor first.
ENROLMENT = Purpose(name="enrolment", lifetime=ENROLMENT_LIFETIME, tries=FACTOR_TRIES, opens=True)
#: A code by e-mail or SMS for the second step.
FACTOR_CODE = Purpose(name="factor_code", lifetime=SENT_CODE_LIFETIME, cools_down=True)
#: What a passkey signs, to be set up or to prove itself. One row for each step.
PASSKEY = Purpose(name="passkey", lifetime=PASSKEY_LIFETIME)
#: A code and a link to sign in without a password.
SIGN_IN_CODE = Purpose(name="sign_in_code", lifetime=PIN_LIFETIME)
#: A code for who is signed in and has no password to show it again.
PRESENCE_CODE = Purpose(name="presence_code", lifetime=PIN_LIFETIME, cools_down=True)

PURPOSES = {
    each.name: each
    for each in (
        RECOVERY,
        PASSWORD_CHANGE,
        RESET_LINK,
        RESET_USERNAME,
        INVITATION,
        CONFIRM_EMAIL,
        CHANGE_EMAIL,
        CHANGE_PHONE,
        TAKEN_NOTE,
        SECOND_STEP,
        ENROLMENT,
        FACTOR_CODE,
        PASSKEY,
        SIGN_IN_CODE,
        PRESENCE_CODE,
    )
}


def code_expires_at(purpose: Purpose, expires_at: datetime) -> datetime:
    """When the code ends that was sent together with a link that ends then."""
    return expires_at - purpose.lifetime + min(purpose.lifetime, PIN_LIFETIME)
