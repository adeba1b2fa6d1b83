"""A host that documents what we mount beside views of its own, and mounts one contract twice: for
browsers too."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework import serializers
from rest_framework.generics import ListCreateAPIView
from rest_framework.permissions import IsAuthenticated

from jwt_accounts.http.authentication import AccountAuthentication, CookieAuthentication
from jwt_accounts.http.transports import Cookies
from jwt_accounts.models import SecurityEvent
from tests import urls


class OrderSerializer(serializers.Serializer):
    """Names and choices that our contracts have too."""

    code = serializers.ChoiceField(["open", "paid"])
    role = serializers.ChoiceField(["buyer", "seller"])
    type = serializers.ChoiceField(["email", "phone", "letter"])
    detail = serializers.CharField()


class Orders(ListCreateAPIView):
    queryset = SecurityEvent.objects.none()
    serializer_class = OrderSerializer
    authentication_classes = (AccountAuthentication,)
    permission_classes = (IsAuthenticated,)


class BrowserAuthentication(CookieAuthentication):
    transport = Cookies(access="shop")


class BrowserOrders(Orders):
    authentication_classes = (BrowserAuthentication,)


class AnyOrders(Orders):
    authentication_classes = (
        AccountAuthentication,
        CookieAuthentication,
    )


urlpatterns = [
    *(each for each in urls.urlpatterns if str(each.pattern) != "hello/"),
    path(
        "browser/",
        include("jwt_accounts.urls", namespace="browser"),
        {"transport": Cookies(secure=False)},
    ),
    path("orders/", Orders.as_view()),
    path("browser/orders/", BrowserOrders.as_view()),
    path("any/orders/", AnyOrders.as_view()),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
]
