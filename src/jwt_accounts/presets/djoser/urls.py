"""``path("auth/", include("jwt_accounts.presets.djoser.urls"))``, in the place of ``djoser.urls``
and ``djoser.urls.jwt``. The names are djoser's, so there is no namespace."""

from __future__ import annotations

from django.contrib.auth import get_user_model

from jwt_accounts.flows.tokens import simplejwt_lifetimes
from jwt_accounts.http.routes import route
from jwt_accounts.http.simplejwt import token_pair, token_refresh, token_verify
from jwt_accounts.http.view import endpoint
from jwt_accounts.presets.djoser import activation, passwords, usernames, users
from jwt_accounts.presets.djoser.conf import conf
from jwt_accounts.presets.djoser.contract import CONTRACT
from jwt_accounts.presets.djoser.tokens import CreateInputs

_MODEL = get_user_model()
_USER, _FIELD = _MODEL.__name__.lower(), _MODEL.USERNAME_FIELD

_CREATE = token_pair(CreateInputs, simplejwt_lifetimes, confirmed_only=lambda: conf().activates)
_ONE = (users.show, users.replace, users.change, users.delete)

urlpatterns = [
    *route("users/", endpoint(CONTRACT, users.listing, users.create), f"{_USER}-list"),
    *route("users/me/", endpoint(CONTRACT, *_ONE), f"{_USER}-me"),
    *route("users/activation/", endpoint(CONTRACT, activation.activate), f"{_USER}-activation"),
    *route(
        "users/resend_activation/",
        endpoint(CONTRACT, activation.resend),
        f"{_USER}-resend-activation",
    ),
    *route("users/set_password/", endpoint(CONTRACT, passwords.change), f"{_USER}-set-password"),
    *route(
        "users/reset_password/", endpoint(CONTRACT, passwords.request), f"{_USER}-reset-password"
    ),
    *route(
        "users/reset_password_confirm/",
        endpoint(CONTRACT, passwords.confirm),
        f"{_USER}-reset-password-confirm",
    ),
    *route(f"users/set_{_FIELD}/", endpoint(CONTRACT, usernames.change), f"{_USER}-set-username"),
    *route(
        f"users/reset_{_FIELD}/", endpoint(CONTRACT, usernames.request), f"{_USER}-reset-username"
    ),
    *route(
        f"users/reset_{_FIELD}_confirm/",
        endpoint(CONTRACT, usernames.confirm),
        f"{_USER}-reset-username-confirm",
    ),
    *route("users/<str:id>/", endpoint(CONTRACT, *_ONE), f"{_USER}-detail"),
    *route("jwt/create", endpoint(CONTRACT, _CREATE), "jwt-create"),
    *route("jwt/refresh", endpoint(CONTRACT, token_refresh(simplejwt_lifetimes)), "jwt-refresh"),
    *route("jwt/verify", endpoint(CONTRACT, token_verify), "jwt-verify"),
]
