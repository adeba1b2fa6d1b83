"""The one line that changes."""

from django.urls import include, path

urlpatterns = [path("dj-rest-auth/", include("jwt_accounts.presets.rest_auth.urls"))]
