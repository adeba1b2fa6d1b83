"""The one line that changes."""

from django.urls import include, path

urlpatterns = [path("auth/", include("jwt_accounts.presets.djoser.urls"))]
