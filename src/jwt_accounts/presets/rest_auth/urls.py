"""``path("dj-rest-auth/", include("jwt_accounts.presets.rest_auth.urls"))``, in the place of
``dj_rest_auth.urls`` and, under ``registration/``, ``dj_rest_auth.registration.urls``. The names
are theirs, so there is no namespace."""

from __future__ import annotations

from django.apps import apps

from jwt_accounts.http import rest_auth as shared
from jwt_accounts.http.routes import route
from jwt_accounts.http.simplejwt import token_verify
from jwt_accounts.http.view import endpoint
from jwt_accounts.presets.rest_auth import login, logout, registration, users
from jwt_accounts.presets.rest_auth.conf import conf
from jwt_accounts.presets.rest_auth.contract import CONTRACT

_CHANGE = shared.password_change(lambda: conf().old_password_required)

urlpatterns = [
    *route("login", endpoint(CONTRACT, login.login), "rest_login"),
    *route("logout", endpoint(CONTRACT, logout.logout), "rest_logout"),
    *route(
        "user", endpoint(CONTRACT, users.show, users.replace, users.change), "rest_user_details"
    ),
    *route("password/change", endpoint(CONTRACT, _CHANGE), "rest_password_change"),
    *route("password/reset", endpoint(CONTRACT, shared.password_reset), "rest_password_reset"),
    *route(
        "password/reset/confirm",
        endpoint(CONTRACT, shared.password_reset_confirm),
        "rest_password_reset_confirm",
    ),
    *route("token/verify", endpoint(CONTRACT, token_verify), "token_verify"),
    *route("token/refresh", endpoint(CONTRACT, login.refresh), "token_refresh"),
    *route("registration/", endpoint(CONTRACT, login.register), "rest_register"),
    *route(
        "registration/verify-email", endpoint(CONTRACT, shared.verify_email), "rest_verify_email"
    ),
    *route(
        "registration/resend-email", endpoint(CONTRACT, shared.resend_email), "rest_resend_email"
    ),
    *route(
        "registration/account-confirm-email/<str:key>/",
        endpoint(CONTRACT, registration.confirm_page),
        "account_confirm_email",
    ),
    *route(
        "registration/account-email-verification-sent",
        endpoint(CONTRACT, registration.sent_page),
        "account_email_verification_sent",
    ),
]

if apps.is_installed("django_otp") and apps.is_installed("jwt_accounts.contrib.mfa"):
    from jwt_accounts.presets.rest_auth import mfa

    urlpatterns += [
        *route("mfa/verify", endpoint(CONTRACT, mfa.verify), "mfa_verify"),
        *route(
            "mfa/totp/activate", endpoint(CONTRACT, mfa.begin, mfa.activate), "mfa_totp_activate"
        ),
        *route("mfa/totp/deactivate", endpoint(CONTRACT, mfa.deactivate), "mfa_totp_deactivate"),
        *route("mfa/status", endpoint(CONTRACT, mfa.status), "mfa_status"),
        *route("mfa/recovery-codes", endpoint(CONTRACT, mfa.codes), "mfa_recovery_codes"),
        *route(
            "mfa/recovery-codes/regenerate",
            endpoint(CONTRACT, mfa.new_codes),
            "mfa_recovery_codes_regenerate",
        ),
    ]
