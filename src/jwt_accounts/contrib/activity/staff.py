"""What staff does to the comments of others."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import router, transaction

from jwt_accounts.contrib.activity.models import Comment
from jwt_accounts.errors import NotFound
from jwt_accounts.flows.list_users import user_key
from jwt_accounts.models import SecurityEvent
from jwt_accounts.models.userfields import lock_users
from jwt_accounts.rights import may_act_on, require
from jwt_accounts.types import EventKind, HostUser, RequestContext

DELETE_COMMENT = "jwt_accounts_activity.delete_comment"


def delete_comments(
    ctx: RequestContext, *, actor: HostUser, user_id: str, only: Collection[UUID]
) -> int:
    """Delete comments that a user wrote; how many they were.

    Raises ``Forbidden`` or :class:`NotFound`.
    """
    with transaction.atomic(using=router.db_for_write(Comment)):
        require(actor, DELETE_COMMENT)
        key = user_key(user_id)
        author = lock_users(key).get(key)
        if author is None:
            raise NotFound("There is no such user.")
        may_act_on(actor, author)
        deleted, _ = Comment.objects.filter(author=key, pk__in=only).delete()
        SecurityEvent.objects.record(
            EventKind.COMMENTS_DELETED_BY_STAFF, ctx, user_id=key, actor_id=actor.pk
        )
    return deleted
