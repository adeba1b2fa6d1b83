"""Comments: written, read within their scope, deleted."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from jwt_accounts import signals
from jwt_accounts.contrib.activity.flows import (
    add_comment,
    delete_comment,
    list_activity,
    list_comments,
)
from jwt_accounts.contrib.activity.models import Activity, Comment
from jwt_accounts.contrib.activity.policy import Verb
from jwt_accounts.contrib.activity.shapes import comment_body
from jwt_accounts.contrib.activity.staff import DELETE_COMMENT
from jwt_accounts.errors import Forbidden, InvalidInput, NotFound, SessionEnded
from jwt_accounts.flows.public_ids import public_id_of
from jwt_accounts.models import SecurityEvent
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.types import EventKind, IdentifierKind
from tests.clock import later
from tests.conftest import NO_KEY
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def read(about, scope="", **page):
    return list_comments(about=about, scope=scope, **{"limit": 10, **page})


def test_a_comment_is_stored_in_canonical_form_and_names_its_author(ctx, make_user, comment):
    anna, bob = make_user("anna"), make_user("bob")
    written = comment(" Thank you.\r\nSee you. ", author=anna, about=bob, scope="north")
    stored = Comment.objects.get()
    assert (stored.pk, stored.author, stored.about) == (written.id, anna, bob)
    assert (stored.text, stored.scope, stored.created_at) == (
        "Thank you.\nSee you.",
        "north",
        ctx.now,
    )
    assert written.author.public_id == public_id_of(anna)
    assert written.author.username == user_fields().read(anna, IdentifierKind.USERNAME)
    assert read(bob, "north").comments == (written,)


def test_its_body_shows_no_key_and_no_address(ctx, make_user, comment):
    anna = make_user("anna")
    written = comment(author=anna)
    assert comment_body(written) == {
        "id": str(written.id),
        "author": {"pk": str(public_id_of(anna)), "username": written.author.username},
        "text": "Thank you.",
        "created_at": f"{ctx.now:%Y-%m-%dT%H:%M:%SZ}",
    }


@pytest.mark.parametrize("text", ["", "  ", "a\x00b", "a" * 2001, "\ud800"])
def test_what_is_no_comment_is_refused_and_nothing_is_stored(comment, text):
    with pytest.raises(InvalidInput) as refused:
        comment(text)
    assert [error.code for error in refused.value.fields["text"]] == ["invalid"]
    assert not Comment.objects.exists()
    assert not Activity.objects.exists()


def test_the_newest_comes_first_a_page_at_a_time(ctx, make_user, comment):
    bob = make_user()
    texts = [
        comment(str(number), about=bob, at=later(ctx, minutes=number)).text for number in range(5)
    ]
    texts.reverse()
    whole = read(bob)
    assert (whole.count, [each.text for each in whole.comments]) == (5, texts)
    part = read(bob, offset=1, limit=2)
    assert (part.count, [each.text for each in part.comments]) == (5, texts[1:3])
    assert read(bob, offset=10**12).comments == ()


def test_what_is_written_in_one_scope_is_read_in_no_other(make_user, comment):
    bob = make_user()
    written = {scope: comment(about=bob, scope=scope) for scope in ("", "north", "south")}
    for scope, one in written.items():
        assert (read(bob, scope).count, read(bob, scope).comments) == (1, (one,))
    assert read(bob, "nort").count == 0


def test_comments_about_others_are_not_listed(make_user, comment):
    anna, bob = make_user(), make_user()
    comment(author=anna, about=bob)
    assert read(anna).count == 0


def test_a_comment_stands_in_the_stream_of_both(make_user, comment):
    anna, bob = make_user(), make_user()
    comment(author=anna, about=bob, scope="north")
    for user in (anna, bob):
        (entry,) = list_activity(user=user, scope="north", limit=10).entries
        assert (entry.verb, entry.actor.public_id) == (Verb.COMMENTED, public_id_of(anna))
        assert entry.target is not None
        assert entry.target.public_id == public_id_of(bob)


def test_a_comment_is_told_when_it_is_committed(
    make_user, comment, django_capture_on_commit_callbacks
):
    told = []

    def receive(**kwargs):
        told.append(kwargs)

    anna, bob = make_user(), make_user()
    signals.commented.connect(receive)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            written = comment(author=anna, about=bob, scope="north")
            assert told == []
    finally:
        signals.commented.disconnect(receive)
    (kwargs,) = told
    assert kwargs["sender"] is get_user_model()
    assert (kwargs["user"], kwargs["author"], kwargs["scope"]) == (bob, anna, "north")
    assert kwargs["comment_id"] == written.id


@pytest.mark.parametrize("gone", ["author", "about"])
def test_who_is_gone_writes_nothing_and_is_written_about_by_nobody(ctx, make_user, gone):
    users = {"author": make_user(), "about": make_user()}
    for user in users.values():
        public_id_of(user)
    get_user_model()._default_manager.filter(pk=users[gone].pk).delete()
    with pytest.raises(NotFound):
        add_comment(ctx, text="Hi.", scope="", **users)
    assert not Comment.objects.exists()
    assert not Activity.objects.exists()


def test_who_lost_the_account_a_moment_ago_writes_nothing(make_user, comment):
    anna = make_user()
    get_user_model()._default_manager.filter(pk=anna.pk).update(password="another")
    with pytest.raises(SessionEnded):
        comment(author=anna)
    assert not Comment.objects.exists()


def test_one_may_write_about_oneself(make_user, comment):
    anna = make_user()
    written = comment(author=anna, about=anna)
    assert read(anna).comments == (written,)
    assert list_activity(user=anna, scope="", limit=10).count == 1


def test_authors_delete_their_own_and_nobody_elses(ctx, make_user, comment):
    anna, bob = make_user(), make_user()
    written, other = comment(author=anna, about=bob), comment(author=bob, about=anna)
    with pytest.raises(Forbidden):
        delete_comment(ctx, actor=bob, comment_id=str(written.id), scope="")
    assert Comment.objects.count() == 2
    delete_comment(ctx, actor=anna, comment_id=str(written.id), scope="")
    assert Comment.objects.get().pk == other.id
    with pytest.raises(NotFound):
        delete_comment(ctx, actor=anna, comment_id=str(written.id), scope="")
    assert not SecurityEvent.objects.filter(kind=EventKind.COMMENTS_DELETED_BY_STAFF).exists()


@pytest.mark.parametrize("key", [str(NO_KEY), "", "1", "a\x00", "g" * 32, "²", "\ud800"])
def test_a_comment_that_is_none_is_not_found(ctx, make_user, comment, key):
    comment()
    with pytest.raises(NotFound):
        delete_comment(ctx, actor=make_user(is_superuser=True), comment_id=key, scope="")
    assert Comment.objects.count() == 1


@pytest.mark.parametrize("scope", ["", "south"])
def test_neither_the_author_nor_staff_reaches_a_comment_through_another_scope(
    ctx, make_user, make_role, comment, scope
):
    make_role("Desk", [DELETE_COMMENT])
    anna = make_user()
    written = comment(author=anna, scope="north")
    for actor in (anna, make_user(groups=["Desk"])):
        with pytest.raises(NotFound):
            delete_comment(ctx, actor=actor, comment_id=str(written.id), scope=scope)
    assert Comment.objects.exists()


def test_staff_deletes_what_nobody_above_wrote_and_the_trail_tells(
    ctx, make_user, make_role, comment
):
    make_role("Desk", [DELETE_COMMENT])
    desk = make_user(groups=["Desk"])
    low, high = make_user(), make_user("high", is_superuser=True)
    below, above = comment(author=low), comment(author=high)
    delete_comment(ctx, actor=desk, comment_id=str(below.id), scope="")
    event = SecurityEvent.objects.get(kind=EventKind.COMMENTS_DELETED_BY_STAFF)
    assert (event.user_id, event.actor_id) == (low.pk, desk.pk)
    with pytest.raises(Forbidden):
        delete_comment(ctx, actor=desk, comment_id=str(above.id), scope="")
    assert Comment.objects.get().pk == above.id


def test_comments_go_with_their_author_and_with_whom_they_are_about(make_user, comment):
    anna, bob = make_user(), make_user()
    comment(author=anna, about=bob)
    comment(author=bob, about=anna)
    kept = comment()
    anna.delete()
    assert Comment.objects.get().pk == kept.id


def test_who_reclaims_an_account_said_nothing_before(ctx, make_user, comment):
    anna, bob = make_user(), make_user()
    comment("squatted", author=anna, about=bob)
    kept = [comment("of bob", author=bob, about=anna).id]
    now = later(ctx, hours=1)
    kept.append(comment("new", author=anna, about=bob, at=now).id)
    signals.account_reclaimed.send(sender=type(anna), user=anna, ctx=now)
    assert set(Comment.objects.values_list("pk", flat=True)) == set(kept)
    told = list_activity(user=bob, scope="", limit=10)
    assert [each.created_at for each in told.entries] == [now.now, ctx.now]


def test_a_page_costs_two_queries_whatever_is_on_it(make_user, comment):
    bob = make_user()
    for _ in range(3):
        comment(about=bob)
    with statements() as asked:
        read(bob)
    assert len(asked) == 2, asked


def test_writing_one_costs_three_statements(make_user, comment):
    model = get_user_model()._default_manager.select_related("jwt_account")
    anna, bob = model.get(pk=make_user().pk), model.get(pk=make_user().pk)
    with statements() as asked:
        comment(author=anna, about=bob)
    assert len(asked) == 3, asked
