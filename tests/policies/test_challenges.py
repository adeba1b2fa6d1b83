"""What is sent to prove something with: figures that a security review asks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from jwt_accounts.policies.challenges import (
    CHANGE_EMAIL,
    CHANGE_PHONE,
    CONFIRM_EMAIL,
    ENROLMENT,
    FACTOR_CODE,
    INVITATION,
    PASSKEY,
    PASSWORD_CHANGE,
    PRESENCE_CODE,
    PURPOSES,
    RECOVERY,
    RESET_LINK,
    RESET_USERNAME,
    SECOND_STEP,
    TAKEN_NOTE,
    code_expires_at,
)
from jwt_accounts.policies.recovery import PIN_LIFETIME, PIN_TRIES

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
CODES = [RECOVERY, CONFIRM_EMAIL, CHANGE_EMAIL, CHANGE_PHONE]
LINKS = [RESET_LINK, RESET_USERNAME, INVITATION, CONFIRM_EMAIL, CHANGE_EMAIL]


def test_each_purpose_has_a_name_of_its_own_that_fits_its_column():
    assert [each.name for each in PURPOSES.values()] == list(PURPOSES)
    assert max(map(len, PURPOSES)) <= 40


@pytest.mark.parametrize("purpose", CODES, ids=lambda each: each.name)
@pytest.mark.parametrize("minutes", [0, 7])
def test_a_code_holds_ten_minutes_however_long_its_link_does(purpose, minutes):
    sent_at = NOON + timedelta(minutes=minutes)
    assert code_expires_at(purpose, sent_at + purpose.lifetime) == sent_at + PIN_LIFETIME


@pytest.mark.parametrize("purpose", CODES, ids=lambda each: each.name)
def test_a_code_is_tried_five_times(purpose):
    assert purpose.tries == PIN_TRIES
    assert not purpose.opens


@pytest.mark.parametrize("purpose", LINKS, ids=lambda each: each.name)
def test_a_link_holds_days_and_no_more_than_a_week(purpose):
    assert timedelta(days=1) <= purpose.lifetime <= timedelta(days=7)


def test_what_opens_a_window_at_once_is_never_typed_as_a_code():
    opening = [each for each in PURPOSES.values() if each.opens]
    windows = [PASSWORD_CHANGE, RESET_LINK, RESET_USERNAME, INVITATION, SECOND_STEP, ENROLMENT]
    assert opening == windows
    assert not {each.name for each in opening} & {each.name for each in CODES}
    assert all(1 <= each.tries <= 20 for each in opening)


def test_a_new_password_ends_all_but_what_shows_whose_an_address_is():
    """A pending change of address is an intruder's way back; the message of a registration went
    to the address itself."""
    outlive = {each.name for each in PURPOSES.values() if not each.by_password}
    assert outlive == {CONFIRM_EMAIL.name, TAKEN_NOTE.name}


def test_what_anybody_can_have_sent_to_an_address_that_is_not_theirs_cools_down():
    assert {each.name for each in PURPOSES.values() if each.cools_down} == {
        CONFIRM_EMAIL.name,
        CHANGE_EMAIL.name,
        CHANGE_PHONE.name,
        INVITATION.name,
        TAKEN_NOTE.name,
        FACTOR_CODE.name,
        PRESENCE_CODE.name,
    }


def test_what_a_sign_in_waits_for_is_over_in_minutes():
    minutes = {
        each.name: each.lifetime // timedelta(minutes=1)
        for each in (SECOND_STEP, PASSKEY, FACTOR_CODE, ENROLMENT)
    }
    assert minutes == {"second_step": 5, "passkey": 5, "factor_code": 10, "enrolment": 15}


def test_a_note_proves_nothing():
    assert (TAKEN_NOTE.tries, TAKEN_NOTE.lifetime, TAKEN_NOTE.opens) == (0, timedelta(0), False)
