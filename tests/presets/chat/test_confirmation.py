"""The link of the mail: it opens in a browser, and a plain page says what it did."""

from __future__ import annotations

from datetime import timedelta
from types import ModuleType

import pytest
from django.contrib.auth import get_user_model
from django.urls import include, path

from jwt_accounts.models import Account, UserSession
from tests.presets.chat.conftest import FRONT_END
from tests.presets.chat.documented import WHO

pytestmark = pytest.mark.django_db


def page(answer):
    """The text of a plain page, which keeps what brought one here to itself."""
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    text = answer.body.decode()
    assert '<meta name="referrer" content="no-referrer">' in text
    assert "<script" not in text
    return text


def test_the_mail_goes_to_who_registered_and_holds_one_link_under_the_front_end(register):
    registered = register()
    assert registered.mail.to == [WHO["email"]]
    assert registered.mail.body.count("http") == 1
    assert registered.link.startswith("/api/confirm-email/")
    html = registered.mail.alternatives[0][0]
    assert f"{FRONT_END}{registered.link}" in html


@pytest.mark.parametrize("slash", ["/", ""])
def test_following_it_confirms_the_address_and_says_so(register, slash):
    registered = register()
    assert not registered.is_confirmed()
    answer = registered.follow(path=registered.link.removesuffix("/") + slash)
    assert answer.status == 200
    assert "Your e-mail address is confirmed" in page(answer)
    assert registered.is_confirmed()


def test_a_second_visit_says_that_it_was_done_before(register):
    registered = register()
    first, second = registered.follow(), registered.follow()
    assert (first.status, second.status) == (200, 200)
    assert "It was confirmed before." in page(second)
    assert registered.is_confirmed()


def test_nobody_is_signed_in_by_it(register):
    answer = register().follow()
    assert "Set-Cookie" not in answer.headers
    assert UserSession.objects.count() == 0


@pytest.mark.parametrize("token", ["garbage", "a.b", "%00", "%C3%A9.%F0%9F%92%A9", "x" * 3000])
def test_garbage_is_a_plain_page_too(register, token):
    registered = register()
    answer = registered.follow(path=f"confirm-email/{token}/")
    assert answer.status == 400
    assert "This link is not valid." in page(answer)
    assert not registered.is_confirmed()


def test_the_secret_is_the_whole_of_it(register):
    registered = register()
    for wrong in (registered.link[:-2] + "/", registered.link.replace(".", ".0")):
        assert registered.follow(path=wrong).status == 400
    assert not registered.is_confirmed()


def test_an_expired_one_says_so(register, clock):
    registered = register()
    clock.shift(timedelta(days=3, seconds=1))
    answer = registered.follow()
    assert answer.status == 400
    assert "This link has expired." in page(answer)
    assert not registered.is_confirmed()


def test_it_works_until_then(register, clock):
    registered = register()
    clock.shift(timedelta(days=3, seconds=-1))
    assert registered.follow().status == 200


def test_it_is_followed_and_nothing_else(register):
    registered = register()
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = registered.follow(method)
        assert answer.status == 405
        assert "That did not work" in page(answer)
    assert not registered.is_confirmed()


@pytest.mark.parametrize("query", ["?token=", "?confirm="])
def test_a_token_in_the_query_string_is_refused(register, query):
    registered = register()
    token = registered.link.removesuffix("/").rpartition("/")[2]
    for tail in (f"{query}{token}", f"x/{query}{token}"):
        response = registered.api.client.get(f"/api/confirm-email/{tail}")
        assert response.status_code in {400, 404}
    assert not registered.is_confirmed()


def test_who_was_disabled_meanwhile_stays_so(register):
    registered = register()
    get_user_model().objects.update(is_active=False)
    assert "This link is not valid." in page(registered.follow())
    assert Account.objects.get().confirmed_email != WHO["email"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:1", "chat.example@evil.example"])
def test_the_link_leads_to_the_front_end_whatever_host_was_asked(api, host, settings, register):
    settings.ALLOWED_HOSTS = ["*"]
    api.client.defaults |= {"HTTP_HOST": host, "HTTP_X_FORWARDED_HOST": host}
    registered = register()
    assert registered.link
    assert "evil" not in registered.mail.body + registered.mail.alternatives[0][0]


def test_the_page_says_whose_it_is_and_shows_nothing_as_markup(register, settings):
    settings.JWT_ACCOUNTS = {"FRONTEND_URL": FRONT_END, "SITE_NAME": "Chat & <b>more</b>"}
    text = page(register().follow())
    assert "Chat &amp; &lt;b&gt;more&lt;/b&gt;" in text
    assert "<b>more" not in text


def test_the_link_follows_where_the_contract_is_mounted(api, register, settings):
    host = ModuleType("host_urls")
    host.urlpatterns = [path("talk/v2/", include("jwt_accounts.presets.chat.urls"))]
    settings.ROOT_URLCONF = host
    api.mount = "/talk/v2/"
    registered = register()
    assert registered.link.startswith("/talk/v2/confirm-email/")
    assert registered.follow().status == 200
    assert registered.is_confirmed()
