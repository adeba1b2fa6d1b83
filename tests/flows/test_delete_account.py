"""Deleting an account: one's own with its password, another's with the right, and what stays."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import ProtectedError, RestrictedError
from django.db.models.signals import pre_delete

from jwt_accounts.errors import (
    AccountLocked,
    Forbidden,
    InvalidInput,
    LastSuperuser,
    NotFound,
    StillReferenced,
    TokenInvalid,
    WrongCredentials,
)
from jwt_accounts.flows.authenticate import authenticate
from jwt_accounts.flows.change_identifier import change_email
from jwt_accounts.flows.delete_account import delete_own_account, delete_user
from jwt_accounts.flows.refresh import refresh
from jwt_accounts.flows.register import register
from jwt_accounts.flows.request_pin import request_pin
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.flows.write_user import Profile
from jwt_accounts.models import Account, Challenge, PasswordHistory, SecurityEvent, UserSession
from jwt_accounts.types import EventKind, IdentifierKind
from tests.conftest import NO_KEY, PASSWORD, identifier_of
from tests.letters import letters, sent

pytestmark = pytest.mark.django_db

core = pytest.mark.core

ANN = "ann@example.com"


@pytest.fixture
def ann(make_user):
    return make_user("ann")


@pytest.fixture
def clerk(make_user, make_role):
    """May delete users, and is no superuser."""
    make_role("Clerk", rights=["delete_user"])
    return make_user("clerk", groups=["Clerk"])


@pytest.fixture
def protected(request):
    """Data of the host's that needs its user."""

    def protect(instance, **_kwargs):
        raise request.param("needed", {instance})

    pre_delete.connect(protect, sender=get_user_model())
    yield
    pre_delete.disconnect(protect, sender=get_user_model())


def is_there(user_id) -> bool:
    return get_user_model().objects.filter(pk=user_id).exists()


def delete(ctx, actor, user, **more):
    delete_user(ctx, actor=actor, user_id=str(user.pk), **more)


# One's own.


@core
def test_nothing_of_who_deletes_the_account_is_left_but_the_trail(ctx, ann):
    key = ann.pk
    tokens = sign_in(ctx, identifier=identifier_of(ann), password=PASSWORD).tokens
    letters(lambda: request_pin(ctx, kind=IdentifierKind.EMAIL, value=ANN))
    letters(lambda: change_email(ctx, user=ann, email="anne@example.com"))
    ann.set_password("another password")
    ann.save()
    delete_own_account(ctx, user=ann, current="another password")
    assert not is_there(key)
    for table in (Account, UserSession, Challenge, PasswordHistory):
        assert not table.objects.exists(), table
    with pytest.raises(TokenInvalid):
        authenticate(ctx, access_token=tokens.access)
    with pytest.raises(TokenInvalid):
        refresh(ctx, refresh_token=tokens.refresh)
    with pytest.raises(WrongCredentials):
        sign_in(ctx, identifier=ANN, password="another password")
    event = SecurityEvent.objects.get(kind=EventKind.USER_DELETED)
    assert (event.user_id, event.actor_id, event.details) == (None, None, {"user": str(key)})


@core
def test_the_address_is_told_and_is_free(ctx, ann):
    act = lambda: delete_own_account(ctx, user=ann, current=PASSWORD)  # noqa: E731
    assert sent(act) == [(ANN, "account_deleted")]
    assert register(ctx, profile=Profile(username="ann", email=ANN), password=PASSWORD)


def test_who_has_no_address_is_not_told(ctx, make_user):
    user = make_user("ann", email="")
    assert sent(lambda: delete_own_account(ctx, user=user, current=PASSWORD)) == []


@core
def test_a_wrong_password_is_counted_and_deletes_nothing(ctx, ann):
    for _ in range(5):
        with pytest.raises(InvalidInput) as refusal:
            delete_own_account(ctx, user=ann, current="wrong")
        assert set(refusal.value.fields) == {"current_password"}
    with pytest.raises(AccountLocked):
        delete_own_account(ctx, user=ann, current=PASSWORD)
    assert is_there(ann.pk)


def test_others_lose_nothing(ctx, ann, make_user):
    bob = make_user("bob")
    sign_in(ctx, identifier=identifier_of(bob), password=PASSWORD)
    letters(lambda: request_pin(ctx, kind=IdentifierKind.EMAIL, value="bob@example.com"))
    delete_own_account(ctx, user=ann, current=PASSWORD)
    for table in (Account, UserSession, Challenge):
        assert table.objects.get().user == bob


def test_who_was_deleted_a_moment_ago_is_not_found(ctx, ann, make_user):
    twin = get_user_model().objects.get(pk=ann.pk)
    delete_own_account(ctx, user=ann, current=PASSWORD)
    with pytest.raises((NotFound, InvalidInput)):
        delete_own_account(ctx, user=twin, current=PASSWORD)


@core
def test_the_last_active_superuser_stays(ctx, root, make_user):
    retired = make_user("retired", is_superuser=True, is_active=False)

    def refused():
        with pytest.raises(LastSuperuser):
            delete_own_account(ctx, user=root, current=PASSWORD)

    assert sent(refused) == []
    assert is_there(root.pk)
    get_user_model().objects.filter(pk=retired.pk).update(is_active=True)
    delete_own_account(ctx, user=root, current=PASSWORD)
    assert not is_there(root.pk)


@pytest.mark.parametrize("protected", [ProtectedError, RestrictedError], indirect=True)
@pytest.mark.usefixtures("protected")
def test_whom_the_hosts_data_needs_stays_whole(ctx, ann):
    letters(lambda: request_pin(ctx, kind=IdentifierKind.EMAIL, value=ANN))
    sign_in(ctx, identifier=identifier_of(ann), password=PASSWORD)

    def refused():
        with pytest.raises(StillReferenced):
            delete_own_account(ctx, user=ann, current=PASSWORD)

    assert sent(refused) == []
    assert is_there(ann.pk)
    for table in (Account, UserSession, Challenge):
        assert table.objects.get().user == ann
    assert not SecurityEvent.objects.exists()


def test_a_deletion_that_is_rolled_back_tells_nobody(ctx, ann, root):
    def undone():
        with transaction.atomic():
            delete(ctx, root, ann)
            transaction.set_rollback(True)

    assert letters(undone) == []
    assert is_there(ann.pk)


# Another's.


@core
def test_who_holds_the_right_deletes_another(ctx, ann, clerk):
    key = ann.pk
    assert sent(lambda: delete(ctx, clerk, ann)) == [(ANN, "account_deleted")]
    assert not is_there(key)
    event = SecurityEvent.objects.get()
    assert (event.actor_id, event.details) == (clerk.pk, {"user": str(key)})


@pytest.mark.parametrize("rights", [[], ["view_user"], ["change_user"], ["add_user"]])
def test_who_does_not_hold_it_does_not(ctx, ann, make_user, make_role, rights):
    make_role("Role", rights)
    with pytest.raises(Forbidden):
        delete(ctx, make_user(groups=["Role"]), ann)
    assert is_there(ann.pk)


def test_nobody_deletes_who_holds_more(ctx, clerk, root, make_user, make_role):
    make_role("Manager", rights=["delete_user", "change_user"])
    above = [root, make_user(is_staff=True), make_user(groups=["Manager"])]
    for user in above:
        with pytest.raises(Forbidden):
            delete(ctx, clerk, user)
        assert is_there(user.pk)


def test_staff_does_not_delete_the_last_superuser_either(ctx, root):
    with pytest.raises(LastSuperuser):
        delete(ctx, root, root, current=PASSWORD)
    assert is_there(root.pk)


@core
def test_nobody_gets_around_the_password_as_staff(ctx, clerk, root):
    for actor in (clerk, root):
        with pytest.raises(Forbidden):
            delete(ctx, actor, actor)
        assert is_there(actor.pk)


@pytest.mark.parametrize("user_id", ["nobody", "", "0", str(NO_KEY), "9" * 40])
def test_nobody_is_not_found(ctx, root, user_id):
    with pytest.raises(NotFound):
        delete_user(ctx, actor=root, user_id=user_id)


@pytest.mark.parametrize("protected", [ProtectedError], indirect=True)
@pytest.mark.usefixtures("protected")
def test_staff_is_told_that_other_data_needs_it(ctx, ann, root):
    with pytest.raises(StillReferenced):
        delete(ctx, root, ann)
    assert is_there(ann.pk)


def test_a_contract_may_ask_for_the_actors_own_password(ctx, ann, root):
    with pytest.raises(InvalidInput) as refusal:
        delete(ctx, root, ann, current="wrong")
    assert set(refusal.value.fields) == {"current_password"}
    delete(ctx, root, ann, current=PASSWORD)
    assert not is_there(ann.pk)
