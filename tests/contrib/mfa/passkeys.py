"""People with passkeys, and what their clients ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jwt_accounts.contrib.mfa.models import PasskeyFactor
from tests.api.conftest import Api
from tests.authenticator import Authenticator, cbor, to_text
from tests.conftest import PASSWORD


def give_passkey(user: Any, key: Authenticator | None = None, **values: Any) -> Authenticator:
    """A passkey, as if its owner had set it up some time ago."""
    key = key or Authenticator()
    row = {"name": "key", "confirmed": True, "sign_count": key.count, **values}
    public_key = to_text(cbor(key.public_key))
    PasskeyFactor.objects.create(user=user, credential_id=key.id, public_key=public_key, **row)
    return key


@dataclass
class Keys:
    """A client of contract zero whose user has a passkey."""

    api: Api

    def token(self, user: Any) -> str:
        """Type the password; the challenge token."""
        answer = self.api.sign_in(user)
        assert answer.json()["code"] == "mfa_required"
        return answer.json()["challenge_token"]

    def asked(self, token: str) -> dict[str, Any]:
        """What the browser is to ask a passkey for."""
        answer = self.api("POST", "sign-in/second-step/passkey/", {"challenge_token": token})
        assert answer.status_code == 200, answer.json()
        return answer.json()["options"]

    def bring(self, token: str, credential: Any) -> Any:
        """The second step; the whole answer."""
        body = {"challenge_token": token, "credential": credential}
        return self.api("POST", "sign-in/second-step/", body)

    def enter(self, user: Any, key: Authenticator) -> dict[str, Any]:
        """Both steps; the tokens."""
        token = self.token(user)
        answer = self.bring(token, key.sign(self.asked(token)))
        assert answer.status_code == 200, answer.json()
        return answer.json()

    def begin(self, access: str, **body: Any) -> dict[str, Any]:
        """What the browser is to make a passkey of."""
        answer = self.api("POST", "factors/passkey/", body, token=access)
        assert answer.status_code == 201, answer.json()
        return answer.json()["options"]

    def confirm(self, access: str, credential: Any, **body: Any) -> Any:
        """Bring what was made; the whole answer."""
        body = {"credential": credential, **body}
        return self.api("POST", "factors/passkey/confirm/", body, token=access)

    def add(self, access: str, key: Authenticator | None = None, **body: Any) -> dict[str, Any]:
        """Set up a passkey; what is answered at the end."""
        answer = self.confirm(access, (key or Authenticator()).make(self.begin(access)), **body)
        assert answer.status_code == 200, answer.json()
        return answer.json()

    def reauthenticate(self, access: str, key: Authenticator) -> Any:
        """Show again who it is."""
        asked = self.api("POST", "reauthenticate/passkey/", token=access).json()["options"]
        body = {"current_password": PASSWORD, "credential": key.sign(asked)}
        return self.api("POST", "reauthenticate/", body, token=access)
