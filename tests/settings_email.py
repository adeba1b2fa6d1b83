"""The same with an e-mail-only user model: no user name at all."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.users_email"]
AUTH_USER_MODEL = "users_email.Member"
