"""The demo's front page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from demo_site.accounts import ACCOUNTS
from demo_site.tries import tries

MOUNTED = (
    (
        "/accounts/",
        "Contract zero",
        "every use case as a plain REST API: register, sign in, recover, administer",
        False,
    ),
    (
        "/browser/",
        "Tokens in cookies",
        "a page that signs in to contract zero at browser/accounts/ and never sees a token",
        True,
    ),
    (
        "/passkeys/",
        "Passkeys",
        "a page where one adds a passkey and signs in with it, at localhost",
        True,
    ),
    (
        "/authentication/",
        "The back-office contract",
        "log in, log out, refresh, users, roles, forgotten passwords",
        False,
    ),
    (
        "/auth/",
        "djoser",
        "users/ and jwt/ as djoser has them, log-in by e-mail",
        False,
    ),
    (
        "/api/",
        "The device API",
        "auth/registration/, auth/token/, and v1/core/ for the devices",
        False,
    ),
    (
        "/api/",
        "The chat contract",
        "register/, token/, user/, and a link that confirms the e-mail",
        False,
    ),
    (
        "/api/",
        "The tenant portal",
        "login/, sign_up/, tenants/, users/ with comments and activity, notifications/",
        False,
    ),
    (
        "/dj-rest-auth/",
        "dj-rest-auth",
        "login/, user/, password/ and registration/ as dj-rest-auth has them with JWT",
        False,
    ),
    (
        "/telephone/mira/",
        "A telephone",
        "shows the code of mira's second factor, as an app would",
        True,
    ),
    ("/api/docs/", "Swagger UI", "every endpoint above, to read and to try", True),
    ("/api/schema/", "The OpenAPI document", "the same for client generators", True),
    ("/admin/", "The Django admin", "roles' rules, accounts, sessions, the audit trail", True),
)


def home(request: HttpRequest) -> HttpResponse:
    """What is mounted where, whom to sign in as, and three lines to try for each contract."""
    address = f"{request.scheme}://{request.get_host()}"
    context = {"mounted": MOUNTED, "accounts": ACCOUNTS, "tries": tries(address)}
    return render(request, "demo_site/home.html", context)
