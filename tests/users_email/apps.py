from django.apps import AppConfig


class UsersEmailConfig(AppConfig):
    name = "tests.users_email"
    label = "users_email"
    default_auto_field = "django.db.models.BigAutoField"
