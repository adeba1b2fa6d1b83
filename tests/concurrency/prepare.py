"""Run as ``python -m``: migrate the database of the proofs and make its superuser and roles."""

import django
from django.core.management import call_command

from tests.concurrency.site import ROLES, ROOT, ROOT_PASSWORD


def main() -> None:
    django.setup()
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group, Permission

    from jwt_accounts.models import RoleSettings

    call_command("migrate", verbosity=0)
    get_user_model().objects.create_superuser(ROOT, f"{ROOT}@example.com", ROOT_PASSWORD)
    for name, rights in ROLES.items():
        role = Group.objects.create(name=name)
        RoleSettings.objects.create(role=role)
        held = Permission.objects.filter(content_type__app_label="jwt_accounts")
        role.permissions.set(held.filter(codename__in=rights))


if __name__ == "__main__":
    main()
