"""What ``tests.urls`` mounts, and the counter that most projects would write."""

from django.urls import include, path

from tests.concurrency.naive import naive_sign_in

urlpatterns = [path("naive/", naive_sign_in), path("", include("tests.urls"))]
