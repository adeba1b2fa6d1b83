"""The house keeps its rules. Which floor may import which is import-linter's business."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import jwt_accounts
from jwt_accounts import errors
from jwt_accounts.conf import every_setting
from jwt_accounts.errors import AccountError, Code

PACKAGE = Path(jwt_accounts.__file__).parent
MODULES = {
    str(path.relative_to(PACKAGE)): path.read_text()
    for path in sorted(PACKAGE.rglob("*.py"))
    if "migrations" not in path.parts
}

#: What goes wrong before a flow is reached, or outside of every flow.
OF_HTTP = {
    Code.MALFORMED,
    Code.TOO_LARGE,
    Code.UNSUPPORTED_MEDIA_TYPE,
    Code.METHOD_NOT_ALLOWED,
    Code.UNAVAILABLE,
    Code.UNEXPECTED,
}


def refusals() -> list[type[AccountError]]:
    return [
        each for each in vars(errors).values() if AccountError in getattr(each, "__mro__", ())[1:]
    ]


def test_every_code_is_one_refusal_or_belongs_to_http():
    codes = [each.code for each in refusals()]
    assert sorted(codes) == sorted(set(Code) - OF_HTTP)


@pytest.mark.parametrize("refusal", refusals(), ids=lambda refusal: refusal.__name__)
def test_a_refusal_says_what_happened(refusal):
    assert refusal.__doc__
    plain = refusal()
    assert plain.text == str(plain) != ""
    assert (plain.fields, plain.wait) == ({}, None)
    assert refusal("other words", wait=7).text == "other words"
    assert refusal(wait=7).wait == 7


def test_every_setting_is_used():
    used = "\n".join(text for name, text in MODULES.items() if not name.startswith("conf/"))
    unused = [each.name for each in every_setting() if f"settings.{each.name}" not in used]
    assert unused == []


def test_no_module_is_long():
    assert {
        name: lines for name, text in MODULES.items() if (lines := text.count("\n")) > 350
    } == {}


def public(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Public classes, functions and methods, with their names."""
    for node in ast.iter_child_nodes(tree):
        kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        if not isinstance(node, kinds) or node.name.startswith("_") or node.name == "Meta":
            continue
        decorators = {ast.unparse(each).rpartition(".")[2] for each in node.decorator_list}
        if decorators.isdisjoint({"override", "overload"}):
            yield f"{prefix}{node.name}", node
        if isinstance(node, ast.ClassDef):
            yield from public(node, f"{prefix}{node.name}.")


def test_every_module_and_everything_public_says_what_it_is():
    silent = [
        f"{name}: {what}"
        for name, text in MODULES.items()
        for what, node in [("", ast.parse(text)), *public(ast.parse(text))]
        if ast.get_docstring(node) is None
    ]
    assert silent == []


def run(code: str, **environment: str) -> str:
    """What a fresh Python prints."""
    command = [sys.executable, "-W", "error", "-c", code]
    found = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert found.returncode == 0, found.stderr
    return found.stdout


@pytest.mark.parametrize(
    "names",
    [
        ["jwt_accounts"],
        ["jwt_accounts.types", "jwt_accounts.errors"],
        [
            f"jwt_accounts.policies.{path.stem}"
            for path in sorted((PACKAGE / "policies").glob("[a-z]*.py"))
        ],
    ],
    ids=["the package", "the bottom floor", "the policies"],
)
def test_what_is_at_the_bottom_imports_nothing_of_django(names):
    code = (
        "import importlib, json, sys\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    imported = set(json.loads(run(code)))
    assert "jwt_accounts" in imported
    assert imported.isdisjoint({"django", "rest_framework", "rest_framework_simplejwt", "jwt"})


READS_NOTHING = """
import importlib, pkgutil, django, jwt_accounts
from collections.abc import Mapping
from django.conf import settings
from tests import settings as ours

class Untouchable(Mapping):
    def _touch(self, *_):
        raise AssertionError("a setting was read at import")
    __getitem__ = __iter__ = __len__ = __contains__ = get = _touch

given = {name: getattr(ours, name) for name in dir(ours) if name.isupper()}
settings.configure(**{**given, "JWT_ACCOUNTS": Untouchable(), "RATE_LIMITS": None})
django.setup()
for found in pkgutil.walk_packages(jwt_accounts.__path__, "jwt_accounts."):
    importlib.import_module(found.name)
print("imported")
"""


def test_no_setting_is_read_at_import():
    root = str(Path(__file__).parent.parent)
    assert run(READS_NOTHING, PYTHONPATH=root) == "imported\n"
