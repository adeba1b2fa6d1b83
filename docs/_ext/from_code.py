"""Parts of the reference that the code writes itself.

A page names a part in a comment, ``<!-- from-code: settings -->``, and gets it as Markdown before
it is parsed. So nothing can be added to the code and left out of the reference. Each part is a
function of its own, and ``tests/test_docs.py`` calls them too.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from jwt_accounts import errors
from jwt_accounts.conf import DEFAULT_RATE_LIMITS, Setting, every_setting
from jwt_accounts.errors import MESSAGES, AccountError, Code, FieldError

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from jwt_accounts.http.contract import Contract

_MARK = re.compile(r"<!-- from-code: ([a-z-]+) -->")

#: What a code means that no flow raises: these come from HTTP itself.
_OF_HTTP = {
    Code.MALFORMED: "The body cannot be read: broken JSON, a broken form, too many fields.",
    Code.TOO_LARGE: "The body is larger than Django's `DATA_UPLOAD_MAX_MEMORY_SIZE`.",
    Code.UNSUPPORTED_MEDIA_TYPE: "The content type is none of JSON, form and multipart.",
    Code.METHOD_NOT_ALLOWED: "The endpoint has no such method. `Allow` lists those it has.",
    Code.UNAVAILABLE: "The database does not answer. `Retry-After` says when to try again.",
    Code.UNEXPECTED: "A fault of ours. The answer holds a reference number, the log the rest.",
}


def settings_defaults() -> str:
    """All settings with their defaults, as a dict to copy from."""
    lines = [f'    "{setting.name}": {_python(setting.default)},' for setting in every_setting()]
    needs = "from datetime import timedelta\n\n"
    return "\n".join([f"```python\n{needs}JWT_ACCOUNTS = {{", *lines, "}", "```"])


def settings_reference() -> str:
    """One section a setting."""
    return "\n".join(_setting(setting) for setting in every_setting())


def _setting(setting: Setting[Any]) -> str:
    if not setting.help:
        raise ValueError(f"the setting {setting.name} has no help text")
    return (
        f"### `{setting.name}`\n\n"
        f"Type: {_marked_up(setting.kind.name)}  \n"
        f"Default: `{_python(setting.default)}`\n\n"
        f"{_marked_up(setting.help)}\n"
    )


def _marked_up(text: str) -> str:
    """Names of settings and values as code."""
    names = "|".join([*(setting.name for setting in every_setting()), "None", "True", "False"])
    parts = re.split(r"(`[^`]*`)", text)  # every second one is code already
    for i in range(0, len(parts), 2):
        parts[i] = re.sub(rf"\b({names})\b", r"`\1`", parts[i])
        parts[i] = re.sub(r"(?<!\w)'([^' ]+)'", r"`\1`", parts[i])
    return "".join(parts)


def _python(value: object) -> str:
    """A default as one writes it in a settings module."""
    if isinstance(value, timedelta):
        for unit in ("days", "hours", "minutes", "seconds"):
            size = timedelta(**{unit: 1})
            if value and value % size == timedelta(0):
                return f"timedelta({unit}={value // size})"
        return "timedelta(0)"
    return repr(list(value) if isinstance(value, tuple) else value).replace("'", '"')


def rate_limits() -> str:
    """The default rates."""
    rows = [f"| `{name}` | `{rate}` |" for name, rate in DEFAULT_RATE_LIMITS.items()]
    return "\n".join(["| name | default |", "|---|---|", *rows])


def error_statuses() -> str:
    """All codes with their status in each contract."""
    contracts = _contracts()
    head = " | ".join(contract_name for contract_name, _ in contracts)
    rows = [f"| code | {head} |", "|---" * (len(contracts) + 1) + "|"]
    for code in Code:
        statuses = " | ".join(str(each.errors[code].status) for _, each in contracts)
        rows.append(f"| [`{code}`](#{code}) | {statuses} |")
    return "\n".join(rows)


def error_codes() -> str:
    """One section a code: what it means, who raises it and how each contract says it."""
    return "\n".join(_error(code) for code in Code)


def _error(code: Code) -> str:
    raised = _raised_for(code)
    lines = [f"({code})=", f"### `{code}`", "", _meaning(code, raised)]
    if raised:
        lines += ["", f"Raised as {{py:class}}`~jwt_accounts.errors.{raised.__name__}`."]
    lines += ["", "| contract | status | body |", "|---|---|---|"]
    lines += [f"| {', '.join(names)} | {answer} |" for answer, names in _answers(code).items()]
    return "\n".join([*lines, ""])


def _answers(code: Code) -> dict[str, list[str]]:
    """Status and body of a refusal, and the contracts that answer so."""
    found: dict[str, list[str]] = {}
    for name, contract in _contracts():
        status, body = contract.answer(_sample(code))
        answer = f"{status} | `{json.dumps(body, ensure_ascii=False)}`"
        found.setdefault(answer, []).append(name)
    return found


def _meaning(code: Code, raised: type[AccountError] | None) -> str:
    if raised is None:
        return _OF_HTTP[code]
    text = " ".join((inspect.getdoc(raised) or "").split())
    if not text:
        raise ValueError(f"{raised.__name__} has no docstring")
    return re.sub(r"`+([^`]+)`+", r"`\1`", text)


def _raised_for(code: Code) -> type[AccountError] | None:
    every = (value for value in vars(errors).values() if inspect.isclass(value))
    ours = (each for each in every if issubclass(each, AccountError) and each is not AccountError)
    return next((each for each in ours if each.code is code), None)


def _sample(code: Code) -> Any:
    """A refusal with everything that this code may carry."""
    from jwt_accounts.http.contract import Refusal

    step = {"challenge_token": "…", "factors": ["totp", "recovery_code"], "expires_in": 300}
    extras = {
        Code.PASSWORD_EXPIRED: {"reason": "expired", "change_token": "…", "expires_in": 600},
        Code.MFA_REQUIRED: step,
        Code.MFA_ENROLMENT_REQUIRED: {"challenge_token": "…", "expires_in": 900},
    }
    waits = {Code.ACCOUNT_LOCKED: 900, Code.ATTEMPTS_IN_FLIGHT: 1, Code.RATE_LIMITED: 42}
    waits[Code.CODES_EXHAUSTED] = 600
    taken = (FieldError("unique", "A user with that username already exists."),)
    return Refusal(
        code=code,
        message=MESSAGES[code],
        fields={"username": taken} if code is Code.INVALID else {},
        wait=waits.get(code, 5 if code is Code.UNAVAILABLE else None),
        reference="3f9c51d07be2" if code is Code.UNEXPECTED else "",
        extra=extras.get(code, {}),
    )


def _contracts() -> list[tuple[str, Contract]]:
    from jwt_accounts.api.contract import CONTRACT as ZERO
    from jwt_accounts.presets.back_office.contract import CONTRACT as BACK_OFFICE
    from jwt_accounts.presets.chat.contract import CONTRACT as CHAT
    from jwt_accounts.presets.device_api.contract import CONTRACT as DEVICE_API
    from jwt_accounts.presets.djoser.contract import CONTRACT as DJOSER

    return [
        ("contract zero", ZERO),
        ("back office", BACK_OFFICE),
        ("device API", DEVICE_API),
        ("chat", CHAT),
        ("djoser", DJOSER),
    ]


PARTS: dict[str, Callable[[], str]] = {
    "settings-defaults": settings_defaults,
    "settings": settings_reference,
    "rate-limits": rate_limits,
    "error-statuses": error_statuses,
    "error-codes": error_codes,
}


def insert_parts(text: str) -> str:
    """A page with its parts in their places. Raises ``KeyError`` for a part nobody writes."""
    return _MARK.sub(lambda mark: PARTS[mark[1]](), text)


def _on_source_read(_app: Sphinx, _page: str, source: list[str]) -> None:
    source[0] = insert_parts(source[0])


def _written_by_code(app: Sphinx, env: BuildEnvironment, *_pages: object) -> Iterator[str]:
    """Pages that may have changed though their files did not."""
    for page in env.found_docs:
        if _MARK.search(env.doc2path(page).read_text(encoding="utf-8")):
            yield page


def _resolve_short_name(
    _app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.reference | None:
    """Link a bare name in a docstring (``:class:`TokenInvalid```) to the one object called so."""
    from sphinx.util.nodes import make_refnode

    domain = env.domains.python_domain
    wanted = str(node.get("reftarget", "")).rpartition(".")[2]
    found = [(name, entry) for name, entry in domain.objects.items() if name.endswith(f".{wanted}")]
    if node.get("refdomain") != "py" or len(found) != 1:
        return None
    name, entry = found[0]
    page = str(node.get("refdoc") or env.docname)
    return make_refnode(_app.builder, page, entry.docname, entry.node_id, content, name)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to Sphinx."""
    app.connect("source-read", _on_source_read)
    app.connect("env-get-outdated", _written_by_code)
    app.connect("missing-reference", _resolve_short_name)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
