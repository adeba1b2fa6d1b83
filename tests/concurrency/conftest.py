"""Sites: server processes over databases of their own, on one PostgreSQL."""

from __future__ import annotations

import json
import subprocess
import sys
from uuid import uuid4

import pytest
from psycopg import sql

from tests.concurrency.site import Site, connect, environment_for
from tests.servers import redis_url


@pytest.fixture(scope="session")
def template():
    """A migrated database with a superuser in it, to be copied."""
    name = f"proofs_{uuid4().hex[:8]}"
    _create(name, "template1")
    subprocess.run(
        [sys.executable, "-m", "tests.concurrency.prepare"], env=environment_for(name), check=True
    )
    yield name
    _drop(name)


@pytest.fixture(scope="session")
def start_site(template, tmp_path_factory):
    """A factory of sites. ``settings`` are those of ``JWT_ACCOUNTS`` that differ."""
    sites = []

    def start(*, atomic_requests: bool = False, redis: str = "", settings=None) -> Site:
        database = f"{template}_{len(sites)}"
        _create(database, template)
        site = Site(
            database,
            tmp_path_factory.mktemp("site"),
            TEST_ATOMIC_REQUESTS="1" if atomic_requests else "0",
            PROOF_REDIS=redis,
            PROOF_SETTINGS=json.dumps(settings or {}),
        )
        sites.append(site)
        return site

    yield start
    for site in sites:
        site.close()
        _drop(site.database)


@pytest.fixture(scope="session")
def plain_site(start_site):
    """Requests run in autocommit, as Django does by default."""
    return start_site()


@pytest.fixture(scope="session")
def atomic_site(start_site):
    """Every request is a transaction: ``ATOMIC_REQUESTS``."""
    return start_site(atomic_requests=True)


@pytest.fixture(params=[pytest.param("plain", marks=pytest.mark.slow), "atomic"])
def site(request):
    """With `ATOMIC_REQUESTS`, where more goes wrong; `make proof`, and the modules that say so, try
    it without as well."""
    return request.getfixturevalue(f"{request.param}_site")


@pytest.fixture(scope="session")
def graceless_site(start_site):
    """A refresh token is good once, to the letter."""
    return start_site(settings={"REFRESH_GRACE": 0})


@pytest.fixture(scope="session")
def tokenless_site(start_site):
    """Who has no secret may set a password too, from where the PIN was asked for and verified.
    Every request is a transaction."""
    return start_site(atomic_requests=True, settings={"RECOVERY_BINDING": "tokenless"})


@pytest.fixture(scope="session")
def limited_site(start_site):
    """Five sign-ins a day and client address, counted in Redis."""
    return start_site(redis=redis_url(), settings={"RATE_LIMITS": {"sign_in": "5/d"}})


def _create(name: str, template: str) -> None:
    with connect("postgres") as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )


def _drop(name: str) -> None:
    with connect("postgres") as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
