"""The real dj-rest-auth, as its documentation mounts it."""

import os

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def _page(_request: HttpRequest, **_values: str) -> HttpResponse:
    """The host's own page for a link, which dj-rest-auth asks for by its URL name."""
    return HttpResponse()


urlpatterns = [
    path("dj-rest-auth/", include("dj_rest_auth.urls")),
    path("dj-rest-auth/registration/", include("dj_rest_auth.registration.urls")),
]
if os.environ["ORACLE_HOST"] != "bare":
    urlpatterns += [path("password/<uid>/<token>/", _page, name="password_reset_confirm")]
