"""Staff creates and edits users: nobody grants what they do not hold, nobody reaches above
themselves, and a refusal changes nothing."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from jwt_accounts.credentials import find
from jwt_accounts.errors import Forbidden, InvalidInput, LastSuperuser, NotFound, SessionEnded
from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.manage_users import UserValues, create_user, edit_user
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.models import Account, PasswordHistory, SecurityEvent, UserSession
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.signals import user_changed, user_created
from jwt_accounts.types import EventKind, IdentifierKind, SessionEnd
from tests.conftest import PASSWORD, identifier_of

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once

NEW_PASSWORD = "a quite different battery"
PHONE = "+48 123 666 789"


def new(username="new", **more):
    """What is said of a new user; the same words for each user model."""
    return UserValues(**{"username": username, "email": f"{username}@example.com", **more})


def users():
    return get_user_model().objects


def everything():
    """Every row that managing users could change."""
    tables = (get_user_model(), Account, UserSession, PasswordHistory, SecurityEvent)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def edit(ctx, actor, user, **values):
    return edit_user(ctx, actor=actor, user_id=str(user.pk), values=UserValues(**values))


# Who may.


@once
@pytest.mark.parametrize(
    ("rights", "creates", "edits"),
    [
        ([], False, False),
        (["view_user"], False, False),
        (["add_user"], True, False),
        (["change_user"], False, True),
        (["delete_user"], False, False),
    ],
)
def test_each_act_needs_its_right(ctx, make_user, make_role, rights, creates, edits):
    make_role("Role", rights)
    actor, target = make_user(groups=["Role"]), make_user()
    for is_allowed, act in (
        (creates, lambda: create_user(ctx, actor=actor, values=new())),
        (edits, lambda: edit(ctx, actor, target, first_name="A", name="A")),
    ):
        before = everything()
        if is_allowed:
            assert act()
        else:
            with pytest.raises(Forbidden):
                act()
            assert everything() == before


def test_a_right_of_an_inactive_actor_is_none(ctx, root):
    root.is_active = False
    with pytest.raises(Forbidden):
        create_user(ctx, actor=root, values=new())


@pytest.mark.parametrize("flag", ["is_staff", "is_superuser"])
def test_only_a_superuser_makes_a_superuser_or_a_staff_member(ctx, root, manager, make_user, flag):
    user = make_user()
    before = everything()
    with pytest.raises(Forbidden):
        create_user(ctx, actor=manager, values=new(**{flag: True}))
    with pytest.raises(Forbidden):
        edit(ctx, manager, user, **{flag: True})
    with pytest.raises(Forbidden):
        edit(ctx, manager, manager, **{flag: True})
    assert everything() == before
    assert getattr(create_user(ctx, actor=root, values=new(**{flag: True})), flag)
    assert getattr(edit(ctx, root, user, **{flag: True}), flag)


@pytest.mark.parametrize("flag", ["is_staff", "is_superuser"])
def test_saying_what_is_so_already_grants_nothing(ctx, manager, make_user, flag):
    assert create_user(ctx, actor=manager, values=new(**{flag: False}))
    assert edit(ctx, manager, make_user(), **{flag: False})


@once
@pytest.mark.parametrize(
    "above", [{"is_superuser": True}, {"is_staff": True}, {"groups": ["High"]}]
)
@pytest.mark.parametrize(
    "values",
    [
        {"first_name": "A", "name": "A"},
        {"password": NEW_PASSWORD},
        {"email": "thief@example.com"},
        {"is_active": False},
        {"is_staff": False},
        {"is_superuser": False},
    ],
    ids=lambda values: next(iter(values)),
)
def test_nobody_reaches_above_themselves(ctx, root, manager, make_user, make_role, above, values):
    make_role("High", ["delete_user"])
    target = make_user(**above)
    before = everything()
    with pytest.raises(Forbidden):
        edit(ctx, manager, target, **values)
    assert everything() == before


def test_rights_of_a_disabled_user_count_too(ctx, manager, make_user, make_role):
    make_role("High", ["delete_user"])
    with pytest.raises(Forbidden):
        edit(ctx, manager, make_user(groups=["High"], is_active=False), is_active=True)


def test_a_right_held_by_the_user_alone_counts_too(ctx, manager, make_user, make_role):
    target = make_user()
    target.user_permissions.add(make_role("High", ["delete_user"]).permissions.get())
    with pytest.raises(Forbidden):
        edit(ctx, manager, target, password=NEW_PASSWORD)


def test_whoever_holds_the_same_may_be_edited(ctx, manager, make_user):
    peer = make_user(groups=["Manager"])
    assert not edit(ctx, manager, peer, is_active=False).is_active


def test_one_edits_oneself_with_the_right_to(ctx, manager):
    assert edit(ctx, manager, manager, email="me@example.com").email == "me@example.com"


@pytest.mark.parametrize(
    "user_id", ["", "0", "-1", "9" * 30, "x", "\x00", "00000000-0000-0000-0000-000000000000"]
)
def test_no_such_user_is_not_found(ctx, root, user_id):
    with pytest.raises(NotFound):
        edit_user(ctx, actor=root, user_id=user_id, values=UserValues(is_staff=True))


# The last superuser.


@pytest.mark.parametrize("values", [{"is_superuser": False}, {"is_active": False}])
def test_the_last_active_superuser_stays(ctx, root, make_user, values):
    make_user(is_superuser=True, is_active=False)
    before = everything()
    with pytest.raises(LastSuperuser):
        edit(ctx, root, root, **values)
    assert everything() == before


@pytest.mark.parametrize("values", [{"is_superuser": False}, {"is_active": False}])
def test_who_is_the_last_superuser_is_told_to_superusers_only(ctx, root, manager, values):
    before = everything()
    with pytest.raises(Forbidden):
        edit(ctx, manager, root, **values)
    assert everything() == before


@pytest.mark.parametrize("values", [{"is_superuser": False}, {"is_active": False}])
def test_one_of_two_superusers_may_go(ctx, root, make_user, values):
    edit(ctx, root, make_user(is_superuser=True), **values)
    assert users().filter(is_superuser=True, is_active=True).count() == 1


def test_the_last_superuser_may_change_everything_else(ctx, root):
    assert edit(ctx, root, root, password=NEW_PASSWORD, is_staff=False, is_superuser=True)


# Creating.


def test_a_new_user_signs_in_at_once(ctx, manager):
    made = create_user(ctx, actor=manager, values=new(password=PASSWORD))
    signed = sign_in(ctx, identifier="NEW@example.com", password=PASSWORD)
    assert signed.user.pk == made.id
    assert made.is_active
    assert not made.is_staff
    assert not made.is_superuser


def test_a_new_user_is_told_as_it_is_stored(ctx, root):
    made = create_user(
        ctx,
        actor=root,
        values=new(first_name="A", last_name="B", name="A B", phone=PHONE, is_active=False),
    )
    fields = user_fields()
    for name in fields.profile:
        assert getattr(made, name) == getattr(users().get(pk=made.id), name) != ""
    assert (made.email, made.phone, made.is_active) == ("new@example.com", PHONE, False)
    assert made.roles == ()
    assert made.last_login is None


def test_a_new_user_without_a_password_has_none_that_works(ctx, root):
    made = create_user(ctx, actor=root, values=new())
    assert not users().get(pk=made.id).has_usable_password()


def test_an_address_that_staff_sets_is_confirmed(ctx, root, make_user):
    assert create_user(ctx, actor=root, values=new()).email_confirmed
    assert edit(ctx, root, make_user(), email="other@example.com").email_confirmed


@pytest.mark.parametrize("password", ["short", "password", "x" * 4097])
def test_a_password_follows_the_rules(ctx, root, make_user, password):
    user = make_user()
    before = everything()
    with pytest.raises(InvalidInput) as refused:
        create_user(ctx, actor=root, values=new(password=password))
    assert list(refused.value.fields) == ["password"]
    with pytest.raises(InvalidInput):
        edit(ctx, root, user, password=password)
    assert everything() == before


def test_the_hosts_own_validators_hold(ctx, root, make_user):
    user = make_user()
    before = everything()
    with pytest.raises(InvalidInput) as refused:
        create_user(ctx, actor=root, values=new(email="no address"))
    assert list(refused.value.fields) == ["email"]
    with pytest.raises(InvalidInput):
        edit(ctx, root, user, email="no address")
    assert everything() == before


def test_a_user_model_says_what_is_needed(ctx, root):
    with pytest.raises(InvalidInput) as refused:
        create_user(ctx, actor=root, values=UserValues(password=PASSWORD))
    assert list(refused.value.fields) == [get_user_model().USERNAME_FIELD]


# Identifiers are unique, in every spelling and across kinds.


@pytest.mark.parametrize(
    "spelling", ["taken@example.com", "TAKEN@Example.COM", " taken@example.com"]
)
def test_an_address_is_taken_in_any_spelling(ctx, root, make_user, spelling):
    make_user("someone", email="Taken@example.com")
    user = make_user()
    before = everything()
    for act in (
        lambda: create_user(ctx, actor=root, values=new(email=spelling)),
        lambda: edit(ctx, root, user, email=spelling),
    ):
        with pytest.raises(InvalidInput) as refused:
            act()
        assert refused.value.fields["email"][0].code == "unique"
    assert everything() == before


@pytest.mark.parametrize(
    "spelling", ["taken", "TAKEN", " Taken ", "\uff54\uff41\uff4b\uff45\uff4e"]
)
def test_a_user_name_is_taken_in_any_spelling(ctx, root, make_user, spelling):
    if user_fields().username is None:
        pytest.skip("this user model has no user name")
    make_user("Taken", email="")
    user = make_user()
    before = everything()
    for act in (
        lambda: create_user(ctx, actor=root, values=new(spelling, email="fresh@example.com")),
        lambda: edit(ctx, root, user, username=spelling),
    ):
        with pytest.raises(InvalidInput) as refused:
            act()
        (error,) = refused.value.fields["username"]
        assert (error.code, error.message) == (
            "unique",
            "A user with that username already exists.",
        )
    assert everything() == before


def test_a_phone_number_is_taken_in_any_spelling(ctx, root):
    create_user(ctx, actor=root, values=new("one", phone=PHONE))
    before = everything()
    with pytest.raises(InvalidInput) as refused:
        create_user(ctx, actor=root, values=new("two", phone="0048-123-666-789"))
    assert list(refused.value.fields) == ["phone"]
    assert everything() == before


def test_a_user_name_that_is_anothers_address_or_number_is_taken(ctx, root, make_user):
    if user_fields().username is None:
        pytest.skip("this user model has no user name")
    make_user("someone", email="someone@example.com")
    create_user(ctx, actor=root, values=new("other", phone=PHONE))
    for name in ("Someone@example.com", "+48123666789", "0048-123.666.789"):
        with pytest.raises(InvalidInput) as refused:
            create_user(ctx, actor=root, values=new(username=name, email="fresh@example.com"))
        assert list(refused.value.fields) == ["username"]


def test_all_that_is_taken_is_named_at_once(ctx, root, make_user):
    create_user(ctx, actor=root, values=new("one", phone=PHONE))
    with pytest.raises(InvalidInput) as refused:
        create_user(ctx, actor=root, values=new("one", phone=PHONE))
    kinds = {"email", "phone"} | ({"username"} if user_fields().username else set())
    assert set(refused.value.fields) == kinds


def test_what_a_user_made_elsewhere_has_is_taken_too(ctx, root):
    users().bulk_create([get_user_model()(email="Old@example.com", password="!")])
    with pytest.raises(InvalidInput) as refused:
        create_user(ctx, actor=root, values=new(email="old@EXAMPLE.com"))
    assert list(refused.value.fields) == ["email"]


def test_ones_own_identifiers_are_not_taken(ctx, root, make_user):
    user = make_user("someone", email="someone@example.com")
    edited = edit(ctx, root, user, username="Someone", email="Someone@example.com")
    assert edited.email == "Someone@example.com"


def test_an_identifier_that_was_given_up_is_free(ctx, root, make_user):
    user = make_user("someone", email="old@example.com")
    edit(ctx, root, user, email="fresh@example.com")
    assert create_user(ctx, actor=root, values=new(email="old@example.com"))
    assert find("fresh@example.com").user == user


# Contacts are written down: not unique, no way in.


def test_a_contact_may_repeat_and_signs_nobody_in(ctx, root):
    contacts = {IdentifierKind.PHONE}
    for name in ("one", "two"):
        made = create_user(
            ctx, actor=root, values=new(name, phone=PHONE, password=PASSWORD), contacts=contacts
        )
        assert made.phone == PHONE
    assert find("+48123666789").user is None


@pytest.mark.parametrize("written", ["0771694307", "call me", PHONE, "12"])
def test_a_contact_is_shown_as_it_was_written(ctx, root, written):
    made = create_user(ctx, actor=root, values=new(phone=written), contacts={IdentifierKind.PHONE})
    assert made.phone == written


def test_a_contact_stays_one_when_something_else_is_edited(ctx, root):
    made = create_user(ctx, actor=root, values=new(phone=PHONE), contacts={IdentifierKind.PHONE})
    edit_user(ctx, actor=root, user_id=str(made.id), values=UserValues(email="b@example.com"))
    assert find("+48123666789").user is None
    assert find("b@example.com").user is not None


def test_an_address_can_be_a_contact(ctx, root, make_user):
    if user_fields().username is None:
        pytest.skip("an address is this user model's only name")
    owner = make_user("owner", email="owner@example.com")
    create_user(
        ctx, actor=root, values=new(email="owner@example.com"), contacts={IdentifierKind.EMAIL}
    )
    assert find("owner@example.com").user == owner


def test_a_contact_stays_one_when_the_host_saves_its_user(ctx, root):
    made = create_user(ctx, actor=root, values=new(phone=PHONE), contacts={IdentifierKind.PHONE})
    user = users().get(pk=made.id)
    user.email = "renamed@example.com"
    user.save()
    assert find("+48123666789").user is None
    assert find("renamed@example.com").user == user


# Editing.


def test_what_is_not_said_stays(ctx, root, make_user):
    user = make_user("someone", first_name="A", last_name="B", phone=PHONE)
    before = users().values().get(pk=user.pk)
    edit(ctx, root, user, is_active=True)
    assert users().values().get(pk=user.pk) == before


def test_an_empty_text_is_something_said(ctx, root, make_user):
    user = make_user()
    for text in ("A", ""):
        edited = edit(ctx, root, user, first_name=text, last_name=text, name=text)
        for name in user_fields().profile:
            assert getattr(edited, name) == getattr(users().get(pk=user.pk), name) == text


def test_an_edit_tells_the_roles(ctx, root, make_user, make_role):
    make_role("Role")
    assert edit(ctx, root, make_user(groups=["Role"]), is_active=True).roles == ("Role",)


def test_a_new_password_ends_every_session_and_is_remembered(ctx, root, make_user, enter):
    user = make_user()
    former = user.password
    signed = enter(user)
    edit(ctx, root, user, password=NEW_PASSWORD)
    with pytest.raises(SessionEnded):
        authenticate(ctx, access_token=signed.tokens.access)
    session = UserSession.objects.get()
    assert (session.ended_at, session.end_reason) == (ctx.now, SessionEnd.PASSWORD_CHANGED)
    history = PasswordHistory.objects.get()
    assert (history.user, history.password, history.replaced_at) == (user, former, ctx.now)
    assert enter(user, password=NEW_PASSWORD)


def test_a_new_password_begins_its_age(ctx, root, make_user):
    user = make_user()
    Account.objects.update(password_changed_at=None, must_change_password=True)
    edit(ctx, root, user, password=NEW_PASSWORD)
    account = Account.objects.get(user=user)
    assert (account.password_changed_at, account.must_change_password) == (ctx.now, False)


def test_an_unusable_password_is_not_remembered(ctx, root, make_user):
    edit(ctx, root, make_user(password=None), password=NEW_PASSWORD)
    assert not PasswordHistory.objects.exists()


def test_a_deactivation_ends_every_session_for_ever(ctx, root, make_user, enter):
    user = make_user()
    signed = enter(user)
    edit(ctx, root, user, is_active=False)
    edit(ctx, root, user, is_active=True)
    with pytest.raises(SessionEnded):
        authenticate(ctx, access_token=signed.tokens.access)
    assert UserSession.objects.get().end_reason == SessionEnd.USER_DEACTIVATED


def test_other_edits_keep_sessions_alive(ctx, root, make_user, enter):
    user = make_user()
    signed = enter(user)
    edit(ctx, root, user, email="fresh@example.com", is_staff=True)
    assert authenticate(ctx, access_token=signed.tokens.access).user == user


def test_an_edit_forgets_no_wrong_password(ctx, root, make_user):
    user = make_user()
    Account.objects.filter(user=user).update(failures=4, tried_at=ctx.now)
    edit(ctx, root, user, email="fresh@example.com")
    assert Account.objects.get(user=user).failures == 4


def test_a_renamed_user_signs_in_by_the_new_name_alone(ctx, root, make_user):
    user = make_user("someone", email="old@example.com")
    edit(ctx, root, user, email="fresh@example.com")
    user.refresh_from_db()
    assert find("old@example.com").user is None
    assert sign_in(ctx, identifier="FRESH@example.com", password=PASSWORD).user == user
    assert sign_in(ctx, identifier=identifier_of(user), password=PASSWORD).user == user


# The trail.


def test_managing_is_recorded_without_values(ctx, root, django_capture_on_commit_callbacks):
    made = create_user(ctx, actor=root, values=new(password=PASSWORD))
    edit_user(ctx, actor=root, user_id=str(made.id), values=UserValues(password=NEW_PASSWORD))
    created, changed = SecurityEvent.objects.order_by("pk")
    assert (created.kind, created.user_id) == (EventKind.USER_CREATED, made.id)
    assert created.details == {"fields": ["email", "password", "username"]}
    assert (changed.kind, changed.user_id) == (EventKind.USER_CHANGED, made.id)
    assert changed.details == {"fields": ["password"]}
    for event in (created, changed):
        assert (event.actor, event.at, event.ip) == (root, ctx.now, ctx.ip)


@pytest.mark.parametrize("signal", [user_created, user_changed])
def test_the_host_is_told_once_it_is_committed(
    ctx, root, make_user, signal, django_capture_on_commit_callbacks
):
    told = []

    def receive(sender, **kwargs):
        told.append((kwargs["user"].pk, kwargs["actor"]))

    user = make_user()
    signal.connect(receive)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            done = (
                create_user(ctx, actor=root, values=new())
                if signal is user_created
                else edit(ctx, root, user, is_active=False)
            )
            assert told == []
    finally:
        signal.disconnect(receive)
    assert told == [(done.id, root)]
