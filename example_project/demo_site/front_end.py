"""The pages that links in messages lead to: what a front end does with them, as small as it gets.

The token is behind the ``#``, so only the browser sees it.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def confirm_email(request: HttpRequest) -> HttpResponse:
    """Confirm an address."""
    context = {
        "title": "Confirm your e-mail address",
        "endpoint": "/accounts/email/confirm/",
        "button": "Confirm",
        "done": "Your address is confirmed.",
    }
    return render(request, "demo_site/front_end.html", context)


def set_password(request: HttpRequest) -> HttpResponse:
    """Choose a password, the first one or a new one."""
    context = {
        "title": "Choose a password",
        "endpoint": "/accounts/password/set/",
        "button": "Set the password",
        "asks_password": True,
        "done": "Your password is set. You can sign in with it.",
    }
    return render(request, "demo_site/front_end.html", context)
