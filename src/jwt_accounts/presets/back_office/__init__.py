"""The back-office contract: numeric codes, a role at log-in, one refresh token per session."""
