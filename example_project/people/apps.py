"""The app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """The example project's users."""

    name = "people"
