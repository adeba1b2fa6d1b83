"""What people ask for who register, confirm, change what they have and leave, in each contract."""

from __future__ import annotations

from base64 import urlsafe_b64encode

from tests.concurrency.site import PASSWORD, Call


def chat_register(email: str) -> Call:
    return Call("POST", "/api/register/", {"email": email, "password": PASSWORD})


def djoser_register(email: str, username: str) -> Call:
    data = {"username": username, "email": email, "password": PASSWORD}
    return Call("POST", "/auth/users/", data)


def zero_register(email: str, **fields: str) -> Call:
    data = {"email": email, "password": PASSWORD, **fields}
    return Call("POST", "/accounts/register/", data)


def device_register(email: str, username: str) -> Call:
    passwords = {"password1": PASSWORD, "password2": PASSWORD}
    return Call(
        "POST", "/api/auth/registration/", {"username": username, "email": email, **passwords}
    )


def confirm(token: str) -> Call:
    return Call("POST", "/accounts/email/confirm/", {"token": token})


def confirm_by_code(email: str, code: str) -> Call:
    return Call("POST", "/accounts/email/confirm/", {"email": email, "code": code})


def djoser_confirm(user_id: int, token: str) -> Call:
    return Call("POST", "/auth/users/activation/", {"uid": uid(user_id), "token": token})


def chat_confirm(token: str) -> Call:
    """The link in the chat's mail."""
    return Call("GET", f"/api/confirm-email/{token}/")


def resend(email: str) -> Call:
    return Call("POST", "/accounts/email/resend/", {"email": email})


def djoser_resend(email: str) -> Call:
    return Call("POST", "/auth/users/resend_activation/", {"email": email})


def change_email(email: str, token: str) -> Call:
    data = {"email": email, "current_password": PASSWORD}
    return Call("POST", "/accounts/email/change/", data, token)


def djoser_change_email(email: str, token: str) -> Call:
    """djoser's, which asks for no password."""
    return Call("PATCH", "/auth/users/me/", {"email": email}, token)


def confirm_change(code: str, token: str) -> Call:
    return Call("POST", "/accounts/email/change/confirm/", {"code": code}, token)


def change_username(username: str, token: str) -> Call:
    data = {"username": username, "current_password": PASSWORD}
    return Call("POST", "/accounts/username/change/", data, token)


def change_password(new: str, token: str) -> Call:
    data = {"current_password": PASSWORD, "password": new}
    return Call("POST", "/accounts/password/change/", data, token)


def ask_link(email: str) -> Call:
    return Call("POST", "/accounts/password/link/", {"email": email})


def djoser_ask_link(email: str) -> Call:
    return Call("POST", "/auth/users/reset_password/", {"email": email})


def djoser_ask_name(email: str) -> Call:
    """A message with the user name, and a link to choose another one."""
    return Call("POST", "/auth/users/reset_username/", {"email": email})


def djoser_set_name(user_id: int, secret: str, username: str) -> Call:
    data = {"uid": uid(user_id), "token": secret, "new_username": username}
    return Call("POST", "/auth/users/reset_username_confirm/", data)


def set_password(secret: str, password: str) -> Call:
    return Call("POST", "/accounts/password/set/", {"token": secret, "password": password})


def djoser_set_password(user_id: int, secret: str, password: str) -> Call:
    data = {"uid": uid(user_id), "token": secret, "new_password": password}
    return Call("POST", "/auth/users/reset_password_confirm/", data)


def register_device(hostname: str, token: str) -> Call:
    return Call("POST", "/accounts/devices/", {"hostname": hostname}, token)


def delete_me(token: str) -> Call:
    return Call("DELETE", "/accounts/me/", {"current_password": PASSWORD}, token)


def djoser_delete_me(token: str) -> Call:
    return Call("DELETE", "/auth/users/me/", {"current_password": PASSWORD}, token)


def delete_user(user_id: int, token: str) -> Call:
    return Call("DELETE", f"/accounts/users/{user_id}/", token=token)


def uid(user_id: int) -> str:
    """A user's key as links hold it."""
    return urlsafe_b64encode(str(user_id).encode()).rstrip(b"=").decode()


def confirm_passkey(credential: dict, token: str) -> Call:
    data = {"credential": credential}
    return Call("POST", "/accounts/factors/passkey/confirm/", data, token)


def take_step(challenge_token: str, credential: dict) -> Call:
    """The second step, with what a passkey signed."""
    data = {"challenge_token": challenge_token, "credential": credential}
    return Call("POST", "/accounts/sign-in/second-step/", data)
