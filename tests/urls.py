"""Everything the library mounts, and a host's own view."""

from django.contrib import admin
from django.urls import include, path

from tests.views import hello

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("jwt_accounts.urls")),
    path("authentication/", include("jwt_accounts.presets.back_office.urls")),
    path("auth/", include("jwt_accounts.presets.djoser.urls")),
    path("api/", include("jwt_accounts.presets.device_api.urls")),
    path("api/", include("jwt_accounts.presets.chat.urls")),
    path("api/", include("jwt_accounts.presets.tenant_portal.urls")),
    path("dj-rest-auth/", include("jwt_accounts.presets.rest_auth.urls")),
    path("hello/", hello),
]
