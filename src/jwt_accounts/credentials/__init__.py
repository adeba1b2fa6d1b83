"""Find who is meant, reserve a try, check the password: what sign-in, the authentication backend
and re-authentication share."""

from jwt_accounts.credentials.check import Verified, check_credentials
from jwt_accounts.credentials.find import Found, find

__all__ = ["Found", "Verified", "check_credentials", "find"]
