"""The app: its tables come with any user model, and the rest of the library does not need it."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def test_no_migration_is_missing(capsys):
    call_command("makemigrations", "jwt_accounts_notifications", check=True, dry_run=True)
    assert "No changes detected" in capsys.readouterr().out


def test_the_first_migration_waits_for_the_user_model():
    first = MigrationLoader(connection).disk_migrations[
        "jwt_accounts_notifications", "0001_initial"
    ]
    assert settings.AUTH_USER_MODEL in {
        getattr(each, "setting", None) for each in first.dependencies
    }
