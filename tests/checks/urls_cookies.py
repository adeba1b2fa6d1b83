"""A contract over cookies, and the same one without."""

from django.urls import include, path

from jwt_accounts.http.transports import Cookies

urlpatterns = [
    path("accounts/", include("jwt_accounts.urls")),
    path(
        "browser/",
        include("jwt_accounts.urls", namespace="browser"),
        {"transport": Cookies()},
    ),
    path("elsewhere/", include("jwt_accounts.presets.djoser.urls"), {"transport": Cookies()}),
]
