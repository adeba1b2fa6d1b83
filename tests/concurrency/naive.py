"""The control of the proofs: a lockout that reads its counter, checks and writes it back."""

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse

from jwt_accounts.models import Account

_LIMIT = 5


def naive_sign_in(request: HttpRequest) -> HttpResponse:
    user = get_user_model().objects.get(username=request.POST["username"])
    account = Account.objects.get(user=user)
    if account.failures >= _LIMIT:
        return HttpResponse(status=423)
    if user.check_password(request.POST["password"]):
        return HttpResponse(status=200)
    account.failures += 1
    account.save(update_fields=["failures"])
    return HttpResponse(status=401)
