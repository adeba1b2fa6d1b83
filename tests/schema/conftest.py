"""The document of a host that mounts everything."""

from __future__ import annotations

import pytest
from django.test import override_settings
from drf_spectacular.drainage import GENERATOR_STATS, reset_generator_stats
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings

from tests.schema.described import Document

HOST = {
    "ROOT_URLCONF": "tests.schema.host",
    "REST_FRAMEWORK": {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"},
}


def generate(**settings: object) -> Document:
    """Made anew, with settings of drf-spectacular's. Nothing is warned of."""
    with override_settings(**HOST), patched_settings(settings):
        reset_generator_stats()
        with GENERATOR_STATS.silence():
            made = SchemaGenerator().get_schema(request=None, public=True)
        assert [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache] == []
    return Document(made)


@pytest.fixture(scope="session")
def document() -> Document:
    return generate()


@pytest.fixture
def host(settings):
    """The host whose document it is."""
    for name, value in HOST.items():
        setattr(settings, name, value)
