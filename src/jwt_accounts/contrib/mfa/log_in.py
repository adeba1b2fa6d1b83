"""Django's log-in forms with a field for the code: one line in ``urls.py`` for the admin.

``ask_for_code(admin.site)``. Whoever has no second factor leaves the field empty, so the form tells
nobody who has one; the right password alone is told what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import BACKEND_SESSION_KEY, authenticate, load_backend
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from django.views.decorators.debug import sensitive_variables
from django_otp import DEVICE_ID_SESSION_KEY, devices_for_user
from django_otp.models import Device

from jwt_accounts.backends import (
    LOG_IN,
    AccountBackend,
    must_show_factor,
    refused_log_in,
    require_factor,
)
from jwt_accounts.clients import context_from
from jwt_accounts.contrib.mfa.flows.send_code import send_log_in_code
from jwt_accounts.errors import AccountError, Code
from jwt_accounts.types import HostUser

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite
    from django.http import HttpRequest

TEMPLATE = "jwt_accounts_mfa/admin_log_in.html"
_SHOWN = "_jwt_accounts_factor_shown"

_ABOUT_THE_CODE = {
    Code.MFA_REQUIRED: _("Enter your password again, with a code of your second factor."),
    Code.CODE_INVALID: _("This code is wrong, or was used before. Enter the next one."),
}
_SENT = _("A code is on its way to you. Enter it, with your password again.")
_ABOUT_THE_REST = {
    Code.MFA_ENROLMENT_REQUIRED: _(
        "Your role asks for a second factor, and you have none yet. Sign in to the application, "
        "set one up there, and log in here with its code."
    ),
    Code.PASSWORD_EXPIRED: _(
        "Your password must be changed first. Sign in to the application, or use its link for "
        "forgotten passwords, and choose another one."
    ),
    Code.EMAIL_UNCONFIRMED: _("Confirm your e-mail address first: follow the link in our message."),
}
_WAIT = ngettext_lazy(
    "Too many wrong codes. Wait %(n)d minute, or use a recovery code.",
    "Too many wrong codes. Wait %(n)d minutes, or use a recovery code.",
    "n",
)


class LogInForm(AuthenticationForm):
    """Django's form for ``LoginView``, with the code of a second factor."""

    code = forms.CharField(
        label=_("Code"),
        max_length=64,
        required=False,
        help_text=_("If you have a second factor: the code of your app, or a recovery code."),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        """Password and code, in one call. What is missing besides the password is told to who knows
        it."""
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if name is None or not password:
            return self.cleaned_data
        code = self.cleaned_data.get("code", "")
        # A backend that knows no codes is asked where none was typed.
        typed = {"otp_token": code} if code else {}
        user = authenticate(self.request, username=name, password=password, **typed)
        if user is None:
            refused = refused_log_in(self.request)
            if refused is None:
                raise self.get_invalid_login_error()
            self.confirm_login_allowed(refused.user)
            raise self._explained(refused.user, refused.error)
        self.confirm_login_allowed(user)
        self._require_factor(user, code)
        self.user_cache = user
        return self.cleaned_data

    @sensitive_variables()
    def _require_factor(self, user: Any, code: str) -> None:
        if not isinstance(load_backend(user.backend), AccountBackend):
            try:
                require_factor(self.request, user, code)
            except AccountError as error:
                raise self._explained(user, error) from error
        # What django-otp's middleware and its admin site ask for: who has a factor has shown it.
        device = next(iter(devices_for_user(user)), None)
        if device is not None:
            user.otp_device = device

    def _explained(self, user: HostUser, error: AccountError) -> ValidationError:
        if error.code in _ABOUT_THE_REST:
            return ValidationError(_ABOUT_THE_REST[error.code], code=str(error.code))
        text: Any = _ABOUT_THE_CODE.get(error.code)
        if error.code is Code.CODES_EXHAUSTED:
            text = _WAIT % {"n": -(-(error.wait or 60) // 60)}
        elif error.code is Code.MFA_REQUIRED and self._sent_to(user):
            text = _SENT
        return ValidationError({"code": ValidationError(text, code=str(error.code))})

    def _sent_to(self, user: HostUser) -> bool:
        if self.request is None:
            return False
        return send_log_in_code(context_from(self.request.META), user=user, scope=LOG_IN)


class AdminLogInForm(LogInForm, AdminAuthenticationForm):
    """The same for the admin: staff alone."""


def ask_for_code(site: AdminSite) -> None:
    """Have an admin site ask for the code of the second factor: ``ask_for_code(admin.site)`` in
    ``urls.py``. A session that ``AccountBackend`` opened before there was a factor is asked too."""
    site.login_form = AdminLogInForm
    site.login_template = TEMPLATE
    if not isinstance(site.has_permission, _Admission):
        site.has_permission = _Admission(site.has_permission)  # type: ignore[method-assign] # of this site


@dataclass(frozen=True, slots=True)
class _Admission:
    """What the site asked already, and whether the session has shown the second factor."""

    asked: Callable[[HttpRequest], bool]

    def __call__(self, request: HttpRequest) -> bool:
        return self.asked(request) and (not _opened_by_us(request) or _has_shown(request))


def _opened_by_us(request: HttpRequest) -> bool:
    path = request.session.get(BACKEND_SESSION_KEY)
    return path is not None and isinstance(load_backend(path), AccountBackend)


def _has_shown(request: HttpRequest) -> bool:
    """Asked several times a request. No more than two queries, and one as a rule."""
    if not hasattr(request, _SHOWN):
        user: Any = request.user
        named = request.session.get(DEVICE_ID_SESSION_KEY)
        device = Device.from_persistent_id(named) if named else None
        has_shown = device is not None and device.confirmed and device.user_id == user.pk
        setattr(request, _SHOWN, has_shown or not must_show_factor(user))
    shown: bool = getattr(request, _SHOWN)
    return shown
