"""Where a link leads: under the configured front end, and nowhere else."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from uuid import UUID

import pytest

from jwt_accounts.conf import DEFAULT_LINKS
from jwt_accounts.delivery.links import build_link

TOKEN = "a1.b2"


@pytest.fixture(autouse=True)
def _front(settings):
    settings.JWT_ACCOUNTS = {"FRONTEND_URL": "https://app.example/shop/"}


@pytest.mark.parametrize(
    ("template", "link"),
    [
        ("confirm#{token}", "https://app.example/shop/confirm#a1.b2"),
        ("/confirm#{token}", "https://app.example/shop/confirm#a1.b2"),
        ("//evil.example/{token}", "https://app.example/shop/evil.example/a1.b2"),
        ("confirm/{uid}/{token}/", "https://app.example/shop/confirm/Nw/a1.b2/"),
        ("?t={token}&u={uid}", "https://app.example/shop/?t=a1.b2&u=Nw"),
        ("https://other.example/{token}", "https://other.example/a1.b2"),
        ("http://localhost:3000/{uid}/{token}", "http://localhost:3000/Nw/a1.b2"),
        ("", ""),
    ],
)
def test_a_template_is_a_path_under_the_front_end_or_a_whole_address(template, link):
    assert build_link(template, token=TOKEN, user_id=7) == link


@pytest.mark.parametrize("front", ["https://app.example", "https://app.example/"])
def test_there_is_one_slash_between(settings, front):
    settings.JWT_ACCOUNTS = {"FRONTEND_URL": front}
    assert build_link("/a/{token}", token="t", user_id=1) == "https://app.example/a/t"


@pytest.mark.parametrize(
    ("template", "link"), [("a/{token}", ""), ("https://b.example/{token}", 1)]
)
def test_without_a_front_end_only_a_whole_address_is_a_link(settings, template, link):
    settings.JWT_ACCOUNTS = {}
    assert bool(build_link(template, token=TOKEN, user_id=7)) is bool(link)


@pytest.mark.parametrize("key", [7, 10**18, UUID(int=7)])
def test_the_uid_is_the_key_in_base_64_without_padding(key):
    uid = build_link("{uid}#{token}", token=TOKEN, user_id=key).rpartition("/")[2].partition("#")[0]
    assert "=" not in uid
    assert urlsafe_b64decode(uid + "==").decode() == str(key)


@pytest.mark.parametrize("token", ["a b", "a&b=c", "a#b", "<script>", '"', "a\r\nb", "{uid}", "é"])
def test_a_token_is_quoted(token):
    link = build_link("confirm?{token}", token=token, user_id=7)
    rest = link.removeprefix("https://app.example/shop/confirm?")
    assert not set(rest) & set(' &#<>"\r\n{}é')


@pytest.mark.parametrize("name", DEFAULT_LINKS)
def test_the_pages_of_contract_zero_have_the_token_where_no_server_sees_it(name):
    link = build_link(DEFAULT_LINKS[name], token=TOKEN, user_id=7)
    assert link.startswith("https://app.example/shop/")
    fragment = link.partition("#")[2]
    assert fragment.endswith("a1.b2")
