"""``users/``: details with comments, writing one, and the activity stream."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from jwt_accounts.contrib.activity.models import Comment
from tests.conftest import PASSWORD
from tests.presets.tenant_portal.conftest import pk_of

pytestmark = pytest.mark.django_db


def write(portal, author, about, text):
    return portal("POST", f"users/{pk_of(about)}/comments/", {"text": text}, as_=author)


def test_a_users_details_carry_the_comments_the_newest_first(portal, ann, ben, clock):
    for text in ("first", "second"):
        assert write(portal, ann, ben, text).status == 201
        clock.shift(1)
    shown = portal("GET", f"users/{pk_of(ben)}/", as_=ben).json()
    assert [comment["text"] for comment in shown["comments"]] == ["second", "first"]
    assert shown["comments_count"] == 2
    assert shown["comments"][0]["author"] == {"pk": pk_of(ann), "username": "ann"}
    assert list(shown["comments"][0]) == ["id", "author", "text", "created_at"]


def test_the_details_hold_fifty_and_tell_how_many_there_are(portal, ann, ben, acme, ctx):
    Comment.objects.bulk_create(
        [
            Comment(about=ben, author=ann, scope=str(acme.pk), text=str(n), created_at=ctx.now)
            for n in range(60)
        ]
    )
    shown = portal("GET", f"users/{pk_of(ben)}/", as_=ann).json()
    assert (len(shown["comments"]), shown["comments_count"]) == (50, 60)
    rest = portal("GET", f"users/{pk_of(ben)}/comments/?page=2", as_=ann).json()
    assert len(rest["results"]) == 10


def test_one_may_write_about_oneself(portal, ann):
    assert write(portal, ann, ann, "A note.").status == 201
    assert portal("GET", "notifications/", as_=ann).json()["count"] == 0


def test_a_comment_is_kept_as_it_is_written(portal, ann, ben):
    text = "Zoë & <b>co.</b>\nsecond line \N{GRINNING FACE}"
    assert write(portal, ann, ben, f"  {text} ").json()["text"] == text
    answer = portal("GET", f"users/{pk_of(ben)}/comments/", as_=ben)
    assert answer.json()["results"][0]["text"] == text
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "body",
    [{}, {"text": ""}, {"text": " \n"}, {"text": "a" * 2001}, {"text": "a\x00b"},
     {"text": "a\x1b[2J"}, {"text": ["a"]}, {"text": None}, {"text": "\ud800"}],
)  # fmt: skip
def test_what_is_no_comment_is_400_and_named(portal, ann, ben, body):
    answer = portal("POST", f"users/{pk_of(ben)}/comments/", body, as_=ann)
    assert (answer.status, list(answer.json())) in [(400, ["text"]), (400, ["detail"])]
    assert not Comment.objects.exists()


@pytest.mark.parametrize("what", ["", "comments/", "activity/"])
def test_who_is_not_there_is_404(portal, ann, zoe, ben, what):
    ben.is_active = False
    ben.save()
    for pk in (
        pk_of(zoe),
        pk_of(ben),
        "0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f",
        str(ann.pk),
        "nobody",
        "%00",
        pk_of(ann).replace("-", ""),
        f"{{{pk_of(ann)}}}",
    ):
        answer = portal("GET", f"users/{pk}/{what}", as_=ann)
        assert (answer.status, list(answer.json())) == (404, ["detail"]), pk


def test_comments_about_who_is_not_there_are_404(portal, ann, zoe):
    assert write(portal, ann, zoe, "hello").status == 404
    assert not Comment.objects.exists()


def test_comments_are_limited_in_number(portal, ann, ben, settings):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "RATE_LIMITS": {"account_change": "2/m"}}
    found = [write(portal, ann, ben, "again").status for _ in range(3)]
    assert found == [201, 201, 429]


def test_the_stream_tells_what_happened_to_whom(portal, ann, ben, clock):
    write(portal, ann, ben, "Hello.")
    clock.shift(1)
    portal("PATCH", "current_user/", {"first_name": "Benny"}, as_=ben)
    stream = portal("GET", f"users/{pk_of(ben)}/activity/", as_=ann).json()
    who = {user: {"pk": pk_of(user), "username": user.username} for user in (ann, ben)}
    assert [(entry["actor"], entry["verb"], entry["target"]) for entry in stream["results"]] == [
        (who[ben], "changed_profile", None),
        (who[ann], "commented", who[ben]),
    ]


def test_the_stream_begins_with_the_sign_up(portal, make_tenant):
    make_tenant("demo", joining="open", is_default=True)
    made = portal.sign_up().json()
    path = f"users/{made['user']['pk']}/activity/"
    verbs = [x["verb"] for x in portal("GET", path, token=made["token"]).json()["results"]]
    assert sorted(verbs) == ["joined", "registered"]


def test_the_stream_tells_nothing_about_passwords_sessions_and_locks(portal, ann, ben):
    new = {"new_password1": "a new staple horse", "new_password2": "a new staple horse"}
    portal("POST", "password/change/", {"old_password": PASSWORD, **new}, as_=ben)
    portal("POST", "password/reset/", {"email": ben.email})
    portal("POST", "login/refresh/", as_=ben)
    portal.client.defaults["REMOTE_ADDR"] = "198.51.100.9"
    portal.log_in("ben", "a new staple horse")
    for _ in range(5):
        portal.log_in("ben", "wrong horse")
    portal("POST", "logout/", as_=ben)
    stream = portal("GET", f"users/{pk_of(ben)}/activity/", as_=ann).json()
    assert stream["results"] == []


def test_others_see_no_more_of_a_user_than_the_document_says(portal, ann, ben):
    get_user_model().objects.filter(pk=ben.pk).update(is_staff=True)
    listed = portal("GET", "users/", as_=ann).json()["results"]
    assert [list(user) for user in listed] == [
        ["pk", "username", "email", "first_name", "last_name"]
    ] * 2
