"""Thin rows: what is stored, and nothing of what it means."""

from jwt_accounts.models.accounts import Account, holding, strangers, written_as
from jwt_accounts.models.attempts import Attempt
from jwt_accounts.models.challenges import Challenge
from jwt_accounts.models.events import SecurityEvent
from jwt_accounts.models.passwords import PasswordHistory
from jwt_accounts.models.roles import RoleSettings
from jwt_accounts.models.sessions import UserSession
from jwt_accounts.models.signing_keys import SigningKey

__all__ = [
    "Account",
    "Attempt",
    "Challenge",
    "PasswordHistory",
    "RoleSettings",
    "SecurityEvent",
    "SigningKey",
    "UserSession",
    "holding",
    "strangers",
    "written_as",
]
