"""A host's own view."""

from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from jwt_accounts.http.authentication import AccountAuthentication


@api_view(["GET"])
@authentication_classes([AccountAuthentication])
@permission_classes([IsAuthenticated])
def hello(request):
    return Response({"id": str(request.user.pk), "session": request.auth["sid"]})
