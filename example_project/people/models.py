"""One user model for every contract: user name, e-mail, phone and name."""

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A user with a telephone and a full name."""

    phone = models.CharField(max_length=64, blank=True)
    name = models.CharField(max_length=255, blank=True)
