"""The pages that links in messages lead to: what a front end does with them, as small as it gets.

What the link holds is behind the ``#``, so only the browser sees it.
"""

from dataclasses import asdict, dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@dataclass(frozen=True)
class Field:
    """Something a person fills in."""

    name: str
    label: str
    kind: str = "text"
    autocomplete: str = "off"


@dataclass(frozen=True)
class Page:
    """A form that is posted to ``endpoint`` with what the link holds: ``holds`` names its parts."""

    title: str
    endpoint: str
    button: str
    done: str
    holds: str = "token"
    fields: tuple[Field, ...] = ()


def _password(name: str, label: str) -> Field:
    return Field(name, label, "password", "new-password")


_CONFIRM = Page(
    title="Confirm your e-mail address",
    endpoint="/accounts/email/confirm/",
    button="Confirm",
    done="Your address is confirmed.",
)
_CONFIRM_ACCOUNT = Page(
    title="Confirm your e-mail address",
    endpoint="/api/sign_up/verify-email/",
    button="Confirm",
    done="Your address is confirmed.",
    holds="key",
)
_SET_PASSWORD = Page(
    title="Choose a password",
    endpoint="/accounts/password/set/",
    button="Set the password",
    done="Your password is set. You can sign in with it.",
    fields=(_password("password", "New password"),),
)
_RESET_PASSWORD = Page(
    title="Choose a new password",
    endpoint="/api/password/reset/confirm/",
    button="Set the password",
    done="Your password is set. You can log in with it.",
    holds="uid/token",
    fields=(
        _password("new_password1", "New password"),
        _password("new_password2", "The same again"),
    ),
)
_JOIN_TENANT = Page(
    title="Join a tenant",
    endpoint="/api/sign_up/",
    button="Sign up",
    done="You belong to the tenant, and can log in.",
    holds="invitation",
    fields=(
        Field("username", "User name", autocomplete="username"),
        Field("email", "The e-mail address that was invited", "email", "email"),
        _password("password1", "Password"),
        _password("password2", "The same again"),
    ),
)


def confirm_email(request: HttpRequest) -> HttpResponse:
    """Confirm an address."""
    return _show(request, _CONFIRM)


def confirm_account_email(request: HttpRequest) -> HttpResponse:
    """Confirm the address of who signed up at the portal or at dj-rest-auth's contract."""
    return _show(request, _CONFIRM_ACCOUNT)


def set_password(request: HttpRequest) -> HttpResponse:
    """Choose a password, the first one or a new one."""
    return _show(request, _SET_PASSWORD)


def reset_password(request: HttpRequest) -> HttpResponse:
    """Choose a new password by a link of the portal or of dj-rest-auth's contract."""
    return _show(request, _RESET_PASSWORD)


def join_tenant(request: HttpRequest) -> HttpResponse:
    """Sign up by an invitation."""
    return _show(request, _JOIN_TENANT)


def _show(request: HttpRequest, page: Page) -> HttpResponse:
    return render(request, "demo_site/front_end.html", asdict(page))
