"""``manage.py create_roles``."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from jwt_accounts.errors import NotFound
from jwt_accounts.flows.create_roles import create_roles


class Command(BaseCommand):
    """Make the roles of ``JWT_ACCOUNTS["ROLES"]``: their groups, rules and rights."""

    help = 'Make the roles of JWT_ACCOUNTS["ROLES"]. Adds what is missing and takes nothing away.'

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them, and say which."""
        try:
            made = create_roles()
        except NotFound as error:
            raise CommandError(error.text) from error
        for role in made:
            state = "made" if role.is_new else "was there"
            self.stdout.write(f"{role.name}: {state}, {role.rights} rights.")
