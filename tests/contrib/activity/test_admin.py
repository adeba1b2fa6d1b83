"""The pages of comments and of the stream: looked at; comments deleted."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.core.checks import run_checks

from jwt_accounts.contrib.activity.models import Activity, Comment
from jwt_accounts.contrib.activity.staff import DELETE_COMMENT, delete_comments
from jwt_accounts.errors import Forbidden, NotFound
from tests.admin.conftest import text_of
from tests.conftest import NO_KEY
from tests.sql import statements

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.core,
    pytest.mark.urls("tests.contrib.activity.urls"),
]
once = pytest.mark.once

VIEW = "jwt_accounts_activity.view_comment"
MODELS = [Comment, Activity]


def left():
    return set(Comment.objects.values_list("pk", flat=True))


def test_the_pages_pass_djangos_checks():
    assert run_checks(tags=["admin"]) == []


@once
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("page", ["changelist", "change", "history"])
def test_every_page_opens_for_who_may_look_and_not_for_others(staff, comment, model, page):
    comment()
    args = [] if page == "changelist" else [model.objects.get().pk]
    desk = staff(f"jwt_accounts_activity.view_{model._meta.model_name}")
    response = desk.open(model, page, *args)
    assert response.status_code == 200
    assert "None" not in text_of(response)
    assert staff().open(model, page, *args).status_code == 403


@pytest.mark.parametrize("model", MODELS)
def test_not_even_a_superuser_adds_or_saves_one(root, comment, model):
    comment()
    row = model.objects.get()
    before = list(model.objects.values())
    for page, args in [("add", []), ("change", [row.pk]), ("delete", [row.pk])]:
        assert root.send(model, page, *args, text="x", post="yes").status_code == 403
    assert root.offers(model) == ({"remove"} if model is Comment else set())
    assert list(model.objects.values()) == before


def test_who_may_delete_a_user_deletes_what_the_user_wrote_too(staff, comment):
    comment()
    author = Comment.objects.get().author_id
    clerk = staff("delete_user", "view_user")
    assert clerk.send(get_user_model(), "delete", author, post="yes").status_code == 302
    assert not Comment.objects.exists()
    assert not Activity.objects.exists()


def test_a_list_finds_both_users(root, make_user, comment):
    written = comment(author=make_user("anna"), about=make_user("bob"))
    comment()
    for text in ("anna@example.com", "BOB@"):
        assert root.shows(Comment, q=text) == {written.id}
        assert len(root.shows(Activity, q=text)) == 1


def test_the_stream_is_filtered_by_verb(root, comment):
    comment()
    assert len(root.shows(Activity, verb="commented")) == 1
    assert root.shows(Activity, verb="joined") == set()


@pytest.mark.parametrize("model", MODELS)
def test_a_list_costs_as_many_queries_for_ten_rows_as_for_one(root, comment, model):
    def cost():
        with statements() as asked:
            root.open(model)
        return len(asked)

    comment()
    one = cost()
    for _ in range(9):
        comment()
    assert cost() == one


@pytest.mark.parametrize("lookup", ["author__password__startswith", "about__password"])
def test_no_secret_is_guessed_by_its_beginning(root, comment, lookup):
    comment()
    assert root.open(Comment, **{lookup: "c"}).status_code == 400


def test_markup_in_a_comment_is_text(root, comment):
    comment("<script>alert(1)</script>")
    assert b"<script>alert" not in root.open(Comment).content
    assert b"&lt;script&gt;alert" in root.open(Comment).content


def test_the_chosen_ones_are_deleted_and_no_others(staff, make_user, comment):
    anna = make_user()
    chosen = [comment(author=anna), comment(author=anna), comment()]
    kept = {comment(author=anna).id, comment().id}
    desk = staff(VIEW, DELETE_COMMENT)
    rows = Comment.objects.exclude(pk__in=kept)
    assert len(rows) == len(chosen)
    assert desk.press("remove", rows) == [("success", "The comments of 2 users were deleted.")]
    assert left() == kept


@pytest.mark.parametrize("held", [(VIEW,), ()])
def test_without_the_right_nothing_is_deleted(staff, comment, held):
    comment()
    before = left()
    desk = staff(*held)
    desk.press("remove", Comment.objects.all())
    assert left() == before
    if held:
        assert desk.offers(Comment) == set()


@pytest.mark.parametrize("above", [{"is_superuser": True}, {"is_staff": True}])
def test_nobody_deletes_what_somebody_above_wrote(staff, make_user, comment, above):
    kept = comment(author=make_user("high", **above))
    comment()
    told = staff(VIEW, DELETE_COMMENT).press("remove", Comment.objects.all())
    assert sorted(level for level, _ in told) == ["error", "success"]
    assert left() == {kept.id}


def test_the_flow_reaches_the_named_author_alone(ctx, root, make_user, comment):
    comment(), comment()
    one, other = Comment.objects.all()
    with pytest.raises(Forbidden):
        delete_comments(ctx, actor=make_user(), user_id=str(one.author_id), only=[one.pk])
    for key in ("x", "999999999", str(NO_KEY)):
        with pytest.raises(NotFound):
            delete_comments(ctx, actor=root.user, user_id=key, only=[one.pk])
    key = str(other.author_id)
    assert delete_comments(ctx, actor=root.user, user_id=key, only=[one.pk]) == 0
    assert left() == {one.pk, other.pk}
    assert delete_comments(ctx, actor=root.user, user_id=key, only=[other.pk]) == 1
    assert left() == {one.pk}
