"""One's own second factors: listed, named, removed; what follows, and who may not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from jwt_accounts.contrib.mfa.flows.factors import remove_factor
from jwt_accounts.contrib.mfa.models import RecoveryCode, SentCodeFactor, TotpFactor
from jwt_accounts.errors import NotFound, SessionEnded
from jwt_accounts.models import SecurityEvent, UserSession
from jwt_accounts.policies.mfa import MOST_FACTORS
from jwt_accounts.types import RequestContext
from tests.api.conftest import fields, problem
from tests.letters import letters
from tests.second_factors import give_totp, shown

pytestmark = [pytest.mark.django_db, pytest.mark.core]
once = pytest.mark.once


def begin(api, access, name="phone"):
    return api("POST", "factors/totp/", {"name": name}, token=access)


def finish(api, access, begun, *, steps=0):
    body = {"code": shown(begun["secret"], steps=steps)}
    return api("POST", f"factors/{begun['factor']['id']}/confirm/", body, token=access)


@pytest.fixture
def mine(enrolled, enter):
    """Somebody with a code generator who has just signed in with it: the person and the token."""
    someone = enrolled()
    return someone, enter(someone)["access"]


def id_of(factor):
    return f"totp-{factor.pk}"


def test_the_own_ones_are_listed_without_anything_secret(api, mine, enrolled):
    someone, access = mine
    enrolled()  # somebody else's
    begun = begin(api, access, "tablet").json()
    answer = api("GET", "factors/", token=access)
    phone, tablet = answer.json()["factors"]
    assert phone == {
        "id": id_of(someone.factor),
        "type": "totp",
        "name": "phone",
        "confirmed": True,
        "to": "",
        "created_at": "2026-11-21T12:00:15Z",
        "last_used_at": "2026-11-21T12:00:15Z",
    }
    assert (tablet["name"], tablet["confirmed"]) == ("tablet", False)
    assert not [each for each in (someone.secret, begun["secret"]) if each in str(answer.content)]


def test_one_is_called_what_its_owner_calls_it(api, mine):
    someone, access = mine
    path = f"factors/{id_of(someone.factor)}/"
    for name in ("Ann\u2019s \u260e", "", "x" * 64):
        answer = api("PATCH", path, {"name": name}, token=access)
        assert (answer.status_code, answer.json()["name"]) == (200, name)
    for name in ("x" * 65, "a\nb", "a\0b", "a\u202eb", None, 7, ["x"], {"x": 1}):
        answer = api("PATCH", path, {"name": name}, token=access)
        assert fields(answer).keys() == {"name"}, name
        assert fields(begin(api, access, name)).keys() == {"name"}, name
    assert fields(api("PATCH", path, {}, token=access)) == {"name": "required"}
    someone.factor.refresh_from_db()
    assert someone.factor.name == "x" * 64


def test_those_of_others_and_those_that_are_none_are_not_found(api, mine, enrolled):
    _, access = mine
    other = enrolled()
    begun = give_totp(other.user, confirmed=False, with_codes=False)
    unknown = ["totp-0", "totp-x", "totp--1", "totp-1_0", "totp-\u0661", "x-1", "1", "None"]
    unknown += [f"totp-{'9' * 40}", "totp-%00", "..", f"passkey-{other.factor.pk}"]
    for factor_id in (id_of(other.factor), *unknown):
        for method, body in {"PATCH": {"name": "mine"}, "DELETE": None}.items():
            answer = api(method, f"factors/{factor_id}/", body, token=access)
            problem(answer, 404, "not_found")
        answer = api("POST", f"factors/{factor_id}/confirm/", {"code": "000000"}, token=access)
        problem(answer, 404, "not_found")
    answer = api(
        "POST", f"factors/{id_of(begun.factor)}/confirm/", {"code": begun.code()}, token=access
    )
    problem(answer, 404, "not_found")
    assert TotpFactor.objects.filter(user=other.user, name="phone").count() == 2


def test_with_the_last_one_the_recovery_codes_go_and_the_owner_is_told(api, mine, clock):
    someone, access = mine
    clock.shift(30)
    second = begin(api, access).json()
    assert finish(api, access, second).status_code == 200
    path = f"factors/{id_of(someone.factor)}/"
    assert api("DELETE", path, token=access).status_code == 204
    assert RecoveryCode.objects.filter(user=someone.user).count() == 10
    path = f"factors/{second['factor']['id']}/"
    told = letters(lambda: api("DELETE", path, token=access))
    assert [(each.to, each.about) for each in told] == [(someone.user.email, "factor_removed")]
    assert not RecoveryCode.objects.exists()
    assert api.sign_in(someone.user).status_code == 200
    kinds = SecurityEvent.objects.filter(user=someone.user).values_list("kind", "details")
    assert list(kinds.filter(kind__startswith="factor_").order_by("pk")) == [
        ("factor_added", {"kind": "totp"}),
        ("factor_removed", {"kind": "totp"}),
        ("factor_removed", {"kind": "totp"}),
    ]
    problem(api("DELETE", path, token=access), 404, "not_found")


def test_the_other_sessions_end_with_a_change_and_the_present_one_goes_on(api, mine, enter, clock):
    someone, access = mine
    for change in ("add", "remove"):
        clock.shift(30)
        other = enter(someone)["access"]
        clock.shift(30)
        if change == "add":
            begun = begin(api, access).json()
            assert finish(api, access, begun).status_code == 200
        else:
            path = f"factors/{begun['factor']['id']}/"
            assert api("DELETE", path, token=access).status_code == 204
        assert api("GET", "me/", token=other).status_code == 401
        assert api("GET", "me/", token=access).status_code == 200
    ends = UserSession.objects.exclude(end_reason="").values_list("end_reason", flat=True)
    assert set(ends) == {"factors_changed"}


def test_what_was_only_begun_goes_without_a_word(api, mine, enter, clock):
    someone, access = mine
    clock.shift(30)
    other = enter(someone)["access"]
    begun = begin(api, access).json()
    path = f"factors/{begun['factor']['id']}/"
    assert letters(lambda: api("DELETE", path, token=access)) == []
    assert api("GET", "me/", token=other).status_code == 200
    assert not SecurityEvent.objects.filter(kind="factor_removed").exists()
    assert RecoveryCode.objects.filter(user=someone.user).count() == 10


def test_the_last_one_stays_where_a_role_asks_for_one(api, mine, make_role, clock):
    someone, access = mine
    someone.user.groups.add(make_role("Manager", require_mfa=True))
    path = f"factors/{id_of(someone.factor)}/"
    problem(api("DELETE", path, token=access), 403, "forbidden")
    assert RecoveryCode.objects.filter(user=someone.user).count() == 10
    clock.shift(30)
    begun = begin(api, access).json()
    assert finish(api, access, begun).status_code == 200
    assert api("DELETE", path, token=access).status_code == 204


def test_nobody_has_more_than_so_many(api, mine):
    someone, access = mine
    for _ in range(MOST_FACTORS - 1):
        give_totp(someone.user, with_codes=False)
    for kind in ("totp", "email"):
        problem(api("POST", f"factors/{kind}/", {}, token=access), 403, "forbidden")
    TotpFactor.objects.exclude(pk=someone.factor.pk).first().delete()
    assert begin(api, access).status_code == 201


def test_of_those_that_are_begun_one_waits(api, mine):
    someone, access = mine
    for _ in range(5):
        assert begin(api, access).status_code == 201
        assert api("POST", "factors/email/", {}, token=access).status_code == 201
    assert TotpFactor.objects.filter(user=someone.user, confirmed=False).count() == 1
    assert SentCodeFactor.objects.filter(user=someone.user).count() == 1


def test_a_kind_that_the_site_does_not_use_is_refused(api, mine, settings):
    _, access = mine
    settings.JWT_ACCOUNTS = {"SECOND_FACTORS": ["email"]}
    problem(begin(api, access), 403, "forbidden")


def test_nobody_reaches_them_without_a_session(api, mine):
    someone, _ = mine
    one = f"factors/{id_of(someone.factor)}/"
    for method, path in [
        ("GET", "factors/"),
        ("POST", "factors/totp/"),
        ("POST", "factors/email/"),
        ("POST", "factors/sms/"),
        ("GET", "factors/recovery-codes/"),
        ("POST", "factors/recovery-codes/"),
        ("PATCH", one),
        ("DELETE", one),
        ("POST", f"{one}confirm/"),
    ]:
        problem(api(method, path), 401, "not_authenticated")


def test_who_was_signed_out_by_a_change_at_the_same_moment_changes_nothing(mine):
    """Two change at once; the flow of the second one has looked at its session already."""
    someone, _ = mine
    session = UserSession.objects.get()
    UserSession.objects.update(ended_at=timezone.now(), end_reason="factors_changed")
    ctx = RequestContext(now=timezone.now())
    with pytest.raises(SessionEnded):
        remove_factor(ctx, user=someone.user, session=session, factor_id=id_of(someone.factor))
    assert TotpFactor.objects.filter(pk=someone.factor.pk).exists()


@once
def test_the_hosts_own_code_needs_no_session(mine):
    someone, _ = mine
    ctx = RequestContext(now=timezone.now() + timedelta(days=1))
    remove_factor(ctx, user=someone.user, session=None, factor_id=id_of(someone.factor))
    assert not TotpFactor.objects.exists()
    with pytest.raises(NotFound):
        remove_factor(ctx, user=someone.user, session=None, factor_id=id_of(someone.factor))
