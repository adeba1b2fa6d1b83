"""What others look for at the root of a site: ``path("", include("jwt_accounts.well_known"))``."""

from __future__ import annotations

from jwt_accounts.api import keys
from jwt_accounts.api.keys import WELL_KNOWN
from jwt_accounts.http.routes import route
from jwt_accounts.http.view import endpoint

urlpatterns = [
    *route(".well-known/jwks.json", endpoint(WELL_KNOWN, keys.show), "jwks"),
]
