"""Run as ``python -m``: one project in several processes of several threads.

Every process has a port of its own, so that a test decides who gets a request. The ports are
printed when all sockets listen; the end of standard input ends all processes.
"""

import json
import os
import socket
import sys
from threading import Thread

from django.contrib.auth import get_backends
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver
from waitress.server import create_server


def main(processes: int, threads: int) -> None:
    sockets = [_listening() for _ in range(processes)]
    application = get_wsgi_application()
    _search_every_time()
    # Import all of the project before the fork.
    get_resolver().url_patterns  # noqa: B018
    get_backends()
    for mine in sockets:
        if os.fork() == 0:
            Thread(target=_end_with_input, daemon=True).start()
            create_server(application, sockets=[mine], threads=threads).run()
    sys.stdout.write(json.dumps([each.getsockname()[1] for each in sockets]) + "\n")
    sys.stdout.flush()
    _end_with_input()


def _search_every_time() -> None:
    """However busy the machine is, users without an account are searched for."""
    from jwt_accounts.credentials import scan

    scan._CHEAP = 3600


def _listening() -> socket.socket:
    listening = socket.create_server(("127.0.0.1", 0), backlog=256)
    listening.setblocking(False)
    return listening


def _end_with_input() -> None:
    while os.read(0, 1024):
        pass
    os._exit(0)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
