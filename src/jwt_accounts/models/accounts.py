"""This library's one-to-one state about a user."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from functools import reduce
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings as django_settings
from django.db import IntegrityError, models, router, transaction
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jwt_accounts.conf import settings
from jwt_accounts.errors import NotFound
from jwt_accounts.models.tries import TriesMixin
from jwt_accounts.models.userfields import (
    KEY_LENGTH,
    PHONE_LENGTH,
    canonical,
    copy_of,
    lock_users,
    user_fields,
    user_model,
)
from jwt_accounts.types import HostUser, IdentifierKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping


_BATCH = 500

#: What `take_from` writes. The tries and the locks are written by statements of their own, at any
#: moment, and are not overwritten by whoever read the row before.
IDENTIFIER_COLUMNS = (
    *("username_key", "email_key", "phone_key", "username", "email", "phone"),
    *("disputed", "unproved", "awaits_confirmation", "phone_as_written"),
)

#: See :func:`written_by_flow`.
WRITTEN_BY_FLOW = "_jwt_accounts_written_by_flow"


@contextmanager
def written_by_flow(user: HostUser) -> Iterator[None]:
    """Save a user whose account the flow writes itself: no receiver follows."""
    setattr(user, WRITTEN_BY_FLOW, True)
    try:
        yield
    finally:
        delattr(user, WRITTEN_BY_FLOW)


class AccountManager(models.Manager["Account"]):
    """How accounts come to be and follow their users."""

    def adopt(self, user: HostUser) -> Account:
        """The account of a user made elsewhere (``bulk_create``, rows older than this library).

        An identifier that another such user has as well is disputed: it signs neither in.
        """
        disputed = {kind for kind in settings.IDENTIFIERS if _is_disputed(user, kind)}
        return self.insert(_new_account(user, disputed), user, contacts=disputed)

    def adopt_all(self) -> int:
        """Adopt every user made elsewhere, in batches; how many they were."""
        shared = _shared_identifiers()
        adopted = 0
        while users := list(strangers().order_by("pk")[:_BATCH]):
            accounts = [_adopted(user, shared) for user in users]
            self.bulk_create(accounts, ignore_conflicts=True)
            # Whoever met a conflict in the batch is left: one at a time, with another look.
            for user in strangers().filter(pk__in=[user.pk for user in users]):
                self.adopt(user)
            adopted += len(users)
        return adopted

    def follow(self, user: HostUser, *, created: bool) -> None:
        """Bring the account up to date after the host saved its user."""
        if created:
            self.insert(Account(user=user, password_changed_at=timezone.now()), user)
            return
        account = self.filter(user=user).first()
        if account is None:
            self.adopt(user)
        elif changed := account.changed_kinds(user):
            kept = {kind for kind in IdentifierKind if not account.key_of(kind)}
            account.take_from(user, contacts=kept - changed)
            account.save(update_fields=IDENTIFIER_COLUMNS)

    def insert(
        self,
        account: Account,
        user: HostUser,
        *,
        contacts: Collection[IdentifierKind] = frozenset(),
    ) -> Account:
        """Store a new account with whatever of the user's identifiers is still free.

        Two requests may do so at once for one user, or claim one identifier for two users: the
        unique constraints decide, and who comes second reads what the first one left.
        """
        for attempt in (contacts, contacts, tuple(IdentifierKind)):
            account.take_from(user, contacts=attempt)
            with transaction.atomic(using=router.db_for_write(Account)):
                if not lock_users(user.pk):
                    raise NotFound("There is no such user.")
                self.bulk_create([account], ignore_conflicts=True)
            stored = self.filter(user=user).first()
            if stored is not None:
                return stored
        raise IntegrityError(f"user {user.pk} vanished while its account was made")


class Account(TriesMixin):
    """What this library knows of a user. The row appears when it is needed and follows saves.

    ``*_key`` are identifiers: canonical, unique, a way in. ``username``, ``email`` and ``phone``
    are canonical copies of what is written down, identifier or not. ``disputed`` lists the kinds
    that several users had before this library came: they sign nobody in until that is mended.
    ``unproved`` lists the kinds that somebody claimed through a public endpoint and has not proved
    yet. ``registered_at`` is when a public endpoint made the user; ``awaits_confirmation`` says
    that it was asked to confirm its address and has not. ``factor_tries`` counts the wrong codes of
    second factors; ``known_clients`` are digests of the clients that signed in last. ``public_id``
    stands for the user where a contract shows no keys.
    """

    user = models.OneToOneField(
        django_settings.AUTH_USER_MODEL,
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="jwt_account",
        verbose_name=_("user"),
    )
    public_id = models.UUIDField(_("public id"), default=uuid.uuid4, unique=True, editable=False)
    username_key = models.CharField(max_length=KEY_LENGTH, unique=True, null=True, editable=False)
    email_key = models.CharField(max_length=KEY_LENGTH, unique=True, null=True, editable=False)
    phone_key = models.CharField(max_length=16, unique=True, null=True, editable=False)
    username = models.CharField(max_length=KEY_LENGTH, blank=True, db_index=True, editable=False)
    email = models.CharField(max_length=KEY_LENGTH, blank=True, db_index=True, editable=False)
    phone = models.CharField(max_length=PHONE_LENGTH, blank=True, db_index=True, editable=False)
    disputed = models.CharField(max_length=32, blank=True, editable=False)
    unproved = models.CharField(max_length=32, blank=True, editable=False)
    phone_as_written = models.CharField(_("phone"), max_length=PHONE_LENGTH, blank=True)
    confirmed_email = models.CharField(
        _("confirmed e-mail"), max_length=KEY_LENGTH, blank=True, editable=False
    )
    email_confirmed_at = models.DateTimeField(_("e-mail confirmed at"), null=True, blank=True)
    registered_at = models.DateTimeField(_("registered at"), null=True, blank=True)
    awaits_confirmation = models.BooleanField(_("awaits confirmation"), default=False)
    password_changed_at = models.DateTimeField(_("password changed at"), null=True, blank=True)
    must_change_password = models.BooleanField(_("must change password"), default=False)
    staff_locked_at = models.DateTimeField(_("locked by staff at"), null=True, blank=True)
    factor_tries = models.PositiveSmallIntegerField(_("codes tried"), default=0)
    factor_tried_since = models.DateTimeField(_("codes tried since"), null=True, blank=True)
    factor_tries_today = models.PositiveSmallIntegerField(_("codes tried today"), default=0)
    factor_today_since = models.DateTimeField(
        _("codes tried in a day since"), null=True, blank=True
    )
    known_clients = models.CharField(max_length=500, blank=True, editable=False)

    objects: ClassVar[AccountManager] = AccountManager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        permissions: ClassVar = [
            ("unlock_account", "Can unlock accounts"),
            ("lock_account", "Can lock accounts"),
            ("assign_role", "Can assign roles"),
            ("end_sessions", "Can end other people's sessions"),
            ("reset_factors", "Can take away other people's second factors"),
        ]

    def __str__(self) -> str:
        return f"account of {self.user_id}"

    def key_of(self, kind: IdentifierKind) -> str | None:
        """The identifier of a kind; None where there is none."""
        key: str | None = getattr(self, f"{kind}_key")
        return key

    def take_from(
        self,
        user: HostUser,
        *,
        contacts: Collection[IdentifierKind] = frozenset(),
        are_free: bool = False,
    ) -> None:
        """Copy the user's identifiers. A kind in ``contacts``, one that is no identifier here and
        a value that another account has are only written down. ``are_free``: that was looked up
        a moment ago, and the unique constraints have the last word."""
        # Of a new account nothing is written yet, so nothing of it has changed.
        changed = {kind for kind in self.changed_kinds(user) if getattr(self, kind)}
        raw = self._written(user)
        for kind, copy in self._copies(raw).items():
            setattr(self, kind, copy)
        self.phone_as_written = raw[IdentifierKind.PHONE][:PHONE_LENGTH]
        keys = {
            kind: key
            for kind, value in raw.items()
            if kind in settings.IDENTIFIERS and kind not in contacts
            if value and (key := canonical(kind, value))
        }
        free = keys if are_free else self._free(keys)
        for kind in IdentifierKind:
            setattr(self, f"{kind}_key", free.get(kind))
        still = {kind for kind in self.disputed.split() if kind not in {*free, *changed}}
        self.disputed = " ".join(sorted(still))
        # What the host's own code, or staff, writes is its word.
        self.unproved = " ".join(k for k in self.unproved.split() if k not in changed)
        self.awaits_confirmation = self.awaits_confirmation and self.is_unproved(
            IdentifierKind.EMAIL
        )

    @property
    def email_is_confirmed(self) -> bool:
        """Whether the present address is the one that was confirmed."""
        return bool(self.confirmed_email) and self.confirmed_email == self.email

    def is_unproved(self, kind: IdentifierKind) -> bool:
        """Whether somebody claimed this publicly and has not proved it."""
        return kind in self.unproved.split()

    def changed_kinds(self, user: HostUser) -> set[IdentifierKind]:
        """The kinds in which the user differs from the copy."""
        copies = self._copies(self._written(user))
        return {kind for kind, copy in copies.items() if getattr(self, kind) != copy}

    def _written(self, user: HostUser) -> dict[IdentifierKind, str]:
        fields = user_fields()
        raw = {kind: fields.read(user, kind) for kind in IdentifierKind}
        if fields.phone is None:
            raw[IdentifierKind.PHONE] = self.phone_as_written
        return raw

    def _copies(self, raw: Mapping[IdentifierKind, str]) -> dict[IdentifierKind, str]:
        return {kind: copy_of(kind, value) for kind, value in raw.items()}

    def held(self) -> set[str]:
        """The identifiers nobody else may have: this account's own and those it disputes."""
        disputed = {getattr(self, kind) for kind in self.disputed.split()}
        return disputed | {key for kind in IdentifierKind if (key := self.key_of(kind))}

    def _free(self, keys: Mapping[IdentifierKind, str]) -> dict[IdentifierKind, str]:
        if not keys:
            return {}
        claims = reduce(models.Q.__or__, (holding(kind, {key}) for kind, key in keys.items()))
        others = Account.objects.filter(claims).exclude(pk=self.user_id)
        taken = set().union(*(other.held() for other in others))
        return {kind: key for kind, key in keys.items() if key not in taken}


def holding(kind: IdentifierKind, keys: Collection[str]) -> models.Q:
    """Accounts that have one of these identifiers, or dispute it."""
    return models.Q(**{f"{kind}_key__in": keys}) | models.Q(
        **{f"{kind}__in": keys, "disputed__contains": kind}
    )


def strangers() -> models.QuerySet[HostUser]:
    """The users without an account."""
    users: models.QuerySet[HostUser] = user_model()._default_manager.all()
    return users.filter(jwt_account__isnull=True)


def written_as(kind: IdentifierKind, value: str) -> models.Q:
    """Users whose own field says ``value`` in any case. Only for those without an account: the
    host's column may have no index for it."""
    name = user_fields().name_of(kind)
    if name is None:
        return models.Q(pk__in=[])
    return models.Q(models.lookups.Exact(Upper(name), Upper(models.Value(value))))


def _is_disputed(user: HostUser, kind: IdentifierKind) -> bool:
    value = user_fields().read(user, kind)
    key = canonical(kind, value) if value else None
    if key is None:
        return False
    rivals = strangers().filter(written_as(kind, value)).exclude(pk=user.pk)
    settled = Account.objects.filter(**{kind: key, "disputed__contains": kind})
    return rivals.exists() or settled.exists()


def _new_account(user: HostUser, disputed: Collection[IdentifierKind]) -> Account:
    return Account(
        user=user,
        password_changed_at=getattr(user, "date_joined", None),
        disputed=" ".join(sorted(disputed)),
    )


def _adopted(user: HostUser, shared: Collection[tuple[IdentifierKind, str]]) -> Account:
    fields = user_fields()
    disputed = {
        kind
        for kind in settings.IDENTIFIERS
        if (kind, canonical(kind, fields.read(user, kind)) or "") in shared
    }
    account = _new_account(user, disputed)
    account.take_from(user, contacts=disputed)
    return account


def _shared_identifiers() -> set[tuple[IdentifierKind, str]]:
    """Those that several users without an account have, or that are disputed already."""
    fields = user_fields()
    seen: set[tuple[IdentifierKind, str]] = set()
    shared: set[tuple[IdentifierKind, str]] = set()
    for kind in settings.IDENTIFIERS:
        disputed = Account.objects.filter(disputed__contains=kind)
        shared.update((kind, key) for key in disputed.values_list(kind, flat=True))
    for user in strangers().iterator(chunk_size=2000):
        for kind in settings.IDENTIFIERS:
            if key := canonical(kind, fields.read(user, kind)):
                (shared if (kind, key) in seen else seen).add((kind, key))
    return shared
