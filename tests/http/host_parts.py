"""Parts of a host's own REST framework set-up, each unlike the stock one."""

from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.metadata import BaseMetadata
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.versioning import BaseVersioning


class ShoutingRenderer(BaseRenderer):
    media_type = "application/x-shout"
    format = "shout"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return f"HOST SAYS {data!r}".encode()


class OtherRenderer(ShoutingRenderer):
    media_type = "application/x-other"
    format = "other"


class OneWordParser(BaseParser):
    media_type = "*/*"

    def parse(self, stream, media_type=None, parser_context=None):
        return {"host": stream.read().decode()}


class NobodyIsWelcome(BaseAuthentication):
    def authenticate(self, request):
        raise exceptions.AuthenticationFailed("the host's authentication ran")


class NothingIsAllowed(BasePermission):
    def has_permission(self, request, view):
        raise exceptions.PermissionDenied("the host's permissions ran")


class NeverAgain(BaseThrottle):
    def allow_request(self, request, view):
        raise exceptions.Throttled(detail="the host's throttles ran")


class NoneOfThese(BaseContentNegotiation):
    def select_parser(self, request, parsers):
        return OneWordParser()

    def select_renderer(self, request, renderers, format_suffix=None):
        return ShoutingRenderer(), ShoutingRenderer.media_type


class NoVersion(BaseVersioning):
    def determine_version(self, request, *args, **kwargs):
        raise exceptions.NotFound("the host's versioning ran")


class NoMetadata(BaseMetadata):
    def determine_metadata(self, request, view):
        raise RuntimeError("the host's metadata ran")


def handle(exc, context):
    """The host's own errors."""
    return Response({"host": type(exc).__name__}, status=418)
