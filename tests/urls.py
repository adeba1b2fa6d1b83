"""Everything the library mounts, and a host's own view."""

from django.apps import apps
from django.contrib import admin
from django.urls import include, path

from tests.views import hello

if apps.is_installed("jwt_accounts.contrib.mfa"):
    from jwt_accounts.contrib.mfa.log_in import ask_for_code

    ask_for_code(admin.site)

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("jwt_accounts.urls")),
    path("authentication/", include("jwt_accounts.presets.back_office.urls")),
    path("auth/", include("jwt_accounts.presets.djoser.urls")),
    path("api/", include("jwt_accounts.presets.device_api.urls")),
    path("api/", include("jwt_accounts.presets.chat.urls")),
    path("api/", include("jwt_accounts.presets.tenant_portal.urls")),
    path("dj-rest-auth/", include("jwt_accounts.presets.rest_auth.urls")),
    path("", include("jwt_accounts.well_known")),
    path("hello/", hello),
]
