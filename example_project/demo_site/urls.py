"""What is mounted where."""

from django.contrib import admin
from django.urls import include, path

from demo_site.front_end import confirm_email, set_password
from demo_site.pages import home

urlpatterns = [
    path("", home, name="home"),
    path("confirm-email", confirm_email),
    path("set-password", set_password),
    path("accept-invitation", set_password),
    path("admin/", admin.site.urls),
    path("accounts/", include("jwt_accounts.urls")),
    path("authentication/", include("jwt_accounts.presets.back_office.urls")),
    path("auth/", include("jwt_accounts.presets.djoser.urls")),
    path("api/", include("jwt_accounts.presets.device_api.urls")),
    path("api/", include("jwt_accounts.presets.chat.urls")),
]
