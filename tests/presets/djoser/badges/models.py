"""A user whose model asks for more than a name and an address."""

from django.contrib.auth.models import AbstractUser
from django.core.validators import RegexValidator
from django.db import models


class Team(models.Model):
    title = models.CharField(max_length=20)

    def __str__(self) -> str:
        return self.title


class Keeper(AbstractUser):
    badge = models.CharField(max_length=6, unique=True, validators=[RegexValidator(r"^[A-Z]\d+$")])
    team = models.ForeignKey(Team, on_delete=models.PROTECT)
    born = models.DateField()
    colour = models.CharField(max_length=8, choices=[("red", "Red"), ("blue", "Blue")])

    REQUIRED_FIELDS = ["email", "badge", "team", "born", "colour"]  # noqa: RUF012 - Django's idiom
