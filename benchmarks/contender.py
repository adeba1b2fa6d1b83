"""One contender in a process of its own: ``contender.py NAME DATABASE_AS_JSON USERS``.

Reads lines ``NUMBER OPERATION`` and answers each with a JSON list of microseconds, one a request;
where the number is 0, with how many SQL statements one request costs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from time import perf_counter_ns
from typing import Any

import django
from django.conf import settings

NAME, PASSWORD = "user7", "a password for the benchmark"
OWN = "jwt_accounts"
CONTENDERS = (OWN, "simplejwt", "simplejwt + blacklist", "simplejwt + blacklist + axes")
OPERATIONS = ("sign in", "GET", "refresh")


def configure(contender: str, database: dict[str, Any]) -> None:
    own, axes, blacklist = contender == OWN, "axes" in contender, "blacklist" in contender
    apps = ["django.contrib.auth", "django.contrib.contenttypes", "rest_framework"]
    apps += ["jwt_accounts"] * own + ["axes"] * axes
    apps += ["rest_framework_simplejwt.token_blacklist"] * blacklist
    backends = ["axes.backends.AxesStandaloneBackend"] * axes
    backends.append("django.contrib.auth.backends.ModelBackend")
    settings.configure(
        ALLOWED_HOSTS=["*"],
        AUTHENTICATION_BACKENDS=backends,
        DATABASES={"default": {**database, "CONN_MAX_AGE": None}},
        INSTALLED_APPS=apps,
        MIDDLEWARE=["axes.middleware.AxesMiddleware"] if axes else [],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ROOT_URLCONF="contender",
        SECRET_KEY="a key for the benchmark that is long enough for everybody",
        # As by default, but high enough never to refuse.
        JWT_ACCOUNTS={"RATE_LIMITS": {"sign_in": "9000000/m", "refresh": "9000000/m"}},
        SIMPLE_JWT={
            "ACCESS_TOKEN_LIFETIME": timedelta(hours=2),
            "ROTATE_REFRESH_TOKENS": blacklist,
            "BLACKLIST_AFTER_ROTATION": blacklist,
        },
        AXES_LOCKOUT_PARAMETERS=["username"],
    )
    django.setup()


def mount(contender: str) -> list[Any]:
    from django.urls import include, path
    from django.utils.module_loading import import_string
    from rest_framework.decorators import api_view, authentication_classes, permission_classes
    from rest_framework.permissions import IsAuthenticated
    from rest_framework.response import Response
    from rest_framework_simplejwt.authentication import JWTAuthentication
    from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView

    own = "jwt_accounts.http.authentication.AccountAuthentication"
    authentication = import_string(own) if contender == OWN else JWTAuthentication

    @api_view(["GET"])
    @authentication_classes([authentication])
    @permission_classes([IsAuthenticated])
    def host_view(request: Any) -> Response:
        user = request.user
        return Response({"id": user.pk, "username": user.username, "email": user.email})

    peers = [
        path("sign-in/", TokenObtainPairView.as_view()),
        path("token/refresh/", TokenRefreshView.as_view()),
    ]
    own_views = [path("", include("jwt_accounts.urls"))] if contender == OWN else peers
    return [path("view/", host_view), *own_views]


class Client:
    """Calls the project as a server would, without a server."""

    def __init__(self, application: Any) -> None:
        self.application = application

    def ask(self, method: str, path: str, data: Any = None, token: str = "") -> Any:
        body = b"" if data is None else json.dumps(data).encode()
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "REMOTE_ADDR": "192.0.2.1",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_USER_AGENT": "benchmark",
            "wsgi.input": BytesIO(body),
            "wsgi.url_scheme": "http",
        }
        if token:
            environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        status = []
        response = self.application(environ, lambda line, headers: status.append(line))
        content = b"".join(response)
        response.close()
        if not status[0].startswith("200"):
            raise RuntimeError(f"{method} {path}: {status[0]} {content[:300]!r}")
        return json.loads(content)


def operations(contender: str, client: Client) -> dict[str, Callable[[], Any]]:
    credentials = {"identifier" if contender == OWN else "username": NAME, "password": PASSWORD}
    held = client.ask("POST", "/sign-in/", credentials)

    token = held["access"]

    def refresh() -> None:
        held.update(client.ask("POST", "/token/refresh/", {"refresh": held["refresh"]}))

    return {
        "sign in": lambda: client.ask("POST", "/sign-in/", credentials),
        "GET": lambda: client.ask("GET", "/view/", token=token),
        "refresh": refresh,
    }


def make_users(number: int) -> None:
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import Group, User
    from django.core.management import call_command
    from django.db import transaction

    call_command("migrate", verbosity=0)
    encoded = make_password(PASSWORD)
    with transaction.atomic():
        for name in (f"user{place}" for place in range(number)):
            User.objects.create(username=name, email=f"{name}@example.com", password=encoded)
        Group.objects.create(name="Cashier").user_set.add(User.objects.get(username=NAME))


def timed(call: Callable[[], Any]) -> float:
    begun = perf_counter_ns()
    call()
    return (perf_counter_ns() - begun) / 1000


def statements(call: Callable[[], Any]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    control = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
    with CaptureQueriesContext(connection) as captured:
        call()
    return sum(not each["sql"].startswith(control) for each in captured.captured_queries)


def main(contender: str, database: str, users: str) -> None:
    configure(contender, json.loads(database))
    from django.core.wsgi import get_wsgi_application

    make_users(int(users))
    sys.modules["contender"] = sys.modules[__name__]
    globals()["urlpatterns"] = mount(contender)
    calls = operations(contender, Client(get_wsgi_application()))
    print("ready", flush=True)
    for line in sys.stdin:
        number, _, operation = line.strip().partition(" ")
        call = calls[operation]
        spent = [timed(call) for _ in range(int(number))]
        print(json.dumps(spent or statements(call)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
