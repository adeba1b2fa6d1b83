"""Lines to paste into a terminal."""

from dataclasses import dataclass

_JSON = "-H 'Content-Type: application/json'"
_BY_NAME = """-d '{"username": "eurogames", "password": "pyramid"}'"""
_BY_EMAIL = """-d '{"email": "email@egt.com", "password": "pyramid"}'"""


@dataclass(frozen=True)
class Tries:
    """Three lines for one contract. Each works by itself; a registration works once, and a code of
    a second factor once in half a minute."""

    contract: str
    lines: tuple[str, str, str]


def tries(address: str) -> list[Tries]:
    """For a demo that is served at ``address``."""
    return [
        _contract_zero(f"{address}/accounts"),
        _second_factors(f"{address}/accounts", address),
        _back_office(f"{address}/authentication"),
        _djoser(f"{address}/auth"),
        _device_api(f"{address}/api"),
        _chat(f"{address}/api"),
        _tenant_portal(f"{address}/api"),
        _rest_auth(f"{address}/dj-rest-auth"),
    ]


def _contract_zero(url: str) -> Tries:
    new = """-d '{"email": "new@example.com", "password": "staple horse 42"}'"""
    forgotten = """-d '{"email": "email@egt.com"}'"""
    manager = """-d '{"identifier": "manager", "password": "Manager-demo-1"}'"""
    return Tries(
        "Contract zero",
        (
            f"curl {url}/sign-in/ {_JSON} {manager}",
            f"curl -i {url}/register/ {_JSON} {new}",
            f"curl -i {url}/password/link/ {_JSON} {forgotten}",
        ),
    )


def _second_factors(url: str, address: str) -> Tries:
    mira = """-d '{"identifier": "mira", "password": "Mira-demo-1"}'"""
    auditor = """-d '{"identifier": "auditor", "password": "Auditor-demo-1"}'"""
    manager = """-d '{"identifier": "manager", "password": "Manager-demo-1"}'"""
    code = f"-d code=$(curl -s {address}/telephone/mira/)"
    return Tries(
        "Second factors",
        (
            f"curl {url}/sign-in/second-step/ {_challenge(url, mira)} {code}",
            f"curl {url}/sign-in/enrol/ {_challenge(url, auditor)} -d type=totp",
            f"curl -X POST {url}/factors/totp/ {_bearer(f'{url}/sign-in/', manager)}",
        ),
    )


def _challenge(url: str, who: str) -> str:
    """The token of a first step that is made when the line is run."""
    token = f"{url}/sign-in/ {_JSON} {who} | {_value_of('challenge_token')}"
    return f"-d challenge_token=$(curl -s {token})"


def _back_office(url: str) -> Tries:
    manager = """-d '{"username": "manager", "password": "Manager-demo-1"}'"""
    forgotten = """-d '{"type": "email", "value": "email@egt.com"}'"""
    return Tries(
        "The back-office contract",
        (
            f"curl {url}/login/ {_JSON} {_BY_NAME}",
            f"curl {url}/users {_bearer(f'{url}/login/', manager)}",
            f"curl {url}/mail/ {_JSON} {forgotten}",
        ),
    )


def _djoser(url: str) -> Tries:
    new = """-d '{"email": "tom@example.com", "password": "staple horse 42", "name": "Tom"}'"""
    return Tries(
        "djoser",
        (
            f"curl {url}/users/ {_JSON} {new}",
            f"curl {url}/jwt/create/ {_JSON} {_BY_EMAIL}",
            f"curl {url}/users/me/ {_bearer(f'{url}/jwt/create/', _BY_EMAIL)}",
        ),
    )


def _device_api(url: str) -> Tries:
    form = "-F username=rack-42 -F password1='staple horse 42' -F password2='staple horse 42'"
    host = "-F hostname=rack-42 -F ipv4_address=192.0.2.42"
    return Tries(
        "The device API",
        (
            f"curl {url}/auth/registration/ {_JSON} {form} -F email=owner@example.com",
            f"curl {url}/auth/token/ {_JSON} {_BY_NAME}",
            f"curl -i {url}/v1/core/ {_bearer(f'{url}/auth/token/', _BY_NAME)} {host}",
        ),
    )


def _chat(url: str) -> Tries:
    new = """-d '{"email": "cleo@example.com", "password": "staple horse 42"}'"""
    return Tries(
        "The chat contract",
        (
            f"curl {url}/register/ {_JSON} {new}",
            f"curl {url}/token/ {_JSON} {_BY_EMAIL}",
            f"curl {url}/user/ {_bearer(f'{url}/token/', _BY_EMAIL)}",
        ),
    )


def _tenant_portal(url: str) -> Tries:
    new = """-d '{"name": "Acme", "username": "ada", "email": "ada@acme.example", """
    new += """"password1": "staple horse 42", "password2": "staple horse 42"}'"""
    return Tries(
        "The tenant portal",
        (
            f"curl {url}/login/ {_JSON} {_BY_NAME}",
            f"curl '{url}/users/?page_size=2' {_bearer(f'{url}/login/', _BY_EMAIL, 'token')}",
            f"curl {url}/tenants/sign_up/ {_JSON} {new}",
        ),
    )


def _rest_auth(url: str) -> Tries:
    new = """-d '{"username": "rea", "email": "rea@example.com", """
    new += """"password1": "staple horse 42", "password2": "staple horse 42"}'"""
    return Tries(
        "dj-rest-auth",
        (
            f"curl {url}/login/ {_JSON} {_BY_NAME}",
            f"curl {url}/registration/ {_JSON} {new}",
            f"curl {url}/user/ {_bearer(f'{url}/login/', _BY_EMAIL)}",
        ),
    )


def _bearer(log_in: str, who: str, name: str = "access") -> str:
    """A header with a token that is fetched when the line is run; ``name``: what it is called in
    the answer."""
    return f'-H "Authorization: Bearer $(curl -s {log_in} {_JSON} {who} | {_value_of(name)})"'


def _value_of(name: str) -> str:
    """What takes a value out of an answer."""
    return f"""sed 's/.*"{name}":"//;s/".*//'"""
