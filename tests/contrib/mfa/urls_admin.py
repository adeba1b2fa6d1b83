"""A host's admin with the pages of second factors, as they are registered."""

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.urls import path

from jwt_accounts.contrib.mfa.models import PasskeyFactor, SentCodeFactor, TotpFactor
from jwt_accounts.models import Account, RoleSettings

site = admin.AdminSite()
for model in (Account, RoleSettings, PasskeyFactor, SentCodeFactor, TotpFactor):
    site.register(model, type(admin.site._registry[model]))
site.register(get_user_model())

urlpatterns = [path("admin/", site.urls)]
