"""This library's one-to-one state about a user."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings as django_settings
from django.db import IntegrityError, models
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from jwt_accounts.conf import settings
from jwt_accounts.models.tries import TriesMixin
from jwt_accounts.models.userfields import canonical, user_fields, user_model
from jwt_accounts.policies.identifiers import contact_phone
from jwt_accounts.types import IdentifierKind

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from jwt_accounts.types import HostUser

#: A flow that writes the account itself sets this on a user before it saves it.
WRITTEN_BY_FLOW = "_jwt_accounts_written_by_flow"

_KEY_LENGTH = 320
_PHONE_LENGTH = 64


class AccountManager(models.Manager["Account"]):
    """How accounts come to be and follow their users."""

    def adopt(self, user: HostUser) -> Account:
        """The account of a user made elsewhere (``bulk_create``, rows older than this library).

        An identifier that another such user has as well signs nobody in: it stays a contact.
        """
        disputed = {kind for kind in settings.IDENTIFIERS if _is_disputed(user, kind)}
        account = Account(user=user, password_changed_at=getattr(user, "date_joined", None))
        return self.insert(account, user, contacts=disputed)

    def follow(self, user: HostUser, *, created: bool) -> None:
        """Bring the account up to date after the host saved its user."""
        account = None if created else self.filter(user=user).first()
        if account is None:
            self.insert(Account(user=user, password_changed_at=timezone.now()), user)
        elif account.differs_from(user):
            account.take_from(user)
            account.save()

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
            self.bulk_create([account], ignore_conflicts=True)
            stored = self.filter(user=user).first()
            if stored is not None:
                return stored
        raise IntegrityError(f"user {user.pk} vanished while its account was made")


class Account(TriesMixin):
    """What this library knows of a user. The row appears when it is needed and follows saves.

    ``*_key`` are identifiers: canonical, unique, a way in. ``username``, ``email`` and ``phone``
    are canonical copies of what is written down, identifier or not.
    """

    user = models.OneToOneField(
        django_settings.AUTH_USER_MODEL,
        primary_key=True,
        on_delete=models.CASCADE,
        related_name="jwt_account",
        verbose_name=_("user"),
    )
    username_key = models.CharField(max_length=_KEY_LENGTH, unique=True, null=True, editable=False)
    email_key = models.CharField(max_length=_KEY_LENGTH, unique=True, null=True, editable=False)
    phone_key = models.CharField(max_length=16, unique=True, null=True, editable=False)
    username = models.CharField(max_length=_KEY_LENGTH, blank=True, editable=False)
    email = models.CharField(max_length=_KEY_LENGTH, blank=True, db_index=True, editable=False)
    phone = models.CharField(max_length=_PHONE_LENGTH, blank=True, db_index=True, editable=False)
    phone_as_written = models.CharField(_("phone"), max_length=_PHONE_LENGTH, blank=True)
    confirmed_email = models.CharField(
        _("confirmed e-mail"), max_length=_KEY_LENGTH, blank=True, editable=False
    )
    email_confirmed_at = models.DateTimeField(_("e-mail confirmed at"), null=True, blank=True)
    password_changed_at = models.DateTimeField(_("password changed at"), null=True, blank=True)
    must_change_password = models.BooleanField(_("must change password"), default=False)
    staff_locked_at = models.DateTimeField(_("locked by staff at"), null=True, blank=True)

    objects: ClassVar[AccountManager] = AccountManager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        permissions: ClassVar = [
            ("unlock_account", "Can unlock accounts"),
            ("lock_account", "Can lock accounts"),
        ]

    def __str__(self) -> str:
        return f"account of {self.user_id}"

    def take_from(
        self, user: HostUser, *, contacts: Collection[IdentifierKind] = frozenset()
    ) -> None:
        """Copy the user's identifiers. A kind in ``contacts``, one that is no identifier here and
        a value that is another account's are only written down."""
        fields = user_fields()
        written_phone = fields.read(user, IdentifierKind.PHONE) or self.phone_as_written
        raw = {
            IdentifierKind.USERNAME: fields.read(user, IdentifierKind.USERNAME),
            IdentifierKind.EMAIL: fields.read(user, IdentifierKind.EMAIL),
            IdentifierKind.PHONE: written_phone,
        }
        keys = {
            kind: canonical(kind, value)
            for kind, value in raw.items()
            if value and kind in settings.IDENTIFIERS and kind not in contacts
        }
        free = self._free(keys)
        self.username_key = free.get(IdentifierKind.USERNAME)
        self.email_key = free.get(IdentifierKind.EMAIL)
        self.phone_key = free.get(IdentifierKind.PHONE)
        self.phone_as_written = written_phone[:_PHONE_LENGTH]
        self._write_down(raw)

    def differs_from(self, user: HostUser) -> bool:
        """Whether the user was renamed or got another address since the copy was made."""
        fields = user_fields()
        copies = {
            IdentifierKind.USERNAME: self.username,
            IdentifierKind.EMAIL: self.email,
        }
        return any(
            copy != (canonical(kind, fields.read(user, kind)) or "")
            for kind, copy in copies.items()
        ) or (
            fields.phone is not None
            and self.phone_as_written != fields.read(user, IdentifierKind.PHONE)[:_PHONE_LENGTH]
        )

    def _write_down(self, raw: Mapping[IdentifierKind, str]) -> None:
        phone = raw[IdentifierKind.PHONE]
        self.username = canonical(IdentifierKind.USERNAME, raw[IdentifierKind.USERNAME]) or ""
        self.email = canonical(IdentifierKind.EMAIL, raw[IdentifierKind.EMAIL]) or ""
        self.phone = (canonical(IdentifierKind.PHONE, phone) or contact_phone(phone))[
            :_PHONE_LENGTH
        ]

    def _free(self, keys: Mapping[IdentifierKind, str | None]) -> dict[IdentifierKind, str]:
        wanted = {kind: key for kind, key in keys.items() if key}
        if not wanted:
            return {}
        claims = reduce(or_, (models.Q(**{f"{kind}_key": key}) for kind, key in wanted.items()))
        others = list(Account.objects.filter(claims).exclude(user=self.user_id))
        return {
            kind: key
            for kind, key in wanted.items()
            if all(getattr(other, f"{kind}_key") != key for other in others)
        }


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
    return bool(value) and (
        strangers().filter(written_as(kind, value)).exclude(pk=user.pk).exists()
    )
