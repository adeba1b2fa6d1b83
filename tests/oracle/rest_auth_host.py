"""Run as ``python -m``: plays the transcripts of one host at the real dj-rest-auth
(``hosting.py``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from tests.oracle.hosting import play_all
from tests.oracle.peers import REST_AUTH, merged
from tests.oracle.playing import Side
from tests.oracle.transcripts import Transcript


def _tokens_of(user: Any, _password: str) -> dict[str, str]:
    from rest_framework_simplejwt.tokens import RefreshToken

    refresh = RefreshToken.for_user(user)
    return {"access": str(refresh.access_token), "refresh": str(refresh)}


def _revoke(token: str) -> None:
    from rest_framework_simplejwt.tokens import RefreshToken

    RefreshToken(token).blacklist()


def _verify(user: Any) -> None:
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)


def _links_of(_transcript: Transcript) -> Mapping[str, str]:
    return {
        "password": "http://testserver/password/{uid}/{token}/",
        "email": f"http://testserver{REST_AUTH.mount}registration/account-confirm-email/{{key}}/",
    }


def _prepare(transcript: Transcript) -> None:
    """Modules keep the settings that they found when they were imported."""
    from dj_rest_auth import app_settings
    from rest_framework_simplejwt import serializers as simplejwt

    mine = merged({"SIMPLE_JWT": settings.SIMPLE_JWT}, transcript.all_settings)
    for kept, name in ((app_settings, "REST_AUTH"), (simplejwt, "SIMPLE_JWT")):
        kept.api_settings.reload()
        kept.api_settings._user_settings = mine[name]


if __name__ == "__main__":
    play_all(REST_AUTH, Side(_tokens_of, _revoke, _links_of, _verify), _prepare)
