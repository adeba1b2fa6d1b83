"""A client of the chat contract, and the mail it sends."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.presets.calling import Api
from tests.presets.chat.documented import WHO, Names
from tests.presets.documented import Answer
from tests.recovery import mailed

FRONT_END = "https://chat.example"


@pytest.fixture(autouse=True)
def _configured(settings):
    settings.JWT_ACCOUNTS = {"FRONTEND_URL": FRONT_END}


@pytest.fixture
def names(send) -> Names:
    return Names(send)


@pytest.fixture
def api(db) -> Api:
    return Api("/api/")


@dataclass
class Registered:
    """Somebody who has just registered."""

    answer: Answer
    mail: Any
    api: Api

    @property
    def link(self) -> str:
        """The path that the mail leads to."""
        (link,) = set(re.findall(rf"{FRONT_END}(\S+)", self.mail.body))
        return link

    def follow(self, method: str = "GET", path: str = "") -> Answer:
        return self.api(method, (path or self.link).removeprefix(self.api.mount))

    def is_confirmed(self, password: str = WHO["password"]) -> bool:
        """As the document's own endpoint tells it."""
        who = {"email": self.answer.json()["email"], "password": password}
        access = self.api("POST", "token/", who).json()["access"]
        return self.api("GET", "user/", token=access).json()["is_email_confirmed"]


@pytest.fixture
def register(api) -> Callable[..., Registered]:
    """Register: ``register(email=...)``."""

    def one(**values: Any) -> Registered:
        answers = []
        sent = mailed(lambda: answers.append(api("POST", "register/", {**WHO, **values})))
        return Registered(answers[0], sent[0] if sent else None, api)

    return one
