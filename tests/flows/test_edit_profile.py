"""What one says of oneself: the names, and nothing that decides what one may do."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from jwt_accounts.errors import InvalidInput, NotFound
from jwt_accounts.flows.edit_profile import edit_profile
from jwt_accounts.flows.write_user import Profile
from jwt_accounts.models import Account, SecurityEvent
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.signals import user_changed
from jwt_accounts.types import EventKind, IdentifierKind
from tests.recovery import mailed

pytestmark = pytest.mark.django_db

core = pytest.mark.core

NAMES = {"first_name": "Ann", "last_name": "Shirley", "name": "Ann Shirley"}


@pytest.fixture
def ann(make_user):
    return make_user("ann")


def row(user):
    return get_user_model().objects.filter(pk=user.pk).values().get()


def everything():
    tables = (get_user_model(), Account, SecurityEvent)
    return [list(each.objects.order_by("pk").values()) for each in tables]


@core
def test_names_are_written_and_nothing_else_is(ctx, ann):
    before = row(ann)
    found = edit_profile(ctx, user=ann, profile=Profile(**NAMES))
    written = {name: NAMES[name] for name in user_fields().profile}
    assert row(ann) == {**before, **written}
    assert found == ann
    assert {name: getattr(found, name) for name in written} == written


@core
def test_identifiers_are_left_to_their_own_flows(ctx, ann):
    before = everything()
    said = Profile(username="other", email="other@example.com", phone="+40771694307")
    edit_profile(ctx, user=ann, profile=said)
    assert everything() == before


def test_a_number_is_written_down_where_a_contract_has_it_as_a_contact(ctx, ann):
    """It is no way in, and nothing is sent to it."""
    edit_profile(
        ctx,
        user=ann,
        profile=Profile(phone="+40 771 694 307"),
        contacts={IdentifierKind.PHONE},
    )
    found = Account.objects.get(user=ann)
    assert found.phone_key is None
    assert found.phone in {"", "+40771694307"}
    assert found.is_unproved(IdentifierKind.PHONE) is bool(found.phone)


@pytest.mark.parametrize("said", [{}, {"first_name": None}])
def test_who_says_nothing_changes_nothing(ctx, ann, said):
    before = everything()
    assert edit_profile(ctx, user=ann, profile=Profile(**said)) == ann
    assert everything() == before


def test_a_name_can_be_taken_away(ctx, ann):
    for name in ("Ann", ""):
        edit_profile(ctx, user=ann, profile=Profile(first_name=name))
    assert row(ann)["first_name"] == ""


def test_other_fields_of_the_host_are_written_where_a_contract_says_so(ctx, ann):
    profile = Profile(extra={"last_name": "Shirley"})
    assert edit_profile(ctx, user=ann, profile=profile).last_name == "Shirley"


def test_the_hosts_own_validators_are_asked(ctx, ann):
    before = everything()
    with pytest.raises(InvalidInput) as refusal:
        edit_profile(ctx, user=ann, profile=Profile(first_name="a" * 151, last_name="right"))
    assert set(refusal.value.fields) == {"first_name"}
    assert everything() == before


def test_what_somebody_else_changed_meanwhile_is_not_undone(ctx, ann):
    get_user_model().objects.filter(pk=ann.pk).update(last_name="Blythe", is_staff=True)
    edit_profile(ctx, user=ann, profile=Profile(first_name="Ann"))
    assert (row(ann)["last_name"], row(ann)["is_staff"]) == ("Blythe", True)


def test_it_is_recorded_by_the_names_of_the_fields_alone(
    ctx, ann, django_capture_on_commit_callbacks
):
    heard = []

    def hear(user, actor, **_kwargs):
        heard.append((user.first_name, actor.pk))

    user_changed.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            edit_profile(ctx, user=ann, profile=Profile(first_name="Ann"))
            assert heard == []
    finally:
        user_changed.disconnect(hear)
    assert heard == [("Ann", ann.pk)]
    (event,) = SecurityEvent.objects.all()
    assert (event.kind, event.details) == (
        EventKind.PROFILE_CHANGED,
        {"fields": ["first_name"]},
    )
    assert (event.user, event.actor) == (ann, ann)


def test_nobody_is_told_by_mail(ctx, ann):
    assert mailed(lambda: edit_profile(ctx, user=ann, profile=Profile(first_name="A"))) == []


def test_who_was_deleted_meanwhile_is_not_found(ctx, ann):
    get_user_model().objects.filter(pk=ann.pk).delete()
    with pytest.raises(NotFound):
        edit_profile(ctx, user=ann, profile=Profile(first_name="Ann"))
