"""``jwt/create/``, ``jwt/refresh/`` and ``jwt/verify/``."""

from __future__ import annotations

from django.contrib.auth import get_user_model

from jwt_accounts.http.inputs import Identifier, Password
from jwt_accounts.presets.djoser.conf import conf
from jwt_accounts.presets.djoser.fields import Dynamic, Fields


class CreateInputs(Dynamic):
    """What one logs in by (djoser's ``LOGIN_FIELD``, or the model's ``USERNAME_FIELD`` where that
    is sent instead), and the password."""

    password = Password()

    def host_fields(self) -> Fields:
        """The one that is sent."""
        login, main = conf().login_field, get_user_model().USERNAME_FIELD
        sent = getattr(self, "initial_data", {})
        return {(main if main in sent and login not in sent else login): Identifier()}
