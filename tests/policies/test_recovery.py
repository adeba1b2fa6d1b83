"""Recovery by PIN: what a digest stands for, and who may set a password."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from itertools import product
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jwt_accounts.policies.recovery import (
    CHANGE_LIFETIME,
    PIN_DIGITS,
    PIN_LIFETIME,
    PIN_TRIES,
    TRIES_A_DAY,
    WINDOW_LIFETIME,
    WINDOW_TRIES,
    Window,
    WindowVerdict,
    judge_window,
    pin_of,
)

CLOSED, EXPIRED, OPEN = WindowVerdict.CLOSED, WindowVerdict.EXPIRED, WindowVerdict.OPEN

digests = st.integers(0, 2**256 - 1).map(lambda number: f"{number:064x}")


# Figures that a security review asks for.


def test_a_pin_is_short_lived_and_can_hardly_be_guessed():
    assert timedelta(0) < PIN_LIFETIME <= timedelta(minutes=10)
    assert timedelta(0) < WINDOW_LIFETIME <= timedelta(minutes=2)
    assert timedelta(0) < CHANGE_LIFETIME <= timedelta(minutes=10)
    assert 10**PIN_DIGITS >= 10**6
    assert 1 <= PIN_TRIES <= TRIES_A_DAY
    # A year of guessing one account every day finds its PIN less often than once in a hundred.
    assert 365 * TRIES_A_DAY / 10**PIN_DIGITS < 0.01
    assert 1 <= WINDOW_TRIES <= 4


# PINs.


@pytest.mark.parametrize(
    ("number", "pin"),
    [
        (0, "000000"),
        (7, "000007"),
        (999_999, "999999"),
        (10**6, "000000"),
        (10**6 + 42, "000042"),
        (2**256 - 1, f"{(2**256 - 1) % 10**6:06d}"),
    ],
)
def test_a_pin_has_six_digits_and_keeps_its_leading_zeros(number, pin):
    assert pin_of(f"{number:064x}") == pin


@given(digests)
def test_every_digest_stands_for_one_pin_of_six_ascii_digits(digest):
    pin = pin_of(digest)
    assert len(pin) == 6
    assert set(pin) <= set("0123456789")
    assert pin_of(digest) == pin_of(digest.upper()) == pin


def test_pins_are_as_likely_as_each_other():
    """Each digit at each place, over 20 000 digests. A fair one is 2000 times in each place, and
    six standard deviations off (255) once in a billion runs; these digests are always the same."""
    pins = [pin_of(sha256(str(number).encode()).hexdigest()) for number in range(20_000)]
    for place in range(6):
        for digit in "0123456789":
            found = sum(pin[place] == digit for pin in pins)
            assert isclose(found, 2000, abs_tol=255), (place, digit, found)
    assert len(set(pins)) > 19_700


# Windows.


def windows():
    """Every window there can be, with one try and with none."""
    flags = [True, False]
    for values in product(flags, flags, flags, [0, 1], [True, False, None], flags, flags):
        names = ("is_open", "is_used", "is_expired", "tries_left", "secret")
        yield Window(
            **dict(zip((*names, "same_client", "is_privileged"), values, strict=True)),
        )


EVERY = [(window, tokenless) for window in windows() for tokenless in (True, False)]

RIGHT = Window(
    is_open=True,
    is_used=False,
    is_expired=False,
    tries_left=4,
    secret=True,
    same_client=False,
    is_privileged=False,
)
BARE = replace(RIGHT, secret=None, same_client=True)


@pytest.mark.parametrize(
    ("changes", "bound", "tokenless"),
    [
        pytest.param({}, OPEN, OPEN, id="the secret"),
        pytest.param({"is_privileged": True}, OPEN, OPEN, id="the secret, of staff"),
        pytest.param({"same_client": True}, OPEN, OPEN, id="the secret, same client"),
        pytest.param({"secret": False}, CLOSED, CLOSED, id="another secret"),
        pytest.param(
            {"secret": False, "same_client": True}, CLOSED, CLOSED, id="another, same client"
        ),
        pytest.param({"secret": None}, CLOSED, CLOSED, id="none, another client"),
        pytest.param({"secret": None, "same_client": True}, CLOSED, OPEN, id="none, same client"),
        pytest.param(
            {"secret": None, "same_client": True, "is_privileged": True},
            CLOSED,
            CLOSED,
            id="none, same client, of staff",
        ),
        pytest.param({"is_expired": True}, EXPIRED, EXPIRED, id="too late"),
        pytest.param(
            {"is_expired": True, "secret": False}, CLOSED, CLOSED, id="too late, another secret"
        ),
        pytest.param(
            {"is_expired": True, "secret": None, "same_client": True},
            CLOSED,
            EXPIRED,
            id="too late, none",
        ),
        pytest.param({"is_used": True}, CLOSED, CLOSED, id="used"),
        pytest.param({"is_used": True, "is_expired": True}, CLOSED, CLOSED, id="used, too late"),
        pytest.param({"is_open": False}, CLOSED, CLOSED, id="not verified"),
        pytest.param({"is_open": False, "is_expired": True}, CLOSED, CLOSED, id="never verified"),
        pytest.param({"tries_left": 1}, OPEN, OPEN, id="the last try"),
        pytest.param({"tries_left": 0}, CLOSED, CLOSED, id="no try left"),
    ],
)
def test_a_window_is_judged(changes, bound, tokenless):
    window = replace(RIGHT, **changes)
    assert judge_window(window, tokenless=False) is bound
    assert judge_window(window, tokenless=True) is tokenless


def test_without_the_secret_it_is_open_to_the_same_client_of_an_ordinary_user_alone():
    found = [
        (window, tokenless)
        for window, tokenless in EVERY
        if window.secret is None and judge_window(window, tokenless=tokenless) is not CLOSED
    ]
    assert found
    for window, tokenless in found:
        assert tokenless
        assert window.same_client
        assert not window.is_privileged


def test_a_wrong_secret_opens_nothing_and_learns_nothing():
    for window, tokenless in EVERY:
        if window.secret is False:
            assert judge_window(window, tokenless=tokenless) is CLOSED


def test_only_an_open_unused_window_with_tries_left_is_more_than_closed():
    for window, tokenless in EVERY:
        if judge_window(window, tokenless=tokenless) is not CLOSED:
            assert window.is_open
            assert not window.is_used
            assert window.tries_left


def test_it_is_open_until_it_expires():
    for window, tokenless in EVERY:
        verdict = judge_window(window, tokenless=tokenless)
        assert (verdict is OPEN) <= (not window.is_expired)
        assert (verdict is EXPIRED) <= window.is_expired


def test_bound_is_never_laxer_than_tokenless():
    order = [CLOSED, EXPIRED, OPEN]
    for window in windows():
        bound, lax = (judge_window(window, tokenless=each) for each in (False, True))
        assert order.index(bound) <= order.index(lax)


def test_with_the_right_secret_nothing_else_about_the_client_matters():
    for window, tokenless in EVERY:
        if window.secret is True:
            twin = replace(
                window,
                same_client=not window.same_client,
                is_privileged=not window.is_privileged,
            )
            assert judge_window(twin, tokenless=not tokenless) is judge_window(
                window, tokenless=tokenless
            )


def test_the_bare_request_of_the_document_is_open_only_where_it_is_allowed():
    assert judge_window(BARE, tokenless=True) is OPEN
    assert judge_window(BARE, tokenless=False) is CLOSED
