"""Texts from templates: the host's own, else those of this package."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from django.template import Context, Engine, TemplateDoesNotExist
from django.template.backends.django import Template
from django.template.loader import get_template

_FOLDER = Path(__file__).parents[1] / "templates"


def render(name: str, context: Mapping[str, object]) -> str:
    """A template's text, without white space around it. Only ``.html`` is escaped.

    Raises ``TemplateDoesNotExist`` where neither the host's engines nor this package has it.
    """
    try:
        found = get_template(name)
    except TemplateDoesNotExist:
        template = _own_engine().get_template(name)
    else:
        if not isinstance(found, Template):
            # Another language than Django's: it escapes as the host told it to.
            return found.render(dict(context)).strip()
        template = found.template
    return template.render(Context(dict(context), autoescape=name.endswith(".html"))).strip()


@cache
def _own_engine() -> Engine:
    # For hosts with `TEMPLATES = []` or without `APP_DIRS`.
    libraries = {name: f"django.templatetags.{name}" for name in ("i18n", "tz")}
    return Engine(dirs=[str(_FOLDER)], libraries=libraries)
