"""The control of the proofs: a registration that looks who has the address, then inserts."""

from secrets import token_hex

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse


def naive_register(request: HttpRequest) -> HttpResponse:
    users, email = get_user_model().objects, request.POST["email"]
    if users.filter(email__iexact=email).exists():
        return HttpResponse(status=400)
    users.create_user(f"user-{token_hex(8)}", email, request.POST["password"])
    return HttpResponse(status=201)
