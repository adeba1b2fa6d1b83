"""A contract without a namespace, twice: Django finds one of the two by its names."""

from django.urls import include, path

from jwt_accounts.http.transports import Cookies

urlpatterns = [
    path("auth/", include("jwt_accounts.presets.djoser.urls")),
    path("browser/", include("jwt_accounts.presets.djoser.urls"), {"transport": Cookies()}),
]
