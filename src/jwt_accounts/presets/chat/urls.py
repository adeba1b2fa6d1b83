"""``path("api/", include("jwt_accounts.presets.chat.urls"))``."""

from __future__ import annotations

from jwt_accounts.http.pages import PAGES, confirm
from jwt_accounts.http.routes import route
from jwt_accounts.http.simplejwt import sign_in_inputs, token_pair, token_refresh
from jwt_accounts.http.view import endpoint
from jwt_accounts.presets.chat import accounts
from jwt_accounts.presets.chat.contract import CONTRACT, LIFETIMES

app_name = "chat"

_LOGIN = token_pair(sign_in_inputs("email"), lambda: LIFETIMES)

urlpatterns = [
    *route("register/", endpoint(CONTRACT, accounts.register), "register"),
    *route("confirm-email/<str:token>/", endpoint(PAGES, confirm), "confirm-email"),
    *route("token/", endpoint(CONTRACT, _LOGIN), "token"),
    *route("token/refresh/", endpoint(CONTRACT, token_refresh(lambda: LIFETIMES)), "token-refresh"),
    *route("user/", endpoint(CONTRACT, accounts.me), "user"),
]
