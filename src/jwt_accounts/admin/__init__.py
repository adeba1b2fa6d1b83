"""The admin's pages: the rules of roles are edited, accounts are acted on, the rest is looked at.

Whatever changes an account goes through the flows, so rights, "nobody above themselves" and the
audit trail are the same as in the API.
"""

from jwt_accounts.admin.accounts import AccountAdmin
from jwt_accounts.admin.events import SecurityEventAdmin
from jwt_accounts.admin.roles import RoleSettingsAdmin
from jwt_accounts.admin.sessions import UserSessionAdmin
from jwt_accounts.admin.signing_keys import SigningKeyAdmin

__all__ = [
    "AccountAdmin",
    "RoleSettingsAdmin",
    "SecurityEventAdmin",
    "SigningKeyAdmin",
    "UserSessionAdmin",
]
