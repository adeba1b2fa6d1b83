"""Lines to paste into a terminal."""


def tries(address: str) -> list[str]:
    """For a demo that is served at ``address``."""
    json = "-H 'Content-Type: application/json'"
    login = """-d '{"username": "eurogames", "password": "pyramid"}'"""
    manager = """-d '{"identifier": "manager", "password": "Manager-demo-1"}'"""
    forgotten = """-d '{"type": "email", "value": "email@egt.com"}'"""
    access = 'sed \'s/.*"access":"//;s/".*//\''
    token = f"$(curl -s {address}/accounts/sign-in/ {json} {manager} | {access})"
    return [
        f"curl {address}/authentication/login/ {json} {login}",
        f"curl {address}/accounts/sign-in/ {json} {manager}",
        f"curl {address}/authentication/mail/ {json} {forgotten}",
        f'curl {address}/authentication/users -H "Authorization: Bearer {token}"',
    ]
