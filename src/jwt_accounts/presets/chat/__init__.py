"""The chat contract: log in by e-mail, confirm it by a link that opens in a browser."""
