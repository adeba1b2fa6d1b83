"""``me/`` and the changes of one's own address, number and name."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.db.models import ProtectedError
from django.db.models.signals import pre_delete

from jwt_accounts.models import Account
from jwt_accounts.models.userfields import user_fields
from tests.api.conftest import fields, problem
from tests.conftest import PASSWORD
from tests.letters import letter, letters, sent
from tests.recovery import Texts, pin_in, wrong

pytestmark = pytest.mark.django_db

core = pytest.mark.core

OLD, NEW = "somebody@example.com", "new@example.com"
NUMBER = "+40771694307"
WRONG = {"current_password": "wrong_password"}


@pytest.fixture
def access(api, user):
    return api.access(user)


@pytest.fixture
def sms(settings, tmp_path):
    texts = Texts(tmp_path / "sms")
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, **texts.settings}
    return texts


def own(api, access):
    return api("GET", "me/", token=access).json()


def wish(api, access, what="email", value=NEW, password=PASSWORD):
    body = {what: value, "current_password": password}
    return api("POST", f"{what}/change/", body, token=access)


# The names.


@core
def test_a_name_is_changed_and_the_answer_is_the_user_as_it_is_now(api, user, access):
    before = own(api, access)
    name = user_fields().profile[0] if user_fields().profile else None
    response = api("PATCH", "me/", {name or "name": "Ann"}, token=access)
    assert response.status_code == 200
    assert response.json() == own(api, access) == {**before, **({name: "Ann"} if name else {})}


@core
@pytest.mark.parametrize(
    "body",
    [
        {"is_staff": True, "is_superuser": True, "is_active": False},
        {"groups": ["Manager"], "role": "Manager", "id": 7},
        {"email": NEW, "username": "other", "phone": NUMBER},
        {"password": "another password", "email_confirmed": True},
    ],
    ids=lambda body: next(iter(body)),
)
def test_nothing_else_can_be_written_there(api, user, access, make_role, body):
    make_role("Manager", rights=["add_user"])
    before = own(api, access)
    rows = list(get_user_model().objects.values()), list(Account.objects.values())
    assert api("PATCH", "me/", body, token=access).json() == before
    assert (list(get_user_model().objects.values()), list(Account.objects.values())) == rows


@pytest.mark.parametrize("value", [None, 7, ["a"], {"a": 1}, "a" * 256, "a\x00"], ids=repr)
def test_a_name_that_cannot_be_is_400(api, access, value):
    response = api("PATCH", "me/", {"name": value, "first_name": "right"}, token=access)
    assert set(fields(response)) == {"name"}
    assert own(api, access)["first_name"] == ""


# The address.


@core
@pytest.mark.parametrize("by", ["token", "code"])
def test_a_new_address_is_confirmed_first(api, access, by):
    found = letter(lambda: wish(api, access))
    assert (found.to, found.about) == (NEW, "change_email")
    assert own(api, access)["email"] == OLD
    calls = {
        "token": lambda: api("POST", "email/confirm/", {"token": found.token}),
        "code": lambda: api("POST", "email/change/confirm/", {"code": found.code}, token=access),
    }
    answers = []
    assert sent(lambda: answers.append(calls[by]())) == [(OLD, "email_changed")]
    assert [(each.status_code, each.content) for each in answers] == [(204, b"")]
    body = own(api, access)
    assert (body["email"], body["email_confirmed"]) == (NEW, True)


@core
def test_the_answer_is_the_same_where_somebody_else_has_it(api, access, make_user):
    make_user("other", email=NEW)
    answers = []
    notes = sent(lambda: answers.append(wish(api, access)))
    assert notes == [(NEW, "address_taken")]
    letters(lambda: answers.append(wish(api, access, value="free@example.com")))
    assert [(each.status_code, each.content) for each in answers] == [(202, b"")] * 2


def test_an_address_that_was_taken_meanwhile_is_400_to_who_has_the_link(api, access, make_user):
    found = letter(lambda: wish(api, access))
    make_user("other", email=NEW)
    assert fields(api("POST", "email/confirm/", {"token": found.token})) == {"email": "unique"}
    response = api("POST", "email/change/confirm/", {"code": found.code}, token=access)
    assert fields(response) == {"email": "unique"}
    assert own(api, access)["email"] == OLD


def test_a_code_of_somebody_else_is_none(api, access, make_user):
    found = letter(lambda: wish(api, access))
    other = api.access(make_user("other"))
    response = api("POST", "email/change/confirm/", {"code": found.code}, token=other)
    problem(response, 404, "pin_invalid")


# The telephone.


@core
def test_a_new_number_is_confirmed_first(api, access, sms):
    response = wish(api, access, "phone", "+40 771 694 307")
    assert (response.status_code, response.content) == (202, b"")
    assert own(api, access)["phone"] == ""


def test_the_code_puts_it_in_its_place(api, access, sms):
    letters(lambda: wish(api, access, "phone", NUMBER))
    code = pin_in(sms.new()[0].partition("\n")[2])
    confirm = lambda code: api("POST", "phone/change/confirm/", {"code": code}, token=access)  # noqa: E731
    problem(confirm(wrong(code)), 404, "pin_invalid")
    assert sent(lambda: confirm(code)) == [(OLD, "phone_changed")]
    assert own(api, access)["phone"] == NUMBER
    body = {"identifier": NUMBER, "password": PASSWORD}
    assert api("POST", "sign-in/", body).status_code == 200


def test_the_answer_is_the_same_where_somebody_else_has_the_number(api, access, sms, make_user):
    """Nobody is told either: an SMS costs."""
    Account.objects.filter(user=make_user("other")).update(phone_key=NUMBER, phone=NUMBER)
    answers = []
    assert letters(lambda: answers.append(wish(api, access, "phone", NUMBER))) == []
    assert sms.new() == []
    letters(lambda: answers.append(wish(api, access, "phone", "+40771694308")))
    assert len(sms.new()) == 1
    assert [(each.status_code, each.content) for each in answers] == [(202, b"")] * 2


@core
def test_who_has_not_confirmed_the_address_shows_of_no_number_that_it_is_theirs(api, user, access):
    Account.objects.update(unproved="email", awaits_confirmation=True)
    problem(wish(api, access, "phone", NUMBER), 403, "email_unconfirmed")


def test_without_a_way_to_send_an_sms_it_is_refused(api, access):
    assert fields(wish(api, access, "phone", NUMBER)) == {"phone": "not_available"}


# The name one signs in by.


@core
def test_a_user_name_is_changed_at_once(api, access):
    response = wish(api, access, "username", "other")
    if user_fields().username is None:
        problem(response, 404, "not_found")
        return
    assert (response.status_code, response.content) == (204, b"")
    assert own(api, access)["username"] == "other"


def test_a_user_name_that_is_taken_is_400(api, access, make_user):
    """Names are shown to others: there is nothing to hide."""
    make_user("other")
    assert fields(wish(api, access, "username", "OTHER")) == {"username": "unique"}


# The end.


@core
def test_one_deletes_ones_account_with_the_password(api, user, access):
    assert fields(api("DELETE", "me/", {"current_password": "x"}, token=access)) == WRONG
    response = api("DELETE", "me/", {"current_password": PASSWORD}, token=access)
    assert (response.status_code, response.content) == (204, b"")
    problem(api("GET", "me/", token=access), 401, "token_invalid")
    problem(api.sign_in(user), 401, "wrong_credentials")


@pytest.mark.parametrize("body", [None, {}, {"current_password": None}], ids=repr)
def test_without_the_password_nothing_is_deleted(api, access, body):
    assert set(fields(api("DELETE", "me/", body, token=access))) == {"current_password"}
    assert own(api, access)


def test_the_last_superuser_stays(api, root):
    access = api.access(root)
    response = api("DELETE", "me/", {"current_password": PASSWORD}, token=access)
    problem(response, 409, "last_superuser")


def test_whom_the_hosts_data_needs_stays(api, user, access):
    def protect(instance, **_kwargs):
        raise ProtectedError("needed", {instance})

    pre_delete.connect(protect, sender=get_user_model())
    try:
        response = api("DELETE", "me/", {"current_password": PASSWORD}, token=access)
    finally:
        pre_delete.disconnect(protect, sender=get_user_model())
    problem(response, 409, "still_referenced")
    assert own(api, access)


# What all of them keep.

CHANGES = {
    "email/change/": {"email": NEW},
    "phone/change/": {"phone": NUMBER},
    "username/change/": {"username": "other"},
}
CONFIRMATIONS = ["email/change/confirm/", "phone/change/confirm/"]


@core
@pytest.mark.parametrize("path", CHANGES)
def test_a_change_asks_for_the_present_password(api, user, access, sms, path):
    body = {**CHANGES[path], "current_password": "wrong"}
    if user_fields().username is None and path.startswith("username"):
        pytest.skip("users have no name here")
    assert [fields(api("POST", path, body, token=access)) for _ in range(5)] == [WRONG] * 5
    body["current_password"] = PASSWORD
    response = api("POST", path, body, token=access)
    problem(response, 423, "account_locked")


@pytest.mark.parametrize("value", [None, "", 7, ["a"], {"a": 1}, "\x00", "a" * 400], ids=repr)
@pytest.mark.parametrize("path", CHANGES)
def test_what_cannot_be_is_400_naming_it(api, access, sms, path, value):
    (name,) = CHANGES[path]
    body = {name: value, "current_password": PASSWORD}
    assert set(fields(api("POST", path, body, token=access))) == {name}


@pytest.mark.parametrize("code", [None, "", "1234567", "12345a", [1], {}, True], ids=repr)
@pytest.mark.parametrize("path", CONFIRMATIONS)
def test_what_is_no_code_is_400(api, access, path, code):
    assert set(fields(api("POST", path, {"code": code}, token=access))) == {"code"}


@pytest.mark.parametrize("path", CONFIRMATIONS)
def test_a_code_that_nobody_sent_is_404(api, access, path):
    problem(api("POST", path, {"code": "000000"}, token=access), 404, "pin_invalid")


@core
@pytest.mark.parametrize("path", [*CHANGES, *CONFIRMATIONS])
def test_each_wants_a_live_session_and_takes_post_alone(api, access, path):
    problem(api("POST", path, {}), 401, "not_authenticated")
    response = api("GET", path, token=access)
    assert (response.status_code, response["Allow"]) == (405, "POST")
    api("POST", "sign-out/", token=access)
    problem(api("POST", path, {}, token=access), 401, "session_ended")


@pytest.mark.parametrize(
    ("method", "path", "limit"),
    [
        ("DELETE", "me/", "account_change"),
        *(("POST", path, "account_change") for path in CHANGES),
        *(("POST", path, "confirmation") for path in CONFIRMATIONS),
    ],
)
def test_each_has_a_limit(api, access, settings, method, path, limit):
    settings.JWT_ACCOUNTS = {"RATE_LIMITS": {limit: "2/m"}}
    found = [api(method, path, {}, token=access).status_code for _ in range(3)]
    assert found == [400, 400, 429]
