"""``path("api/", include("jwt_accounts.presets.device_api.urls"))``, with
``jwt_accounts.contrib.devices`` in ``INSTALLED_APPS``."""

from __future__ import annotations

from jwt_accounts.http.routes import route
from jwt_accounts.http.simplejwt import (
    sign_in_inputs,
    token_pair,
    token_refresh,
    token_verify_empty,
)
from jwt_accounts.http.view import endpoint
from jwt_accounts.presets.device_api import accounts, devices
from jwt_accounts.presets.device_api.contract import CONTRACT, LIFETIMES

app_name = "device_api"

_OBTAIN = token_pair(sign_in_inputs("username"), lambda: LIFETIMES, status=201)
_REFRESH = token_refresh(lambda: LIFETIMES, status=201)

urlpatterns = [
    *route("auth/registration/", endpoint(CONTRACT, accounts.register), "registration"),
    *route("auth/token/", endpoint(CONTRACT, _OBTAIN), "token"),
    *route("auth/token/refresh/", endpoint(CONTRACT, _REFRESH), "token-refresh"),
    *route("auth/token/verify/", endpoint(CONTRACT, token_verify_empty), "token-verify"),
    *route("v1/core/", endpoint(CONTRACT, devices.register, devices.show), "devices"),
]
