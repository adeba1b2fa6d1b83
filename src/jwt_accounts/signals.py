"""Signals a host can connect to. Each is sent after the transaction has committed.

``signed_in``: ``user``, ``session``, ``ctx``.
``account_locked``: ``user`` (never sent for an identifier that belongs to nobody), ``ctx``.
``refresh_reused``: ``user``, ``session``, ``ctx``.
``user_created`` and ``user_changed``: ``user``, ``actor``, ``ctx``.

The sender is the user model's class. Receivers must accept ``**kwargs``.
"""

from __future__ import annotations

from django.dispatch import Signal

signed_in = Signal()
account_locked = Signal()
refresh_reused = Signal()
user_created = Signal()
user_changed = Signal()
