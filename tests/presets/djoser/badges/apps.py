from django.apps import AppConfig


class BadgesConfig(AppConfig):
    name = "tests.presets.djoser.badges"
    label = "badges"
    default_auto_field = "django.db.models.BigAutoField"
