"""One operation of a document: one action at one URL."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry

from jwt_accounts.http.actions import Action
from jwt_accounts.http.contract import Contract
from jwt_accounts.schema.answers import Answers
from jwt_accounts.schema.components import Schema, resolve
from jwt_accounts.schema.examples import sample
from jwt_accounts.schema.mounted import Place, place_of
from jwt_accounts.schema.names import operation_id, prose, tag
from jwt_accounts.schema.parameters import path_parameters, query_parameters
from jwt_accounts.schema.refusals import codes_of
from jwt_accounts.schema.requests import request_body
from jwt_accounts.schema.security import Security
from jwt_accounts.schema.shapes import Shapes

if TYPE_CHECKING:
    from jwt_accounts.http.view import ContractView

_ETAG = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The `ETag` of an answer that the client has kept.",
    "schema": {"type": "string"},
}


class Operations(AutoSchema):
    """Describes the actions of a view of ours from what they are."""

    def get_operation(
        self,
        path: str,
        path_regex: str,
        path_prefix: str,
        method: str,
        registry: ComponentRegistry,
    ) -> Schema | None:
        """None for the form of a path that has no name."""
        self.path, self.path_regex, self.path_prefix = path, path_regex, path_prefix
        self.method, self.registry = method, registry
        place = place_of(path, path_regex)
        view = cast("ContractView", self.view)
        return None if place is None else self._describe(place, view, view.actions[method])

    def _describe(self, place: Place, view: ContractView, found: Action[Any]) -> Schema:
        contract, methods = view.contract, frozenset(view.actions)
        security = Security(self.registry, place.transport or contract.transport())
        shown = partial(sample, resolve=partial(resolve, self.registry))
        name = operation_id(contract.name, place, found.method, methods)
        shapes = Shapes(self, contract.name)
        answers = Answers(contract, shapes, shown)
        parameters = self._parameters(contract, found)
        has_path = any(each["in"] == "path" for each in parameters)
        codes = codes_of(found, has_path=has_path, has_cookies=security.has_cookies)
        body = request_body(
            self, shapes, found, name, shown, refresh_by_cookie=security.has_cookies
        )
        return {
            "operationId": name,
            **_said(found),
            "tags": [tag(contract.name, place)],
            **({"parameters": parameters} if parameters else {}),
            **({"requestBody": body} if body else {}),
            "security": security.of_action(found),
            "responses": answers.of(found, codes),
        }

    def _parameters(self, contract: Contract, found: Action[Any]) -> list[Schema]:
        asks = contract.revalidates and found.method == "GET"
        return [
            *path_parameters(self.path, self.path_regex),
            *query_parameters(found),
            *([_ETAG] if asks else []),
        ]


def _said(found: Action[Any]) -> dict[str, str]:
    """The first sentence of the docstring, and all of it; the right that is asked for."""
    text = prose(found.call.__doc__)
    needs = f"Needs the right `{found.right}`." if found.right else ""
    first = text.split("\n\n")[0]
    summary = first.partition(". ")[0].partition(": ")[0].rstrip(".")
    whole = "\n\n".join(each for each in (text, needs) if each)
    return {"summary": summary, "description": whole} if whole else {}
