"""The admin of the example project's users."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from people.models import User

admin.site.register(User, UserAdmin)
