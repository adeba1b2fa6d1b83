"""Contract zero: ``path("accounts/", include("jwt_accounts.urls"))``."""

from __future__ import annotations

from django.apps import apps

from jwt_accounts.api import (
    me,
    passwordless,
    passwords,
    reauthentication,
    registration,
    roles,
    sessions,
    sign_in,
    tokens,
    users,
)
from jwt_accounts.api.contract import CONTRACT
from jwt_accounts.http.routes import route
from jwt_accounts.http.view import endpoint

app_name = "jwt_accounts"

urlpatterns = [
    *route("register/", endpoint(CONTRACT, registration.register), "register"),
    *route("email/confirm/", endpoint(CONTRACT, registration.confirm), "email-confirm"),
    *route("email/resend/", endpoint(CONTRACT, registration.resend), "email-resend"),
    *route("sign-in/", endpoint(CONTRACT, sign_in.sign_in), "sign-in"),
    *route("sign-in/code/", endpoint(CONTRACT, passwordless.request), "sign-in-code"),
    *route(
        "sign-in/code/confirm/", endpoint(CONTRACT, passwordless.confirm), "sign-in-code-confirm"
    ),
    *route("sign-out/", endpoint(CONTRACT, sessions.sign_out), "sign-out"),
    *route(
        "reauthenticate/", endpoint(CONTRACT, reauthentication.reauthenticate), "reauthenticate"
    ),
    *route(
        "reauthenticate/code/",
        endpoint(CONTRACT, reauthentication.send_code),
        "reauthenticate-code",
    ),
    *route("token/refresh/", endpoint(CONTRACT, tokens.refresh), "token-refresh"),
    *route("token/verify/", endpoint(CONTRACT, tokens.verify), "token-verify"),
    *route("token/revoke/", endpoint(CONTRACT, tokens.revoke), "token-revoke"),
    *route("sessions/", endpoint(CONTRACT, sessions.sessions, sessions.end_others), "sessions"),
    *route(
        "sessions/<str:session_id>/",
        endpoint(CONTRACT, sessions.name_one, sessions.end_one),
        "session",
    ),
    *route("password/rules/", endpoint(CONTRACT, passwords.rules), "password-rules"),
    *route("password/pin/", endpoint(CONTRACT, passwords.request_pin), "password-pin"),
    *route("password/pin/verify/", endpoint(CONTRACT, passwords.verify_pin), "password-pin-verify"),
    *route("password/link/", endpoint(CONTRACT, passwords.request_link), "password-link"),
    *route("password/set/", endpoint(CONTRACT, passwords.set_password), "password-set"),
    *route("password/change/", endpoint(CONTRACT, passwords.change), "password-change"),
    *route("roles/", endpoint(CONTRACT, roles.list_roles), "roles"),
    *route("roles/<str:role>/", endpoint(CONTRACT, roles.get_role, roles.change_role), "role"),
    *route("me/", endpoint(CONTRACT, me.show, me.edit, me.delete), "me"),
    *route("email/change/", endpoint(CONTRACT, me.change_email), "email-change"),
    *route("email/change/confirm/", endpoint(CONTRACT, me.confirm_email), "email-change-confirm"),
    *route("phone/change/", endpoint(CONTRACT, me.change_phone), "phone-change"),
    *route("phone/change/confirm/", endpoint(CONTRACT, me.confirm_phone), "phone-change-confirm"),
    *route("username/change/", endpoint(CONTRACT, me.change_username), "username-change"),
    *route("users/", endpoint(CONTRACT, users.list_users, users.create_user), "users"),
    *route(
        "users/<str:user_id>/",
        endpoint(CONTRACT, users.get_user, users.edit_user, users.delete_user),
        "user",
    ),
    *route("users/<str:user_id>/invite/", endpoint(CONTRACT, users.invite), "user-invite"),
    *route("users/<str:user_id>/role/", endpoint(CONTRACT, users.assign_role), "user-role"),
    *route(
        "users/<str:user_id>/sessions/",
        endpoint(CONTRACT, sessions.sessions_of, users.end_sessions),
        "user-sessions",
    ),
    *route(
        "users/<str:user_id>/sessions/<str:session_id>/",
        endpoint(CONTRACT, sessions.end_one_of),
        "user-session",
    ),
    *route("users/<str:user_id>/unlock/", endpoint(CONTRACT, users.unlock), "user-unlock"),
    *route(
        "users/<str:user_id>/lock/", endpoint(CONTRACT, users.lock, users.lift_lock), "user-lock"
    ),
]

if apps.is_installed("jwt_accounts.contrib.devices"):
    from jwt_accounts.api import devices

    urlpatterns += [
        *route(
            "devices/",
            endpoint(CONTRACT, devices.list_devices, devices.register_device),
            "devices",
        ),
        *route(
            "devices/<str:device_id>/",
            endpoint(CONTRACT, devices.get_device, devices.revoke_device),
            "device",
        ),
    ]

if apps.is_installed("django_otp") and apps.is_installed("jwt_accounts.contrib.mfa"):
    from jwt_accounts.api import factors, reauthentication_codes, second_step
    from jwt_accounts.contrib.mfa.relying_party import can_passkeys

    if can_passkeys():
        from jwt_accounts.api import passkeys

        # Before what has a factor's id in its path.
        urlpatterns += [
            *route(
                "sign-in/second-step/passkey/",
                endpoint(CONTRACT, passkeys.second_step),
                "second-step-passkey",
            ),
            *route("sign-in/enrol/passkey/", endpoint(CONTRACT, passkeys.enrol), "enrol-passkey"),
            *route(
                "sign-in/enrol/passkey/confirm/",
                endpoint(CONTRACT, passkeys.enrol_confirm),
                "enrol-passkey-confirm",
            ),
            *route(
                "reauthenticate/passkey/",
                endpoint(CONTRACT, passkeys.reauthenticate),
                "reauthenticate-passkey",
            ),
            *route("factors/passkey/", endpoint(CONTRACT, passkeys.begin), "factors-passkey"),
            *route(
                "factors/passkey/confirm/",
                endpoint(CONTRACT, passkeys.confirm),
                "factors-passkey-confirm",
            ),
        ]

    urlpatterns += [
        *route("sign-in/second-step/", endpoint(CONTRACT, second_step.take), "second-step"),
        *route(
            "sign-in/second-step/send/", endpoint(CONTRACT, second_step.send), "second-step-send"
        ),
        *route("sign-in/enrol/", endpoint(CONTRACT, second_step.enrol), "enrol"),
        *route("sign-in/enrol/confirm/", endpoint(CONTRACT, second_step.confirm), "enrol-confirm"),
        *route(
            "reauthenticate/send/",
            endpoint(CONTRACT, reauthentication_codes.send),
            "reauthenticate-send",
        ),
        *route("factors/", endpoint(CONTRACT, factors.list_factors), "factors"),
        *route("factors/totp/", endpoint(CONTRACT, factors.begin_totp), "factors-totp"),
        *route("factors/email/", endpoint(CONTRACT, factors.begin_email), "factors-email"),
        *route("factors/sms/", endpoint(CONTRACT, factors.begin_sms), "factors-sms"),
        *route(
            "factors/recovery-codes/",
            endpoint(CONTRACT, factors.codes_left, factors.renew_codes),
            "recovery-codes",
        ),
        *route(
            "factors/<str:factor_id>/", endpoint(CONTRACT, factors.rename, factors.remove), "factor"
        ),
        *route(
            "factors/<str:factor_id>/confirm/",
            endpoint(CONTRACT, factors.confirm),
            "factor-confirm",
        ),
        *route(
            "users/<str:user_id>/factors/",
            endpoint(CONTRACT, factors.list_others, factors.reset),
            "user-factors",
        ),
    ]

if apps.is_installed("jwt_accounts.contrib.notifications"):
    from jwt_accounts.api import notifications

    urlpatterns += [
        *route(
            "notifications/",
            endpoint(CONTRACT, notifications.list_notifications),
            "notifications",
        ),
        *route(
            "notifications/read/",
            endpoint(CONTRACT, notifications.mark_all_read),
            "notifications-read",
        ),
        *route(
            "notifications/<str:notification_id>/read/",
            endpoint(CONTRACT, notifications.mark_read),
            "notification-read",
        ),
    ]

if apps.is_installed("jwt_accounts.contrib.tenants"):
    from jwt_accounts.api import tenants

    urlpatterns += [
        *route(
            "tenants/", endpoint(CONTRACT, tenants.list_tenants, tenants.create_tenant), "tenants"
        ),
        *route("tenants/switch/", endpoint(CONTRACT, tenants.switch), "tenant-switch"),
        *route("tenants/join/", endpoint(CONTRACT, tenants.join), "tenant-join"),
        *route("tenants/leave/", endpoint(CONTRACT, tenants.leave), "tenant-leave"),
        *route(
            "tenants/invitations/",
            endpoint(CONTRACT, tenants.list_invitations, tenants.invite),
            "tenant-invitations",
        ),
        *route(
            "tenants/invitations/<str:invitation_id>/",
            endpoint(CONTRACT, tenants.revoke_invitation),
            "tenant-invitation",
        ),
        *route("tenants/members/", endpoint(CONTRACT, tenants.list_members), "tenant-members"),
        *route(
            "tenants/members/<str:member_id>/",
            endpoint(CONTRACT, tenants.change_member, tenants.remove_member),
            "tenant-member",
        ),
    ]
