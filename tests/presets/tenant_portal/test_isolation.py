"""Nothing of one tenant reaches a member of another: every endpoint is tried."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from jwt_accounts.contrib.activity.flows import add_comment
from jwt_accounts.contrib.activity.models import Activity, Comment
from jwt_accounts.contrib.notifications.flows import notify
from jwt_accounts.contrib.notifications.models import Notification
from jwt_accounts.contrib.notifications.policy import Kind
from jwt_accounts.contrib.tenants.flows.accept import secret_of
from jwt_accounts.contrib.tenants.models import (
    ActiveTenant,
    Membership,
    Tenant,
    TenantInvitation,
)
from jwt_accounts.models import Account, UserSession
from tests.http.caller import taken_back
from tests.presets.tenant_portal.conftest import pk_of
from tests.presets.tenant_portal.walk import SIGNED_IN, WALKED, Walk, values_for
from tests.security.forge import encode, parts
from tests.sql import statements

pytestmark = pytest.mark.django_db

SAID = "Whoever reads this is in acme."
#: What no answer to somebody else holds, whatever was asked for; filled in by :func:`filled`.
_NAMES = ("annabella", "benedetto", "invited@secret.example", "The acme company", SAID)


@pytest.fixture
def filled(ctx, acme, make_member):
    """Something of everything in acme: its people, a comment, what follows it, an invitation."""
    ann = make_member(acme, "annabella", "owner", first_name="Annabella")
    ben = make_member(acme, "benedetto", first_name="Benedetto")
    comment = add_comment(ctx, author=ann, about=ben, text=SAID, scope=str(acme.pk))
    about = {"comment": str(comment.id), "author": {"pk": pk_of(ann), "username": "annabella"}}
    for data in (about, {}):
        notify(ctx, user=ben, kind=Kind.COMMENT, scope=str(acme.pk), data=data)
    notification = Notification.objects.filter(user=ben).latest("created_at")
    invitation = TenantInvitation.objects.create(
        tenant=acme,
        email="invited@secret.example",
        seed="5" * 64,
        invited_by=ann,
        created_at=ctx.now,
        sent_since=ctx.now,
        expires_at=ctx.now.replace(year=ctx.now.year + 1),
    )
    ids = {pk_of(ann), pk_of(ben), str(acme.pk), str(comment.id), str(notification.pk)}
    return SimpleNamespace(
        tenant=acme,
        ann=ann,
        ben=ben,
        invitation=invitation,
        keys={
            "public_id": pk_of(ben),
            "member_id": pk_of(ben),
            "notification_id": str(notification.pk),
            "invitation_id": str(invitation.pk),
        },
        canaries={*_NAMES, *ids, str(invitation.pk), secret_of(invitation)},
    )


@pytest.fixture
def walk(portal, send, filled):
    """Walk as somebody: ``walk(zoe)``; with ids, names and searches of acme."""

    def start(user: Any, *, tenant: str = "", token: str = "") -> Walk:
        return Walk(
            send,
            token or portal.token(user, tenant),
            filled.keys,
            values_for(
                "stranger", tenant="acme", invitation=f"{filled.invitation.pk.hex}.{'0' * 64}"
            ),
            queries=("", "search=ann&page_size=200", "page=2&page_size=1", "unread=1"),
        )

    return start


def rows_of(filled: Any) -> dict[str, Any]:
    """All that is acme's, in the database."""
    people = [filled.ann.pk, filled.ben.pk]
    mine = {"tenant": filled.tenant.pk}
    looked_at = {
        Tenant: {"pk": filled.tenant.pk},
        Membership: mine,
        TenantInvitation: mine,
        ActiveTenant: mine,
        Comment: {"scope": str(filled.tenant.pk)},
        Activity: {"scope": str(filled.tenant.pk)},
        Notification: {"user__in": people},
        UserSession: {"user__in": people},
        Account: {"pk__in": people},
        get_user_model(): {"pk__in": people},
    }
    return {
        model.__name__: list(model._default_manager.filter(**which).order_by("pk").values())
        for model, which in looked_at.items()
    }


def found_in(answer: Any, canaries: set[str]) -> set[str]:
    text = f"{dict(answer.headers.items())} {answer.body.decode()}"
    return {canary for canary in canaries if canary in text}


def test_the_walk_goes_everywhere():
    walked = {str(call) for call in WALKED}
    assert {
        "GET /api/current_user/",
        "POST /api/tenants/sign_up/",
        "GET /api/users/<str:public_id>/activity/",
        "POST /api/notifications/<str:notification_id>/read/",
        "DELETE /accounts/tenants/members/<str:member_id>/",
        "POST /accounts/notifications/<str:notification_id>/read/",
    } <= walked
    assert len(walked) >= 39


def test_a_member_sees_all_that_strangers_are_tried_with(walk, filled):
    """Or the walk below would prove nothing."""
    seen: set[str] = set()
    for user in (filled.ann, filled.ben):
        for _, answer in walk(user).over(
            [call for call in SIGNED_IN if call.action.method == "GET"]
        ):
            seen |= found_in(answer, filled.canaries)
    assert filled.canaries - seen == {secret_of(filled.invitation)}


def test_a_member_of_another_tenant_gets_nothing_and_changes_nothing(walk, filled, zoe):
    steps = walk(zoe)
    before = rows_of(filled)
    for call in WALKED:
        for query in steps.queries if call.action.method == "GET" else ("",):
            with taken_back():
                answer = steps.one(call, query)
                assert answer.status < 500, (call, answer)
                assert found_in(answer, filled.canaries) == set(), (call, query)
                assert rows_of(filled) == before, call
            if answer.status == 200 and b'"count"' in answer.body:
                assert answer.json()["count"] <= 1, (call, query)


@pytest.mark.parametrize("key", ["public_id", "member_id", "notification_id", "invitation_id"])
def test_what_is_anothers_answers_like_what_is_nowhere(walk, zoe, filled, key):
    nowhere = walk(zoe)
    nowhere.keys = dict.fromkeys(filled.keys, "0f0f0f0f-0f0f-4f0f-8f0f-0f0f0f0f0f0f")
    for call in SIGNED_IN:
        if key in call.endpoint.keys:
            with taken_back():
                theirs = walk(zoe).one(call)
            with taken_back():
                none = nowhere.one(call)
            assert (theirs.status, theirs.body) == (404, none.body), call


#: The tables that hold what belongs to a tenant.
_TABLES = [
    model._meta.db_table
    for model in (Membership, TenantInvitation, Comment, Activity, Notification)
]


def test_no_statement_reads_what_is_not_bound_to_the_tenant_or_to_the_caller(
    walk, filled, zoe, globex
):
    steps = walk(zoe)
    own = rf'"user_id" (=|IN) \(?{zoe.pk}\b'
    bound = re.compile(f"{globex.pk.hex}|{globex.pk}|{own}")
    by_secret = f"= '{filled.invitation.pk.hex}'"
    reads = 0
    for call in SIGNED_IN:
        with taken_back(), statements() as seen:
            steps.one(call)
        for each in seen:
            if any(f'"{table}"' in each for table in _TABLES) and not each.startswith("INSERT"):
                reads += 1
                if '"seed" =' in each or ("join" in call.endpoint.pattern and by_secret in each):
                    # An invitation is read by its secret.
                    continue
                assert bound.search(each), (call, each)
    assert reads > 30


def forged(token: str, settings: Any, **claims: object) -> str:
    """The same token with our signature and other claims."""
    header, given, _ = parts(token)
    return encode(header, {**given, **claims}, settings.SIMPLE_JWT["SIGNING_KEY"])


IN_A_TENANT = [
    call
    for call in SIGNED_IN
    if re.search(r"/(users|notifications|invite|members|invitations)/", call.endpoint.pattern)
    and not call.endpoint.pattern.startswith("accounts/notifications")
]


def shut_out(steps: Walk, filled: Any) -> None:
    """No endpoint of a tenant lets this token in."""
    before = rows_of(filled)
    assert len(IN_A_TENANT) >= 15
    for call in IN_A_TENANT:
        with taken_back():
            answer = steps.one(call)
            assert (answer.status, found_in(answer, filled.canaries)) == (403, set()), call
            assert rows_of(filled) == before


@pytest.mark.parametrize("claim", ["acme", "ACME", "", None, ["acme"]])
def test_a_claim_gives_no_right(walk, filled, zoe, portal, settings, claim):
    if claim is None:
        # No claim is no lie: the session says where one is.
        answer = portal("GET", "users/", token=forged(portal.token(zoe), settings, tenant=None))
        assert [user["username"] for user in answer.json()["results"]] == ["zoe"]
        return
    shut_out(walk(zoe, token=forged(portal.token(zoe), settings, tenant=claim)), filled)


@pytest.mark.parametrize("change", [{"is_active": False}, {"slug": "renamed"}])
def test_a_tenant_that_is_closed_or_renamed_is_there_no_more_for_its_tokens(
    walk, filled, portal, change
):
    token = portal.token(filled.ben)
    Tenant.objects.filter(pk=filled.tenant.pk).update(**change)
    shut_out(walk(filled.ben, token=token), filled)
    assert portal("GET", "current_user/", token=token).json()["tenant"] is None


def test_a_removed_member_is_out_at_once(walk, filled, portal, ctx, globex):
    Membership.objects.create(tenant=globex, user=filled.ben, role="member", joined_at=ctx.now)
    token = portal.token(filled.ben, "acme")
    assert portal("GET", "users/", token=token).status == 200
    path = f"/accounts/tenants/members/{pk_of(filled.ben)}/"
    removing = {"Authorization": f"Bearer {portal.token(filled.ann)}"}
    assert walk(filled.ann).send("DELETE", path, removing, b"").status == 204
    gone = portal("GET", "users/", token=token)
    assert (gone.status, list(gone.json())) == (403, ["detail"])
    mine = portal("GET", "current_user/", token=token).json()
    assert (mine["username"], mine["tenant"]) == ("benedetto", None)
    renewed = portal("POST", "login/refresh/", token=token).json()["token"]
    listed = portal("GET", "users/", token=renewed).json()["results"]
    assert [user["username"] for user in listed] == ["benedetto"]
    assert portal("GET", "notifications/", token=renewed).json()["count"] == 0


def test_who_is_in_two_sees_the_one_the_token_names(filled, portal, globex, zoe, make_user, ctx):
    both = make_user("both")
    for tenant in (filled.tenant, globex):
        Membership.objects.create(tenant=tenant, user=both, role="member", joined_at=ctx.now)
    pk = pk_of(both)
    portal("POST", f"users/{pk}/comments/", {"text": SAID}, as_=filled.ann)
    portal("POST", f"users/{pk}/comments/", {"text": "In globex."}, as_=zoe)
    for slug, text, others in (
        ("acme", SAID, {"annabella", "benedetto", "both"}),
        ("globex", "In globex.", {"zoe", "both"}),
    ):
        shown = portal("GET", f"users/{pk}/", as_=both, tenant=slug).json()
        assert [comment["text"] for comment in shown["comments"]] == [text]
        assert shown["comments_count"] == 1
        listed = portal("GET", "users/", as_=both, tenant=slug).json()
        assert {user["username"] for user in listed["results"]} == others
        assert listed["count"] == len(others)
        stream = portal("GET", f"users/{pk}/activity/", as_=both, tenant=slug).json()
        assert [entry["actor"]["username"] in others for entry in stream["results"]] == [True]
        assert portal("GET", "notifications/", as_=both, tenant=slug).json()["unread_count"] == 1
    portal("POST", "notifications/read/", as_=both, tenant="globex")
    left = portal("GET", "notifications/unread_count/", as_=both, tenant="acme")
    assert left.json() == {"unread_count": 1}


def test_a_comment_of_one_tenant_can_be_read_by_its_members_alone(filled, portal, zoe):
    path = f"users/{filled.keys['public_id']}/comments/"
    assert portal("GET", path, as_=filled.ben).json()["results"][0]["text"] == SAID
    before = Comment.objects.count()
    refused = portal("POST", path, {"text": "hello"}, as_=zoe)
    assert (refused.status, Comment.objects.count()) == (404, before)
