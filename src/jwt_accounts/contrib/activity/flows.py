"""Comments on users and the stream of what happened, each within one scope.

A scope is a text that means nothing here: the id of a tenant, and empty where there are none. What
is written in one scope is read in that scope alone. Whether somebody belongs to a scope is the
caller's question, asked before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import router, transaction
from django.db.models import Q

from jwt_accounts import signals
from jwt_accounts.contrib.activity.models import Activity, Comment
from jwt_accounts.contrib.activity.people import Person, person_columns, person_of, read_person
from jwt_accounts.contrib.activity.policy import (
    LONGEST_COMMENT,
    PERSONAL,
    Verb,
    canonical_comment,
)
from jwt_accounts.contrib.activity.staff import DELETE_COMMENT, delete_comments
from jwt_accounts.errors import FieldError, InvalidInput, NotFound, SessionEnded
from jwt_accounts.models.userfields import lock_users
from jwt_accounts.rights import require
from jwt_accounts.types import HostUser, RequestContext

_LONGEST_OFFSET = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentSummary:
    """A comment as a contract shows one."""

    id: UUID
    author: Person
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class CommentPage:
    """Some comments, the newest first, and how many there are in all."""

    count: int
    comments: tuple[CommentSummary, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivitySummary:
    """Who did what, to whom (None: to nobody) and when."""

    id: UUID
    actor: Person
    verb: Verb
    target: Person | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """Some of the stream, the newest first, and how much there is in all."""

    count: int
    entries: tuple[ActivitySummary, ...]


def add_comment(
    ctx: RequestContext, *, author: HostUser, about: HostUser, text: str, scope: str
) -> CommentSummary:
    """Write about a user. It stands in the stream of both, and ``commented`` is sent.

    Raises :class:`InvalidInput`, :class:`NotFound` where either of them is gone, and
    :class:`SessionEnded` where the author's password has just changed.
    """
    written = _checked(text)
    person = person_of(author)
    person_of(about)
    alias = router.db_for_write(Comment)
    with transaction.atomic(using=alias):
        present = lock_users(author.pk, about.pk)
        if not {author.pk, about.pk} <= set(present):
            raise NotFound("There is no such user.")
        if present[author.pk].password != author.password:
            # Somebody took the account back a moment ago: what came before says nothing for it.
            raise SessionEnded
        comment = Comment.objects.create(
            about=about, author=author, scope=scope, text=written, created_at=ctx.now
        )
        _write(ctx, author, Verb.COMMENTED, scope, about)
        send = partial(
            signals.commented.send_robust,
            sender=type(about),
            user=about,
            author=author,
            scope=scope,
            comment_id=comment.pk,
            ctx=ctx,
        )
        transaction.on_commit(send, using=alias)
    return CommentSummary(id=comment.pk, author=person, text=written, created_at=ctx.now)


def list_comments(*, about: HostUser, scope: str, offset: int = 0, limit: int) -> CommentPage:
    """What was written about a user in a scope. Two queries."""
    found = Comment.objects.filter(about=about.pk, scope=scope)
    first = min(offset, _LONGEST_OFFSET)
    rows = found.order_by("-created_at", "pk").values(
        "id", "text", "created_at", **person_columns("author")
    )[first : first + limit]
    comments = tuple(
        CommentSummary(id=row["id"], author=author, text=row["text"], created_at=row["created_at"])
        for row in rows
        if (author := read_person(row, "author")) is not None
    )
    return CommentPage(count=found.count(), comments=comments)


def delete_comment(ctx: RequestContext, *, actor: HostUser, comment_id: str, scope: str) -> None:
    """Delete a comment of one's own, or as staff one of somebody who is not above.

    Raises :class:`NotFound`, for one of another scope too, or ``Forbidden``.
    """
    found = Comment.objects.filter(pk=_key(comment_id), scope=scope)
    author_id = found.values_list("author", flat=True).first()
    if author_id is None:
        raise NotFound
    if author_id == actor.pk:
        found.delete()
        return
    require(actor, DELETE_COMMENT)
    delete_comments(ctx, actor=actor, user_id=str(author_id), only=[_key(comment_id)])


def record_activity(
    ctx: RequestContext, *, actor: HostUser, verb: Verb, scope: str, target: HostUser | None = None
) -> None:
    """Add to the stream what somebody did. Nothing is added for who is gone."""
    people = [actor] if target is None else [actor, target]
    for user in people:
        person_of(user)
    with transaction.atomic(using=router.db_for_write(Activity)):
        keys = {user.pk for user in people}
        if keys == set(lock_users(*keys)):
            _write(ctx, actor, verb, scope, target)


def list_activity(*, user: HostUser, scope: str, offset: int = 0, limit: int) -> ActivityPage:
    """What the user did and what was done to the user, in a scope, and what of it belongs to no
    scope and may be known in each. Two queries."""
    seen = Q(scope=scope) | Q(scope="", verb__in=PERSONAL)
    found = Activity.objects.filter(Q(actor=user.pk) | Q(target=user.pk)).filter(seen)
    first = min(offset, _LONGEST_OFFSET)
    rows = found.order_by("-created_at", "pk").values(
        "id", "verb", "created_at", **person_columns("actor"), **person_columns("target")
    )[first : first + limit]
    entries = tuple(
        ActivitySummary(
            id=row["id"],
            actor=actor,
            verb=Verb(row["verb"]),
            target=read_person(row, "target"),
            created_at=row["created_at"],
        )
        for row in rows
        if (actor := read_person(row, "actor")) is not None
    )
    return ActivityPage(count=found.count(), entries=entries)


def forget_earlier(ctx: RequestContext, *, user: HostUser) -> None:
    """Delete what somebody else wrote and did in the user's name before now."""
    Comment.objects.filter(author=user.pk, created_at__lt=ctx.now).delete()
    Activity.objects.filter(actor=user.pk, created_at__lt=ctx.now).delete()


def _checked(text: str) -> str:
    written = canonical_comment(text)
    if written is None:
        message = f"Write a text of 1 to {LONGEST_COMMENT} characters."
        raise InvalidInput(fields={"text": (FieldError("invalid", message),)})
    return written


def _write(
    ctx: RequestContext, actor: HostUser, verb: Verb, scope: str, target: HostUser | None
) -> None:
    """In the caller's transaction, which has locked both users: a row locks whom it refers to."""
    Activity.objects.create(actor=actor, verb=verb, target=target, scope=scope, created_at=ctx.now)


def _key(comment_id: str) -> UUID:
    try:
        return UUID(comment_id)
    except ValueError as error:
        raise NotFound from error
