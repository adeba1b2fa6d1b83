"""Run as ``python -m``: plays the transcripts of one host at the real djoser.

Prints, for each transcript, the answers that are not the expected ones. With ``--record`` it
writes the answers into the files instead, for somebody to read.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.test.utils import setup_test_environment

from tests.oracle.transcripts import Transcript, read_all, write


def main(*, record: bool) -> None:
    django.setup()
    setup_test_environment()
    call_command("migrate", verbosity=0)
    played = [each for each in read_all() if each.host == os.environ["ORACLE_HOST"]]
    results = {each.name: _play(each, record=record) for each in played}
    sys.stdout.write(json.dumps(results) + "\n")


def _play(transcript: Transcript, *, record: bool) -> list[str]:
    from rest_framework_simplejwt.serializers import api_settings
    from rest_framework_simplejwt.tokens import RefreshToken

    from tests.oracle.playing import Player, general

    # simplejwt's modules keep the settings that they found when they were imported.
    api_settings.reload()
    api_settings._user_settings = {**settings.SIMPLE_JWT, **transcript.simple_jwt}

    player = Player(transcript, revoke=lambda token: RefreshToken(token).blacklist())
    found = []
    with transaction.atomic():
        if record:
            for step, came in player.play():
                answer = general(came, player.known)
                step["answer"] = _recorded(step.get("answer", {}), answer)
            write(transcript)
        else:
            found = player.disagreements(ours=False)
        transaction.set_rollback(True)
    return found


def _recorded(before: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    """What is written ``{"any": "object"}`` stays so: it is REST framework's, and changes."""
    if before.get("body") == {"any": "object"} and "body" in answer:
        return {**answer, "body": before["body"]}
    return answer


if __name__ == "__main__":
    main(record="--record" in sys.argv)
