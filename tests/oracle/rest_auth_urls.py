"""The real dj-rest-auth, as its documentation mounts it."""

import os

from dj_rest_auth.mfa.views import MFALoginView
from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path


def _page(_request: HttpRequest, **_values: str) -> HttpResponse:
    """The host's own page for a link, which dj-rest-auth asks for by its URL name."""
    return HttpResponse()


urlpatterns = [
    # As its page on second factors has it.
    re_path(r"^dj-rest-auth/login/?$", MFALoginView.as_view(), name="rest_login"),
    path("dj-rest-auth/", include("dj_rest_auth.mfa.urls")),
    path("dj-rest-auth/", include("dj_rest_auth.urls")),
    path("dj-rest-auth/registration/", include("dj_rest_auth.registration.urls")),
]
if os.environ["ORACLE_HOST"] != "bare":
    urlpatterns += [path("password/<uid>/<token>/", _page, name="password_reset_confirm")]
