"""The same with a user model whose key is a UUID, with a phone and a name of its own."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.users_uuid"]
AUTH_USER_MODEL = "users_uuid.Person"
