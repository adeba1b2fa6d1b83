"""Every contract over cookies, some of them in several ways."""

from django.urls import include, path
from rest_framework.decorators import api_view, authentication_classes
from rest_framework.response import Response

from jwt_accounts.http.authentication import CookieAuthentication
from jwt_accounts.http.transports import Cookies

COOKIES = {"transport": Cookies()}
#: For a site without TLS, and for front ends that ask for a CSRF token only once signed in.
PLAIN = {"transport": Cookies(secure=False, samesite="Lax", csrf_everywhere=False)}
WIDE = {"transport": Cookies(domain="example.com", samesite="None", access="a", refresh="r")}


@api_view(["GET", "POST"])
@authentication_classes([CookieAuthentication])
def note(request):
    """A host's own view: whoever is there, and what was sent."""
    return Response({"user": str(request.user.pk or ""), "data": request.data})


urlpatterns = [
    path("zero/", include("jwt_accounts.urls"), COOKIES),
    path("back-office/", include("jwt_accounts.presets.back_office.urls"), COOKIES),
    path("djoser/", include("jwt_accounts.presets.djoser.urls"), COOKIES),
    path("device-api/", include("jwt_accounts.presets.device_api.urls"), COOKIES),
    path("chat/", include("jwt_accounts.presets.chat.urls"), COOKIES),
    path("portal/", include("jwt_accounts.presets.tenant_portal.urls"), COOKIES),
    path("rest-auth/", include("jwt_accounts.presets.rest_auth.urls"), COOKIES),
    path("second/", include("jwt_accounts.urls", namespace="second"), COOKIES),
    path("app/", include("jwt_accounts.urls", namespace="app")),
    path("plain/", include("jwt_accounts.urls", namespace="plain"), PLAIN),
    path("wide/", include("jwt_accounts.urls", namespace="wide"), WIDE),
    path("at/<str:site>/", include("jwt_accounts.urls", namespace="at"), COOKIES),
    path("note/", note),
]
