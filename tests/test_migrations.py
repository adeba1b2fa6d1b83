"""The migrations: complete, reversible, and right for user apps before and after ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

ROOT = Path(__file__).parent.parent


@pytest.mark.core
@pytest.mark.django_db
def test_no_migration_is_missing_with_any_user_model(capsys):
    call_command("makemigrations", "jwt_accounts", check=True, dry_run=True)
    assert "No changes detected" in capsys.readouterr().out


@pytest.mark.core
@pytest.mark.django_db
def test_every_migration_waits_for_the_user_model():
    loader = MigrationLoader(connection)
    first = loader.disk_migrations["jwt_accounts", "0001_initial"]
    assert settings.AUTH_USER_MODEL in {
        getattr(each, "setting", None) for each in first.dependencies
    }


THERE_AND_BACK = """
import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection

django.setup()

def ours():
    names = connection.introspection.table_names()
    return sorted(name for name in names if name.startswith("jwt_accounts_"))

def migrate(*target):
    call_command("migrate", *target, verbosity=0)
    connection.check_constraints()
    return ours()

there = migrate()
assert len(there) == 20, there
for app in ("activity", "devices", "mfa", "notifications", "tenants"):
    migrate(f"jwt_accounts_{app}", "zero")
assert migrate("jwt_accounts", "zero") == []
assert migrate() == there

from django.contrib.auth import get_user_model
from jwt_accounts.models import Account

user = get_user_model()(email="a@example.com")
user.save()
assert Account.objects.get().user == user
print(" ".join(there))
"""


@pytest.mark.parametrize("module", ["settings", "settings_email", "settings_uuid"])
def test_the_tables_come_and_go(module):
    environment = {"PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": f"tests.{module}"}
    command = [sys.executable, "-W", "error", "-c", THERE_AND_BACK]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [
        "jwt_accounts_account",
        "jwt_accounts_activity_activity",
        "jwt_accounts_activity_comment",
        "jwt_accounts_attempt",
        "jwt_accounts_challenge",
        "jwt_accounts_devices_device",
        "jwt_accounts_mfa_passkeyfactor",
        "jwt_accounts_mfa_recoverycode",
        "jwt_accounts_mfa_sentcodefactor",
        "jwt_accounts_mfa_totpfactor",
        "jwt_accounts_notifications_notification",
        "jwt_accounts_passwordhistory",
        "jwt_accounts_rolesettings",
        "jwt_accounts_securityevent",
        "jwt_accounts_signingkey",
        "jwt_accounts_tenants_activetenant",
        "jwt_accounts_tenants_membership",
        "jwt_accounts_tenants_tenant",
        "jwt_accounts_tenants_tenantinvitation",
        "jwt_accounts_usersession",
    ]
