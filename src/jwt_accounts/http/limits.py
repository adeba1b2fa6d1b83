"""Rate limits per client address. They protect the machine; accounts are protected by the
database's own counters, exactly (see ``credentials/tries.py``)."""

from __future__ import annotations

import logging

from django.core.cache import caches

from jwt_accounts.conf import Rate, settings
from jwt_accounts.errors import RateLimited
from jwt_accounts.policies.clients import rate_limit_key
from jwt_accounts.types import RequestContext

logger = logging.getLogger("jwt_accounts")


def check_rate(scope: str, ctx: RequestContext) -> None:
    """Count one request. Raises :class:`RateLimited` with the seconds to wait.

    Windows follow the clock: the second, minute, hour or day (UTC) it is now. Counting is one
    atomic increment in the cache. A cache that is away stops nobody from signing in: it is logged,
    and the request goes on.
    """
    rate = settings.RATE_LIMITS[scope]
    if rate is None:
        return
    second = int(ctx.now.timestamp())
    window, passed = divmod(second, rate.seconds)
    key = f"jwt_accounts:{scope}:{rate_limit_key(ctx.ip)}:{window}"
    if _count(key, rate) > rate.limit:
        raise RateLimited(wait=rate.seconds - passed)


def _count(key: str, rate: Rate) -> int:
    try:
        cache = caches[settings.RATE_LIMIT_CACHE]
        if cache.add(key, 1, timeout=rate.seconds + 1):
            return 1
        return int(cache.incr(key))
    except ValueError:
        # The window was dropped between the two calls: this request is the first of a new one.
        return 1
    except Exception:  # every cache backend raises errors of its own
        logger.exception("The cache for rate limits did not answer")
        return 0
