"""What is in the demo's database."""

from demo_site.accounts import ACCOUNTS, ROLE_SETTINGS, DemoAccount
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.utils import timezone

from jwt_accounts.models import Account, RoleSettings
from people.models import User


def make() -> None:
    """Make the roles and the accounts."""
    call_command("create_roles", verbosity=0, stdout=_Silence())
    for name, rules in ROLE_SETTINGS.items():
        RoleSettings.objects.filter(role__name=name).update(**rules)
    for account in ACCOUNTS:
        _make_account(account)


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
    account = Account.objects.get(pk=user.pk)
    account.password_changed_at = now - wanted.password_age
    if wanted.email:
        account.confirmed_email, account.email_confirmed_at = account.email, now
    account.save()


class _Silence:
    def write(self, _text: str) -> None:
        """Say nothing."""

    def flush(self) -> None:
        """Nothing to flush."""
