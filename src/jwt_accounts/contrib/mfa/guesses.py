"""How often codes of second factors may be guessed: counted for each user in the database, over all
steps, sessions, devices and processes. A guess is reserved before anything is compared."""

from __future__ import annotations

from django.db import router, transaction
from django.db.models import Case, F, Q, Value, When

from jwt_accounts.errors import CodesExhausted
from jwt_accounts.flows.messages import tell
from jwt_accounts.models import Account, SecurityEvent
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.policies.mfa import FACTOR_PERIOD, FACTOR_TRIES
from jwt_accounts.types import EventKind, HostUser, IdentifierKind, RequestContext, UserKey


def reserve_guess(ctx: RequestContext, user_id: UserKey, *, durable: bool) -> None:
    """Take a guess and commit it. ``durable``: refuse to run inside a caller's transaction, whose
    rollback would undo the count (``RuntimeError``).

    Raises :class:`CodesExhausted`.
    """
    fresh = Q(factor_tried_since__isnull=True) | Q(factor_tried_since__lte=ctx.now - FACTOR_PERIOD)
    accounts = Account.objects.filter(user=user_id)
    with transaction.atomic(using=router.db_for_write(Account), durable=durable):
        taken = accounts.filter(fresh | Q(factor_tries__lt=FACTOR_TRIES)).update(
            factor_tries=Case(When(fresh, then=Value(1)), default=F("factor_tries") + 1),
            factor_tried_since=Case(
                When(fresh, then=Value(ctx.now)), default=F("factor_tried_since")
            ),
        )
    if not taken:
        begun = accounts.values_list("factor_tried_since", flat=True).first() or ctx.now
        wait = max(1, int((begun + FACTOR_PERIOD - ctx.now).total_seconds()))
        raise CodesExhausted(wait=wait)


def count_wrong(ctx: RequestContext, user: HostUser) -> None:
    """The guess was wrong: it stays counted. Whoever uses the last one knows the password, as a
    rule: its owner is told (ASVS 6.3.5)."""
    if Account.objects.filter(user=user.pk, factor_tries=FACTOR_TRIES).exists():
        SecurityEvent.objects.record(EventKind.FACTOR_CODES_EXHAUSTED, ctx, user_id=user.pk)
        tell(ctx, user_fields().read(user, IdentifierKind.EMAIL), "factor_codes_exhausted")


def give_guess_back(user_id: UserKey) -> None:
    """The guess was right. Others stay counted: whoever guesses does not win by the owner's
    signing in."""
    counted = Account.objects.filter(user=user_id, factor_tries__gt=0)
    counted.update(factor_tries=F("factor_tries") - 1)
