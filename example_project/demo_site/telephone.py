"""The telephone of who has a second factor here: it shows what an app that has the secret would."""

from base64 import b32decode
from time import time

from django.http import Http404, HttpRequest, HttpResponse
from django_otp.oath import hotp

from demo_site.accounts import ACCOUNTS


def telephone(_request: HttpRequest, username: str) -> HttpResponse:
    """The code of this half minute. It signs in once, like any other."""
    secrets = {each.username: each.totp_secret for each in ACCOUNTS if each.totp_secret}
    if username not in secrets:
        raise Http404
    code = hotp(b32decode(secrets[username]), int(time()) // 30)
    headers = {"Cache-Control": "no-store"}
    return HttpResponse(f"{code:06d}\n", content_type="text/plain", headers=headers)
