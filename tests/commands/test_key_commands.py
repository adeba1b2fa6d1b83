"""What an administrator of keys types."""

from __future__ import annotations

import json
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from jwt_accounts import vault
from jwt_accounts.models import SigningKey
from jwt_accounts.sealed import SealedColumn, sealed_columns
from jwt_accounts.tokens.key_ring import unsealed
from jwt_accounts.vault import SealBroken, seal
from tests.clock import later
from tests.commands.test_commands import run
from tests.key_ring import keeper

__all__ = ["keeper"]
pytestmark = pytest.mark.django_db

FIRST, SECOND = "the first key " * 3, "the second key " * 3


def keys(settings, *texts):
    settings.JWT_ACCOUNTS = {"ENCRYPTION_KEYS": list(texts)}


def add(*options):
    return run("signing_keys", "add", *options).partition(":")[0]


def test_a_key_is_added_promoted_and_retired(db, time_machine, ctx):
    time_machine.move_to("2030-01-01 12:00:00Z", tick=False)
    assert run("signing_keys", "list") == "No keys.\n"
    first = add()
    assert run("signing_keys", "list") == (
        f"{first} ES256: waits to be promoted; added 2030-01-01 12:00 UTC, promoted never.\n"
    )
    assert run("signing_keys", "promote", first) == f"{first}: signs.\n"
    time_machine.move_to("2030-01-02 12:00:00Z", tick=False)
    second = add("--algorithm", "EdDSA")
    with pytest.raises(CommandError, match="too new"):
        run("signing_keys", "promote", second)
    assert run("signing_keys", "promote", second, "--force") == f"{second}: signs.\n"
    told = run("signing_keys", "retire", first)
    assert told == f"{first}: retired, verifies until 2030-01-02 12:11 UTC.\n"
    time_machine.move_to("2030-01-02 12:11:00Z", tick=False)
    lines = run("signing_keys", "list").splitlines()
    assert [re.search(r": ([^;]+);", line)[1] for line in lines] == ["counts no more", "signs"]


def test_a_key_that_leaked_is_gone(keeper):
    first = keeper.signer()
    keeper.signer()
    told = run("signing_keys", "retire", first, "--at-once")
    assert told == f"{first}: gone, and what it signed.\n"
    assert not SigningKey.objects.filter(pk=first).exists()


def test_scripts_get_json_and_nobody_gets_a_key(keeper):
    kid = keeper.signer("RS256")
    told = run("signing_keys", "list") + (as_json := run("signing_keys", "list", "--json"))
    (key,) = json.loads(as_json)
    assert (key["kid"], key["state"], key["retired_at"]) == (kid, "signing", None)
    row = SigningKey.objects.get()
    assert row.private_key not in told
    assert "BEGIN" not in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["promote", "x"], "no key 'x'"),
        (["retire", "x"], "no key 'x'"),
        (["add", "--algorithm", "HS256"], "invalid choice"),
        (["add", "--algorithm", "none"], "invalid choice"),
        (["promote"], "KID"),
        ([], "act"),
    ],
)
def test_what_makes_no_sense_is_refused(db, arguments, told):
    with pytest.raises(CommandError, match=told):
        run("signing_keys", *arguments)


def test_a_key_that_cannot_be_opened_is_refused_in_words(keeper, settings):
    keys(settings, FIRST)
    kid = keeper.add()
    keys(settings, SECOND)
    with pytest.raises(CommandError, match="ENCRYPTION_KEYS"):
        run("signing_keys", "promote", kid)


# Encrypt anew.


def test_secrets_are_sealed_with_the_new_key_and_the_old_one_can_go(keeper, settings):
    keys(settings, FIRST)
    kids = [keeper.add("EdDSA") for _ in range(5)]
    before = [unsealed(SigningKey.objects.get(pk=kid)) for kid in kids]
    keys(settings, SECOND, FIRST)
    told = run("reencrypt", "--batch", "2")
    assert "jwt_accounts.SigningKey.private_key: 5 encrypted anew.\n" in told
    keys(settings, SECOND)
    assert [unsealed(SigningKey.objects.get(pk=kid)) for kid in kids] == before


def test_what_no_key_opens_is_named_and_left_as_it_was(keeper, settings):
    keys(settings, FIRST)
    lost = keeper.add("EdDSA")
    sealed = SigningKey.objects.get().private_key
    keys(settings, SECOND)
    kept = keeper.add("EdDSA")
    errors = StringIO()
    with pytest.raises(CommandError, match="1 secrets were left") as failed:
        call_command("reencrypt", stdout=StringIO(), stderr=errors, no_color=True)
    assert failed.value.returncode == 1
    assert f"of {lost}: none of the keys opens it" in errors.getvalue()
    assert SigningKey.objects.get(pk=lost).private_key == sealed
    assert unsealed(SigningKey.objects.get(pk=kept))


def test_a_retired_key_holds_no_secret_to_seal(keeper):
    first = keeper.signer()
    keeper.signer()
    keeper.retire(first)
    assert "private_key: 1 encrypted anew" in run("reencrypt")


def test_what_somebody_else_writes_meanwhile_stays(keeper, settings, monkeypatch):
    kid = keeper.add("EdDSA")
    row = SigningKey.objects.get()
    theirs = seal("their secret", purpose=row.seal_purpose)
    real = vault.seal_again

    def late(sealed, *, purpose):
        if sealed != theirs:
            SigningKey.objects.filter(pk=kid).update(private_key=theirs)
        return real(sealed, purpose=purpose)

    monkeypatch.setattr("jwt_accounts.flows.reencrypt.seal_again", late)
    assert "1 encrypted anew" in run("reencrypt")
    assert unsealed(SigningKey.objects.get()) == "their secret"


def test_an_app_adds_a_column_of_its_own(ctx, keeper, monkeypatch):
    row = SigningKey.objects.create(
        kid="x", public_key=seal("s", purpose="mine"), created_at=later(ctx, days=1).now
    )
    mine = SealedColumn(
        model="jwt_accounts.SigningKey", column="public_key", purpose=lambda _row: "mine"
    )
    monkeypatch.setattr("jwt_accounts.flows.reencrypt.sealed_columns", [*sealed_columns, mine])
    assert "public_key: 1 encrypted anew." in run("reencrypt")
    row.refresh_from_db()
    assert vault.unseal(row.public_key, purpose="mine") == "s"
    with pytest.raises(SealBroken):
        vault.unseal(row.public_key, purpose="another")
