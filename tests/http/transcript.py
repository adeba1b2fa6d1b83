"""Play a fixed set of requests and print the answers: ``python -m tests.http.transcript``.

In a process of its own, because REST framework reads much of its settings at import.
"""

from __future__ import annotations

import json
import re

import django
from django.test import Client
from django.test.utils import get_runner, setup_test_environment

_VARYING = (
    (re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+"), "<token>"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "<moment>"),
)


def main() -> None:
    django.setup()
    from django.conf import settings

    setup_test_environment()
    get_runner(settings)(verbosity=0).setup_databases()
    answers = {}
    for name, response in played():
        text = response.content.decode()
        for pattern, mask in _VARYING:
            text = pattern.sub(mask, text)
        headers = {key: value for key, value in response.headers.items() if key != "Content-Length"}
        answers[name] = [response.status_code, headers, text]
    print(json.dumps(answers))


def played():
    from django.contrib.auth import get_user_model

    users = get_user_model()
    root = users.objects.create_superuser("root", "root@example.com", "correct horse battery")
    users.objects.create_user("Zoë", "zoe@example.com", "correct horse battery")
    client = Client(raise_request_exception=False, headers={"accept": "text/html, */*;q=0.1"})

    def send(method, path, body=b"", token="", kind="application/json"):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        extra = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
        name = f"{method} {path} {raw.decode(errors='replace')[:60]} {kind} {bool(token)}"
        return name, client.generic(method, path, raw, kind, **extra)

    right = {"identifier": "root", "password": "correct horse battery"}
    form = "application/x-www-form-urlencoded"
    yield (signed_in := send("POST", "/accounts/sign-in/", right))
    access = json.loads(signed_in[1].content)["access"]
    yield send("POST", "/accounts/sign-in/", b"identifier=root&password=no", kind=form)
    for path in ("/accounts/sign-in/", "/authentication/login/"):
        yield send("POST", path, {})
        yield send("POST", path, [1])
        yield send("POST", path, b"7")
        yield send("POST", path, b'{"identifier": NaN}')
        yield send("POST", path, b"{")
        yield send("POST", path, b"<a/>", kind="application/xml")
        yield send("OPTIONS", path)
        yield send("GET", path)
    for path in ("/accounts/users/", "/authentication/users", f"/accounts/users/{root.pk}/"):
        yield send("GET", path)
        yield send("GET", path, token="junk")
        yield send("GET", path, token=access)
        yield send("GET", f"{path}?search=Zo%C3%AB&format=shout&page=1", token=access)
    yield send("GET", "/authentication/users?page=0", token=access)
    yield send("GET", "/accounts/users/0/", token=access)
    yield send("POST", "/accounts/users/", {"username": "root", "email": 1}, access)
    yield send("POST", "/authentication/user/create/", {"username": "Jörg"}, access)
    yield send("GET", "/accounts/me/", token=access)
    new = {"username": "Łukasz", "email": "new@example.com"}
    for path, body in {
        "/accounts/register/": {**new, "password": "correct horse battery"},
        "/auth/users/": {**new, "password": "correct horse battery"},
        "/api/auth/registration/": {**new, "password1": "a long word", "password2": "another"},
        "/api/register/": {"email": "chat@example.com", "password": "correct horse battery"},
    }.items():
        yield send("POST", path, body)
        yield send("POST", path, {**body, "email": "x"})
        yield send("POST", path, b'{"email": [')
        yield send("POST", path, b"", kind="text/plain")
        yield send("PUT", path)
    for path in ("/auth/users/me/", "/api/user/", "/api/v1/core/", "/accounts/devices/"):
        yield send("GET", path)
        yield send("GET", f"{path}?format=shout", token=access)
    yield send("GET", "/api/confirm-email/x/")
    yield send("POST", "/authentication/logout/", b"", access)
    yield send("GET", "/hello/")


if __name__ == "__main__":
    main()
