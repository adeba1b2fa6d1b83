"""A write changes what it documents, and who may not grant a thing grants it in no spelling."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from jwt_accounts.models import Account, UserSession
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once

ENCODINGS = {
    "json": ("application/json", lambda data: json.dumps(data, default=str)),
    "form": (
        "application/x-www-form-urlencoded",
        lambda data: "&".join(f"{name}={value}" for name, value in data.items()),
    ),
    "multipart": (MULTIPART_CONTENT, lambda data: encode_multipart(BOUNDARY, data)),
}
DOCUMENTED = {
    "username",
    "email",
    "phone",
    "first_name",
    "last_name",
    "name",
    "password",
    "is_active",
    "is_staff",
    "is_superuser",
}
#: What one contract documents besides.
MORE = {"contract zero": {"must_change_password"}, "back office": set()}
PATHS = {
    "contract zero": ("POST", "/accounts/users/", "PATCH", "/accounts/users/{}/"),
    "back office": (
        "POST",
        "/authentication/user/create/",
        "PUT",
        "/authentication/users/{}/edit/",
    ),
}
TIME = "2001-02-03T04:05:06Z"
#: No key that a user gets by chance.
NUMBER = "7700771"


@pytest.fixture
def send(client):
    def write(encoding, method, path, data, token):
        kind, encoded = ENCODINGS[encoding]
        return client.generic(
            method, path, encoded(data), kind, headers={"Authorization": f"Bearer {token}"}
        )

    return write


@pytest.fixture
def undocumented(make_role, contract):
    """A value for every field of every model behind a user that the contract does not document."""
    role = make_role("Boss", rights=["add_user"])
    values = {}
    for model in (get_user_model(), Account, UserSession):
        for field in model._meta.get_fields(include_hidden=True):
            kind = getattr(field, "get_internal_type", lambda: "")()
            values[field.name] = {
                "DateTimeField": TIME,
                "BooleanField": "true",
                "ManyToManyField": role.pk,
                "UUIDField": "00000000-0000-4000-8000-000000000001",
            }.get(kind, NUMBER)
            values[getattr(field, "attname", field.name)] = values[field.name]
    values |= {
        "id": NUMBER,
        "pk": NUMBER,
        "role": "Boss",
        "roles": "Boss",
        "groups": role.pk,
        "permissions": Permission.objects.first().pk,
        "_password": "x",
        "jwt_account": NUMBER,
        "jwt_account.staff_locked_at": TIME,
        "jwt_account__staff_locked_at": TIME,
        "confirmed_email": "x@example.com",
        "is_admin": "true",
        "actor": NUMBER,
        "contacts": "email",
        "__class__": "x",
    }
    documented = DOCUMENTED | MORE[contract]
    return {name: value for name, value in values.items() if name not in documented}


def everything_about(user):
    """All stored of a user, and how many rows of each kind there are."""
    fresh = get_user_model().objects.get(pk=user.pk)
    account = Account.objects.get(user=user)
    return {
        "user": {f.attname: getattr(fresh, f.attname) for f in fresh._meta.concrete_fields},
        "account": {f.attname: getattr(account, f.attname) for f in account._meta.concrete_fields},
        "groups": sorted(fresh.groups.values_list("name", flat=True)),
        "permissions": sorted(fresh.user_permissions.values_list("pk", flat=True)),
        "sessions": list(UserSession.objects.filter(user=user).order_by("pk").values()),
        "members": Group.objects.get(name="Boss").user_set.count(),
    }


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("contract", PATHS)
def test_undocumented_fields_of_an_edit_change_nothing(
    send, make_superuser, make_user, tokens_of, undocumented, contract, encoding
):
    user = make_user()
    tokens_of(user)
    _, _, method, path = PATHS[contract]
    token = tokens_of(make_superuser()).access
    before = everything_about(user)
    assert len(undocumented) > 30
    answer = send(encoding, method, path.format(user.pk), undocumented, token)
    assert answer.status_code in {200, 400}
    assert everything_about(user) == before


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("contract", PATHS)
def test_undocumented_fields_of_a_new_user_are_left_out(
    send, make_superuser, tokens_of, undocumented, contract, encoding
):
    method, path, _, _ = PATHS[contract]
    token = tokens_of(make_superuser()).access
    model = get_user_model()
    kept = set(model.objects.values_list("pk", flat=True))
    wanted = {"email": "new@example.com", "password": PASSWORD, "username": "new"}
    answer = send(encoding, method, path, {**undocumented, **wanted}, token)
    assert answer.status_code == 201
    user = model.objects.exclude(pk__in=kept).get()
    found = everything_about(user)
    assert str(user.pk) not in {NUMBER, "00000000-0000-4000-8000-000000000001"}
    assert (found["groups"], found["permissions"], found["sessions"]) == ([], [], [])
    assert (user.is_superuser, user.is_staff) == (False, False)
    assert user.check_password(PASSWORD)
    planted = [
        (row, name)
        for row in ("user", "account")
        for name, value in found[row].items()
        if str(value) in {NUMBER, "x", "x@example.com"} or str(value).startswith("2001-02-0")
    ]
    assert planted == []


@once
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("contract", PATHS)
@pytest.mark.parametrize("flag", ["is_staff", "is_superuser"])
@pytest.mark.parametrize("value", ["1", "true"])
def test_a_manager_makes_nobody_staff(
    send, make_user, make_role, tokens_of, contract, encoding, flag, value
):
    make_role("Boss")
    make_role("Manager", rights=["add_user", "change_user", "view_user"])
    manager, user = make_user(groups=["Manager"]), make_user()
    token = tokens_of(manager).access
    create, making, edit, editing = PATHS[contract]
    for target in (user, manager):
        before = everything_about(target)
        said = {"first_name": "Planted", flag: value}
        answer = send(encoding, edit, editing.format(target.pk), said, token)
        assert answer.status_code == 403
        assert everything_about(target) == before
    number = get_user_model().objects.count()
    made = {"username": "new", "email": "new@example.com", "password": PASSWORD, flag: value}
    assert send(encoding, create, making, made, token).status_code == 403
    assert get_user_model().objects.count() == number


@once
@pytest.mark.parametrize("contract", PATHS)
@pytest.mark.parametrize(
    "said",
    [
        {"password": "another horse battery"},
        {"email": "mine@example.com"},
        {"is_active": "0"},
        {"must_change_password": "true"},
    ],
)
def test_a_manager_reaches_nobody_above(
    send, make_user, make_superuser, make_role, tokens_of, contract, said
):
    make_role("Boss", rights=["delete_user"])
    make_role("Manager", rights=["add_user", "change_user", "view_user"])
    staff = make_user()
    staff.is_staff = True
    staff.save()
    token = tokens_of(make_user(groups=["Manager"])).access
    _, _, method, path = PATHS[contract]
    for target in (make_superuser(), staff, make_user(groups=["Boss"])):
        tokens_of(target)
        before = everything_about(target)
        answer = send("json", method, path.format(target.pk), said, token)
        assert answer.status_code == 403
        assert everything_about(target) == before
