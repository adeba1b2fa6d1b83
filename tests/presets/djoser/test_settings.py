"""The host's ``DJOSER`` and ``SIMPLE_JWT``, read when they are used."""

from __future__ import annotations

import re

import pytest
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model

from tests.conftest import PASSWORD
from tests.presets.djoser.conftest import FRONT_END, links_in
from tests.recovery import mailed

pytestmark = pytest.mark.django_db

NEW = {"username": "new", "email": "new@example.com", "password": PASSWORD}
NO_ACCOUNT = {"detail": "No active account found with the given credentials"}


def request_of(djoser, user, what):
    """A whole request, as it is without the second value: where it goes, and what it holds."""
    new = {"new_password": "a better one"} if "PASSWORD" in what else {"new_username": "annie"}
    if what == "USER_CREATE_PASSWORD":
        return "users/", NEW
    if what.startswith("SET_"):
        return f"users/{what.lower()}/", {"current_password": PASSWORD, **new}
    path = "users/reset_password" if "PASSWORD" in what else "users/reset_username"
    link = djoser.link(lambda: djoser("POST", f"{path}/", {"email": user.email}))
    return f"{path}_confirm/", {**link, **new}


@pytest.mark.parametrize(
    ("what", "title"),
    [
        ("USER_CREATE_PASSWORD", "password"),
        ("SET_PASSWORD", "password"),
        ("PASSWORD_RESET_CONFIRM", "password"),
        ("SET_USERNAME", "username"),
        ("USERNAME_RESET_CONFIRM", "username"),
    ],
)
def test_a_value_is_asked_for_twice_where_the_host_says_so(djoser, ann, settings, what, title):
    path, body = request_of(djoser, ann, what)
    value = list(body)[-1]

    def post(**more):
        return djoser("POST", path, {**body, **more}, as_=ann)

    settings.DJOSER = {f"{what}_RETYPE": True}
    missing = post()
    assert missing.json() == {f"re_{value}": ["This field is required."]}
    other = post(**{f"re_{value}": "another"})
    expected = {"non_field_errors": [f"The two {title} fields didn't match."]}
    assert (other.status, other.json()) == (400, expected)
    assert post(**{f"re_{value}": body[value]}).status in {201, 204}


def test_with_activation_nobody_logs_in_before_the_link_was_followed(djoser, settings):
    settings.DJOSER = {"SEND_ACTIVATION_EMAIL": True}
    link = djoser.link(lambda: djoser("POST", "users/", NEW))
    early = djoser.sign_in("new")
    assert (early.status, early.json()) == (401, NO_ACCOUNT)
    assert djoser("POST", "users/activation/", link).status == 204
    assert djoser.sign_in("new").status == 200
    again = djoser("POST", "users/activation/", link)
    assert (again.status, again.json()) == (403, {"detail": "Stale token for given user."})


def test_without_it_the_account_works_at_once_and_nobody_is_written_to(djoser):
    assert mailed(lambda: djoser("POST", "users/", NEW)) == []
    assert djoser.sign_in("new").status == 200
    asked = djoser("POST", "users/resend_activation/", {"email": NEW["email"]})
    assert (asked.status, asked.body) == (400, b"")


def link_of(djoser, what):
    """The first address in the message."""
    act = {
        "activation": lambda: djoser("POST", "users/", NEW),
        "password": lambda: djoser("POST", "users/reset_password/", {"email": NEW["email"]}),
        "username": lambda: djoser("POST", "users/reset_username/", {"email": NEW["email"]}),
    }[what]
    (sent,) = mailed(act)
    return re.search(r"https?://\S+", sent.body)[0]


@pytest.mark.parametrize(
    ("setting", "what"),
    [
        ("ACTIVATION_URL", "activation"),
        ("PASSWORD_RESET_CONFIRM_URL", "password"),
        ("USERNAME_RESET_CONFIRM_URL", "username"),
    ],
)
def test_links_are_made_of_the_hosts_templates_on_the_hosts_front_end(
    djoser, make_user, settings, setting, what
):
    if what != "activation":
        make_user("new", email=NEW["email"])
    settings.DJOSER = {
        "SEND_ACTIVATION_EMAIL": True,
        setting: "go/{uid}?t={token}",
        "EMAIL_FRONTEND_DOMAIN": "front.example:8443",
        "EMAIL_FRONTEND_PROTOCOL": "http",
    }
    link = link_of(djoser, what)
    assert re.fullmatch(r"http://front\.example:8443/go/[\w-]+\?t=\S{32,}", link)
    uid = re.search(r"/go/([\w-]+)", link)[1]
    assert uid != str(get_user_model().objects.get().pk)


def test_a_front_end_without_a_protocol_is_an_https_one(djoser, make_user, settings):
    make_user("new", email=NEW["email"])
    settings.DJOSER = {"EMAIL_FRONTEND_DOMAIN": "front.example"}
    assert link_of(djoser, "password").startswith("https://front.example/#/")


def test_without_a_domain_it_is_the_front_end_of_this_library(djoser, ann, settings):
    settings.ALLOWED_HOSTS = ["*"]
    djoser.client.defaults |= {"HTTP_HOST": "evil.example"}
    sent = mailed(lambda: djoser("POST", "users/reset_password/", {"email": ann.email}))
    assert f"{FRONT_END}/#/" in sent[0].body
    assert "evil" not in sent[0].body


def test_a_link_sets_a_password_once_and_signs_nobody_in(djoser, ann):
    asked = {"email": ann.email}
    link = djoser.link(lambda: djoser("POST", "users/reset_password/", asked))
    body = {**link, "new_password": "a much better password"}
    done = djoser("POST", "users/reset_password_confirm/", body)
    assert (done.status, done.body) == (204, b"")
    again = djoser("POST", "users/reset_password_confirm/", body)
    assert again.json() == {"token": ["Invalid token for given user."]}
    assert links_in(lambda: djoser("POST", "users/reset_password/", {"email": "x@y.example"})) == []


@pytest.mark.parametrize("rotates", [True, False])
def test_refresh_tokens_rotate_where_simplejwts_setting_says_so(djoser, ann, settings, rotates):
    settings.SIMPLE_JWT = {**django_settings.SIMPLE_JWT, "ROTATE_REFRESH_TOKENS": rotates}
    refresh = djoser.pair(ann)["refresh"]
    answer = djoser("POST", "jwt/refresh/", {"refresh": refresh})
    assert answer.status == 200
    assert set(answer.json()) == ({"access", "refresh"} if rotates else {"access"})


@pytest.mark.parametrize("given", [None, [], "x", {"LOGIN_FIELD": None}])
def test_no_dict_is_as_good_as_an_empty_one(djoser, ann, monkeypatch, given):
    # Not through the fixture: the real djoser hears of it, and takes nothing but a dict.
    monkeypatch.setattr(django_settings, "DJOSER", given, raising=False)
    assert djoser.sign_in("ann").status == 200


def test_without_the_setting_too(djoser, ann, settings):
    del settings.DJOSER
    assert djoser.sign_in("ann").status == 200
