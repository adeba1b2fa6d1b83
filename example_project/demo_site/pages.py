"""The demo's front page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from demo_site.accounts import ACCOUNTS
from demo_site.tries import tries

MOUNTED = (
    (
        "/authentication/",
        "The back-office contract",
        "log in, log out, refresh, users, roles, forgotten passwords",
        False,
    ),
    ("/accounts/", "Contract zero", "the same use cases as a plain REST API", False),
    ("/admin/", "The Django admin", "roles' rules, accounts, sessions, the audit trail", True),
)


def home(request: HttpRequest) -> HttpResponse:
    """What is mounted where, whom to sign in as, and three lines to try."""
    address = f"{request.scheme}://{request.get_host()}"
    context = {"mounted": MOUNTED, "accounts": ACCOUNTS, "tries": tries(address)}
    return render(request, "demo_site/home.html", context)
