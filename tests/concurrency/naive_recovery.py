"""The control of the proofs: a PIN whose tries are read, compared and written back."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from jwt_accounts.clients import context_from
from jwt_accounts.models import Account, Challenge, SecurityEvent
from jwt_accounts.types import EventKind
from tests.concurrency.comparisons import counted


def naive_verify(request: HttpRequest) -> HttpResponse:
    account = Account.objects.get(email=request.POST["value"])
    challenge = Challenge.objects.get(user=account.user_id, purpose="recovery")
    if challenge.tries_left < 1 or challenge.opened_at is not None:
        return HttpResponse(status=404)
    if not counted(challenge, request.POST["pin"]):
        challenge.tries_left -= 1
        challenge.save(update_fields=["tries_left"])
        return HttpResponse(status=404)
    challenge.opened_at = timezone.now()
    challenge.expires_at = timezone.now() + timedelta(minutes=2)
    challenge.save(update_fields=["opened_at", "expires_at"])
    SecurityEvent.objects.record(
        EventKind.PIN_VERIFIED, context_from(request.META), user_id=account.user_id
    )
    return HttpResponse(status=200)
