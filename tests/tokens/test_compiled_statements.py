"""The two statements that are compiled once do what the ORM would have done."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connection, models, transaction
from django.test.utils import isolate_apps

from jwt_accounts.contrib.mfa.models import TotpFactor
from jwt_accounts.models import Account, RoleSettings, UserSession
from jwt_accounts.tokens.lookup import load, load_with_orm
from jwt_accounts.tokens.refresh import read_refresh
from jwt_accounts.tokens.rotation import rotate, rotate_with_orm
from jwt_accounts.tokens.rows import is_one_table
from tests.clock import later
from tests.conftest import NO_KEY
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def row(instance):
    """All columns of an instance, with their types."""
    if instance is None:
        return None
    values = {each.attname: getattr(instance, each.attname) for each in type(instance)._meta.fields}
    return {name: (type(value), value) for name, value in values.items()}


def with_relations(session):
    """A loaded session, its user and the user's account, without asking again."""
    with statements() as asked:
        user = session.user
        account = getattr(user, "jwt_account", None)
        found = [row(each) for each in (session, user, account)]
        assert account is None or account.user is user
    assert asked == []
    return found


def test_a_session_is_loaded_as_the_orm_does(signed, ctx):
    key = signed.tokens.session.pk
    for changes in (
        {},
        {"ip": None, "name": "é" * 100},
        {"ended_at": ctx.now, "end_reason": "signed_out", "generation": 2**31 - 1, "ip": "::1"},
    ):
        UserSession.objects.update(**changes)
        assert with_relations(load(key)) == with_relations(load_with_orm(key))


def test_an_account_is_loaded_as_the_orm_does(signed, ctx):
    key = signed.tokens.session.pk
    Account.objects.update(staff_locked_at=ctx.now, failures=7, must_change_password=True)
    assert with_relations(load(key)) == with_relations(load_with_orm(key))


def test_a_user_without_an_account_is_loaded_as_the_orm_does(signed):
    Account.objects.all().delete()
    key = signed.tokens.session.pk
    compiled, oracle = with_relations(load(key)), with_relations(load_with_orm(key))
    assert compiled == oracle
    assert compiled[2] is None


def test_a_session_that_does_not_exist_is_none(signed):
    assert load(NO_KEY) is load_with_orm(NO_KEY) is None


def test_what_was_loaded_can_be_saved(signed):
    session = load(signed.tokens.session.pk)
    session.name = "my phone"
    session.save()
    session.user.save()
    assert UserSession.objects.get().name == "my phone"


def test_loading_is_one_statement(signed):
    with statements() as asked:
        load(signed.tokens.session.pk)
    assert len(asked) == 1


# Rotation.

SITUATIONS = {
    "alive": {},
    "a former generation": {"generation": 1},
    "a generation to come": {"generation": 0, "presented": 1},
    "ended": {"ended_at": 0},
    "past the absolute end": {"expires_at": 0},
    "a second before the absolute end": {"expires_at": 1},
    "idle too long": {"idle_expires_at": 0},
    "a second before it was idle too long": {"idle_expires_at": 1},
    "inactive": {"is_active": False},
    "locked by staff": {"staff": True},
    "without an account": {"account": False},
    "of a password that staff wants changed": {"must_change": True},
    "of a password of a known age": {"changed_at": -3600},
    "of a password of unknown age": {"changed_at": None},
    "of somebody with roles": {"roles": {"A": 90, "B": 30, "C": None}},
    "of somebody with a role that lets passwords age": {"roles": {"C": None}},
    "of somebody in a mere group": {"groups": ["D"]},
    "of somebody whose role asks for two factors": {"roles": {"A": None}, "required": ["A"]},
    "of somebody with a second factor": {"factor": True},
    "of somebody whose second factor does not work yet": {"factor": False},
    "another session": {"session_id": NO_KEY},
    "another user's number": {"user_id": str(2**31 - 1)},
    "another user's UUID": {"user_id": str(NO_KEY)},
    "nobody's key": {"user_id": "\x00"},
}


#: Those in which the row is hit.
LUCKY = {
    *("alive", "without an account"),
    *(name for name in SITUATIONS if "second" in name or name.startswith("of ")),
}
#: The shortest of the roles' ages, in days.
SHORTEST = {"of somebody with roles": 30}


OF_USER = ("must_change", "changed_at", "roles", "groups", "required", "factor")


def arrange_user(
    ctx, user, *, must_change=False, changed_at=0, roles=(), groups=(), required=(), factor=None
):
    """What decides whether the session may go on. Somebody else has more roles."""
    moment = None if changed_at is None else later(ctx, seconds=changed_at).now
    Account.objects.update(must_change_password=must_change, password_changed_at=moment)
    for name in [*roles, *groups]:
        user.groups.add(Group.objects.create(name=name))
    for name in roles:
        role = Group.objects.get(name=name)
        RoleSettings.objects.create(
            role=role, password_expiration=roles[name], require_mfa=name in required
        )
    if factor is not None:
        TotpFactor.objects.create(user=user, secret="sealed", confirmed=factor)


def arrange(ctx, *, presented=0, is_active=True, staff=False, account=True, **row):
    """Change the rows; what the token says besides its generation."""
    said = {name: row.pop(name) for name in ("session_id", "user_id") if name in row}
    moments = {
        name: later(ctx, seconds=value).now if name.endswith("_at") else value
        for name, value in row.items()
    }
    if moments:
        UserSession.objects.update(**moments)
    get_user_model().objects.update(is_active=is_active)
    if staff:
        Account.objects.update(staff_locked_at=ctx.now)
    if not account:
        Account.objects.all().delete()
    return {"generation": presented, **said}


def outcome(rotation, *args, **kwargs):
    """What came of it: the result, and the row in the table; undone afterwards."""
    with transaction.atomic():
        rotated = rotation(*args, **kwargs)
        stored = UserSession.objects.values().get()
        transaction.set_rollback(True)
    return rotated and (row(rotated.session), rotated.password, row_of(rotated.standing)), stored


def row_of(standing):
    """What is known of the user's standing, with the types."""
    return {each.name: (type(v := getattr(standing, each.name)), v) for each in fields(standing)}


@pytest.mark.parametrize("steps", [0, 1])
@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize(
    "address",
    ["2001:db8::7", pytest.param(None, marks=[pytest.mark.once, pytest.mark.database])],
)
@pytest.mark.parametrize(
    "idle_days",
    [
        pytest.param(1, id="before the end"),
        pytest.param(1000, marks=pytest.mark.once, id="past the end"),
    ],
)
def test_a_rotation_is_that_of_the_orm(signed, ctx, situation, steps, address, idle_days):
    rows = dict(SITUATIONS[situation])
    of_user = {name: rows.pop(name) for name in OF_USER if name in rows}
    if of_user:
        arrange_user(ctx, signed.user, **of_user)
    claims = replace(read_refresh(signed.tokens.refresh), **arrange(ctx, **rows))
    client = replace(later(ctx, milliseconds=500), ip=address, user_agent="é\U0001f600")
    rules = {"idle_end": client.now + timedelta(days=idle_days), "steps": steps}
    before = UserSession.objects.values().get()
    compiled = outcome(rotate, claims, client, **rules)
    oracle = outcome(rotate_with_orm, claims, client, **rules)
    assert compiled == oracle
    if situation in LUCKY:
        assert compiled[0] is not None
        assert compiled[1]["generation"] == steps
        assert compiled[0][2]["must_change"][1] is bool(of_user.get("must_change"))
        days = SHORTEST.get(situation)
        assert compiled[0][2]["maximum"][1] == (days and timedelta(days=days))
    else:
        assert compiled == (None, before)


def test_a_rotation_is_one_statement(signed, ctx):
    claims = read_refresh(signed.tokens.refresh)
    with statements() as asked:
        rotate(claims, ctx, idle_end=ctx.now, steps=1)
    assert len(asked) == 1
    assert connection.vendor in {"postgresql", "sqlite"}


@isolate_apps("tests")
def test_a_user_model_of_several_tables_is_left_to_the_orm():
    class Base(models.Model):  # noqa: DJ008 - lives for one test
        class Meta:
            app_label = "tests"

    class Child(Base):  # noqa: DJ008 - lives for one test
        extra = models.CharField(max_length=10)

        class Meta:
            app_label = "tests"

    assert is_one_table(Base)
    assert is_one_table(get_user_model())
    assert not is_one_table(Child)
