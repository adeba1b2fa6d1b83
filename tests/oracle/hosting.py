"""A process in which the transcripts of one host are played at the real peer.

It prints, for each transcript, the answers that are not the expected ones. With ``--record`` it
writes the answers into the files instead, for somebody to read. ``ORACLE_HOST`` says which host.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import django
from django.core.cache import cache
from django.core.management import call_command
from django.db import transaction
from django.test.utils import setup_test_environment

from tests.oracle.answers import general
from tests.oracle.peers import Peer
from tests.oracle.playing import Player, Side
from tests.oracle.transcripts import Transcript, read_all, write


def play_all(peer: Peer, side: Side, prepare: Callable[[Transcript], None]) -> None:
    """Set Django up and play. ``prepare``: what packages keep of settings is brought up to date."""
    django.setup()
    setup_test_environment()
    call_command("migrate", verbosity=0)
    results = {}
    for transcript in read_all(peer):
        if transcript.host == os.environ["ORACLE_HOST"]:
            prepare(transcript)
            results[transcript.name] = _play(transcript, side)
    sys.stdout.write(json.dumps(results) + "\n")


def _play(transcript: Transcript, side: Side) -> list[str]:
    cache.clear()
    player = Player(transcript, side)
    found = []
    with transaction.atomic():
        if "--record" in sys.argv:
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
