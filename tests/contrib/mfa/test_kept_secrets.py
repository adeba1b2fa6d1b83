"""What is kept of second factors: sealed by keys that can be changed, and gone with its user."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from jwt_accounts.contrib.mfa.apps import MfaConfig
from jwt_accounts.contrib.mfa.models import (
    PasskeyFactor,
    RecoveryCode,
    SentCodeFactor,
    TotpFactor,
)
from jwt_accounts.flows.delete_account import delete_user
from jwt_accounts.flows.prune import prune
from jwt_accounts.models import Challenge
from jwt_accounts.policies.mfa import FactorKind
from jwt_accounts.sealed import sealed_columns
from tests.conftest import identifier_of
from tests.second_factors import give_totp

pytestmark = [pytest.mark.django_db, pytest.mark.core, pytest.mark.once]
once = pytest.mark.once

OLD, NEW = "o" * 32, "n" * 32


@pytest.fixture
def keys(settings):
    """``keys(NEW, OLD)``: from now on these seal and open."""

    def use(*values):
        settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "ENCRYPTION_KEYS": list(values)}

    return use


def sealed():
    return dict(TotpFactor.objects.values_list("pk", "secret"))


@once
def test_after_reencrypt_the_old_key_can_go(keys, enrolled, enter, capsys):
    keys(OLD)
    people = [enrolled() for _ in range(3)]
    before = sealed()
    keys(NEW, OLD)
    call_command("reencrypt", batch=2)
    assert "jwt_accounts_mfa.TotpFactor.secret: 3 encrypted anew." in capsys.readouterr().out
    assert not set(sealed().values()) & set(before.values())
    keys(NEW)
    assert all(enter(someone)["access"] for someone in people)
    call_command("reencrypt")
    assert "TotpFactor.secret: 3 encrypted anew." in capsys.readouterr().out


@once
def test_with_the_key_gone_codes_are_refused_and_the_log_says_why(
    keys, enrolled, first_step, second_step, caplog
):
    keys(OLD)
    someone = enrolled()
    keys(NEW)
    token = first_step(someone.user)
    answer = second_step(token, someone.code())
    assert (answer.status_code, answer.json()["code"]) == (400, "code_invalid")
    assert f"code generator {someone.factor.pk} is sealed by no present key" in caplog.text
    assert someone.secret not in caplog.text
    assert sealed()[someone.factor.pk] not in caplog.text
    assert second_step(token, someone.recovery_codes[0]).status_code == 200


@once
def test_what_no_key_opens_is_left_and_named(keys, enrolled, capsys):
    keys(OLD)
    lost = enrolled()
    before = sealed()
    keys(NEW)
    kept = enrolled()
    with pytest.raises(CommandError, match="1 secrets were left"):
        call_command("reencrypt")
    assert f"TotpFactor.secret of {lost.factor.pk}:" in capsys.readouterr().err
    assert sealed()[lost.factor.pk] == before[lost.factor.pk]
    keys(NEW, OLD)
    call_command("reencrypt")
    assert sealed().keys() == {lost.factor.pk, kept.factor.pk}


@once
def test_the_secret_of_one_user_is_of_no_use_for_another(
    enrolled, make_user, first_step, second_step
):
    thief, owner = enrolled(), enrolled()
    TotpFactor.objects.filter(pk=thief.factor.pk).update(secret=sealed()[owner.factor.pk])
    answer = second_step(first_step(thief.user), owner.code())
    assert answer.json()["code"] == "code_invalid"


@once
def test_apps_that_are_made_ready_again_are_sealed_once():
    before = list(sealed_columns)
    MfaConfig.create("jwt_accounts.contrib.mfa").ready()
    assert sealed_columns == before


def test_with_a_user_go_factors_and_codes(ctx, enrolled, make_user, first_step):
    someone, other = enrolled(), enrolled()
    user = someone.user
    SentCodeFactor.objects.create(user=user, channel=str(FactorKind.EMAIL), confirmed=True)
    PasskeyFactor.objects.create(user=user, name="key", credential_id="x", public_key="y")
    first_step(user)
    root = make_user(is_superuser=True)
    delete_user(ctx, actor=root, user_id=str(user.pk))
    for model in (SentCodeFactor, PasskeyFactor):
        assert not model.objects.exists()
    for model in (TotpFactor, RecoveryCode):
        assert set(model.objects.values_list("user_id", flat=True)) == {other.user.pk}
    assert not Challenge.objects.filter(user=user.pk).exists()


def test_what_was_begun_and_never_confirmed_is_pruned_after_a_day(ctx, make_user, clock):
    user, other = make_user(), make_user()
    used = give_totp(other).factor
    begun = give_totp(user, confirmed=False, with_codes=False).factor
    mailbox = SentCodeFactor.objects.create(
        user=user, channel=str(FactorKind.EMAIL), confirmed=False
    )
    assert prune(ctx).factors == 0
    clock.shift(timedelta(hours=23))
    young = give_totp(make_user(), confirmed=False, with_codes=False).factor
    clock.shift(timedelta(hours=1))
    later = type(ctx)(now=timezone.now())
    assert prune(later, batch=1).factors == 2
    assert set(TotpFactor.objects.all()) == {used, young}
    assert not SentCodeFactor.objects.filter(pk=mailbox.pk).exists()
    assert begun.pk not in sealed()
    assert prune(later).factors == 0


def test_steps_that_nobody_took_are_pruned(ctx, enrolled, first_step, clock):
    someone = enrolled()
    first_step(someone.user)
    assert Challenge.objects.filter(user=someone.user.pk).count() == 1
    clock.shift(timedelta(days=1, minutes=6))
    assert prune(type(ctx)(now=timezone.now())).challenges == 1
    assert not Challenge.objects.filter(user=someone.user.pk).exists()
    assert identifier_of(someone.user)
