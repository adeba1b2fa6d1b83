"""A host's admin with the page of devices, as it is registered."""

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.urls import path

from jwt_accounts.contrib.devices.models import Device

site = admin.AdminSite()
site.register(Device, type(admin.site._registry[Device]))
site.register(get_user_model())

urlpatterns = [path("admin/", site.urls)]
