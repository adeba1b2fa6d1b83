"""A host's admin with the pages of the app, as they are registered."""

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.urls import path

from jwt_accounts.contrib.notifications.models import Notification

site = admin.AdminSite()
site.register(Notification, type(admin.site._registry[Notification]))
site.register(get_user_model())

urlpatterns = [path("admin/", site.urls)]
