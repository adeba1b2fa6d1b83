"""What ``tests.urls`` mounts, and what most projects would write."""

from django.urls import include, path

from tests.concurrency.comparisons import count_comparisons
from tests.concurrency.naive import naive_sign_in
from tests.concurrency.naive_recovery import naive_verify
from tests.concurrency.naive_registration import naive_register
from tests.concurrency.naive_second_step import naive_recovery_code, naive_second_step
from tests.concurrency.naive_sessions import naive_open

count_comparisons()

urlpatterns = [
    path("naive/", naive_sign_in),
    path("naive/verify/", naive_verify),
    path("naive/register/", naive_register),
    path("naive/second-step/", naive_second_step),
    path("naive/recovery-code/", naive_recovery_code),
    path("naive/session/", naive_open),
    path("", include("tests.urls")),
]
