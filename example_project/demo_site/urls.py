"""What is mounted where."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from demo_site.browser import browser
from demo_site.front_end import (
    confirm_account_email,
    confirm_email,
    join_tenant,
    reset_password,
    set_password,
)
from demo_site.pages import home
from demo_site.passkeys import passkeys
from demo_site.telephone import telephone
from jwt_accounts.contrib.mfa.log_in import ask_for_code
from jwt_accounts.http.transports import Cookies

ask_for_code(admin.site)

urlpatterns = [
    path("", home, name="home"),
    path("confirm-email", confirm_email),
    path("set-password", set_password),
    path("accept-invitation", set_password),
    path("account-confirm-email", confirm_account_email),
    path("password-reset/confirm", reset_password),
    path("join-tenant", join_tenant),
    path("telephone/<str:username>/", telephone),
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("accounts/", include("jwt_accounts.urls")),
    path("", include("jwt_accounts.well_known")),
    path("browser/", browser),
    path("passkeys/", passkeys),
    # The same contract for front ends. Browsers take secure cookies from this machine without TLS.
    path(
        "browser/accounts/",
        include("jwt_accounts.urls", namespace="browser"),
        {"transport": Cookies()},
    ),
    path("authentication/", include("jwt_accounts.presets.back_office.urls")),
    path("auth/", include("jwt_accounts.presets.djoser.urls")),
    path("api/", include("jwt_accounts.presets.device_api.urls")),
    path("api/", include("jwt_accounts.presets.chat.urls")),
    path("api/", include("jwt_accounts.presets.tenant_portal.urls")),
    path("dj-rest-auth/", include("jwt_accounts.presets.rest_auth.urls")),
]
