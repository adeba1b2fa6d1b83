"""A host that left simplejwt's own view mounted, a level down."""

from django.urls import include, path
from rest_framework_simplejwt.views import TokenObtainPairView

urlpatterns = [path("api/", include([path("token/", TokenObtainPairView.as_view())]))]
