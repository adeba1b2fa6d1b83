"""``path("authentication/", include("jwt_accounts.presets.back_office.urls"))``."""

from __future__ import annotations

from jwt_accounts.http.routes import route
from jwt_accounts.http.simplejwt import token_refresh
from jwt_accounts.http.view import endpoint
from jwt_accounts.presets.back_office import login, recovery, roles, users
from jwt_accounts.presets.back_office.contract import CONTRACT, LIFETIMES

app_name = "back_office"

urlpatterns = [
    *route("login/", endpoint(CONTRACT, login.login), "login"),
    *route("logout/", endpoint(CONTRACT, login.logout), "logout"),
    *route("token/refresh/", endpoint(CONTRACT, token_refresh(lambda: LIFETIMES)), "token-refresh"),
    *route("user/create/", endpoint(CONTRACT, users.create), "user-create"),
    *route("users", endpoint(CONTRACT, users.listing), "users"),
    *route("users/<str:user_id>/edit/", endpoint(CONTRACT, users.edit), "user-edit"),
    *route("mail/", endpoint(CONTRACT, recovery.mail), "mail"),
    *route("verify/", endpoint(CONTRACT, recovery.verify), "verify"),
    *route("update_user_password/", endpoint(CONTRACT, recovery.update), "update-user-password"),
    *route("unlock-user/<str:user_id>/", endpoint(CONTRACT, roles.unlock), "unlock-user"),
    *route("assign-role/", endpoint(CONTRACT, roles.assign), "assign-role"),
    *route("role/settings", endpoint(CONTRACT, roles.listing), "role-settings"),
    *route("role/settings/<str:role>/", endpoint(CONTRACT, roles.one, roles.change), "role"),
]
