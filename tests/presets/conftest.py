"""A client that documents are played at, and a clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from tests.presets.documented import Send, sending


@pytest.fixture
def send(db) -> Send:
    return sending(Client())


@pytest.fixture
def clock() -> Iterator[Any]:
    """Stands still until it is moved: ``clock.shift(timedelta(days=1))``."""
    with time_machine.travel(datetime.now(UTC).replace(microsecond=0), tick=False) as traveller:
        yield traveller
