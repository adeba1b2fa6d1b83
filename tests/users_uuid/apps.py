from django.apps import AppConfig


class UsersUuidConfig(AppConfig):
    name = "tests.users_uuid"
    label = "users_uuid"
    default_auto_field = "django.db.models.BigAutoField"
