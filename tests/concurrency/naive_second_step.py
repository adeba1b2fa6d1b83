"""The control of the proofs: codes that are read, compared and then marked as used, and guesses
that are read and written back."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from jwt_accounts.clients import context_from
from jwt_accounts.contrib.mfa.models import RecoveryCode, TotpFactor
from jwt_accounts.contrib.mfa.totp import _step_of
from jwt_accounts.models import Account
from jwt_accounts.policies.mfa import FACTOR_TRIES
from tests.concurrency.hashers import wait_at_gate
from tests.concurrency.mailbox import append


def naive_second_step(request: HttpRequest) -> HttpResponse:
    factor = TotpFactor.objects.get(user=request.POST["user"])
    account = Account.objects.get(user=factor.user_id)
    if account.factor_tries >= FACTOR_TRIES:
        return HttpResponse(status=429)
    append("PROOF_COMPARED", str(factor.pk))
    wait_at_gate()
    step = _step_of(context_from(request.META), factor, request.POST["code"])
    if step is None or step <= factor.last_step:
        account.factor_tries += 1
        account.save(update_fields=["factor_tries"])
        return HttpResponse(status=400)
    factor.last_step = step
    factor.save(update_fields=["last_step"])
    return HttpResponse(status=200)


def naive_recovery_code(request: HttpRequest) -> HttpResponse:
    code = RecoveryCode.objects.get(user=request.POST["user"], place=request.POST["place"])
    append("PROOF_COMPARED", str(code.pk))
    wait_at_gate()
    if code.used_at is not None:
        return HttpResponse(status=400)
    code.used_at = timezone.now()
    code.save(update_fields=["used_at"])
    return HttpResponse(status=200)
