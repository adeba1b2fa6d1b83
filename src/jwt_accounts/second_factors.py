"""What the core asks of second factors. ``contrib.mfa`` answers; without it nobody has any."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from jwt_accounts.models.userfields import user_model
from jwt_accounts.policies.mfa import FactorKind
from jwt_accounts.types import HostUser, RequestContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What somebody presents to prove a second factor: a code, or what a passkey signed."""

    code: str = field(default="", repr=False)
    credential: Mapping[str, Any] | None = field(default=None, repr=False)


class SecondFactors(Protocol):
    """Whoever keeps second factors."""

    def tables(self) -> Sequence[type[Model]]:
        """The models with a row for each factor, with ``user`` and ``confirmed``: those of other
        plug-ins of django-otp too."""

    def kinds_of(self, user: HostUser, *, first: Collection[str] = ()) -> tuple[FactorKind, ...]:
        """What the user can answer with, recovery codes last. ``first``: how the first step was
        made; what proves the same again is left out."""

    def check(
        self,
        ctx: RequestContext,
        user: HostUser,
        answer: Answer,
        *,
        scope: str,
        first: Collection[str],
        durable: bool = True,
    ) -> FactorKind:
        """Which factor the answer proves. It counts once. ``scope`` names the step that a sent
        code, or a passkey's challenge, was made for. ``durable=False`` counts in the caller's
        transaction, if there is one.

        Raises ``CodeInvalid``, ``CodesExhausted``, and ``RuntimeError`` inside a caller's
        transaction, whose rollback would undo the count.
        """

    def forget_all(self, ctx: RequestContext, user: HostUser) -> int:
        """Take away all factors and recovery codes; how many factors they were. In the caller's
        transaction."""

    def never_confirmed(self, before: datetime) -> Iterable[QuerySet[Any]]:
        """Factors that somebody began to set up before a moment, and did not end."""


_kept: list[SecondFactors] = []


def keep_second_factors(factors: SecondFactors) -> None:
    """Name who keeps them. Called once, when the apps are ready."""
    _kept[:] = [factors]


def second_factors() -> SecondFactors | None:
    """Who keeps them; None where nobody does."""
    return _kept[0] if _kept else None


def factor_tables() -> Sequence[type[Model]]:
    """The models with a row for each second factor; none where nobody keeps any."""
    factors = second_factors()
    return () if factors is None else factors.tables()


def has_factor(user: str = "pk") -> Q:
    """A condition on a query: that the user has a second factor. ``user`` is the way from the
    query's model to the user's key. One statement with the rest, whatever the plug-ins."""
    return _held(user, tuple(factor_tables()))


@lru_cache(maxsize=16)
def _held(user: str, tables: tuple[type[Model], ...]) -> Q:
    """Made once: every sign-in asks."""
    held = Q(pk__in=[])
    for table in tables:
        rows = table._default_manager.filter(user=OuterRef(user), confirmed=True)
        held |= Q(Exists(rows))
    return held


def user_has_factor(user: HostUser) -> bool:
    """The same for one user. No query where nobody keeps any."""
    if not factor_tables():
        return False
    found: bool = user_model()._default_manager.filter(has_factor(), pk=user.pk).exists()
    return found
