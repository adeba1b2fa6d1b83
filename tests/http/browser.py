"""A browser, as far as cookies go: it keeps what is set, and sends it where the attributes say."""

from __future__ import annotations

import json
from http.cookiejar import Cookie, CookieJar
from typing import Any
from urllib.request import Request

from django.test import Client

HOST = "www.example.com"


class Browser:
    """With the page of a front end in it: requests come from its origin, and what is not safe has
    the CSRF token."""

    def __init__(self, scheme: str = "https") -> None:
        self.origin = f"{scheme}://{HOST}"
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        self.jar = CookieJar()

    def __call__(
        self, method: str, path: str, body: Any = None, *, csrf: str | None = "", **environ: Any
    ) -> Any:
        """``csrf``: another token than the one that was given; None: none."""
        sent = {"HTTP_HOST": HOST, "HTTP_COOKIE": self.header(path)}
        if method != "GET":
            sent["HTTP_ORIGIN"] = self.origin
            token = self.value("csrftoken") if csrf == "" else csrf
            sent |= {} if token is None else {"HTTP_X_CSRFTOKEN": token}
        data = b"" if body is None else json.dumps(body).encode()
        secure = self.origin.startswith("https:")
        kind = environ.pop("content_type", "application/json")
        response = self.client.generic(method, path, data, kind, secure, **{**sent, **environ})
        self.jar.extract_cookies(_Answer(response), self._request(path))
        return response

    def header(self, path: str) -> str:
        """The ``Cookie`` header that would be sent there."""
        request = self._request(path)
        self.jar.add_cookie_header(request)
        return str(request.get_header("Cookie", ""))

    def _request(self, path: str) -> Request:
        return Request(self.origin + path)  # noqa: S310 - a jar asks it, and nobody opens it

    def sends(self, path: str) -> set[str]:
        """The names of the cookies that would be sent there."""
        return {pair.partition("=")[0] for pair in self.header(path).split("; ") if pair}

    def cookies(self) -> dict[str, Cookie]:
        """What is kept."""
        return {each.name: each for each in self.jar}

    def value(self, name: str) -> str | None:
        """The value of a cookie."""
        found = self.cookies().get(name)
        return None if found is None else found.value


class _Answer:
    """What a jar reads of an answer."""

    def __init__(self, response: Any) -> None:
        self.set = [morsel.OutputString() for morsel in response.cookies.values()]

    def info(self) -> _Answer:
        return self

    def get_all(self, name: str, default: list[str]) -> list[str]:
        return self.set if name == "Set-Cookie" else default
