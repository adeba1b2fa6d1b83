"""Accounts with JSON Web Tokens for Django: one model of the truth, many HTTP contracts."""

__version__ = "0.1.0.dev0"
