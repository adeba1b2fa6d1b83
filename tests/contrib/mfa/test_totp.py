"""Codes of an app: which are right, how often, and what is kept of the secret."""

from __future__ import annotations

from base64 import b32encode
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree as ET

import pytest
from django.contrib.auth import get_user_model

from jwt_accounts.contrib.mfa.models import TotpFactor
from jwt_accounts.contrib.mfa.totp import purpose_of, seal_secret, use_code, write_uri
from jwt_accounts.models import Account
from jwt_accounts.types import RequestContext
from jwt_accounts.vault import unseal
from tests.api.conftest import fields, problem
from tests.second_factors import give_totp, shown

pytestmark = [pytest.mark.django_db, pytest.mark.core, pytest.mark.once]
once = pytest.mark.once

#: RFC 6238, appendix B: seconds, and the last six of the eight digits for SHA-1.
VECTORS = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}


def test_the_vectors_of_the_rfc_are_right_codes(make_user):
    user, secret = make_user(), b"12345678901234567890"
    sealed = seal_secret(secret, user.pk)
    for second, code in VECTORS.items():
        moment = datetime.fromtimestamp(second, UTC)
        assert shown(b32encode(secret).decode(), at=moment) == code
        factor = TotpFactor.objects.create(user=user, secret=sealed, confirmed=True)
        ctx = RequestContext(now=moment)
        assert not use_code(ctx, factor, f"{int(code) - 1:06d}")
        assert use_code(ctx, factor, code)
        factor.refresh_from_db()
        assert (factor.last_step, factor.last_used_at) == (second // 30, moment)


@pytest.mark.parametrize("steps", range(-3, 4))
def test_a_code_of_this_time_step_and_of_both_beside_it_is_right_and_no_other(
    enrolled, first_step, second_step, steps
):
    someone = enrolled()
    answer = second_step(first_step(someone.user), someone.code(steps=steps))
    if abs(steps) <= 1:
        assert answer.status_code == 200
    else:
        problem(answer, 400, "code_invalid")


def test_a_code_is_good_once_and_none_of_an_earlier_step_is_good_after_it(
    enrolled, first_step, second_step, clock
):
    someone = enrolled()
    assert second_step(first_step(someone.user), someone.code()).status_code == 200
    token = first_step(someone.user)
    for spent in (someone.code(), someone.code(steps=-1)):
        problem(second_step(token, spent), 400, "code_invalid")
    assert second_step(token, someone.code(steps=1)).status_code == 200
    clock.shift(30)
    token = first_step(someone.user)
    problem(second_step(token, someone.code()), 400, "code_invalid")
    clock.shift(30)
    assert second_step(token, someone.code()).status_code == 200


def test_the_code_that_confirmed_a_generator_signs_nobody_in(api, user, first_step, second_step):
    access = api.access(user)
    begun = api("POST", "factors/totp/", {"name": "phone"}, token=access).json()
    code = shown(begun["secret"])
    path = f"factors/{begun['factor']['id']}/confirm/"
    assert api("POST", path, {"code": code}, token=access).status_code == 200
    token = first_step(user)
    problem(second_step(token, code), 400, "code_invalid")
    assert second_step(token, shown(begun["secret"], steps=1)).status_code == 200


def test_a_generator_that_was_begun_is_not_asked_for_and_its_code_is_not_taken(
    api, user, first_step, second_step
):
    other = give_totp(user, confirmed=False, with_codes=False)
    assert api.sign_in(user).status_code == 200
    someone = give_totp(user)
    problem(second_step(first_step(user), other.code()), 400, "code_invalid")
    assert second_step(first_step(user), someone.code()).status_code == 200


def test_who_begins_again_confirms_with_the_new_secret_alone(api, user):
    access = api.access(user)
    first, again = (api("POST", "factors/totp/", {}, token=access).json() for _ in range(2))
    path = f"factors/{first['factor']['id']}/confirm/"
    problem(api("POST", path, {"code": shown(first["secret"])}, token=access), 404, "not_found")
    path = f"factors/{again['factor']['id']}/confirm/"
    refusal = api("POST", path, {"code": shown(first["secret"])}, token=access)
    problem(refusal, 400, "code_invalid")
    assert api("POST", path, {"code": shown(again["secret"])}, token=access).status_code == 200
    # And not twice.
    refusal = api("POST", path, {"code": shown(again["secret"], steps=1)}, token=access)
    problem(refusal, 404, "not_found")


def test_a_secret_is_sealed_and_opens_nothing_in_another_users_row(
    enrolled, first_step, second_step
):
    ann, bob = enrolled(), enrolled()
    rows = {row.user_id: row for row in TotpFactor.objects.all()}
    assert len({row.secret for row in rows.values()} | {ann.secret, bob.secret}) == 4
    for someone in (ann, bob):
        sealed = rows[someone.user.pk].secret
        plain = unseal(sealed, purpose=purpose_of(someone.user.pk))
        assert b32encode(bytes.fromhex(plain)).decode() == someone.secret
        assert someone.secret not in sealed
        assert plain not in sealed
    # Somebody who writes to the database plants a secret of their own.
    TotpFactor.objects.filter(user=ann.user).update(secret=rows[bob.user.pk].secret)
    problem(second_step(first_step(ann.user), bob.code()), 400, "code_invalid")
    problem(second_step(first_step(ann.user), ann.code()), 400, "code_invalid")


@once
@pytest.mark.parametrize("typed", ["{} ", " {}", "{:.3} {:.3}", "\t{}\n"])
def test_spaces_are_no_part_of_a_code(enrolled, first_step, second_step, typed):
    someone = enrolled()
    code = someone.code()
    spaced = f"{code[:3]} {code[3:]}" if typed.startswith("{:") else typed.format(code)
    assert second_step(first_step(someone.user), spaced).status_code == 200


@once
def test_what_is_no_code_is_refused_and_nothing_breaks(api, enrolled, first_step):
    someone = enrolled()
    code = someone.code()
    wide = code.translate({ord("0") + n: 0xFF10 + n for n in range(10)})
    arabic = code.translate({ord("0") + n: 0x0660 + n for n in range(10)})
    no_code = [f"+{code}", f"-{code}", f"{code}.0", f"{code}0", f"0{code}", code[:5], wide, arabic]
    no_text = [int(code), float(code), [code], {"code": code}, True, None, "", "   ", "9" * 65]
    no_text += [f"{code}\0", "\ud800", "x" * 100_000]
    for typed in no_code:
        body = {"challenge_token": first_step(someone.user), "code": typed}
        problem(api("POST", "sign-in/second-step/", body), 400, "code_invalid")
    Account.objects.update(factor_tries=0)
    for typed in no_text:
        body = {"challenge_token": first_step(someone.user), "code": typed}
        assert fields(api("POST", "sign-in/second-step/", body)).keys() == {"code"}, typed
    # What never was compared was never counted.
    assert Account.objects.get(user=someone.user.pk).factor_tries == 0
    body = {"challenge_token": first_step(someone.user)}
    assert fields(api("POST", "sign-in/second-step/", body)) == {"code": "required"}
    for token in (None, 7, [], {}, "", "x", "\0", "é.é", "." * 100, "a" * 9000):
        answer = api("POST", "sign-in/second-step/", {"challenge_token": token, "code": code})
        assert answer.status_code in {400, 404}, token


@pytest.mark.parametrize(
    ("site", "name"),
    [
        ("", "ann"),
        ("Café & Söhne", "ann@example.com"),
        ("Shop", "o'neil+tag/%?#&=@example.com"),
        ("A:B", "c:d"),
        ("Bücher 書店", "Ωmega ümlaut"),
        ("\U0001f600" * 200, "\U0001f600" * 200),
    ],
)
def test_the_address_for_apps_says_who_and_where(site, name):
    uri = write_uri(b"12345678901234567890", issuer=site, name=name)
    assert uri.isascii()
    assert len(uri) < 2300  # what a QR code holds
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc, parts.fragment) == ("otpauth", "totp", "")
    label = unquote(parts.path).removeprefix("/")
    issuer, colon, account = label.rpartition(":")
    values = {key: value[0] for key, value in parse_qs(parts.query).items()}
    assert values.pop("issuer", "") == issuer
    assert values == {
        "secret": "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        "algorithm": "SHA1",
        "digits": "6",
        "period": "30",
    }
    assert bool(colon) is bool(site)
    assert site.replace(":", " ").startswith(issuer)
    assert name.replace(":", " ").startswith(account)
    assert account


@once
def test_the_qr_code_is_one_element_without_anything_that_runs(api, user, settings):
    settings.JWT_ACCOUNTS = {"SITE_NAME": '<script>alert("1")</script>\U0001f600' * 9}
    access, model = api.access(user), get_user_model()
    name = "<img onerror=x>" + "\U0001f600" * 100
    model.objects.filter(pk=user.pk).update(**{model.USERNAME_FIELD: name})
    answer = api("POST", "factors/totp/", {}, token=access)
    assert answer.status_code == 201
    svg = answer.json()["qr_svg"]
    drawn = ET.fromstring(svg)  # noqa: S314 - our own
    # A file of it is an image too, and no dark page hides it.
    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
    assert 'fill="#fff"' in svg
    assert {each.tag.rpartition("}")[2] for each in drawn.iter()} <= {"svg", "title", "path", "g"}
    assert not [name for each in drawn.iter() for name in each.attrib if name.startswith("on")]
    assert "script" not in svg
    assert "onerror" not in svg
