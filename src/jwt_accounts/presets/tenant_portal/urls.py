"""``path("api/", include("jwt_accounts.presets.tenant_portal.urls"))``, with the apps ``tenants``,
``activity`` and ``notifications`` of ``jwt_accounts.contrib`` in ``INSTALLED_APPS``."""

from __future__ import annotations

from jwt_accounts.http import rest_auth as shared
from jwt_accounts.http.routes import route
from jwt_accounts.http.view import endpoint
from jwt_accounts.presets.tenant_portal import accounts, notifications, tenants, users
from jwt_accounts.presets.tenant_portal.contract import CONTRACT

app_name = "tenant_portal"

_CHANGE = shared.password_change(lambda: True)

urlpatterns = [
    *route("current_user/", endpoint(CONTRACT, accounts.show, accounts.change), "current-user"),
    *route("login/", endpoint(CONTRACT, accounts.login), "login"),
    *route("login/refresh/", endpoint(CONTRACT, accounts.refresh), "login-refresh"),
    *route("logout/", endpoint(CONTRACT, accounts.logout), "logout"),
    *route("password/change/", endpoint(CONTRACT, _CHANGE), "password-change"),
    *route("password/reset/", endpoint(CONTRACT, shared.password_reset), "password-reset"),
    *route(
        "password/reset/confirm/",
        endpoint(CONTRACT, shared.password_reset_confirm),
        "password-reset-confirm",
    ),
    *route("sign_up/", endpoint(CONTRACT, accounts.sign_up), "sign-up"),
    *route("sign_up/verify-email/", endpoint(CONTRACT, shared.verify_email), "verify-email"),
    *route("sign_up/resend-email/", endpoint(CONTRACT, shared.resend_email), "resend-email"),
    *route("tenants/", endpoint(CONTRACT, tenants.listing), "tenants"),
    *route("tenants/sign_up/", endpoint(CONTRACT, tenants.sign_up), "tenant-sign-up"),
    *route("tenants/switch/", endpoint(CONTRACT, tenants.switch), "tenant-switch"),
    *route("tenants/join/", endpoint(CONTRACT, tenants.join), "tenant-join"),
    *route("tenants/invite/", endpoint(CONTRACT, tenants.invite), "tenant-invite"),
    *route("users/", endpoint(CONTRACT, users.listing), "users"),
    *route("users/<str:public_id>/", endpoint(CONTRACT, users.show), "user"),
    *route(
        "users/<str:public_id>/comments/",
        endpoint(CONTRACT, users.comments, users.comment),
        "user-comments",
    ),
    *route("users/<str:public_id>/activity/", endpoint(CONTRACT, users.stream), "user-activity"),
    *route("notifications/", endpoint(CONTRACT, notifications.listing), "notifications"),
    *route(
        "notifications/unread_count/",
        endpoint(CONTRACT, notifications.unread),
        "notifications-unread-count",
    ),
    *route("notifications/read/", endpoint(CONTRACT, notifications.read_all), "notifications-read"),
    *route(
        "notifications/<str:notification_id>/read/",
        endpoint(CONTRACT, notifications.read_one),
        "notification-read",
    ),
]
