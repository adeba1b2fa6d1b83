"""A page whose script is signed in by cookies that it cannot read."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from demo_site.accounts import ACCOUNTS


def browser(request: HttpRequest) -> HttpResponse:
    """Sign in, refresh and sign out, as a front end on the same site does."""
    manager = next(account for account in ACCOUNTS if account.username == "manager")
    endpoint = reverse("browser:me").removesuffix("me/")
    return render(request, "demo_site/browser.html", {"account": manager, "endpoint": endpoint})
