"""Who registered, never confirmed and never came goes after a week; nobody else does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db.models import ProtectedError
from django.db.models.signals import pre_delete

from jwt_accounts.flows.confirm_email import confirm_email
from jwt_accounts.flows.manage_users import UserValues, edit_user
from jwt_accounts.flows.prune import prune
from jwt_accounts.flows.register import register
from jwt_accounts.flows.sign_in import sign_in
from jwt_accounts.flows.write_user import Profile
from jwt_accounts.models import Account, Challenge, UserSession
from tests.clock import later
from tests.conftest import PASSWORD
from tests.letters import PAGE, letter, letters

pytestmark = pytest.mark.django_db

core = pytest.mark.core

DAY = timedelta(days=1)


@pytest.fixture
def join(ctx):
    """Register somebody; what the message's link holds."""

    def make(name="ann", *, days=7, confirms=True):
        profile = Profile(username=name, email=f"{name}@example.com")
        at = later(ctx, days=-days)
        made = []

        def act():
            made.append(
                register(at, profile=profile, password=PASSWORD, confirms=confirms, link=PAGE)
            )

        letters(act)
        return get_user_model().objects.get(pk=made[0].id)

    return make


def left():
    return sorted(get_user_model().objects.values_list("email", flat=True))


@core
def test_who_registered_a_week_ago_and_never_confirmed_goes_with_everything(ctx, join):
    join("ann")
    join("bob", days=6.99)
    assert prune(ctx).users == 1
    assert left() == ["bob@example.com"]
    assert Account.objects.count() == 1
    assert not Challenge.objects.exists()


def test_the_address_is_free_again(ctx, join):
    join("ann")
    prune(ctx)
    join("ann", days=0)


@pytest.mark.parametrize(("keep", "gone"), [(DAY, 1), (8 * DAY, 0), (None, 0)])
def test_how_long_they_are_kept_is_a_setting(ctx, join, settings, keep, gone):
    settings.JWT_ACCOUNTS = {"KEEP_UNCONFIRMED": keep}
    join("ann")
    assert prune(ctx).users == gone


def confirmed(ctx, user, root):
    Account.objects.filter(user=user).update(awaits_confirmation=False)


def signed_in(ctx, user, root):
    sign_in(ctx, identifier=user.email, password=PASSWORD)


def signed_in_long_ago(ctx, user, root):
    """The session is pruned by now; that there was one is on the user."""
    sign_in(ctx, identifier=user.email, password=PASSWORD)
    UserSession.objects.all().delete()


def with_a_role(ctx, user, root):
    user.groups.create(name="Reader")


def vouched_for_by_staff(ctx, user, root):
    values = UserValues(email=user.email)
    edit_user(ctx, actor=root, user_id=str(user.pk), values=values)


def disabled_by_staff(ctx, user, root):
    edit_user(ctx, actor=root, user_id=str(user.pk), values=UserValues(is_active=False))


def made_staff(ctx, user, root):
    edit_user(ctx, actor=root, user_id=str(user.pk), values=UserValues(is_staff=True))


def moved_by_the_host(ctx, user, root):
    user.email = "moved@example.com"
    user.save()


@core
@pytest.mark.parametrize(
    "state",
    [
        confirmed,
        signed_in,
        signed_in_long_ago,
        with_a_role,
        vouched_for_by_staff,
        moved_by_the_host,
        disabled_by_staff,
        made_staff,
    ],
)
def test_these_stay(ctx, join, root, state):
    user = join("ann")
    state(ctx, user, root)
    assert prune(ctx).users == 0
    assert get_user_model().objects.filter(pk=user.pk).exists()


def test_who_was_not_asked_to_confirm_stays(ctx, join, make_user):
    join("ann", confirms=False)
    make_user("bob")
    assert prune(ctx).users == 0


def test_who_confirms_at_the_last_moment_stays(ctx):
    profile = Profile(username="ann", email="ann@example.com")
    act = lambda: register(ctx, profile=profile, password=PASSWORD, confirms=True, link=PAGE)  # noqa: E731
    confirm_email(later(ctx, days=2.9), token=letter(act).token)
    assert prune(later(ctx, days=365)).users == 0


def test_whom_the_hosts_data_needs_stays_and_the_others_go(ctx, join):
    needed = join("ann")
    for name in ("bob", "cleo", "dora"):
        join(name)

    def protect(instance, **_kwargs):
        if instance == needed:
            raise ProtectedError("needed", {instance})

    pre_delete.connect(protect, sender=get_user_model())
    try:
        assert prune(ctx, batch=1).users == 3
    finally:
        pre_delete.disconnect(protect, sender=get_user_model())
    assert left() == ["ann@example.com"]


def test_who_comes_while_it_runs_stays(ctx, join):
    """Each is looked at again when it is locked."""
    join("ann")
    join("bob")

    def enter(instance, **_kwargs):
        Account.objects.exclude(user=instance.pk).update(awaits_confirmation=False)

    pre_delete.connect(enter, sender=get_user_model())
    try:
        assert prune(ctx).users == 1
    finally:
        pre_delete.disconnect(enter, sender=get_user_model())
    assert get_user_model().objects.count() == 1


@core
def test_the_command_says_how_many(join, capsys):
    join("ann", days=8)
    call_command("prune")
    assert "1 users" in capsys.readouterr().out
    assert left() == []
