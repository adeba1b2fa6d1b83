"""A client in words that a person knows: "Firefox on Windows".

A dozen products and eight systems are told apart by their tokens (RFC 9110 section 10.1.5), in the
order in which browsers pretend to be one another. That needs no library with a database of devices;
who wants more overrides ``AccountHooks.describe_client``. Nothing of the text itself is ever said:
anybody can send any. Nor are versions, so that an update is no new client.
"""

from __future__ import annotations

#: Said of what is not known.
UNKNOWN_CLIENT = "Unknown client"

_LONGEST = 512

# A later one is claimed by the earlier ones: Edge says that it is Chrome, and Chrome that it is
# Safari.
_BROWSERS = (
    ("Edge", ("Edg/", "EdgA/", "EdgiOS/", "Edge/")),
    ("Opera", ("OPR/", "OPT/", "OPiOS/", "Opera")),
    ("Samsung Internet", ("SamsungBrowser/",)),
    ("Vivaldi", ("Vivaldi/",)),
    ("Yandex Browser", ("YaBrowser/",)),
    ("DuckDuckGo", ("DuckDuckGo/", "Ddg/")),
    ("Firefox", ("Firefox/", "FxiOS/")),
    ("Chrome", ("Chrome/", "CriOS/", "Chromium/")),
    ("Safari", ("Safari/",)),
    ("Internet Explorer", ("Trident/", "MSIE ")),
)
# An iPhone says that it is like a Mac, and Android and ChromeOS that they run on Linux or X11. (An
# iPad says that it is a Mac, unless it is asked for the mobile page.)
_SYSTEMS = (
    ("iPhone", ("iPhone", "iPod")),
    ("iPad", ("iPad",)),
    ("Android", ("Android",)),
    ("ChromeOS", ("CrOS ",)),
    ("Windows", ("Windows",)),
    ("macOS", ("Macintosh", "Mac OS X")),
    ("Linux", ("Linux", "X11;")),
)
_PROGRAMS = (
    ("PowerShell", ("PowerShell/",)),
    ("curl", ("curl/",)),
    ("Wget", ("Wget/",)),
    ("HTTPie", ("HTTPie/",)),
    ("Postman", ("PostmanRuntime/",)),
    ("Insomnia", ("insomnia/",)),
    ("Python requests", ("python-requests/",)),
    ("Python httpx", ("python-httpx/",)),
    ("Python aiohttp", ("aiohttp/",)),
    ("Python urllib", ("Python-urllib/", "python-urllib3/")),
    ("Node.js", ("axios/", "node-fetch", "undici", "node/")),
    ("Go", ("Go-http-client/",)),
    ("Dart", ("Dart/",)),
    ("OkHttp", ("okhttp/",)),
    ("Java", ("Java/", "Java-http-client/", "Apache-HttpClient/")),
    ("Apple app", ("CFNetwork/",)),
)


def describe_client(user_agent: str) -> str:
    """The client that sends such a ``User-Agent``.

    >>> describe_client(
    ...     "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0"
    ... )
    'Firefox on Windows'
    >>> webkit = "AppleWebKit/537.36 (KHTML, like Gecko)"
    >>> describe_client(
    ...     f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {webkit} Chrome/131.0 Safari/537.36"
    ... )
    'Chrome on macOS'
    >>> describe_client(
    ...     f"Mozilla/5.0 (Linux; Android 14) {webkit} Chrome/131.0 Mobile Safari/537.36"
    ... )
    'Chrome on Android'
    >>> describe_client("curl/8.5.0"), describe_client("python-requests/2.32.3")
    ('curl', 'Python requests')
    >>> describe_client("Mozilla/5.0 (X11; Linux x86_64) Something/1.0"), describe_client("")
    ('Unknown client on Linux', 'Unknown client')
    """
    text = user_agent[:_LONGEST]
    program = _first(_PROGRAMS, text)
    if program is not None:
        return program
    browser = _first(_BROWSERS, text) or UNKNOWN_CLIENT
    system = _first(_SYSTEMS, text)
    return browser if system is None else f"{browser} on {system}"


def _first(table: tuple[tuple[str, tuple[str, ...]], ...], text: str) -> str | None:
    for name, tokens in table:
        if any(token in text for token in tokens):
            return name
    return None
