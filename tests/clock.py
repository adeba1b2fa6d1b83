"""Time in tests is an argument: nobody sleeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from jwt_accounts.types import RequestContext


def later(ctx: RequestContext, **delta: float) -> RequestContext:
    """The same client, some time later: ``later(ctx, minutes=5)``."""
    return replace(ctx, now=ctx.now + timedelta(**delta))
