"""Fixtures of comments: how one is written, and staff at the admin."""

from __future__ import annotations

import pytest

from jwt_accounts.contrib.activity.flows import add_comment
from tests.admin.conftest import root, staff

__all__ = ["comment", "root", "staff"]


@pytest.fixture
def comment(ctx, make_user):
    """A factory of comments: ``comment("Hi.")`` of one new user about another."""

    def make(text="Thank you.", *, author=None, about=None, scope="", at=ctx):
        author, about = author or make_user(), about or make_user()
        return add_comment(at, author=author, about=about, text=text, scope=scope)

    return make
