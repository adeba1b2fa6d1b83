"""A page where somebody adds a passkey and signs in with it."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from demo_site.accounts import ACCOUNTS


def passkeys(request: HttpRequest) -> HttpResponse:
    """Sign in, add passkeys, name and remove them. Browsers take no bare address for the domain of
    a passkey, so who comes by one is sent to the name of this machine."""
    host = urlsplit(request.build_absolute_uri())
    if _is_address(host.hostname or ""):
        return HttpResponseRedirect(f"http://localhost:{host.port or 80}{request.path}")
    account = next(each for each in ACCOUNTS if each.username == "attendant")
    endpoint = reverse("browser:me").removesuffix("me/")
    return render(request, "demo_site/passkeys.html", {"account": account, "endpoint": endpoint})


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
