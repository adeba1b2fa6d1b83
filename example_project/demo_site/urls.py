"""What is mounted where."""

from django.contrib import admin
from django.urls import include, path

from demo_site.pages import home

urlpatterns = [
    path("", home, name="home"),
    path("admin/", admin.site.urls),
    path("accounts/", include("jwt_accounts.urls")),
    path("authentication/", include("jwt_accounts.presets.back_office.urls")),
    path("auth/", include("jwt_accounts.presets.djoser.urls")),
    path("api/", include("jwt_accounts.presets.device_api.urls")),
    path("api/", include("jwt_accounts.presets.chat.urls")),
]
