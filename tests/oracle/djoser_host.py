"""Run as ``python -m``: plays the transcripts of one host at the real djoser (``hosting.py``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.test import Client

from tests.oracle.hosting import play_all
from tests.oracle.peers import DJOSER
from tests.oracle.playing import Side
from tests.oracle.transcripts import Transcript

_URLS = {
    "activation": "ACTIVATION_URL",
    "password": "PASSWORD_RESET_CONFIRM_URL",
    "username": "USERNAME_RESET_CONFIRM_URL",
}


def tokens_of(user: Any, password: str) -> dict[str, str]:
    """What ``jwt/create/`` answers, at djoser and at ours."""
    body = {user.USERNAME_FIELD: user.get_username(), "password": password}
    path = f"{DJOSER.mount}jwt/create/"
    came = Client().post(path, json.dumps(body), "application/json")
    assert came.status_code == 200, f"{user} cannot sign in: {came.content!r}"
    tokens: dict[str, str] = came.json()
    return tokens


def links_of(transcript: Transcript) -> Mapping[str, str]:
    """The links that its ``DJOSER`` asks for."""
    urls = transcript.all_settings["DJOSER"]
    return {kind: f"https://app.example.com/{urls[name]}" for kind, name in _URLS.items()}


def _revoke(token: str) -> None:
    from rest_framework_simplejwt.tokens import RefreshToken

    RefreshToken(token).blacklist()


def _prepare(transcript: Transcript) -> None:
    """simplejwt's modules keep the settings that they found when they were imported."""
    from rest_framework_simplejwt.serializers import api_settings

    api_settings.reload()
    api_settings._user_settings = {
        **settings.SIMPLE_JWT,
        **transcript.settings.get("SIMPLE_JWT", {}),
    }


if __name__ == "__main__":
    play_all(DJOSER, Side(tokens_of, _revoke, links_of), _prepare)
