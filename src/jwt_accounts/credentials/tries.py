"""Taking a try, giving it back, and the lock when none is left.

The two statements below are written by hand because the ORM has neither ``UPDATE ... RETURNING``
nor ``INSERT ... ON CONFLICT ... WHERE``. A user's tries and those of an identifier that belongs to
nobody follow the same condition, letter by letter, so the two behave alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, assert_never

from django.db import connections, router, transaction
from django.db.models import F

from jwt_accounts.credentials.find import Found
from jwt_accounts.errors import AccountLocked, AttemptsInFlight, PasswordExpired
from jwt_accounts.models import Account, Attempt, SecurityEvent
from jwt_accounts.policies.lockout import (
    FORGOTTEN_AFTER,
    Abandoned,
    InFlight,
    Locked,
    LockoutRules,
    explain_refusal,
    lock_end,
)
from jwt_accounts.rulebook import lockout_rules
from jwt_accounts.second_factors import factor_tables, has_factor
from jwt_accounts.signals import account_locked
from jwt_accounts.types import EventKind, RequestContext, UserKey

# Fields of either table, as they are named in both.
_FREE = """
    (({table}.locked_at IS NULL AND ({table}.failures < %s OR {table}.tried_at <= %s))
     OR {table}.locked_until <= %s)
"""
_TAKE = """
    failures = CASE WHEN {table}.locked_at IS NOT NULL OR {table}.tried_at <= %s
               THEN 1 ELSE {table}.failures + 1 END,
    tried_at = %s, locked_at = NULL, locked_until = NULL
"""
_OF_USER = f"""
    UPDATE {{table}} SET {_TAKE}
    WHERE {{table}}.user_id = %s AND {{table}}.staff_locked_at IS NULL AND {_FREE}
    RETURNING failures
"""  # noqa: S608 - no value is written into it
_OF_NOBODY = f"""
    INSERT INTO {{table}} (key, failures, tried_at) VALUES (%s, 1, %s)
    ON CONFLICT (key) DO UPDATE SET {_TAKE}
    WHERE {_FREE}
    RETURNING failures
"""  # noqa: S608 - no value is written into it


@dataclass(frozen=True, slots=True)
class Try:
    """A reserved try: whose, under which rules, and how many are taken with it."""

    found: Found
    rules: LockoutRules
    taken: int

    @property
    def is_last(self) -> bool:
        """Whether the lock begins if this one fails."""
        return self.taken >= self.rules.limit


def reserve(found: Found, ctx: RequestContext, *, durable: bool) -> Try:
    """Take a try before anything is checked, and commit it.

    ``durable``: refuse to run inside a caller's transaction, whose rollback would undo the count
    (``RuntimeError``, as ``transaction.atomic(durable=True)`` raises it).

    Raises :class:`AccountLocked` or :class:`AttemptsInFlight`.
    """
    rules = lockout_rules(found.roles)
    with transaction.atomic(using=_alias(), durable=durable):
        taken = _take(found, rules, ctx)
    if taken is None:
        raise _refusal(found, rules, ctx, durable=durable)
    return Try(found=found, rules=rules, taken=taken)


def refuse_locked(account: Account, ctx: RequestContext) -> None:
    """Raises :class:`AccountLocked` where an account, as it was just read, is locked."""
    if account.staff_locked_at is not None:
        raise AccountLocked
    tries = account.tries
    if tries.locked_at is not None and (tries.locked_until is None or tries.locked_until > ctx.now):
        verdict = explain_refusal(tries, ctx.now)
        raise AccountLocked(wait=verdict.wait if isinstance(verdict, Locked) else None)


def fail(tried: Try, ctx: RequestContext) -> None:
    """The password was wrong. The try stays counted; the last one locks."""
    if tried.is_last:
        _lock(tried.found, tried.rules, ctx)


def give_back(tried: Try) -> None:
    """The password was right, though the sign-in is refused for another reason."""
    _row_of(tried.found).filter(failures__gt=0).update(failures=F("failures") - 1)


def forget_failures(user_id: UserKey) -> None:
    """Start afresh: somebody unlocked the account."""
    Account.objects.filter(user=user_id).update(**_AFRESH)


def enter(
    user_id: UserKey, *, by_password: bool = False, by_one_factor: bool = False, **also: object
) -> None:
    """Start afresh: a sign-in succeeds. ``also``: columns of the account that are written with it.
    Raises :class:`AccountLocked` where staff locked the account while the password was being
    checked; ``by_password``, :class:`PasswordExpired` where staff demanded another one; and,
    ``by_one_factor``, :class:`AttemptsInFlight` where the user has got a second one meanwhile: what
    is asked for next time."""
    entered = Account.objects.filter(user=user_id, staff_locked_at__isnull=True)
    if by_password:
        entered = entered.filter(must_change_password=False)
    if by_one_factor and factor_tables():
        entered = entered.exclude(has_factor("user_id"))
    if entered.update(**_AFRESH, **also):
        return
    if by_one_factor and Account.objects.filter(has_factor("user_id"), user=user_id).exists():
        raise AttemptsInFlight(wait=1)
    if Account.objects.filter(user=user_id, staff_locked_at__isnull=True).exists():
        raise PasswordExpired
    raise AccountLocked


_AFRESH: Mapping[str, Any] = {"failures": 0, "locked_at": None, "locked_until": None}


def _take(found: Found, rules: LockoutRules, ctx: RequestContext) -> int | None:
    model: type[Account | Attempt] = Attempt if found.user is None else Account
    connection = connections[_alias()]
    now = _time(ctx.now, connection)
    forgotten = _time(ctx.now - FORGOTTEN_AFTER, connection)
    take, free = [forgotten, now], [rules.limit, forgotten, now]
    if found.user is None:
        sql, params = _OF_NOBODY, [found.attempt_key, now, *take, *free]
    else:
        key = Account._meta.pk.get_db_prep_value(found.user.pk, connection)
        sql, params = _OF_USER, [*take, key, *free]
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(sql.format(table=table), params)
        row = cursor.fetchone()
    return None if row is None else int(row[0])


def _refusal(
    found: Found, rules: LockoutRules, ctx: RequestContext, *, durable: bool
) -> AccountLocked | AttemptsInFlight:
    row = _row_of(found).first()
    if isinstance(row, Account) and row.staff_locked_at is not None:
        return AccountLocked()
    if row is None:  # the user or the attempt vanished in this moment
        return AttemptsInFlight(wait=1)
    verdict = explain_refusal(row.tries, ctx.now)
    match verdict:
        case Locked(wait=wait):
            return AccountLocked(wait=wait)
        case InFlight():
            return AttemptsInFlight(wait=1)
        case Abandoned():
            with transaction.atomic(using=_alias(), durable=durable):
                _lock(found, rules, ctx)
            seconds = None if rules.duration is None else int(rules.duration.total_seconds())
            return AccountLocked(wait=seconds)
        case _:
            assert_never(verdict)


def _lock(found: Found, rules: LockoutRules, ctx: RequestContext) -> None:
    with transaction.atomic(using=_alias()):
        locked = (
            _row_of(found)
            .filter(locked_at__isnull=True, failures__gte=rules.limit)
            .update(locked_at=ctx.now, locked_until=lock_end(rules, ctx.now))
        )
        if not locked:
            return
        user_id = None if found.user is None else found.user.pk
        SecurityEvent.objects.record(EventKind.ACCOUNT_LOCKED, ctx, user_id=user_id)
        if found.user is not None:
            send = partial(
                account_locked.send_robust, sender=type(found.user), user=found.user, ctx=ctx
            )
            transaction.on_commit(send, using=_alias())


def _row_of(found: Found) -> Any:
    if found.user is None:
        return Attempt.objects.filter(pk=found.attempt_key)
    return Account.objects.filter(pk=found.user.pk)


def _alias() -> str:
    return router.db_for_write(Account)


def _time(moment: Any, connection: Any) -> Any:
    return Account._meta.get_field("tried_at").get_db_prep_value(moment, connection)
