"""Views made of data: an :func:`action` parses, calls one flow and presents its result.

A contract brings its own parsers, renderers and error table, so the host's ``REST_FRAMEWORK``
settings neither break it nor are broken by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.db import connections, transaction
from django.http import HttpResponseBase
from django.views.decorators.debug import sensitive_post_parameters
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation, DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from jwt_accounts import rights
from jwt_accounts.clients import context_from
from jwt_accounts.errors import (
    MESSAGES,
    Code,
    NotAuthenticated,
    RefreshReused,
    SessionEnded,
    TokenInvalid,
)
from jwt_accounts.flows.authenticate import authenticate, read_token
from jwt_accounts.http.actions import Action, Ask, Reply, Who
from jwt_accounts.http.conditional import revalidate
from jwt_accounts.http.contract import Contract, Refusal
from jwt_accounts.http.limits import check_rate
from jwt_accounts.http.refusals import normalise
from jwt_accounts.http.transports import Transport
from jwt_accounts.types import RequestContext

if TYPE_CHECKING:
    from jwt_accounts.tokens.access import AccessToken


def endpoint(contract: Contract, *actions: Action[Any]) -> Callable[..., HttpResponseBase]:
    """Make the view of one URL, of one action a method.

    It is never inside ``ATOMIC_REQUESTS``: flows own their transactions, and what counts a failure
    must survive it. No error report shows what was sent.
    """
    by_method = {each.method: each for each in actions}
    handler: Callable[..., HttpResponseBase] = ContractView.as_view(
        contract=contract, actions=by_method
    )
    for alias in connections:
        handler = transaction.non_atomic_requests(using=alias)(handler)
    made = sensitive_post_parameters()(handler)
    # Where generators of OpenAPI documents look for a view's methods.
    made.actions = {method.lower(): method.lower() for method in by_method}  # type: ignore[attr-defined] # a function
    return made


class ContractView(APIView):
    """Runs the actions of one URL. Made by :func:`endpoint`, not subclassed by hosts."""

    contract: Contract = None  # type: ignore[assignment] # as_view() takes what is declared
    actions: Mapping[str, Action[Any]] = MappingProxyType({})
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()
    metadata_class = None
    versioning_class = None

    def get_parsers(self) -> list[Any]:
        """The contract's."""
        return [parser() for parser in self.contract.parsers]

    def get_renderers(self) -> list[Any]:
        """The contract's."""
        return [renderer() for renderer in self.contract.renderers]

    def get_content_negotiator(self) -> BaseContentNegotiation:
        """The contract's first renderer, whatever the client accepts."""
        return _OneRenderer()

    @property
    def allowed_methods(self) -> list[str]:
        """What the ``Allow`` header lists."""
        reads = self.actions.get("GET")
        return sorted({*self.actions, *(["HEAD"] if reads is not None and reads.head else [])})

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Run the action of the request's method."""
        self.transport: Transport = kwargs.pop("transport", None) or self.contract.transport()
        self.args, self.kwargs = args, kwargs
        self.headers = {}
        self.request = asked = self.initialize_request(request, *args, **kwargs)
        try:
            self.initial(asked, *args, **kwargs)
            response = self._run(asked, kwargs)
        except Exception as error:  # the last resort of every contract: see normalise()
            response = self._refuse(normalise(error, asked))
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        self.transport.finish(asked, response)
        self.response = self.finalize_response(asked, response, *args, **kwargs)
        return self.response

    def _run(self, request: Request, path: Mapping[str, str]) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        found = self.actions.get(str(method))
        if found is None or request.method not in self.allowed_methods:
            self.http_method_not_allowed(request)
        assert found is not None  # noqa: S101 - http_method_not_allowed raised
        ctx = context_from(request.META)
        if found.limit is not None:
            check_rate(found.limit, ctx)
        self.transport.admit(request, public=found.who is Who.ANYONE)
        try:
            reply = found.call(self._identify(found, request, ctx, path))
        except (NotAuthenticated, RefreshReused, SessionEnded, TokenInvalid) as error:
            if found.refresh is None:
                raise
            # The front end has nothing left to come back with.
            refused = self._refuse(normalise(error, request))
            self.transport.forget(request, refused, self.contract.refresh_at)
            return refused
        return self._present(found, request, reply)

    def _present(self, found: Action[Any], request: Request, reply: Reply[Any]) -> Response:
        tokens, body = reply.tokens, reply.body
        if tokens is not None:
            body = self.transport.body(body, tokens)
        status = found.status if reply.status is None else reply.status
        response = Response(body, status=status, headers=dict(reply.headers))
        if tokens is not None:
            is_new = found.refresh is None and found.who is Who.ANYONE
            self.transport.give(request, response, tokens, self.contract.refresh_at, is_new=is_new)
        if reply.forgets:
            self.transport.forget(request, response, self.contract.refresh_at)
        if self.contract.revalidates and request.method in {"GET", "HEAD"}:
            revalidate(request._request, response)  # noqa: SLF001 - DRF keeps Django's request there
        for cookie in reply.cookies:
            response.set_cookie(
                cookie.name,
                cookie.value,
                max_age=cookie.max_age,
                path=quote(cookie.path),
                secure=request.is_secure(),
                httponly=True,
                samesite="Strict",
            )
        return response

    def _identify(
        self, found: Action[Any], request: Request, ctx: RequestContext, path: Mapping[str, str]
    ) -> Ask:
        user, session, token = None, None, None
        if found.who is not Who.ANYONE:
            raw = self.transport.access_token(request)
            if found.who is Who.VISITOR:
                token = None if raw is None else _sound(raw)
            elif raw is None:
                raise NotAuthenticated
            elif found.who is Who.HOLDER:
                token = read_token(raw)
            else:
                known = authenticate(ctx, access_token=raw)
                user, session, token = known.user, known.session, known.token
        if user is not None and found.right is not None:
            rights.require(user, found.right)
        return Ask(
            ctx=ctx,
            data=_checked(found, request, self.transport),
            path=path,
            query=request.query_params.dict(),
            url_path=request.path,
            headers=request.headers,
            cookies=request.COOKIES,
            _user=user,
            _session=session,
            _token=token,
        )

    def _refuse(self, refusal: Refusal) -> Response:
        status, body = self.contract.answer(refusal)
        response = Response(body, status=status, content_type=self.contract.error_content_type)
        response.exception = True
        if refusal.wait is not None:
            response["Retry-After"] = str(refusal.wait)
        if status == 401:
            response["WWW-Authenticate"] = self._challenge(refusal.code)
        if status == 405:
            response["Allow"] = ", ".join(self.allowed_methods)
        return response

    def _challenge(self, code: Code) -> str:
        """RFC 6750 section 3.1: a token that was sent and does not count is named as the reason."""
        sent = code in {Code.TOKEN_INVALID, Code.SESSION_ENDED}
        return self.contract.challenge + (', error="invalid_token"' if sent else "")


class _OneRenderer(BaseContentNegotiation):
    def select_parser(self, request: Request, parsers: Any) -> Any:
        return DefaultContentNegotiation().select_parser(request, parsers)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


def _sound(raw: str) -> AccessToken | None:
    try:
        return read_token(raw)
    except TokenInvalid:
        return None


def _checked(found: Action[Any], request: Request, transport: Transport) -> Mapping[str, Any]:
    if found.inputs is None:
        return {}
    data = request.data
    if not isinstance(data, Mapping):
        raise ParseError(MESSAGES[Code.MALFORMED])
    if found.refresh is not None and data.get(found.refresh) in (None, ""):
        sent = transport.refresh_token(request)
        if sent is not None:
            data = {**data, found.refresh: sent}
        elif transport.brings_refresh and found.inputs().fields[found.refresh].required:
            raise NotAuthenticated
    inputs = found.inputs(data=data, partial=found.partial)
    inputs.is_valid(raise_exception=True)
    values: Mapping[str, Any] = inputs.validated_data
    return values
