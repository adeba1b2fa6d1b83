"""``path("authentication/", include("jwt_accounts.presets.back_office.urls"))``."""

from __future__ import annotations

from jwt_accounts.http.routes import route
from jwt_accounts.http.view import endpoint
from jwt_accounts.presets.back_office import login, users
from jwt_accounts.presets.back_office.contract import CONTRACT

app_name = "back_office"

urlpatterns = [
    *route("login/", endpoint(CONTRACT, login.login), "login"),
    *route("logout/", endpoint(CONTRACT, login.logout), "logout"),
    *route("token/refresh/", endpoint(CONTRACT, login.token_refresh), "token-refresh"),
    *route("user/create/", endpoint(CONTRACT, users.create), "user-create"),
    *route("users", endpoint(CONTRACT, users.listing), "users"),
    *route("users/<str:user_id>/edit/", endpoint(CONTRACT, users.edit), "user-edit"),
]
