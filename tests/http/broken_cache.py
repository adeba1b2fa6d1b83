"""Caches that do not answer."""

from django.core.cache.backends.base import BaseCache


class AwayCache(BaseCache):
    """Every call raises, as a client of a server that is away does."""

    def __init__(self, _location, params):
        super().__init__(params)

    def _refuse(self, *_args, **_kwargs):
        raise ConnectionError("the cache is away")

    add = get = set = touch = delete = incr = has_key = _refuse

    def clear(self):
        """Nothing to clear, also for the suite's own fixture."""


class ForgetfulCache(AwayCache):
    """What is added is there for whoever adds it, and gone for whoever counts on."""

    def add(self, *_args, **_kwargs):
        return False

    def incr(self, key, *_args, **_kwargs):
        raise ValueError(f"no {key}")
