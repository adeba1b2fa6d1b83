"""The device contract: devices register, sign in by user name and tell where they are."""
