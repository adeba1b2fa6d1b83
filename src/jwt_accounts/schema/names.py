"""Names for client generators: of operations and components."""

from __future__ import annotations

import re

from jwt_accounts.schema.mounted import Place

_VERBS = {"GET": "get", "POST": "create", "PUT": "replace", "PATCH": "update", "DELETE": "delete"}


def operation_id(contract: str, place: Place, method: str, methods: frozenset[str]) -> str:
    """The contract, the URL's name and the method: unique, and the same tomorrow.

    What a URL does by POST alone its name says; names of REST framework's routers end in what
    they are.

    >>> place = Place(name="jwt-create")
    >>> operation_id("djoser", place, "POST", frozenset({"POST"}))
    'djoser_jwt_create'
    >>> place, methods = Place(name="user", namespaces=("jwt_accounts",)), frozenset({"GET", "PUT"})
    >>> operation_id("jwt_accounts", place, "PUT", methods)
    'jwt_accounts_user_replace'
    >>> place, methods = Place(name="user-list"), frozenset({"GET", "POST"})
    >>> [operation_id("djoser", place, method, methods) for method in ("GET", "POST")]
    ['djoser_user_list', 'djoser_user_create']
    """
    verb = _VERBS[method]
    name = place.name.removesuffix("-detail")
    if name.endswith("-list"):
        name = name.removesuffix("-list")
        verb = "list" if method == "GET" else verb
    elif method == "POST" and "GET" not in methods:
        verb = ""
    return snake(" ".join((tag(contract, place), name, verb)))


def tag(contract: str, place: Place) -> str:
    """The contract; a second mount of it is told apart by its namespace.

    >>> (
    ...     tag("djoser", Place(name="jwt-create")),
    ...     tag("chat", Place(name="user", namespaces=("chat",))),
    ... )
    ('djoser', 'chat')
    >>> tag("jwt_accounts", Place(name="me", namespaces=("browser",)))
    'browser_jwt_accounts'
    """
    return snake(" ".join((*(each for each in place.namespaces if each != contract), contract)))


def snake(text: str) -> str:
    """The words of a text.

    >>> snake("jwt-create"), snake("users/<str:id>/")
    ('jwt_create', 'users_str_id')
    """
    return "_".join(re.findall(r"[a-z0-9]+", text.lower()))


def camel(text: str) -> str:
    """The words of a name as one.

    >>> camel("back_office"), camel("djoser_jwt_create")
    ('BackOffice', 'DjoserJwtCreate')
    """
    return "".join(word.capitalize() for word in re.findall(r"[A-Za-z0-9]+", text))


def prose(doc: str | None) -> str:
    """A docstring as a document for people shows it: Markdown, without line breaks inside a
    paragraph.

    >>> prose('''Check a :class:`Pin`, or ``token``,
    ...     and say so.''')
    'Check a `Pin`, or `token`, and say so.'
    """
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", doc or "").replace("``", "`")
    paragraphs = [" ".join(each.split()) for each in re.split(r"\n\s*\n", text)]
    return "\n\n".join(each for each in paragraphs if each)
