"""Recovery codes: shown once, kept as hashes, good once."""

from __future__ import annotations

import re
from collections import Counter
from math import log2

import pytest
from django.db import connection

from jwt_accounts.contrib.mfa import recovery
from jwt_accounts.contrib.mfa.models import RecoveryCode
from jwt_accounts.contrib.mfa.recovery import codes_left, make_codes, use_recovery_code
from jwt_accounts.models import SecurityEvent
from jwt_accounts.policies.mfa import RECOVERY_CODES, read_recovery_code
from tests.api.conftest import problem
from tests.letters import letters
from tests.second_factors import shown
from tests.security.test_secret_canaries import contents

pytestmark = [pytest.mark.django_db, pytest.mark.core, pytest.mark.once]
once = pytest.mark.once


def confirm(api, access):
    """Set up a code generator; the recovery codes that are shown."""
    begun = api("POST", "factors/totp/", {}, token=access).json()
    path = f"factors/{begun['factor']['id']}/confirm/"
    answer = api("POST", path, {"code": shown(begun["secret"])}, token=access)
    assert answer.status_code == 200
    return answer.json()["recovery_codes"]


def test_they_are_shown_with_the_first_factor_and_never_again(api, user):
    access = api.access(user)
    codes = confirm(api, access)
    assert len(set(codes)) == RECOVERY_CODES
    assert all(re.fullmatch(r"[0-9][0-9A-Z]{3}-[0-9A-Z]{4}-[0-9A-Z]{3}", each) for each in codes)
    assert confirm(api, access) == []
    for path in ("factors/", "factors/recovery-codes/"):
        answer = api("GET", path, token=access)
        assert answer.json()["recovery_codes_left"] == RECOVERY_CODES
        assert not [each for each in codes if each in answer.content.decode()]


def test_the_database_has_a_salted_scrypt_hash_of_each_and_nothing_else(enrolled):
    someone = enrolled()
    rows = RecoveryCode.objects.all()
    assert len({row.encoded.split("$")[2] for row in rows}) == RECOVERY_CODES  # the salts
    assert {row.encoded.split("$")[0] for row in rows} == {"scrypt"}
    tables = "".join(map(contents, connection.introspection.table_names()))
    for code in someone.recovery_codes:
        assert not {code, code.replace("-", ""), read_recovery_code(code).secret} & set(
            re.findall(r"[0-9A-Z-]{10,}", tables)
        )
        assert read_recovery_code(code).secret not in tables


def test_one_signs_in_once(ctx, enrolled, first_step, second_step):
    someone = enrolled()
    for left, code in enumerate(reversed(someone.recovery_codes)):
        assert second_step(first_step(someone.user), code).status_code == 200
        assert codes_left(someone.user.pk) == RECOVERY_CODES - 1 - left
        problem(second_step(first_step(someone.user), code), 400, "code_invalid")
    used = RecoveryCode.objects.values_list("used_at", flat=True)
    assert set(used) == {ctx.now}


@pytest.mark.parametrize(
    "retype",
    [
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: code.replace("-", " "),
        lambda code: f"  {' '.join(code)} ",
        lambda code: code.replace("1", "l").replace("0", "o"),
        lambda code: code.replace("1", "I").replace("0", "O"),
        lambda code: f"-{code}-",
    ],
)
def test_it_is_read_however_somebody_writes_it_down(ctx, make_user, retype):
    user = make_user()
    codes = make_codes(ctx, user.pk)
    assert [use_recovery_code(ctx, user.pk, retype(each)) for each in codes] == [True] * len(codes)


def test_neither_a_near_one_nor_that_of_another_user_is_taken(enrolled, first_step, second_step):
    ann, bob = enrolled(), enrolled()
    code = ann.recovery_codes[3]
    for typed in (
        code[:-1] + ("A" if code[-1] != "A" else "B"),
        code[:-1],
        code + "A",
        "4" + code[1:],  # the secret of another place
        bob.recovery_codes[3],
        "9ZZZ-ZZZZ-ZZZ",
        "ZZZZ-ZZZZ-ZZZ",
    ):
        problem(second_step(first_step(ann.user), typed), 400, "code_invalid")
    problem(second_step(first_step(bob.user), code), 400, "code_invalid")
    assert codes_left(ann.user.pk) == codes_left(bob.user.pk) == RECOVERY_CODES
    assert second_step(first_step(ann.user), code).status_code == 200


def test_the_owner_is_told_and_it_is_written_down(enrolled, first_step, second_step):
    someone = enrolled()
    token = first_step(someone.user)
    (letter,) = letters(lambda: second_step(token, someone.recovery_codes[0]))
    assert (letter.to, letter.about) == (someone.user.email, "recovery_code_used")
    assert "9" in letter.text
    assert not [code for code in someone.recovery_codes if code in letter.text]
    event = SecurityEvent.objects.get(kind="recovery_code_used")
    assert (event.user_id, event.details) == (someone.user.pk, {"left": RECOVERY_CODES - 1})


def test_new_ones_take_the_place_of_all_former_ones(api, enrolled, enter, second_step, first_step):
    someone = enrolled()
    access = enter(someone)["access"]
    assert second_step(first_step(someone.user), someone.recovery_codes[0]).status_code == 200
    answers = []
    told = letters(lambda: answers.append(api("POST", "factors/recovery-codes/", {}, token=access)))
    assert [each.about for each in told] == ["recovery_codes_made"]
    codes = answers[0].json()["recovery_codes"]
    assert len(set(codes) - set(someone.recovery_codes)) == RECOVERY_CODES
    assert codes_left(someone.user.pk) == RECOVERY_CODES
    token = first_step(someone.user)
    for former in someone.recovery_codes[:4]:
        problem(second_step(token, former), 400, "code_invalid")
    assert second_step(token, codes[0]).status_code == 200


def test_who_has_no_factor_gets_none(api, user):
    answer = api("POST", "factors/recovery-codes/", {}, token=api.access(user))
    problem(answer, 403, "forbidden")
    assert not RecoveryCode.objects.exists()


@once
def test_the_cost_of_a_hash_is_that_of_a_password(monkeypatch, ctx, user):
    monkeypatch.undo()  # the tests' cheap one
    encoded = recovery._encoded("ABCDEFGHJK")
    algorithm, cost, _, block, lanes, _ = encoded.split("$")
    assert (algorithm, int(cost), int(block), int(lanes)) == ("scrypt", 2**14, 8, 1)


@once
def test_their_letters_are_random_to_all_appearance(ctx, user):
    """Chi-square over 32 letters: beyond 75 in one of 20,000 runs."""
    codes = [code for _ in range(60) for code in make_codes(ctx, user.pk)]
    secrets = [read_recovery_code(code).secret for code in codes]
    assert len(set(secrets)) == len(codes) == 600
    counted = Counter("".join(secrets))
    assert len(counted) == 32
    expected = len(codes) * 10 / 32
    assert sum((number - expected) ** 2 / expected for number in counted.values()) < 75
    for place in range(10):
        shares = [n / len(codes) for n in Counter(each[place] for each in secrets).values()]
        assert -sum(share * log2(share) for share in shares) > 4.8  # of 5 bits
