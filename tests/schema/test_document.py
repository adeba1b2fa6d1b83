"""The document: whole, by its rules, and of use to client generators."""

from __future__ import annotations

import re
from collections import Counter
from io import StringIO

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import override_settings
from django.urls import URLResolver, get_resolver
from openapi_spec_validator import OpenAPIV30SpecValidator, validate

from jwt_accounts.errors import Code
from jwt_accounts.http.view import ContractView
from jwt_accounts.schema.examples import SAMPLES
from tests.schema.conftest import HOST, generate

OURS = {
    "jwt_accounts",
    "back_office",
    "djoser",
    "device_api",
    "chat",
    "chat_pages",
    "tenant_portal",
    "well_known",
}


def ours(document):
    """Its operations that are contracts', each with its path and method."""
    found = document.operations.items()
    return {
        key: each
        for key, each in found
        if each["tags"][0].removeprefix("browser_") in OURS | {"rest_auth"}
    }


def mounted(patterns, prefix=""):
    """Every named URL of ours: its pattern, contract and actions."""
    for each in patterns:
        here = f"{prefix}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from mounted(each.url_patterns, here)
        elif issubclass(getattr(each.callback, "view_class", object), ContractView) and each.name:
            made = each.callback.view_initkwargs
            yield here, made["contract"], made["actions"]


@pytest.fixture
def endpoints():
    return list(mounted(get_resolver("tests.schema.host").url_patterns))


def test_the_command_makes_it_without_a_warning():
    out = StringIO()
    with override_settings(**HOST):
        call_command("spectacular", "--fail-on-warn", stdout=out)
    assert out.getvalue().startswith("openapi: 3.1.0\n")


def test_it_passes_the_validator_of_openapi(document):
    validate(document.content)


def test_a_host_that_stays_at_openapi_3_0_has_one_of_these():
    validate(generate(OAS_VERSION="3.0.3").content, cls=OpenAPIV30SpecValidator)


def test_a_host_may_leave_out_forms():
    """For client generators that are at odds with several content types."""
    document = generate(PARSER_WHITELIST=["rest_framework.parsers.JSONParser"])
    read = {
        media
        for operation in ours(document).values()
        for media in operation.get("requestBody", {}).get("content", ())
    }
    assert read == {"application/json"}


def test_it_is_the_same_each_time(document):
    assert generate().content == document.content


@pytest.mark.core
def test_every_url_of_ours_is_in_it_once(document, endpoints):
    there = Counter((pattern, method) for pattern, _, actions in endpoints for method in actions)
    assert set(there.values()) == {1}
    missing = [key for key in there if document.operation(*key) is None]
    assert missing == []
    assert len(ours(document)) == len(there)


@pytest.mark.core
def test_client_generators_get_names_of_their_own(document):
    names = [each["operationId"] for each in document.operations.values()]
    assert [name for name, times in Counter(names).items() if times > 1] == []
    wrong = [each for each in names if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)+", each)]
    assert wrong == []
    users = f"djoser_{get_user_model().__name__.lower()}_list"
    assert {"djoser_jwt_create", users, "jwt_accounts_sign_in"} < set(names)
    assert "browser_jwt_accounts_sign_in" in names


def test_every_operation_says_what_it_does(document):
    for operation in ours(document).values():
        assert operation["summary"]
        assert not operation["summary"].endswith(".")
        assert "``" not in operation["description"]
        for parameter in operation.get("parameters", ()):
            assert parameter["description"]
            assert parameter["schema"]["type"]


def test_every_status_of_a_refusal_is_one_that_the_contract_gives(document, endpoints):
    for pattern, contract, actions in endpoints:
        given = {str(contract.errors[code].status) for code in Code}
        for method in actions:
            refused = {
                status
                for status in document.operation(pattern, method)["responses"]
                if status >= "400"
            }
            assert refused <= given
            assert {"500", "503"} <= refused


@pytest.mark.core
def test_bodies_are_typed_to_the_last_field(document):
    schemas = document.content["components"]["schemas"]
    untyped = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, said in schema.get("properties", {}).items()
        if not {"type", "$ref", "anyOf", "oneOf", "allOf", "const"} & set(said)
    ]
    assert untyped == []


@pytest.mark.core
def test_every_field_has_a_sample(document):
    """In requests and in answers, so that no example is made of "text" and 1. What holds other
    fields, and what is always the same, needs none."""
    schemas = document.content["components"]["schemas"]
    fields = {
        field
        for schema in schemas.values()
        for field, said in schema.get("properties", {}).items()
        if {"string", "integer", "boolean"} & {*_kinds(said)}
        and "const" not in said.get("items", said)
    }
    assert fields - set(SAMPLES) == set()


def _kinds(said):
    """The types of a field, or of its items."""
    found = said.get("items", said).get("type", ())
    return [found] if isinstance(found, str) else found


@pytest.mark.core
def test_examples_are_what_they_are_examples_of(document):
    wrong = []
    for name, said in contents(document):
        given = [each["value"] for each in said.get("examples", {}).values()]
        given += [said["example"]] if "example" in said else []
        wrong += [
            f"{name}: {fault.message}"
            for value in given
            for fault in document.errors(said["schema"], value)
        ]
    assert wrong == []


def contents(document):
    """What is said of each body, with the name of its operation."""
    for operation in ours(document).values():
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for body in bodies:
            for said in body.get("content", {}).values():
                yield operation["operationId"], said


def test_every_json_body_has_an_example(document):
    bare = [
        name
        for name, said in contents(document)
        if said["schema"] != {"type": "string"} and not {"example", "examples"} & set(said)
    ]
    assert bare == []
