"""Clients in words, and which of them are known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jwt_accounts.policies.known_clients import DIGEST_LENGTH, KEPT, is_news, remember
from jwt_accounts.policies.user_agents import UNKNOWN_CLIENT, describe_client

BLINK = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0"
WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
WINDOWS, MAC = "(Windows NT 10.0; Win64; x64)", "(Macintosh; Intel Mac OS X 10_15_7)"
IPHONE = "(iPhone; CPU iPhone OS 18_1 like Mac OS X)"
IPAD = "(iPad; CPU OS 18_1 like Mac OS X)"
GALAXY = "(Linux; Android 14; SM-S921B)"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (f"Mozilla/5.0 {WINDOWS} {BLINK} Safari/537.36", "Chrome on Windows"),
        (f"Mozilla/5.0 {WINDOWS} {BLINK} Safari/537.36 Edg/131.0.0.0", "Edge on Windows"),
        (f"Mozilla/5.0 {WINDOWS} {BLINK} Safari/537.36 OPR/116.0.0.0", "Opera on Windows"),
        (f"Mozilla/5.0 {MAC} {WEBKIT} Version/18.1 Safari/605.1.15", "Safari on macOS"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:133.0) Gecko/20100101 Firefox/133.0",
            "Firefox on macOS",
        ),
        (
            "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
            "Firefox on Linux",
        ),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {BLINK} Safari/537.36", "Chrome on ChromeOS"),
        (f"Mozilla/5.0 {GALAXY} {BLINK} Mobile Safari/537.36", "Chrome on Android"),
        (
            f"Mozilla/5.0 {GALAXY} AppleWebKit/537.36 SamsungBrowser/27.0 Chrome/125.0 Safari/537",
            "Samsung Internet on Android",
        ),
        (
            "Mozilla/5.0 (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0",
            "Firefox on Android",
        ),
        (f"Mozilla/5.0 {IPHONE} {WEBKIT} Version/18.1 Mobile/15E1 Safari/604", "Safari on iPhone"),
        (f"Mozilla/5.0 {IPHONE} {WEBKIT} CriOS/131.0 Mobile/15E1 Safari/604", "Chrome on iPhone"),
        (f"Mozilla/5.0 {IPAD} {WEBKIT} FxiOS/133.0 Mobile/15E1 Safari/605", "Firefox on iPad"),
        (
            "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
            "Internet Explorer on Windows",
        ),
        ("Mozilla/5.0 (Windows NT; en-US) WindowsPowerShell/5.1.1", "PowerShell"),
        ("curl/8.5.0", "curl"),
        ("python-requests/2.32.3", "Python requests"),
        ("Python/3.13 aiohttp/3.11", "Python aiohttp"),
        ("PostmanRuntime/7.43.0", "Postman"),
        ("okhttp/4.12.0", "OkHttp"),
        ("Shop/7 CFNetwork/1568.200.51 Darwin/24.1.0", "Apple app"),
        ("Shop/7 (Android 14)", "Unknown client on Android"),
        ("Shop/7", UNKNOWN_CLIENT),
        ("", UNKNOWN_CLIENT),
    ],
)
def test_a_client_has_a_name_that_people_know(user_agent, words):
    assert describe_client(user_agent) == words


def test_another_version_is_the_same_client():
    agents = {f"Mozilla/5.0 {WINDOWS} Gecko/1 Firefox/{version}.0" for version in range(100, 140)}
    assert len(set(map(describe_client, agents))) == 1


TOKENS = ["Firefox/", "Chrome/", "curl/", "Windows", "iPhone", "Android", "Mac OS X", " ", "("]
HOSTILE = st.lists(st.sampled_from(TOKENS) | st.text(max_size=20), max_size=9).map("".join)


@given(HOSTILE)
def test_whatever_is_sent_the_words_are_ours(user_agent):
    words = describe_client(user_agent)
    assert words.isascii()
    assert words.isprintable()
    assert 0 < len(words) < 50


@pytest.mark.parametrize(
    "user_agent",
    ["x" * 10**6, "\x00\r\nSet-Cookie: a=b", "\u202eediug", "\ud800", "<script>alert(1)</script>"],
)
def test_nothing_of_what_is_sent_is_repeated(user_agent):
    assert describe_client(user_agent) == UNKNOWN_CLIENT


@given(st.lists(st.sampled_from([f"{number:0{DIGEST_LENGTH}}" for number in range(30)])))
def test_the_last_ones_are_known_and_they_fit_the_column(digests):
    known = ""
    for digest in digests:
        known = remember(known, digest)
    last = list(dict.fromkeys(reversed(digests)))
    assert known.split() == last[:KEPT][::-1]
    assert len(known) <= 500
    assert [is_news(known, each) for each in last] == [False] * len(last[:KEPT]) + [True] * len(
        last[KEPT:]
    )
