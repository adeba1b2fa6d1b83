"""What drf-spectacular is told: it finds these classes when they are imported."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerFieldExtension,
    OpenApiViewExtension,
)
from drf_spectacular.openapi import AutoSchema
from rest_framework.views import APIView

from jwt_accounts.http.view import ContractView
from jwt_accounts.policies.recovery import PIN_DIGITS
from jwt_accounts.schema.operations import Operations
from jwt_accounts.schema.security import Security

Schema = dict[str, Any]


class DocumentedView(ContractView):
    """Stands for a view of ours while a document is made. It is never called."""

    schema = Operations()

    def get(self, _request: Any, **_path: str) -> None:
        """Where a generator looks for a view's methods."""

    post = put = patch = delete = get


class ContractViews(OpenApiViewExtension):
    """Every endpoint of every contract."""

    target_class = ContractView
    match_subclasses = True

    def view_replacement(self) -> type[APIView]:
        """A view that describes itself."""
        return DocumentedView


class AccountTokens(OpenApiAuthenticationExtension):
    """The host's own views with our authentication."""

    target_class = "jwt_accounts.http.authentication.AccountAuthentication"
    match_subclasses = True
    # Registered one by one: two classes may share a scheme.
    name: list[str] = []  # noqa: RUF012 - drf-spectacular's idiom

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[Any]]]:
        """What of the transport's a request needs."""
        security = Security(auto_schema.registry, self.target.transport)
        return security.of_host_view(auto_schema.method)

    def get_security_definition(self, _auto_schema: AutoSchema) -> list[Schema]:
        """They are registered already."""
        return []


class PinFields(OpenApiSerializerFieldExtension):
    """A PIN."""

    target_class = "jwt_accounts.http.inputs.Pin"

    def map_serializer_field(self, _auto_schema: AutoSchema, _direction: Any) -> Schema:
        """Digits."""
        return {"type": "string", "pattern": f"^[0-9]{{1,{PIN_DIGITS}}}$"}


class NumberFields(OpenApiSerializerFieldExtension):
    """A whole number."""

    target_class = "jwt_accounts.http.inputs.Number"

    def map_serializer_field(self, _auto_schema: AutoSchema, _direction: Any) -> Schema:
        """What a database can be asked for."""
        return {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}


class FlagFields(OpenApiSerializerFieldExtension):
    """Yes or no."""

    target_class = "jwt_accounts.http.inputs.Flag"

    def map_serializer_field(self, _auto_schema: AutoSchema, _direction: Any) -> Schema:
        """A boolean; what forms send besides is for forms."""
        return {"type": "boolean"}
