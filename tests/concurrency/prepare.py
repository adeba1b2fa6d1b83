"""Run as ``python -m``: migrate the database of the proofs and make its superuser."""

import django
from django.core.management import call_command

from tests.concurrency.site import ROOT, ROOT_PASSWORD


def main() -> None:
    django.setup()
    from django.contrib.auth import get_user_model

    call_command("migrate", verbosity=0)
    get_user_model().objects.create_superuser(ROOT, f"{ROOT}@example.com", ROOT_PASSWORD)


if __name__ == "__main__":
    main()
