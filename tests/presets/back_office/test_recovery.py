"""``mail/``, ``verify/`` and ``update_user_password/`` on the wire."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import count
from urllib.parse import urlencode

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils import timezone

from jwt_accounts.credentials.challenges import pin_for
from jwt_accounts.models import Account, Challenge, SecurityEvent
from jwt_accounts.types import EventKind
from tests.recovery import Texts, mailed, pin_in, wrong

pytestmark = pytest.mark.django_db

EMAIL = {"type": "email", "value": "email@egt.com"}
PHONE = {"type": "phone", "value": "0771694307"}
NEW = "gigi-pyramid-1"

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
ENCODERS = {
    JSON: lambda body: json.dumps(body).encode(),
    FORM: lambda body: urlencode(body).encode(),
    MULTIPART_CONTENT: lambda body: encode_multipart(BOUNDARY, body),
}
KINDS = pytest.mark.parametrize("kind", ENCODERS, ids=["json", "form", "multipart"])
slashes = pytest.mark.parametrize("slash", ["/", ""], ids=["slash", "bare"])
tokenless = pytest.mark.usefixtures("_tokenless")


@pytest.fixture(autouse=True)
def _many_requests_a_minute(settings):
    """What is limited here is the account, not the client."""
    limits = ("recovery_request", "recovery_verify", "password_set")
    settings.JWT_ACCOUNTS = {"RATE_LIMITS": dict.fromkeys(limits)}


@pytest.fixture
def _tokenless(settings):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "RECOVERY_BINDING": "tokenless"}


@pytest.fixture
def sms(settings, tmp_path):
    texts = Texts(tmp_path / "sms")
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, **texts.settings}
    return texts


@pytest.fixture
def user(demo_accounts):
    return demo_accounts["eurogames"]


@pytest.fixture
def request_pin(office, user):
    """Ask for a PIN as the document does; the PIN as its owner reads it."""

    def ask(who=EMAIL, **environ):
        (message,) = mailed(lambda: office("POST", "mail/", who, **environ))
        return pin_in(message.body)

    return ask


@pytest.fixture
def verified(office, request_pin):
    """The answer to a right PIN."""

    def enter(who=EMAIL, **environ):
        response = office("POST", "verify/", {**who, "pin": request_pin(who)}, **environ)
        assert response.status_code == 200, response.content
        return response

    return enter


@pytest.fixture
def update(office):
    def send(password=NEW, who=EMAIL, **environ):
        return office("POST", "update_user_password/", {**who, "password": password}, **environ)

    return send


def other_client(office):
    """The same caller without the cookies."""
    office.client = Client(raise_request_exception=False)


def has(user, password):
    return get_user_model().objects.get(pk=user.pk).check_password(password)


def is_refused(response, code=1, status=404):
    return (response.status_code, response.content) == (status, f'{{"code":{code}}}'.encode())


# The documented requests, word for word (L5).


@KINDS
@slashes
@pytest.mark.parametrize("binding", ["bound", "tokenless"])
def test_the_documented_way_by_mail(user, settings, kind, slash, binding):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "RECOVERY_BINDING": binding}
    client = Client()
    answers = []

    def post(path, body):
        body = ENCODERS[kind](body)
        answers.append(client.generic("POST", f"/authentication/{path}{slash}", body, kind))

    (message,) = mailed(lambda: post("mail", EMAIL))
    pin = pin_in(message.body)
    post("verify", {**EMAIL, "pin": int(pin)})
    post("update_user_password", {**EMAIL, "password": NEW})
    assert [each.status_code for each in answers] == [200] * 3
    assert [each.content for each in answers] == [b'{"pin":null}', b"{}", b"{}"]
    assert {each["Content-Type"] for each in answers} == {"application/json"}
    assert {each["Cache-Control"] for each in answers} == {"no-store"}
    assert has(user, NEW)


@pytest.mark.parametrize("binding", ["bound", "tokenless"])
def test_the_documented_way_by_telephone(office, user, update, sms, settings, binding):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "RECOVERY_BINDING": binding}
    assert mailed(lambda: office("POST", "mail/", PHONE)) == []
    (text,) = sms.new()
    pin = pin_in(text.partition("\n")[2])
    assert office("POST", "verify/", {**PHONE, "pin": pin}).content == b"{}"
    (notice,) = mailed(lambda: update(who=PHONE))
    assert notice.recipients() == ["email@egt.com"]
    assert has(user, NEW)


@pytest.mark.parametrize("password", [123456, "123456"])
def test_the_documented_password_breaks_the_rules_of_a_cashier(verified, update, user, password):
    verified()
    response = update(password)
    assert response.status_code == 400
    assert list(response.json()) == ["password"]
    assert has(user, "pyramid")
    assert update().status_code == 200


def test_a_password_of_digits_may_be_a_number(verified, update, user):
    user.groups.clear()
    verified()
    assert update(8041975236).content == b"{}"
    assert has(user, "8041975236")


def test_the_new_password_logs_in_and_the_old_one_does_not(office, verified, update):
    verified()
    update()
    assert office("POST", "login/", {"username": "eurogames", "password": NEW}).status_code == 200
    answer = office("POST", "login/", {"username": "eurogames", "password": "pyramid"})
    assert answer.status_code == 401


def test_every_session_ends_and_none_begins(office, verified, update):
    tokens = office.log_in("eurogames")
    verified()
    response = update()
    assert response.content == b"{}"
    assert "X-Reset-Token" not in response
    assert response.cookies == {}
    assert office("POST", "token/refresh/", {"refresh": tokens["refresh"]}).status_code == 401
    assert office("GET", "users", token=tokens["access"]).status_code == 401


def test_an_expired_password_is_recovered(office, update, verified, user):
    Account.objects.filter(user=user).update(
        password_changed_at=timezone.now() - timedelta(days=91)
    )
    login = {"username": "eurogames", "password": "pyramid"}
    assert is_refused(office("POST", "login/", login), 4, 403)
    verified()
    update()
    assert office("POST", "login/", {**login, "password": NEW}).status_code == 200


def test_a_lock_of_wrong_passwords_ends(office, verified, update):
    login = {"username": "eurogames", "password": "wrong"}
    answers = [office("POST", "login/", login).status_code for _ in range(6)]
    assert answers == [401] * 5 + [423]
    verified()
    update()
    assert office("POST", "login/", {**login, "password": NEW}).status_code == 200


# The header and the cookie.


def test_the_secret_is_in_the_header_and_in_the_cookie_alone(verified):
    response = verified()
    assert response.content == b"{}"
    secret = response["X-Reset-Token"]
    assert list(response.cookies) == ["reset_token"]
    cookie = response.cookies["reset_token"]
    assert cookie.value == secret
    set_ = {name: value for name, value in cookie.items() if value}
    assert set_.pop("expires")
    assert set_ == {
        "max-age": 120,
        "path": "/authentication/update_user_password",
        "httponly": True,
        "samesite": "Strict",
    }
    others = {name: value for name, value in response.items() if name != "X-Reset-Token"}
    assert secret not in repr(others)


def test_over_https_the_cookie_is_secure(verified):
    cookie = verified(**{"wsgi.url_scheme": "https"}).cookies["reset_token"]
    assert cookie["secure"]


@slashes
def test_the_cookie_is_bound_to_where_the_contract_is_mounted(office, request_pin, slash):
    path = f"verify{slash}"
    pin = request_pin()
    response = office("POST", path, {**EMAIL, "pin": pin}, SCRIPT_NAME="/shop")
    assert response.cookies["reset_token"]["path"] == "/shop/authentication/update_user_password"


def test_only_a_right_pin_gives_a_header_or_a_cookie(office, request_pin):
    pin = request_pin()
    mail_ = office("POST", "mail/", EMAIL)
    bad = office("POST", "verify/", {**EMAIL, "pin": wrong(pin)})
    for response in (mail_, bad):
        assert "X-Reset-Token" not in response
        assert response.cookies == {}


def test_the_header_will_do_without_the_cookie(office, verified, update, user):
    secret = verified()["X-Reset-Token"]
    other_client(office)
    assert is_refused(update())
    assert update(HTTP_X_RESET_TOKEN=secret).content == b"{}"
    assert has(user, NEW)


def test_the_cookie_will_do_without_the_header(office, verified, update, user):
    secret = verified()["X-Reset-Token"]
    other_client(office)
    assert update(HTTP_COOKIE=f"reset_token={secret}").content == b"{}"
    assert has(user, NEW)


def test_without_either_bound_refuses_the_same_client(office, verified, update, user):
    verified()
    other_client(office)
    assert is_refused(update())
    assert has(user, "pyramid")


@tokenless
def test_without_either_tokenless_takes_the_same_client_once(office, verified, update, user):
    verified()
    other_client(office)
    assert update().content == b"{}"
    assert has(user, NEW)
    assert is_refused(update("gigi-pyramid-2"))


ODD_SECRETS = ["x", ".", "a" * 64 + "." + "b" * 64, "\u00e9.\u00e9", '"', "a" * 9000]


@tokenless
@pytest.mark.parametrize("odd", ODD_SECRETS, ids=range(len(ODD_SECRETS)))
@pytest.mark.parametrize("where", ["header", "cookie"])
def test_a_wrong_secret_is_refused_whoever_sends_it(office, verified, update, user, odd, where):
    verified()
    other_client(office)
    name = "HTTP_X_RESET_TOKEN" if where == "header" else "HTTP_COOKIE"
    value = odd if where == "header" else f"reset_token={odd}; a=b"
    if where == "cookie" and odd == '"':
        value = 'reset_token="x"'
    assert is_refused(update(**{name: value}))
    assert has(user, "pyramid")


def test_a_client_with_a_cookie_jar_recovers_two_accounts_in_turn(
    office, demo_accounts, make_user, request_pin, update
):
    ann = make_user("ann")
    for who, each in ((EMAIL, demo_accounts["eurogames"]), ({**EMAIL, "value": ann.email}, ann)):
        office("POST", "verify/", {**who, "pin": request_pin(who)})
        assert update(who=who).content == b"{}"
        assert has(each, NEW)


# The client of the request (L6, L7, L21).


@tokenless
@pytest.mark.parametrize(
    "environ",
    [
        {"REMOTE_ADDR": "203.0.113.9"},
        {"HTTP_USER_AGENT": "another"},
        {"REMOTE_ADDR": "203.0.113.9", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"REMOTE_ADDR": "203.0.113.9", "HTTP_X_FORWARDED_FOR": "127.0.0.1, 127.0.0.1"},
        {"REMOTE_ADDR": "203.0.113.9", "HTTP_X_REAL_IP": "127.0.0.1"},
        {"REMOTE_ADDR": "203.0.113.9", "HTTP_FORWARDED": "for=127.0.0.1"},
        {"REMOTE_ADDR": "203.0.113.9", "HTTP_CLIENT_IP": "127.0.0.1"},
    ],
    ids=count(),
)
def test_another_client_is_refused_whatever_it_claims_to_be(
    office, verified, update, user, environ
):
    verified()
    other_client(office)
    assert is_refused(update(**environ))
    assert has(user, "pyramid")
    assert SecurityEvent.objects.filter(kind=EventKind.RECOVERY_REFUSED, user=user).count() == 1
    assert update().content == b"{}"


@tokenless
@pytest.mark.parametrize(
    ("forwarded", "same"),
    [
        ("192.0.2.7", True),
        ("203.0.113.9", False),
        ("192.0.2.7, 203.0.113.9", False),
        ("203.0.113.9, 192.0.2.7", True),
        ("192.0.2.7,192.0.2.7 , 203.0.113.9", False),
        ("", False),
    ],
)
def test_behind_a_proxy_only_what_the_proxy_adds_is_believed(
    office, user, update, settings, forwarded, same
):
    settings.JWT_ACCOUNTS = {**settings.JWT_ACCOUNTS, "CLIENT_ADDRESS_HEADER": "X-Forwarded-For"}
    here = {"HTTP_X_FORWARDED_FOR": "192.0.2.7"}
    (message,) = mailed(lambda: office("POST", "mail/", EMAIL, **here))
    body = {**EMAIL, "pin": pin_in(message.body)}
    assert office("POST", "verify/", body, **here).status_code == 200
    other_client(office)
    response = update(HTTP_X_FORWARDED_FOR=forwarded)
    assert response.status_code == (200 if same else 404)
    assert has(user, NEW) is same


@tokenless
@pytest.mark.parametrize("who", ["admin", "clerk"])
def test_who_has_power_over_others_needs_the_secret(
    office, demo_accounts, make_user, request_pin, update, who
):
    clerk = make_user("clerk", is_staff=True)
    admin = demo_accounts["admin"]
    admin.email = "admin@example.com"
    admin.save()
    target = {"admin": admin, "clerk": clerk}[who]
    value = {"type": "email", "value": target.email}
    secret = office("POST", "verify/", {**value, "pin": request_pin(value)})["X-Reset-Token"]
    other_client(office)
    assert is_refused(update(who=value))
    assert not has(target, NEW)
    assert update(who=value, HTTP_X_RESET_TOKEN=secret).status_code == 200


# Refusals: 1, 2, 5.


@pytest.mark.parametrize("value", ["email@egt.com", "nobody@egt.com"])
def test_a_wrong_pin_and_a_pin_nobody_asked_for_are_code_1(office, user, value):
    for asked in (False, True):
        if asked:
            office("POST", "mail/", {"type": "email", "value": value})
        body = {"type": "email", "value": value, "pin": 0}
        row = Challenge.objects.first()
        if asked and row is not None and row.user_id is not None:
            body["pin"] = wrong(pin_for(row))
        assert is_refused(office("POST", "verify/", body))


def test_the_sixth_try_is_code_1_even_if_right(office, request_pin):
    pin = request_pin()
    for step in range(1, 6):
        assert is_refused(office("POST", "verify/", {**EMAIL, "pin": wrong(pin, step)}))
    assert is_refused(office("POST", "verify/", {**EMAIL, "pin": pin}))


def test_an_expired_pin_is_code_2_for_who_knows_it(office, request_pin):
    pin = request_pin()
    with time_machine.travel(timezone.now() + timedelta(seconds=601), tick=False):
        assert is_refused(office("POST", "verify/", {**EMAIL, "pin": pin}), 2)
        assert is_refused(office("POST", "verify/", {**EMAIL, "pin": wrong(pin)}), 1)


def test_an_expired_window_is_code_2_for_whom_it_was(office, verified, update):
    verified()
    with time_machine.travel(timezone.now() + timedelta(seconds=121), tick=False):
        assert is_refused(update(), 2)
        other_client(office)
        assert is_refused(update(), 1)


def test_no_window_is_code_1(update, request_pin):
    assert is_refused(update())
    request_pin()
    assert is_refused(update())
    assert is_refused(update(who={"type": "email", "value": "nobody@egt.com"}))


def test_the_present_password_is_code_5_before_any_rule_is_told(verified, update, user):
    verified()
    # `pyramid` breaks the Cashier's rules, and is the present one.
    assert is_refused(update("pyramid"), 5, 400)
    assert has(user, "pyramid")
    assert update().status_code == 200


def test_only_a_window_tells_that_it_is_the_present_password(office, verified, update):
    assert is_refused(update("pyramid"))
    verified()
    other_client(office)
    assert is_refused(update("pyramid"))


@pytest.mark.parametrize("bad", ["pyramid", "short"], ids=["present", "weak"])
def test_three_refused_passwords_leave_the_window_open(verified, update, bad):
    verified()
    assert [update(bad).status_code for _ in range(3)] == [400] * 3
    assert update().status_code == 200


@pytest.mark.parametrize("bad", ["pyramid", "short"], ids=["present", "weak"])
def test_the_fourth_closes_it(verified, update, user, bad):
    verified()
    assert [update(bad).status_code for _ in range(4)] == [400] * 4
    assert is_refused(update())
    assert has(user, "pyramid")


def test_every_broken_rule_is_told_in_a_sentence(verified, update):
    verified()
    told = update("QZX").json()
    assert list(told) == ["password"]
    assert len(told["password"]) == 4
    assert all(isinstance(each, str) and each.endswith(".") for each in told["password"])


# What is no PIN, no owner, no password (L15). Nothing of it is a 500, or costs a try.


@pytest.mark.parametrize("zeros", range(7))
def test_leading_zeros_may_be_missing(office, user, monkeypatch, zeros):
    pin = "0" * zeros + "123456"[: 6 - zeros]
    monkeypatch.setattr("jwt_accounts.credentials.challenges.pin_of", lambda _digest: pin)
    for spelled in (int(pin), pin, str(int(pin)), pin[-max(1, 6 - zeros) :]):
        office("POST", "mail/", EMAIL)
        assert office("POST", "verify/", {**EMAIL, "pin": spelled}).content == b"{}", spelled


NO_PINS = [
    True,
    False,
    None,
    1.0,
    123456.0,
    -1,
    1000000,
    10**40,
    [],
    [123456],
    {},
    {"pin": 123456},
    "",
    " ",
    " 123456",
    "123456 ",
    "123 456",
    "+123456",
    "-12345",
    "0x1234",
    "1e5",
    "12345.0",
    "1234567",
    "0000000",
    "\uff11\uff12\uff13\uff14\uff15\uff16",
    "\u0661\u0662\u0663\u0664\u0665\u0666",
    "12345\u00b2",
    "abcdef",
    "null",
    "true",
    "12345\x00",
]


@pytest.mark.parametrize("bad", NO_PINS, ids=map(repr, NO_PINS))
def test_what_is_no_pin_is_400_and_costs_no_try(office, request_pin, bad):
    pin = request_pin()
    response = office("POST", "verify/", {**EMAIL, "pin": bad})
    assert (response.status_code, list(response.json())) == (400, ["pin"])
    assert Challenge.objects.get().tries_left == 5
    assert office("POST", "verify/", {**EMAIL, "pin": pin}).status_code == 200


@pytest.mark.parametrize("raw", [b"1e5", b"NaN", b"Infinity", b"-0.0", b"1" * 5000, b'"\\ud800"'])
def test_what_is_no_pin_in_raw_json_is_400(office, request_pin, raw):
    request_pin()
    body = b'{"type": "email", "value": "email@egt.com", "pin": ' + raw + b"}"
    assert office("POST", "verify/", body).status_code == 400
    assert Challenge.objects.get().tries_left == 5


@pytest.mark.parametrize(
    "bad", ["+123456", "1e5", "", "true", "\uff11\uff12\uff13\uff14\uff15\uff16"]
)
@pytest.mark.parametrize("kind", [FORM, MULTIPART_CONTENT], ids=["form", "multipart"])
def test_what_is_no_pin_in_a_form_is_400(client, user, kind, bad):
    body = ENCODERS[kind]({**EMAIL, "pin": bad})
    response = client.generic("POST", "/authentication/verify/", body, kind)
    assert (response.status_code, list(response.json())) == (400, ["pin"])


PATHS = {"mail/": {}, "verify/": {"pin": 123456}, "update_user_password/": {"password": NEW}}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ({"type": "sms"}, ["type"]),
        ({"type": "username"}, ["type"]),
        ({"type": None}, ["type"]),
        ({"type": ["email"]}, ["type"]),
        ({"type": {}}, ["type"]),
        ({"type": True}, ["type"]),
        ({"type": ""}, ["type"]),
        ({"value": ""}, ["value"]),
        ({"value": None}, ["value"]),
        ({"value": 771694307}, ["value"]),
        ({"value": ["email@egt.com"]}, ["value"]),
        ({"value": {"a": 1}}, ["value"]),
        ({"value": True}, ["value"]),
        ({"value": "a\x00@egt.com"}, ["value"]),
        ({"value": "a" * 321}, ["value"]),
        ({"type": 1, "value": 1}, ["type", "value"]),
    ],
    ids=count(),
)
def test_what_names_nobody_is_400_with_the_field_named(office, user, path, bad, named):
    response = office("POST", path, {**EMAIL, **PATHS[path], **bad})
    assert (response.status_code, list(response.json())) == (400, named), response.content
    assert not Challenge.objects.exists()
    assert mail.outbox == []


@pytest.mark.parametrize("path", PATHS)
def test_whatever_is_missing_is_named(office, user, path):
    response = office("POST", path, {})
    assert (response.status_code, list(response.json())) == (400, ["type", "value", *PATHS[path]])


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b'"x"', b"null", b"\xff"], ids=count())
def test_what_is_no_object_is_400(office, user, path, body):
    response = office("POST", path, body)
    assert response.status_code == 400
    if body:
        assert list(response.json()) == ["error", "detail"]


NO_PASSWORDS = ["", None, True, [], {}, 1.5, -1, "a\x00b", "x" * 4097]


@pytest.mark.parametrize("bad", NO_PASSWORDS, ids=count())
def test_what_is_no_password_is_400_and_costs_no_try(verified, update, user, bad):
    verified()
    response = update(bad)
    assert (response.status_code, list(response.json())) == (400, ["password"])
    assert Challenge.objects.get().tries_left == 4
    assert has(user, "pyramid")


@pytest.mark.parametrize("digits", [4300, 5000])
def test_a_huge_number_is_no_password(office, verified, digits):
    verified()
    body = b'{"type": "email", "value": "email@egt.com", "password": ' + b"1" * digits + b"}"
    assert office("POST", "update_user_password/", body).status_code == 400
    assert Challenge.objects.get().tries_left == 4


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_only_post_is_documented(office, user, path, method):
    response = office(method, path, {**EMAIL, **PATHS[path]})
    assert (response.status_code, response["Allow"]) == (405, "POST")


@pytest.mark.parametrize("path", PATHS)
def test_a_junk_token_stops_nobody(office, user, path):
    response = office("POST", path, {**EMAIL, **PATHS[path]}, token="junk")
    assert response.status_code == (200 if path == "mail/" else 404)


@pytest.mark.parametrize("path", PATHS)
def test_fields_that_are_not_documented_are_ignored(office, user, path):
    more = {"user": user.pk, "is_superuser": True, "secret": "x", "reset_token": "x", "id": 1}
    response = office("POST", path, {**more, **EMAIL, **PATHS[path]})
    assert response.status_code == (200 if path == "mail/" else 404)


def test_the_type_binds(office, request_pin, user):
    pin = request_pin()
    for who in (PHONE, {**EMAIL, "value": PHONE["value"]}, {**PHONE, "value": EMAIL["value"]}):
        assert is_refused(office("POST", "verify/", {**who, "pin": pin}))
    assert office("POST", "verify/", {**EMAIL, "pin": pin}).status_code == 200


# Limits and the echo (L4, L24).


@pytest.mark.parametrize(
    ("limit", "path"),
    [
        ("recovery_request", "mail/"),
        ("recovery_verify", "verify/"),
        ("password_set", "update_user_password/"),
    ],
)
def test_each_step_has_a_limit_for_each_client(office, user, settings, limit, path):
    settings.JWT_ACCOUNTS = {"RATE_LIMITS": {limit: "2/m"}}
    answers = [office("POST", path, {**EMAIL, **PATHS[path]}) for _ in range(3)]
    assert [each.status_code == 429 for each in answers] == [False, False, True]
    assert int(answers[2]["Retry-After"]) > 0
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    assert office("POST", path, {**EMAIL, **PATHS[path]}, **elsewhere).status_code != 429


def test_the_eleventh_request_answers_the_same_and_sends_nothing(office, user):
    sent = []
    for _ in range(12):
        answers = []
        sent.append(mailed(lambda found=answers: found.append(office("POST", "mail/", EMAIL))))
        assert (answers[0].status_code, answers[0].content) == (200, b'{"pin":null}')
    assert [len(each) for each in sent] == [1] * 10 + [0] * 2
    pin = pin_in(sent[9][0].body)
    assert office("POST", "verify/", {**EMAIL, "pin": pin}).status_code == 200


@pytest.mark.parametrize("pin", [0, "0", "000000"])
def test_null_is_no_pin_in_disguise(office, user, pin):
    office("POST", "mail/", EMAIL)
    row = Challenge.objects.get()
    if pin_for(row) != "000000":
        assert is_refused(office("POST", "verify/", {**EMAIL, "pin": pin}))
        assert Challenge.objects.get().tries_left == 4


def test_the_echo_is_the_documented_number(office, user, settings):
    settings.JWT_ACCOUNTS = {"PIN_IN_RESPONSE": True}
    answers = []
    (message,) = mailed(lambda: answers.append(office("POST", "mail/", EMAIL)))
    assert answers[0].json() == {"pin": int(pin_in(message.body))}
    body = {**EMAIL, **answers[0].json()}
    assert office("POST", "verify/", body).content == b"{}"
    assert office("POST", "mail/", {**EMAIL, "value": "x@egt.com"}).content == b'{"pin":null}'


def test_the_echo_has_no_effect_in_production(office, user, settings, monkeypatch):
    settings.JWT_ACCOUNTS = {"PIN_IN_RESPONSE": True}
    monkeypatch.delattr("django.test.utils._TestState.saved_data")
    assert office("POST", "mail/", EMAIL).content == b'{"pin":null}'
