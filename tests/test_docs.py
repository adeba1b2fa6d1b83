"""The documentation against the code, in both directions; its stories run as they are written."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import distribution
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace, UnionType
from typing import NotRequired, get_args, get_origin, get_type_hints

import pytest
from dj_rest_auth.app_settings import DEFAULTS as REST_AUTH_DEFAULTS
from django.apps import apps
from django.conf import global_settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.management import load_command_class
from django.dispatch import Signal
from django.test import RequestFactory
from django.urls import URLPattern
from django.utils import timezone
from djoser.conf import default_settings as djoser_defaults
from drf_spectacular.settings import SPECTACULAR_DEFAULTS
from rest_framework_simplejwt.settings import DEFAULTS as SIMPLEJWT_DEFAULTS

import jwt_accounts.urls
import jwt_accounts.well_known
from jwt_accounts import checks, errors, rights, signals
from jwt_accounts.conf import DEFAULT_RATE_LIMITS, every_setting
from jwt_accounts.conf.echo import ECHO_CHECK
from jwt_accounts.delivery.sms import SmsSender
from jwt_accounts.errors import MESSAGES, Code
from jwt_accounts.flows.open_session import open_session
from jwt_accounts.flows.role_settings import change_role
from jwt_accounts.http.actions import Who
from jwt_accounts.models import Account, UserSession
from jwt_accounts.policies.clients import client_address
from jwt_accounts.presets.back_office import urls as back_office_urls
from jwt_accounts.presets.chat import urls as chat_urls
from jwt_accounts.presets.device_api import urls as device_api_urls
from jwt_accounts.presets.djoser import conf as djoser_conf
from jwt_accounts.presets.djoser import urls as djoser_urls
from jwt_accounts.presets.rest_auth import conf as rest_auth_conf
from jwt_accounts.presets.rest_auth import urls as rest_auth_urls
from jwt_accounts.presets.tenant_portal import urls as tenant_portal_urls
from jwt_accounts.rights import permission_name
from jwt_accounts.types import EventKind, RequestContext
from tests.conftest import PASSWORD

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
SOURCE = ROOT / "src" / "jwt_accounts"


def _from_code():
    """The Sphinx extension, which writes parts of the pages. Importing it needs no Sphinx."""
    spec = importlib.util.spec_from_file_location("from_code", DOCS / "_ext" / "from_code.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FROM_CODE = _from_code()
PAGES = {
    str(path.relative_to(ROOT)): FROM_CODE.insert_parts(path.read_text(encoding="utf-8"))
    for path in [
        ROOT / "README.md",
        ROOT / "CHANGELOG.md",
        *sorted(DOCS.rglob("*.md")),
    ]
    if "_build" not in path.parts
}
EVERYTHING = "\n".join(PAGES.values())


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its caption, what is in it, and on which page it is."""

    page: str
    language: str
    caption: str
    text: str


_FENCE = re.compile(
    r"^(?P<indent> *)```(?:\{code-block\} *)?(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_CAPTION = re.compile(r"\A:caption: (.*)\n\n?")


def blocks(page: str, *languages: str) -> list[Block]:
    found = []
    for match in _FENCE.finditer(PAGES[page]):
        text = dedent(match["text"])
        caption = _CAPTION.match(text)
        if not languages or match["language"] in languages:
            text = text[caption.end() :] if caption else text
            found.append(Block(page, match["language"], caption[1] if caption else "", text))
    return found


def every_block(*languages: str) -> list[Block]:
    return [block for page in PAGES for block in blocks(page, *languages)]


def sections(page: str) -> dict[str, str]:
    """What is under each heading of a page, code blocks left out of the headings."""
    parts = re.split(r"^#{2,3} (.+)$", PAGES[page], flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


# --- The reference is complete, and nothing in it is made up.


def test_every_setting_is_documented_with_its_default():
    names = {setting.name for setting in every_setting()}
    page = PAGES["docs/reference/settings.md"]
    assert {name.strip("`") for name in sections("docs/reference/settings.md")} >= names
    space = _run(blocks("docs/reference/settings.md", "python")[0])
    assert {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in space["JWT_ACCOUNTS"].items()
    } == {setting.name: setting.default for setting in every_setting()}
    assert all(f"`{name}`" in page for name in DEFAULT_RATE_LIMITS)


def test_no_setting_is_made_up():
    known = {setting.name for setting in every_setting()} | set(dir(global_settings))
    known |= {"DJOSER", *djoser_defaults, *djoser_conf.READ, *SIMPLEJWT_DEFAULTS}
    known |= {"REST_AUTH", *REST_AUTH_DEFAULTS, "SITE_ID"}
    known |= {"SPECTACULAR_SETTINGS", *SPECTACULAR_DEFAULTS}
    # Neither settings of Django nor of ours, and said so where they are named.
    known |= {"JWT_ACCOUNTS", "SIMPLE_JWT", "REST_FRAMEWORK", "DEFAULT_AUTHENTICATION_CLASSES"}
    known |= {"USERNAME_FIELD", "EMAIL_FIELD", "REQUIRED_FIELDS"}
    known |= {"SLIDING_", "ATOMIC_REQUESTS", "PORT"}
    known |= {"OPTIONS", "DELETE", "USER", "BACKEND", "DIRS"}
    # Django's from 6.0 on, and those of django-cors-headers.
    known |= {
        "TASKS",
        "MAILERS",
        "CORS_ALLOW_CREDENTIALS",
        "CORS_ALLOW_HEADERS",
        "CORS_EXPOSE_HEADERS",
    }
    known |= {"ANYONE", "HOLDER", "SIGNED_IN", "UPDATE", "INSERT", "RETURNING", "EXISTS", "NULL"}
    named = set(re.findall(r"(?<!`)`([A-Z][A-Z_]{3,})(?: = [^`]+)?`", EVERYTHING))
    named |= set(re.findall(r"JWT_ACCOUNTS\[\"(\w+)\"\]", EVERYTHING))
    # Those of django-axes and of allauth, which the guides for who comes from there name.
    named = {name for name in named if not name.startswith(("AXES_", "ACCOUNT_", "MFA_"))}
    assert named <= known


def test_every_example_of_settings_passes_the_checks(settings):
    for block in every_block("python"):
        if "JWT_ACCOUNTS = {" in block.text:
            given = _run(block, INSTALLED_APPS=[])["JWT_ACCOUNTS"]
            settings.JWT_ACCOUNTS = {k: v for k, v in given.items() if not _is_of_the_host(k, v)}
            alias = given.get("RATE_LIMIT_CACHE", "default")
            settings.CACHES = {**settings.CACHES, alias: settings.CACHES["default"]}
            assert checks.check_settings() == [], block


def _is_of_the_host(name: str, value: object) -> bool:
    """Whether a class is named that exists in the example only."""
    path = value.get("BACKEND") if isinstance(value, dict) else value
    return name in {"HOOKS", "SMS_SENDER"} and not str(path).startswith("jwt_accounts.")


def test_every_error_code_is_documented():
    found = set(sections("docs/reference/error_codes.md"))
    assert {f"`{code}`" for code in Code} <= found
    documented = set(re.findall(r"^### `(\w+)`$", PAGES["docs/reference/error_codes.md"], re.M))
    assert documented == {str(code) for code in Code}


def test_no_error_code_is_made_up():
    refusals = re.findall(r"Refusals[^\n]*(?:\n(?!\n)[^\n]*)*", PAGES["docs/reference/http_api.md"])
    assert refusals
    named = {name for text in refusals for name in re.findall(r"`([a-z]+_[a-z_]+)`", text)}
    named |= set(re.findall(r"urn:jwt-accounts:problem:(\w+)", EVERYTHING))
    assert named <= {str(code) for code in Code}


def test_every_error_class_is_in_the_python_reference():
    ours = {
        f"jwt_accounts.errors.{name}"
        for name, value in vars(errors).items()
        if isinstance(value, type) and value.__module__ == errors.__name__
    }
    assert ours <= set(_python_reference())


def test_the_python_reference_names_what_exists():
    for path in _python_reference():
        module, _, name = path.rpartition(".")
        assert getattr(importlib.import_module(module), name).__doc__, path


def _python_reference() -> list[str]:
    return re.findall(
        r"^\.\. auto(?:class|function):: ([\w.]+)", PAGES["docs/reference/python_api.md"], re.M
    )


def test_signals_are_those_of_the_page():
    documented = set(re.findall(r"^\| `(\w+)`", PAGES["docs/reference/signals.md"], re.M))
    assert documented == {k for k, v in vars(signals).items() if isinstance(v, Signal)}


def test_events_are_those_of_the_page():
    documented = re.findall(r"^\| `(\w+)` \|", PAGES["docs/reference/events.md"], re.M)
    assert sorted(documented) == sorted([*EventKind, "kind"])


def test_commands_and_their_options_are_those_of_the_page():
    commands = {
        path.stem
        for path in (SOURCE / "management" / "commands").glob("*.py")
        if path.stem != "__init__"
    }
    found = sections("docs/reference/commands.md")
    assert {name.strip("`") for name in found} == commands
    for name in commands:
        parser = load_command_class("jwt_accounts", name).create_parser("manage.py", name)
        stock = load_command_class("jwt_accounts", name).base_stealth_options
        options = {
            option
            for each in _every_action(parser)
            for option in each.option_strings
            if option.startswith("--") and each.dest not in stock and not _is_django_option(option)
        }
        assert set(re.findall(r"--[a-z-]+", found[f"`{name}`"])) == options, name


def _every_action(parser):
    """Those of its subcommands too."""
    for each in parser._actions:
        yield each
        for inner in {*each.choices.values()} if isinstance(each.choices, dict) else ():
            yield from _every_action(inner)


def _is_django_option(option: str) -> bool:
    stock = {"--help", "--version", "--verbosity", "--settings", "--pythonpath", "--traceback"}
    return option in stock | {"--no-color", "--force-color", "--skip-checks"}


def test_checks_are_those_of_the_page():
    source = "".join(each.read_text(encoding="utf-8") for each in (SOURCE / "checks").glob("*.py"))
    made = set(re.findall(r"\"(?:jwt_accounts\.)?([EW]0\d\d)\"", source))
    made.add(ECHO_CHECK.removeprefix("jwt_accounts."))
    documented = re.findall(
        r"^\| `jwt_accounts\.([EW]\d+)`", PAGES["docs/reference/checks.md"], re.M
    )
    assert sorted(documented) == sorted(made)
    assert set(re.findall(r"jwt_accounts\.([EW]\d{3})", EVERYTHING)) <= made


def test_permissions_that_are_named_exist():
    ours = {f"jwt_accounts.{codename}" for codename, _ in Account._meta.permissions}
    asked = {value for value in vars(rights).values() if isinstance(value, str)}
    asked = {value for value in asked if re.fullmatch(r"jwt_accounts\.\w+_\w+", value)}
    assert ours <= asked
    stock = {
        f"jwt_accounts.{act}_{model._meta.model_name}"
        for model in apps.get_app_config("jwt_accounts").get_models()
        for act in model._meta.default_permissions
    }
    named = set(re.findall(r"[\"`](jwt_accounts\.[a-z]+_[a-z_]+)[\"`]", EVERYTHING))
    named.discard("jwt_accounts.well_known")  # a URLconf
    assert named <= ours | stock
    assert asked <= named


def test_files_that_are_named_exist():
    named = set(re.findall(r"`((?:tests|docs|src)/[\w./]+)`", EVERYTHING))
    assert {path for path in named if not (ROOT / path).exists()} == set()
    tested = re.findall(r"`((?:\w+/)*test_\w+\.py|tokens|checks|concurrency)`", _standards())
    assert tested
    assert {path for path in tested if not (ROOT / "tests" / path).exists()} == set()
    modules = set(re.findall(r"`((?!tests|docs|src)\w+/\w+\.py)`", EVERYTHING))
    modules -= {"shop/settings.py", *tested}
    assert {path for path in modules if not (SOURCE / path).exists()} == set()


def _standards() -> str:
    return PAGES["docs/explanation/security.md"]


@pytest.mark.parametrize("page", PAGES)
def test_no_page_names_a_place_on_somebodys_machine(page):
    assert not re.search(r"(?<![\w.])/(home|root|Users|work|tmp)/", PAGES[page])


# --- Endpoints: the pages of the contracts against their URLconfs.

#: Where the pages mount the presets.
PRESETS = [
    ("docs/presets/back_office.md", back_office_urls, "/authentication/"),
    ("docs/presets/device_api.md", device_api_urls, "/api/"),
    ("docs/presets/chat.md", chat_urls, "/api/"),
    ("docs/presets/djoser.md", djoser_urls, "/auth/"),
    ("docs/presets/rest_auth.md", rest_auth_urls, "/dj-rest-auth/"),
    ("docs/presets/tenant_portal.md", tenant_portal_urls, "/api/"),
]
CONTRACTS = [
    ("docs/reference/http_api.md", jwt_accounts.urls),
    ("docs/reference/jwks.md", jwt_accounts.well_known),
    *((page, urlconf) for page, urlconf, _ in PRESETS),
]


def actions_of(urlconf) -> dict[str, tuple[URLPattern, object]]:
    """``"GET users/<user_id>/"`` to the pattern and the action."""
    return {
        f"{action.method} {re.sub(r'<str:', '<', str(pattern.pattern))}": (pattern, action)
        for pattern in urlconf.urlpatterns
        if pattern.name
        for action in pattern.callback.view_initkwargs["actions"].values()
    }


def url_name(urlconf, pattern: URLPattern) -> str:
    """As ``reverse()`` wants it. djoser's names stand in no namespace."""
    namespace = getattr(urlconf, "app_name", "")
    return f"{namespace}:{pattern.name}" if namespace else pattern.name


@pytest.mark.parametrize(("page", "urlconf"), CONTRACTS)
def test_endpoints_are_those_of_the_page(page, urlconf):
    documented = {name.strip("`") for name in sections(page) if re.match(r"`[A-Z]+ ", name)}
    assert documented == set(actions_of(urlconf))


@pytest.mark.parametrize(("page", "urlconf"), CONTRACTS)
def test_each_endpoint_says_its_name_its_right_and_its_limit(page, urlconf):
    found = sections(page)
    for title, (pattern, action) in actions_of(urlconf).items():
        text = " ".join(found[f"`{title}`"].split())
        assert f"`{url_name(urlconf, pattern)}`" in text, title
        if action.right:
            assert f"Right: `{permission_name(action.right)}`" in text, title
        limits = re.findall(r"limited by `(\w+)`", text)
        assert limits == ([action.limit] if action.limit else []), title
        assert ("Public, limited by" in text) is (action.who is Who.ANYONE), title


@pytest.mark.parametrize(("page", "urlconf"), CONTRACTS)
def test_url_names_that_are_named_exist(page, urlconf):
    names = {url_name(urlconf, pattern) for pattern, _ in actions_of(urlconf).values()}
    if namespace := getattr(urlconf, "app_name", ""):
        named = re.findall(rf"`({namespace}:[\w-]+)`", PAGES[page])
    else:
        named = re.findall(r"URL name\s+`([\w-]+)`", PAGES[page])
    assert set(named) == names


@pytest.mark.parametrize(("page", "_urlconf", "mount"), PRESETS)
def test_every_path_of_a_preset_is_documented_with_and_without_its_slash(page, _urlconf, mount):
    for title, text in sections(page).items():
        if re.match(r"`[A-Z]+ ", title):
            path = title.strip("`").split()[1].rstrip("/")
            written = re.search(r"Spellings: ([^.]+)\.", text)[1]
            assert {f"`{mount}{path}`", f"`{mount}{path}/`"} == set(re.findall(r"`[^`]+`", written))


#: Bodies that come in more than one shape, each shown in a request of its own.
_SHAPES = {
    "POST email/confirm/": [{"token"}, {"email", "code"}],
    "POST password/pin/": [{"email"}, {"phone"}],
    "POST password/pin/verify/": [{"email", "pin"}, {"phone", "pin"}],
    "POST sign-in/code/confirm/": [{"email", "code"}, {"token"}],
    "POST tenants/join/": [{"tenant"}, {"invitation"}],
    "POST sign-in/second-step/": [
        {"challenge_token", "code"},
        {"challenge_token", "credential"},
    ],
    "POST reauthenticate/": [
        {"current_password"},
        {"current_password", "code"},
        {"current_password", "credential"},
    ],
}


@pytest.mark.parametrize(("page", "urlconf"), CONTRACTS)
def test_samples_have_the_fields_of_the_code(page, urlconf):
    for title, (pattern, action) in actions_of(urlconf).items():
        text = sections(page)[f"`{title}`"]
        shown = [set(request) for request in _requests(text)]
        fields = set(action.inputs().fields) if action.inputs else set()
        if action.partial or title.startswith("PATCH"):
            assert shown, title
            assert all(names <= fields for names in shown), title
        elif title in _SHAPES:
            assert shown == _SHAPES[title], title
            assert set().union(*shown) == fields, title
        else:
            assert (shown[0] if shown else set()) == fields, title
        if _answers_in_json(pattern):
            expected = get_args(get_type_hints(action.call)["return"])[0]
            _assert_shape(_answer(text), expected, title)


def _answers_in_json(pattern: URLPattern) -> bool:
    contract = pattern.callback.view_initkwargs["contract"]
    return contract.renderers[0].media_type.endswith("json")


def _requests(text: str) -> list[dict[str, object]]:
    """The bodies of a section's requests."""
    samples = r"^Request\b(?:(?!^(?:Answer|Request)\b).)*?```json\n(.*?)```"
    return [json.loads(found) for found in re.findall(samples, text, re.M | re.S)]


def _answer(text: str) -> object:
    """The body that follows the paragraph in which a section's first answer is told."""
    told = re.search(r"^Answer\b.+\n(?:.+\n)*\n(?:```json\n((?:.+\n)*?)```)?", text, re.M)
    return json.loads(told[1]) if told and told[1] else None


def _assert_shape(sample: object, expected: object, title: str) -> None:
    if isinstance(expected, UnionType):
        # One of them is shown, and the others are told.
        shapes = [
            each
            for each in get_args(expected)
            if _is_structured(each) and (get_origin(each) is list) is isinstance(sample, list)
        ]
        fitting = [each for each in shapes if _has_names_of(sample, each)]
        assert bool(fitting) is bool(shapes), title
        for each in fitting:
            _assert_shape(sample, each, title)
    elif expected is type(None):
        assert sample is None, title
    elif get_origin(expected) is list:
        assert isinstance(sample, list), title
        for each in sample:
            _assert_shape(each, get_args(expected)[0], title)
    elif _is_structured(expected):
        assert isinstance(sample, dict), title
        _assert_keys(sample, expected, title)


def _has_names_of(sample: object, expected: object) -> bool:
    if not hasattr(expected, "__required_keys__"):
        return True
    if not isinstance(sample, dict):
        return False
    return _names_needed(expected) <= set(sample) <= set(get_type_hints(expected))


def _is_structured(expected: object) -> bool:
    return get_origin(expected) in {list, dict} or hasattr(expected, "__required_keys__")


def _assert_keys(sample: dict[str, object], expected: object, title: str) -> None:
    """Those of a ``TypedDict``; a plain ``dict`` may have any."""
    if hasattr(expected, "__required_keys__"):
        hints = get_type_hints(expected)
        assert _names_needed(expected) <= set(sample) <= set(hints), title
        for name in sample:
            _assert_shape(sample[name], hints[name], f"{title} {name}")


def _names_needed(expected: object) -> set[str]:
    left_out = {
        name
        for name, hint in get_type_hints(expected, include_extras=True).items()
        if get_origin(hint) is NotRequired
    }
    return {*expected.__required_keys__} - left_out


# --- Samples and snippets.


@pytest.mark.parametrize("block", every_block("json"), ids=lambda block: block.page)
def test_json_samples_are_json(block):
    json.loads(block.text)


@pytest.mark.parametrize("block", every_block("json", "http"), ids=lambda block: block.page)
def test_messages_in_samples_are_those_of_the_code(block):
    body = block.text.partition("\n\n")[2] if block.language == "http" else block.text
    sample = json.loads(body)
    # A field called so may be wrong: then it is a list of sentences.
    if isinstance(sample, dict) and sample.get("code") in list(Code):
        assert sample.get("detail", sample.get("message")) in {
            *_SENTENCES,
            MESSAGES[sample["code"]],
        }


#: What a flow says in the place of its code's sentence, or a contract of its own.
_SENTENCES = {
    "A user with that username already exists.",
    "This password must be changed before you sign in. Set a new one.",
}


@pytest.mark.parametrize("block", every_block("python"), ids=lambda block: block.page)
def test_python_snippets_are_python(block):
    ast.parse(block.text)


def test_the_script_about_passkeys_is_the_one_that_the_browser_runs():
    script = ROOT / "example_project/demo_site/static/demo_site/passkeys.js"
    assert blocks("docs/howto/passkeys.md", "js")[0].text == script.read_text(encoding="utf-8")


def test_addresses_behind_proxies_are_those_of_the_table():
    rows = re.findall(
        r"^\| [^|]+ \| `([^`]+)` \| (\d) \| `?([^|`]+)`? \|$",
        PAGES["docs/howto/behind_a_proxy.md"],
        re.M,
    )
    assert len(rows) == 4
    for header, proxies, address in rows:
        meta = {"REMOTE_ADDR": "10.0.0.9", "HTTP_X_FORWARDED_FOR": header}
        found = client_address(meta, "X-Forwarded-For", int(proxies))
        assert found == ("10.0.0.9" if address.startswith("the socket") else address)


def _run(*told: Block, **names: object) -> dict[str, object]:
    """What some snippets define, one after the other."""
    space: dict[str, object] = {"__name__": "snippets", **names}
    for block in told:
        exec(block.text, space)  # noqa: S102 - the project's own documentation
    return space


def _run_page(page: str, **names: object) -> dict[str, object]:
    return _run(*blocks(page, "python"), **names)


@pytest.mark.django_db(transaction=True)
def test_the_single_sign_on_snippet_opens_a_session(make_user):
    user = make_user("ada")
    space = _run_page("docs/howto/own_authentication.md")
    space["user_from_assertion"] = lambda _request: user
    answer = space["single_sign_on"](RequestFactory().post("/sso/"))
    tokens = json.loads(answer.content)
    assert set(tokens) == {"access", "refresh"}
    plain = _run_page("docs/howto/own_views.md")["plain_view"]
    header = {"Authorization": f"Bearer {tokens['access']}"}
    assert json.loads(plain(RequestFactory().get("/", headers=header)).content) == {
        "user": str(user.pk)
    }
    assert plain(RequestFactory().get("/")).status_code == 401
    user.is_active = False
    user.save()
    refused = space["single_sign_on"](RequestFactory().post("/sso/"))
    assert (refused.status_code, json.loads(refused.content)["code"]) == (403, "account_inactive")


@pytest.mark.django_db(transaction=True)
def test_the_view_snippet_shows_user_and_session(make_user, client):
    make_user("ada")
    signed_in = client.post("/accounts/sign-in/", {"identifier": "ada", "password": PASSWORD})
    header = {"Authorization": f"Bearer {signed_in.json()['access']}"}
    who_am_i = _run_page("docs/howto/own_views.md")["WhoAmI"].as_view()
    answer = who_am_i(RequestFactory().get("/", headers=header))
    assert answer.data["session"] == signed_in.json()["session"].replace("-", "")
    assert set(answer.data) == {"user", "session", "signed_in_at"}


@pytest.mark.django_db
def test_the_step_up_snippet_asks_for_two_factors_of_a_moment_ago(make_user, ctx):
    view = _run_page("docs/howto/step_up.md")["PayOut"].as_view()
    user = make_user("ada")

    def pay(*amr, ago=0):
        access = open_session(ctx, user=user, amr=amr).tokens.access
        UserSession.objects.update(auth_time=ctx.now - timedelta(minutes=ago))
        header = {"Authorization": f"Bearer {access}"}
        answer = view(RequestFactory().post("/", headers=header))
        return answer.data.get("paid") or answer.data["detail"].code

    assert pay("pwd", "otp", "mfa") is True
    assert pay("pwd") == "mfa_required"
    assert pay("pwd", "otp", "mfa", ago=4) is True
    assert pay("pwd", "otp", "mfa", ago=6) == "reauthentication_required"


@pytest.mark.django_db(transaction=True)
def test_the_hooks_snippet_changes_role_and_claims(make_user, client, settings, monkeypatch):
    from jwt_accounts.flows.authenticate import read_token

    hooks = _run_page("docs/howto/own_hooks.md")["ShopHooks"]
    monkeypatch.setattr("tests.test_docs.ShopHooks", hooks, raising=False)
    settings.JWT_ACCOUNTS = {"HOOKS": "tests.test_docs.ShopHooks"}
    make_user("ada", groups=["Manager"])
    answer = client.post("/accounts/sign-in/", {"identifier": "ada", "password": PASSWORD}).json()
    assert answer["role"] == "Manager"
    assert read_token(answer["access"])["locale"] == "ro"


def test_the_snippets_about_sessions_name_clients_and_places(monkeypatch):
    class AddressNotFoundError(Exception):
        pass

    def city(ip):
        if ip != "192.0.2.7":
            raise AddressNotFoundError
        return SimpleNamespace(
            city=SimpleNamespace(name=None), country=SimpleNamespace(name="Romania")
        )

    reader = SimpleNamespace(Reader=lambda _path: SimpleNamespace(city=city))
    errors = SimpleNamespace(AddressNotFoundError=AddressNotFoundError)
    for name, module in {"": reader, ".database": reader, ".errors": errors}.items():
        monkeypatch.setitem(sys.modules, f"geoip2{name}", module)
    space = _run_page("docs/howto/sessions.md")
    words = space["AppHooks"]().describe_client
    assert words("ShopApp/3 (Android 14)") == "Shop app on Android"
    assert words("curl/8.5.0") == "curl"
    place = space["ShopHooks"]().get_place
    assert (place("192.0.2.7"), place("192.0.2.8")) == ("Romania", "")


@pytest.mark.django_db
def test_the_registration_snippets_decide_who_registers_and_what_they_are_called(
    client, settings, monkeypatch
):
    space = _run(*[each for each in blocks("docs/howto/registration.md", "python") if each.caption])
    space["next_number"] = lambda: 7
    monkeypatch.setattr("tests.test_docs.CompanyHooks", space["CompanyHooks"], raising=False)
    settings.JWT_ACCOUNTS = {"HOOKS": "tests.test_docs.CompanyHooks"}
    for address, status in (("ada@gmail.example", 403), ("ada@company.example", 202)):
        body = {"email": address, "password": PASSWORD}
        assert client.post("/accounts/register/", body).status_code == status
    assert Account.objects.get().username == "staff-7"


@pytest.mark.django_db
def test_the_device_snippet_registers_a_device(make_user):
    now = timezone.now()
    seen = _run_page("docs/howto/devices.md", INSTALLED_APPS=[])["seen"]
    assert seen(RequestContext(now=now), make_user("ada"), "Rack-7") == now


def test_every_setting_of_djoser_is_in_the_guide_with_what_takes_its_place():
    guide = sections("docs/howto/migrate_from_djoser.md")["`DJOSER`"]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", guide, re.M))
    named_by_hosts = {
        *("ACTIVATION_URL", "PASSWORD_RESET_CONFIRM_URL", "USERNAME_RESET_CONFIRM_URL"),
    }
    assert set(rows) == {*djoser_defaults, *named_by_hosts}
    read = {name for name, text in rows.items() if re.match(r"read\b", text)}
    assert read == djoser_conf.READ
    page = sections("docs/presets/djoser.md")["Settings"]
    assert set(re.findall(r"`([A-Z_]{4,})`", page.split("No other key")[0])) >= read


def test_every_setting_of_dj_rest_auth_is_in_the_guide_with_what_takes_its_place():
    guide = sections("docs/howto/migrate_from_dj_rest_auth.md")["`REST_AUTH`"]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", guide, re.M))
    assert set(rows) == set(REST_AUTH_DEFAULTS)
    read = {name for name, text in rows.items() if re.match(r"read\b", text)}
    stay = {name for name, text in rows.items() if text.endswith("may stay")}
    assert read | stay == rest_auth_conf.READ
    page = sections("docs/presets/rest_auth.md")["Settings"]
    assert set(re.findall(r"`([A-Z_]{4,})`", page.split("No other key")[0])) >= read


class _Apps:
    """What a data migration is given: allauth's table, and the models as they are."""

    def __init__(self, *rows: tuple[object, str, bool]) -> None:
        rows = [SimpleNamespace(user_id=u.pk, email=e, verified=v) for u, e, v in rows]
        rows.sort(key=lambda row: row.verified)
        self.addresses = SimpleNamespace(exists=lambda: bool(rows), order_by=lambda _name: rows)

    def get_model(self, app: str, name: str) -> object:
        if app == "account":
            return SimpleNamespace(objects=self.addresses)
        return apps.get_model(app, name)


@pytest.mark.django_db
@pytest.mark.parametrize("verification", ["mandatory", "optional", "none"])
def test_the_migration_from_allauth_brings_who_confirmed(client, settings, verification):
    settings.ACCOUNT_EMAIL_VERIFICATION = verification
    settings.ACCOUNT_LOGIN_METHODS = {"username", "email"}
    get_user_model().objects.bulk_create(
        get_user_model()(
            username=name, email=f"{email}@example.com", password=make_password(PASSWORD)
        )
        for name, email in (("ada", "ada"), ("eve", "own"), ("own", "own"), ("staff", "staff"))
    )
    ada, eve, own = (get_user_model().objects.get(username=name) for name in ("ada", "eve", "own"))
    rows = ((ada, "Ada@example.com", True), (eve, eve.email, False), (own, own.email, True))
    told = blocks("docs/howto/migrate_from_dj_rest_auth.md", "python")
    space = _run(*[each for each in told if "bring_confirmations" in each.text])
    space["bring_confirmations"](_Apps(*rows), None)
    accounts = {each.user.username: each for each in Account.objects.select_related("user")}
    assert [name for name, each in accounts.items() if each.email_is_confirmed] == ["ada", "own"]
    waits = [name for name, each in accounts.items() if each.awaits_confirmation]
    assert waits == ([] if verification == "none" else ["eve"])
    refused = {"eve"} if verification == "mandatory" else set()
    for name in ("ada", "staff", "eve", "own"):
        body = {"username": name, "password": PASSWORD}
        answer = client.post("/dj-rest-auth/login/", body)
        assert answer.status_code == (400 if name in refused else 200), name
    body = {"email": "own@example.com", "password": PASSWORD}
    assert client.post("/dj-rest-auth/login/", body).json()["user"]["username"] == "own"


@pytest.mark.django_db
def test_the_guide_s_social_view_opens_a_session(make_user, client):
    told = blocks("docs/howto/migrate_from_dj_rest_auth.md", "python")
    space = _run(*[each for each in told if "OpensSession" in each.text])
    view = space["OpensSession"]()
    view.request = RequestFactory().post("/")
    view.serializer = SimpleNamespace(validated_data={"user": make_user("ada")})
    view.login()
    header = {"Authorization": f"Bearer {view.access_token}"}
    assert client.get("/dj-rest-auth/user/", headers=header).status_code == 200
    body = {"refresh": view.refresh_token}
    assert client.post("/dj-rest-auth/token/refresh/", body).status_code == 200


@pytest.mark.django_db
def test_the_guide_s_snippet_waits_for_whom_djoser_made_inactive(
    make_user, client, settings, mailoutbox, django_capture_on_commit_callbacks
):
    settings.DJOSER = {"SEND_ACTIVATION_EMAIL": True}
    ada = make_user("ada", email="ada@example.com", is_active=False)
    Account.objects.filter(user=ada).delete()
    make_user("grace", email="grace@example.com")
    space = _run(*_of_the_guide("wait_for"))
    space["wait_for"](space["registered_since"](timezone.now() - timedelta(days=7)))
    for name, status in (("ada", 401), ("grace", 200)):
        body = {"username": name, "password": PASSWORD}
        assert client.post("/auth/jwt/create", body).status_code == status
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/auth/users/resend_activation/", {"email": "ada@example.com"})
    uid, token = re.search(r"activate/([^/]+)/(\S+)", mailoutbox[0].body).groups()
    assert client.post("/auth/users/activation/", {"uid": uid, "token": token}).status_code == 204
    body = {"username": "ada", "password": PASSWORD}
    assert client.post("/auth/jwt/create", body).status_code == 200


@pytest.mark.django_db
def test_the_guide_s_way_back_switches_off_who_has_not_confirmed(client, settings):
    settings.DJOSER = {"SEND_ACTIVATION_EMAIL": True}
    body = {"username": "ada", "email": "ada@example.com", "password": PASSWORD}
    assert client.post("/auth/users/", body).status_code == 201
    _run(*_of_the_guide("waiting.update"))
    assert not Account.objects.get().user.is_active


@pytest.mark.django_db
def test_the_guide_s_strategy_opens_a_session(make_user, client):
    strategy = _run(*_of_the_guide("SessionStrategy"))["SessionStrategy"]
    tokens = strategy.obtain(make_user("ada"))
    header = {"Authorization": f"Bearer {tokens['access']}"}
    assert client.get("/auth/users/me/", headers=header).status_code == 200
    assert client.post("/auth/jwt/refresh", {"refresh": tokens["refresh"]}).status_code == 200


def _of_the_guide(text: str) -> list[Block]:
    told = blocks("docs/howto/migrate_from_djoser.md", "python")
    return [block for block in told if text in block.text]


class _Gateway(BaseHTTPRequestHandler):
    """Takes what is posted, and answers as it was told to."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.headers["Authorization"], json.loads(body)))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *args):
        pass


def test_the_sms_snippet_sends_through_a_gateway_and_says_when_it_did_not(settings):
    space = _run_page("docs/howto/recovery.md")
    sender: SmsSender = space["GatewaySender"]
    server = HTTPServer(("127.0.0.1", 0), _Gateway)
    server.received, server.status = [], 202
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/messages"
        sender(url=url, key="k").send("+40771694307", "PIN: 004213")
        assert server.received == [("Bearer k", {"to": "+40771694307", "text": "PIN: 004213"})]
        server.status = 503
        with pytest.raises(OSError, match="503"):
            sender(url=url, key="k").send("+40771694307", "PIN: 004213")
        server.shutdown()
    options = space["JWT_ACCOUNTS"]["SMS_SENDER"]["OPTIONS"]
    assert set(options) == {"url", "key"}


@pytest.mark.django_db
def test_the_validator_snippet_refuses_what_it_says(make_user):
    validator = _run_page("docs/howto/password_rules.md")["ContextWordsValidator"]
    with pytest.raises(ValidationError) as refused:
        validator(words=["shop"]).validate("my-Shop-2026", make_user("ada"))
    assert refused.value.code == "context_word"
    validator(words=["shop"]).validate("staple horse 42", make_user("joan"))
    assert "shop" in validator(words=["shop"]).get_help_text()


@pytest.mark.django_db
def test_the_table_for_pci_dss_is_a_role_that_can_be_set(make_role, make_user):
    page = PAGES["docs/explanation/password_policy.md"]
    table = re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", page, re.M)
    rules = {name: ast.literal_eval(value) for name, value in table}
    make_role("Clerk")
    changes = {
        name: timedelta(seconds=value) if name == "lockout_time" else value
        for name, value in rules.items()
    }
    admin = make_user("root", is_superuser=True)
    found = change_role(
        RequestContext(now=timezone.now()), actor=admin, role="Clerk", changes=changes
    )
    assert found.password_expiration == rules["password_expiration"] == 90
    assert found.password.minimum_characters == rules["minimum_characters"] == 12


# --- Stories: every command as it is written, with the real curl, against a real server.

#: Commands of the tutorial that are about a virtual environment. The tests run in one.
_ENVIRONMENT = ("python3 -m venv .venv", ". .venv/bin/activate", "pip install django-jwt-accounts")


def test_readme_tells_the_truth(tmp_path):
    told = [block for block in blocks("README.md") if block.language in {"sh", "http", "text"}]
    start = next(i for i, block in enumerate(told) if block.text.startswith("URL="))
    port = free_port()
    demo = [sys.executable, "example_project/manage.py", "demo", f"--port={port}"]
    with serving([*demo, f"--data={tmp_path / 'demo'}"], port, ROOT):
        tell(told[start:], port, tmp_path)


def test_the_tutorial_works_as_it_is_written(tmp_path):
    assert distribution("django-jwt-accounts").version
    told = blocks("docs/tutorial/first_project.md")
    server = next(i for i, block in enumerate(told) if block.caption == "leave it running")
    before, after = told[:server], told[server + 1 :]
    install = before[0]
    assert all(line in install.text for line in _ENVIRONMENT)
    tell([install], 0, tmp_path)
    project = tmp_path / "shop"
    for block in before:
        if block.language == "python":
            name, _, where = block.caption.partition(", ")
            with (project / name).open("a" if where == "at the end" else "w") as file:
                file.write(block.text)
    printed = tell([block for block in before[1:] if block.language == "sh"], 0, project)
    assert "Clerk: made, 1 rights." in printed
    assert "System check identified no issues" in printed
    port = free_port()
    command = told[server].text.split()
    assert command == ["python", "manage.py", "runserver"]
    running = [sys.executable, *command[1:], f"127.0.0.1:{port}", "--noreload"]
    with serving(running, port, project):
        tell(after, port, project)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment() -> dict[str, str]:
    """A shell's, with the Python of the tests first and nothing of pytest's."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("DJANGO_")}
    env.pop("PYTHONDEVMODE", None)
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    return env


@contextmanager
def serving(command: list[str], port: int, folder: Path):
    """A server in a process of its own, until the block is left."""
    with subprocess.Popen(
        command, cwd=folder, env=_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        try:
            _wait_for(port, process)
            yield
        finally:
            process.terminate()
            process.communicate(timeout=10)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stderr.read().decode()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the server did not start")


def tell(told: list[Block], port: int, folder: Path) -> str:
    """Run the shell blocks of a story in one shell and compare each with the block after it.

    Returns all that was printed.
    """
    outputs = Path(tempfile.mkdtemp(prefix="story-", dir=folder))
    script = [
        # The page's curl, which also says the status.
        "curl() { command curl --write-out '%{stderr}%{http_code}\\n' \"$@\"; }",
    ]
    for number, block in enumerate(told):
        if block.language == "sh":
            text = block.text.replace("127.0.0.1:8000", f"127.0.0.1:{port}")
            lines = [line for line in text.splitlines() if line not in _ENVIRONMENT]
            body = "\n".join([*lines, "true"])
            script.append(f"{{\n{body}\n}} > {outputs}/{number}.out 2> {outputs}/{number}.err")
    subprocess.run(["bash", "-c", "\n".join(script)], cwd=folder, env=_environment(), check=True)
    printed = ""
    for number, block in enumerate(told):
        if block.language == "sh":
            out, err = ((outputs / f"{number}.{kind}").read_text() for kind in ("out", "err"))
            printed += out + err
            following = told[number + 1] if number + 1 < len(told) else block
            _compare(following, out, err, block)
    return printed


def _compare(expected: Block, out: str, err: str, block: Block) -> None:
    if expected.language == "text":
        assert out.split() == expected.text.split(), f"{block.text}\n{err}"
    elif expected.language == "http":
        head, _, body = expected.text.partition("\n\n")
        statuses = re.findall(r"^(\d{3})$", err, re.M)
        assert statuses, f"{block.text}\n{err}"
        assert statuses[-1] == head.split()[1], f"{block.text}\n{out}"
        assert_like(json.loads(body), _last_json(out), block.text)


def _last_json(text: str) -> object:
    """The last of one or more documents that were printed one after the other."""
    decoder, position, found = json.JSONDecoder(), 0, None
    while position < len(text):
        found, position = decoder.raw_decode(text, position)
        position += len(text[position:]) - len(text[position:].lstrip())
    return found


def assert_like(sample: object, real: object, where: str) -> None:
    """``…`` stands for anything: in a text, for a whole value, and as a key for more keys."""
    if sample == "…":
        return
    if isinstance(sample, dict):
        assert isinstance(real, dict), where
        wanted = set(sample) - {"…"}
        assert (wanted <= set(real)) if "…" in sample else (wanted == set(real)), (where, real)
        for name in wanted:
            assert_like(sample[name], real[name], where)
    elif isinstance(sample, list):
        assert isinstance(real, list), where
        assert len(sample) == len(real), (where, real)
        for one, other in zip(sample, real, strict=True):
            assert_like(one, other, where)
    elif isinstance(sample, str) and "…" in sample:
        assert re.fullmatch(re.escape(sample).replace("…", ".*"), str(real)), (where, real)
    else:
        assert sample == real, (where, real)
