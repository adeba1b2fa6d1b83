"""A host's admin with the pages of the app, as they are registered."""

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.urls import path

from jwt_accounts.contrib.activity.models import Activity, Comment

site = admin.AdminSite()
site.register(Activity, type(admin.site._registry[Activity]))
site.register(Comment, type(admin.site._registry[Comment]))
site.register(get_user_model())

urlpatterns = [path("admin/", site.urls)]
