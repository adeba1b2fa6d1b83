"""``users/``: who is in the tenant, what is written about them, what they did."""

from __future__ import annotations

from jwt_accounts.contrib.activity import flows as activity
from jwt_accounts.contrib.activity.shapes import (
    ActivityBody,
    CommentBody,
    CommentInputs,
    activity_body,
    comment_body,
)
from jwt_accounts.contrib.tenants.flows.list_members import find_member, list_members
from jwt_accounts.errors import Code
from jwt_accounts.flows.user_summary import summary_of
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.paging import NUMBERED, PageBody, QueryText, asked_page
from jwt_accounts.presets.tenant_portal.bodies import UserBody, here, user_body

_SEARCH = QueryText(name="search", description="A part of a name or of an address.")
#: How many comments a user's details carry; ``comments/`` has them all.
_SHOWN = 50


class UserDetailsBody(UserBody):
    """A user with the newest comments, and how many there are."""

    comments: list[CommentBody]
    comments_count: int


@action("GET", who=Who.SIGNED_IN, query=(_SEARCH, *NUMBERED), raises=(Code.FORBIDDEN,))
def listing(ask: Ask) -> Reply[PageBody[UserBody]]:
    """The users of the tenant."""
    page, search = asked_page(ask.url_path, ask.query), _SEARCH.read(ask.query)
    found = list_members(
        tenant=here(ask).tenant, offset=page.offset, limit=page.size, search=search
    )
    return Reply(page.body([user_body(user) for user in found.users], found.count))


@action("GET", who=Who.SIGNED_IN, raises=(Code.FORBIDDEN,))
def show(ask: Ask) -> Reply[UserDetailsBody]:
    """One user, with comments."""
    tenant = here(ask).tenant
    user = find_member(tenant=tenant, public_id=ask.path["public_id"])
    written = activity.list_comments(about=user, scope=str(tenant.pk), limit=_SHOWN)
    return Reply(
        UserDetailsBody(
            **user_body(summary_of(user)),
            comments=[comment_body(each) for each in written.comments],
            comments_count=written.count,
        )
    )


@action("GET", who=Who.SIGNED_IN, query=NUMBERED, raises=(Code.FORBIDDEN,))
def comments(ask: Ask) -> Reply[PageBody[CommentBody]]:
    """What was written about a user, the newest first."""
    page, tenant = asked_page(ask.url_path, ask.query), here(ask).tenant
    found = activity.list_comments(
        about=find_member(tenant=tenant, public_id=ask.path["public_id"]),
        scope=str(tenant.pk),
        offset=page.offset,
        limit=page.size,
    )
    return Reply(page.body([comment_body(each) for each in found.comments], found.count))


@action(
    "POST",
    who=Who.SIGNED_IN,
    inputs=CommentInputs,
    limit="account_change",
    raises=(Code.FORBIDDEN,),
    status=201,
)
def comment(ask: Ask) -> Reply[CommentBody]:
    """Write about a user."""
    tenant = here(ask).tenant
    written = activity.add_comment(
        ask.ctx,
        author=ask.user,
        about=find_member(tenant=tenant, public_id=ask.path["public_id"]),
        text=ask.data["text"],
        scope=str(tenant.pk),
    )
    return Reply(comment_body(written))


@action("GET", who=Who.SIGNED_IN, query=NUMBERED, raises=(Code.FORBIDDEN,))
def stream(ask: Ask) -> Reply[PageBody[ActivityBody]]:
    """What a user did, and what was done to them."""
    page, tenant = asked_page(ask.url_path, ask.query), here(ask).tenant
    found = activity.list_activity(
        user=find_member(tenant=tenant, public_id=ask.path["public_id"]),
        scope=str(tenant.pk),
        offset=page.offset,
        limit=page.size,
    )
    return Reply(page.body([activity_body(each) for each in found.entries], found.count))
