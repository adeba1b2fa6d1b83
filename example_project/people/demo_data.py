"""What is in the demo's database."""

from base64 import b32decode

from demo_site.accounts import (
    ACCOUNTS,
    COMMENTS,
    OWNERS,
    ROLE_SETTINGS,
    STRICT_ROLE,
    TENANTS,
    DemoAccount,
)
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.utils import timezone

from jwt_accounts.contrib.activity.flows import add_comment
from jwt_accounts.contrib.mfa.models import TotpFactor
from jwt_accounts.contrib.mfa.totp import seal_secret
from jwt_accounts.contrib.tenants.models import Membership, Tenant
from jwt_accounts.contrib.tenants.policy import Joining, MemberRole
from jwt_accounts.models import Account, RoleSettings
from jwt_accounts.types import RequestContext
from people.models import User


def make() -> None:
    """Make the roles, the tenants, the accounts, and what they say of one another."""
    call_command("create_roles", verbosity=0, stdout=_Silence())
    for name, rules in ROLE_SETTINGS.items():
        RoleSettings.objects.filter(role__name=name).update(**rules)
    RoleSettings.objects.filter(role__name=STRICT_ROLE).update(require_mfa=True)
    default = next(iter(TENANTS))
    for slug, name in TENANTS.items():
        joining = Joining.OPEN if slug == default else Joining.INVITATION
        Tenant.objects.create(
            slug=slug,
            name=name,
            joining=joining,
            is_default=slug == default,
            created_at=timezone.now(),
        )
    for account in ACCOUNTS:
        _make_account(account)
    for author, about, text in COMMENTS:
        _comment(author, about, text)


def _make_account(wanted: DemoAccount) -> None:
    """A user with the documented password, whatever the rules say of it: rules bind when a
    password is set, and these were set before there were rules."""
    user = User(
        username=wanted.username,
        first_name=wanted.first_name,
        email=wanted.email,
        phone=wanted.phone,
        is_superuser=wanted.is_superuser,
        is_staff=wanted.is_superuser,
    )
    user.set_password(wanted.password)
    user.save()
    if wanted.role:
        user.groups.add(Group.objects.get(name=wanted.role))
    now = timezone.now()
    role = MemberRole.OWNER if wanted.username in OWNERS else MemberRole.MEMBER
    tenant = Tenant.objects.get(slug=wanted.tenant)
    Membership.objects.create(tenant=tenant, user_id=user.pk, role=role, joined_at=now)
    account = Account.objects.get(pk=user.pk)
    account.password_changed_at = now - wanted.password_age
    if wanted.email:
        account.confirmed_email, account.email_confirmed_at = account.email, now
    account.save()
    if wanted.totp_secret:
        secret = seal_secret(b32decode(wanted.totp_secret), user.pk)
        TotpFactor.objects.create(user=user, name="A telephone", secret=secret)


def _comment(author: str, about: str, text: str) -> None:
    members = Membership.objects.select_related("user__jwt_account")
    writer, other = (members.get(user__username=name) for name in (author, about))
    add_comment(
        RequestContext(now=timezone.now()),
        author=writer.user,
        about=other.user,
        text=text,
        scope=str(writer.tenant_id),
    )


class _Silence:
    def write(self, _text: str) -> None:
        """Say nothing."""

    def flush(self) -> None:
        """Nothing to flush."""
