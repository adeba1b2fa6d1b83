"""Signals a host can connect to. Each is sent after the transaction has committed.

``signed_in``: ``user``, ``session``, ``ctx``.
``account_locked``: ``user`` (never sent for an identifier that belongs to nobody), ``ctx``.
``refresh_reused``: ``user``, ``session``, ``ctx``.
``user_registered``: ``user``, ``ctx``.
``user_created`` and ``user_changed``: ``user``, ``actor`` (the user, where somebody changes their
own), ``ctx``.
``password_changed``: ``user``, ``ctx``; a new password was set, whoever set it.
``email_confirmed``: ``user``, ``ctx``; sent too when a changed address is confirmed.
``account_reclaimed``: ``user``, ``ctx``; the owner of an address took an account that somebody
else had made with it: what was set up until then is not the owner's.
``member_joined``: ``user``, ``scope`` (the tenant's id), ``name`` (the tenant's), ``ctx``; sent by
``contrib.tenants``.
``commented``: ``user`` (whom the comment is about), ``author``, ``scope``, ``comment_id``, ``ctx``;
sent by ``contrib.activity``.

The sender is the user model's class. Receivers must accept ``**kwargs``.
"""

from __future__ import annotations

from django.dispatch import Signal

signed_in = Signal()
account_locked = Signal()
refresh_reused = Signal()
user_registered = Signal()
user_created = Signal()
user_changed = Signal()
email_confirmed = Signal()
account_reclaimed = Signal()
password_changed = Signal()
member_joined = Signal()
commented = Signal()
