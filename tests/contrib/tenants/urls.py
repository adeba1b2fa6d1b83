"""A host's admin with the pages of tenants, as they are registered."""

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.urls import path

from jwt_accounts.contrib.tenants.models import Membership, Tenant, TenantInvitation

site = admin.AdminSite()
for model in (Tenant, Membership, TenantInvitation):
    site.register(model, type(admin.site._registry[model]))
site.register(get_user_model())

urlpatterns = [path("admin/", site.urls)]
