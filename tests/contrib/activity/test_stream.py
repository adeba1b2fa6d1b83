"""The stream: what is in it, who reads what of it."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from jwt_accounts import signals
from jwt_accounts.contrib.activity.flows import list_activity, record_activity
from jwt_accounts.contrib.activity.models import Activity
from jwt_accounts.contrib.activity.policy import Verb
from jwt_accounts.contrib.activity.shapes import activity_body
from jwt_accounts.flows.edit_profile import edit_profile
from jwt_accounts.flows.public_ids import public_id_of
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.flows.write_user import Profile
from jwt_accounts.models.userfields import user_fields
from tests.clock import later
from tests.conftest import PASSWORD, identifier_of
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def read(user, scope="", **page):
    return list_activity(user=user, scope=scope, **{"limit": 10, **page})


def verbs(user, scope=""):
    return [str(each.verb) for each in read(user, scope).entries]


def test_an_entry_says_who_did_what_to_whom_and_when(ctx, make_user):
    anna, bob = make_user("anna"), make_user("bob")
    record_activity(ctx, actor=anna, verb=Verb.COMMENTED, scope="north", target=bob)
    (entry,) = read(bob, "north").entries
    assert activity_body(entry) == {
        "id": str(Activity.objects.get().pk),
        "actor": {"pk": str(public_id_of(anna)), "username": entry.actor.username},
        "verb": "commented",
        "target": {"pk": str(public_id_of(bob)), "username": entry.target.username},
        "created_at": f"{ctx.now:%Y-%m-%dT%H:%M:%SZ}",
    }


def test_what_concerns_the_actor_alone_has_no_target(ctx, make_user):
    anna = make_user()
    record_activity(ctx, actor=anna, verb=Verb.JOINED, scope="north")
    (entry,) = read(anna, "north").entries
    assert activity_body(entry)["target"] is None


def test_the_newest_comes_first_a_page_at_a_time(ctx, make_user):
    anna = make_user()
    for number in range(5):
        record_activity(later(ctx, minutes=number), actor=anna, verb=Verb.CHANGED_PROFILE, scope="")
    whole = [each.id for each in read(anna).entries]
    assert len(whole) == read(anna).count == 5
    assert [each.created_at for each in read(anna).entries] == [
        later(ctx, minutes=number).now for number in (4, 3, 2, 1, 0)
    ]
    part = read(anna, offset=1, limit=2)
    assert (part.count, [each.id for each in part.entries]) == (5, whole[1:3])


def test_one_scope_shows_nothing_of_another_but_what_is_personal_and_harmless(ctx, make_user):
    anna, bob = make_user(), make_user()
    for scope in ("", "north", "south"):
        record_activity(ctx, actor=anna, verb=Verb.COMMENTED, scope=scope, target=bob)
    record_activity(ctx, actor=anna, verb=Verb.JOINED, scope="south")
    record_activity(ctx, actor=anna, verb=Verb.REGISTERED, scope="")
    record_activity(ctx, actor=anna, verb=Verb.CHANGED_PROFILE, scope="")
    assert sorted(verbs(anna, "north")) == ["changed_profile", "commented", "registered"]
    assert sorted(verbs(anna, "south")) == ["changed_profile", "commented", "joined", "registered"]
    assert sorted(verbs(anna, "elsewhere")) == ["changed_profile", "registered"]
    assert sorted(verbs(anna)) == ["changed_profile", "commented", "registered"]
    assert verbs(bob, "north") == ["commented"]
    assert verbs(bob, "elsewhere") == []


def test_the_acts_of_others_are_not_in_ones_stream(ctx, make_user):
    anna, bob, clara = make_user(), make_user(), make_user()
    record_activity(ctx, actor=anna, verb=Verb.COMMENTED, scope="", target=bob)
    assert verbs(clara) == []


def test_a_registration_and_a_joining_are_told(ctx, make_user):
    anna = make_user()
    signals.user_registered.send(sender=type(anna), user=anna, ctx=ctx)
    signals.member_joined.send(
        sender=type(anna), user=anna, scope="north", name="North", ctx=later(ctx, minutes=1)
    )
    assert verbs(anna, "north") == ["joined", "registered"]
    assert verbs(anna, "south") == ["registered"]


def test_users_who_change_their_profile_are_told_of_and_staff_who_do_it_is_not(
    ctx, make_user, django_capture_on_commit_callbacks
):
    anna, root = make_user(), make_user(is_superuser=True)
    signals.user_changed.send(sender=type(anna), user=anna, actor=root, ctx=ctx)
    assert verbs(anna) == verbs(root) == []
    said = user_fields().profile
    with django_capture_on_commit_callbacks(execute=True):
        edit_profile(ctx, user=anna, profile=Profile(**dict.fromkeys(said, "Ann")))
    assert verbs(anna) == (["changed_profile"] if said else [])
    signals.user_changed.send(sender=type(anna), user=anna, actor=anna, ctx=ctx)
    assert set(verbs(anna)) == {"changed_profile"}


def test_a_sign_in_a_new_password_and_a_lock_are_nobodys_business(
    ctx, make_user, django_capture_on_commit_callbacks
):
    anna = make_user()
    with django_capture_on_commit_callbacks(execute=True) as told:
        sign_in(ctx, identifier=identifier_of(anna), password=PASSWORD)
    assert told
    for signal in (signals.password_changed, signals.account_locked):
        signal.send(sender=type(anna), user=anna, ctx=ctx)
    assert not Activity.objects.exists()


def test_nothing_is_told_of_who_is_gone(ctx, make_user):
    anna, bob = make_user(), make_user()
    for user in (anna, bob):
        public_id_of(user)
    get_user_model()._default_manager.filter(pk=anna.pk).delete()
    record_activity(ctx, actor=anna, verb=Verb.REGISTERED, scope="")
    record_activity(ctx, actor=bob, verb=Verb.COMMENTED, scope="", target=anna)
    assert not Activity.objects.exists()


def test_the_stream_goes_with_its_users(ctx, make_user):
    anna, bob = make_user(), make_user()
    record_activity(ctx, actor=anna, verb=Verb.COMMENTED, scope="", target=bob)
    record_activity(ctx, actor=bob, verb=Verb.COMMENTED, scope="", target=anna)
    record_activity(ctx, actor=bob, verb=Verb.REGISTERED, scope="")
    anna.delete()
    assert verbs(bob) == ["registered"]


def test_a_page_costs_two_queries_whatever_is_on_it(ctx, make_user):
    anna = make_user()
    for _ in range(3):
        record_activity(ctx, actor=anna, verb=Verb.COMMENTED, scope="", target=make_user())
    with statements() as asked:
        read(anna)
    assert len(asked) == 2, asked
