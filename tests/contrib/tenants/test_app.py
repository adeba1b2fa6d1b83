"""The app: its tables come with any user model, and the rest of the library does not need it."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.loader import MigrationLoader

from jwt_accounts.contrib.tenants.flows.active_tenant import claims_of
from jwt_accounts.flows.tokens import claim_sources

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def test_no_migration_is_missing(capsys):
    call_command("makemigrations", "jwt_accounts_tenants", check=True, dry_run=True)
    assert "No changes detected" in capsys.readouterr().out


def test_the_first_migration_waits_for_the_user_model():
    first = MigrationLoader(connection).disk_migrations["jwt_accounts_tenants", "0001_initial"]
    assert settings.AUTH_USER_MODEL in {
        getattr(each, "setting", None) for each in first.dependencies
    }


def test_the_claim_is_added_once_however_often_the_apps_are_ready():
    apps.get_app_config("jwt_accounts_tenants").ready()
    assert claim_sources.count(claims_of) == 1


def test_one_tenant_at_most_is_the_default(make_tenant):
    make_tenant(is_default=True)
    make_tenant()
    make_tenant()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_tenant(is_default=True)
