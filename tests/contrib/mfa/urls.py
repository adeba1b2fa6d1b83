"""A host's admin sites of django-otp: with its own form, and with this library's."""

from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import Group
from django.urls import path
from django_otp.admin import OTPAdminSite

from jwt_accounts.contrib.mfa.log_in import ask_for_code

theirs, ours = OTPAdminSite("theirs"), OTPAdminSite("ours")
ask_for_code(ours)
for site in (theirs, ours):
    site.register(Group, ModelAdmin)

urlpatterns = [path("theirs/", theirs.urls), path("ours/", ours.urls)]
