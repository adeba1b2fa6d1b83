"""The budgets are those of the bare library; what an optional app adds, its own tests say."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _bare(bare_tokens):
    """No app adds a query to a token."""
