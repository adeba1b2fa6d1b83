"""The control of the proofs: a sign-in that counts the sessions, and writes one where there is
room."""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from jwt_accounts.models import UserSession


def naive_open(request: HttpRequest) -> HttpResponse:
    user = get_user_model().objects.get(username=request.POST["username"])
    if UserSession.objects.filter(user=user, ended_at=None).count() >= int(request.POST["limit"]):
        return HttpResponse(status=403)
    if not user.check_password(request.POST["password"]):
        return HttpResponse(status=401)
    now = timezone.now()
    at = dict.fromkeys(("created_at", "rotated_at", "last_used_at", "auth_time"), now)
    ends = dict.fromkeys(("expires_at", "idle_expires_at"), now + timedelta(days=1))
    UserSession.objects.create(user=user, amr="pwd", **at, **ends)
    return HttpResponse(status=200)
