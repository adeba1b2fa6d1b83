"""A mail server that keeps what it gets: Django 6.1 warns of hosts without MAILERS."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

PIN = "042917"


@pytest.fixture(autouse=True)
def _mailers(settings):
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}


@pytest.fixture
def recovery():
    return {"pin": PIN, "minutes": 15, "site": "Bolts & Nuts"}


@pytest.fixture
def change():
    at = datetime(2026, 7, 4, 22, 5, 9, tzinfo=UTC)
    return {"at": at, "ip": "192.0.2.1", "site": "Bolts & Nuts"}


@pytest.fixture
def write_template(tmp_path, settings):
    """A host's own templates, in a folder of its own that is asked first."""

    def write(name: str, text: str) -> None:
        path = tmp_path / "templates" / "jwt_accounts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        settings.TEMPLATES = [
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [tmp_path / "templates"],
            }
        ]

    return write
