"""A client of djoser's contract, and the links it sends."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from tests.conftest import PASSWORD
from tests.presets.calling import Api
from tests.presets.documented import Answer
from tests.recovery import mailed

FRONT_END = "https://app.example"


@dataclass
class Djoser(Api):
    """``djoser("GET", "users/me/", as_=ann)``. ``user`` instances sign in when they first ask."""

    mount: str = "/auth/"

    def __post_init__(self) -> None:
        self.tokens: dict[Any, str] = {}

    def __call__(
        self, method: str, path: str, body: Any = None, *, as_: Any = None, **more: str
    ) -> Answer:
        if as_ is not None:
            if as_.pk not in self.tokens:
                self.tokens[as_.pk] = self.pair(as_)["access"]
            more["token"] = self.tokens[as_.pk]
        return super().__call__(method, path, body, **more)

    def pair(self, user: Any, password: str = PASSWORD) -> dict[str, str]:
        """The two tokens of somebody."""
        answer = self.sign_in(user.get_username(), password)
        assert answer.status == 200, answer
        return answer.json()

    def sign_in(self, username: str, password: str = PASSWORD) -> Answer:
        who = {get_user_model().USERNAME_FIELD: username, "password": password}
        return super().__call__("POST", "jwt/create/", who)

    def link(self, act: Callable[[], Any]) -> dict[str, str]:
        """``uid`` and ``token`` of the one link that goes out because of an act."""
        (found,) = links_in(act)
        return found


def links_in(act: Callable[[], Any]) -> list[dict[str, str]]:
    """What each link holds that goes out because of an act."""
    pattern = rf"{FRONT_END}/#/[\w-]+/(?P<uid>[\w-]+)/(?P<token>\S+)"
    return [found.groupdict() for sent in mailed(act) for found in re.finditer(pattern, sent.body)]


@pytest.fixture(autouse=True)
def configured(settings):
    settings.JWT_ACCOUNTS = {"FRONTEND_URL": FRONT_END}
    settings.DJOSER = {}


@pytest.fixture
def djoser(db) -> Djoser:
    return Djoser()


@pytest.fixture
def ann(make_user):
    return make_user("ann")


@pytest.fixture
def ben(make_user):
    return make_user("ben")
