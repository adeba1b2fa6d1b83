"""A host's admin: this library's pages as they are registered, users and groups."""

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.urls import path

site = admin.AdminSite()
for model, page in admin.site._registry.items():
    if model._meta.app_label == "jwt_accounts":
        site.register(model, type(page))
site.register([get_user_model(), Group])

urlpatterns = [path("admin/", site.urls)]
