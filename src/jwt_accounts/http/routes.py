"""URL tables."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponseBase
from django.urls import URLPattern, path


def route(pattern: str, view: Callable[..., HttpResponseBase], name: str) -> list[URLPattern]:
    """A path that answers with and without its trailing slash: a redirect would lose the body of
    a POST. ``reverse()`` gives the form ``pattern`` is written in."""
    other = pattern.removesuffix("/") if pattern.endswith("/") else f"{pattern}/"
    return [path(pattern, view, name=name), path(other, view)]
