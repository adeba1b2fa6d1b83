"""Ways to send, good and bad, that settings name by their dotted paths."""

from __future__ import annotations

sent: list[tuple[str, str]] = []


class ListSender:
    def send(self, to, text):
        sent.append((to, text))


class BrokenSender:
    """Quotes the message in its error, as gateways do."""

    def send(self, to, text):
        raise ConnectionRefusedError(111, f"refused: {to} {text}")


class NoSender:
    pass


class BrokenMailServer:
    """An e-mail backend."""

    def __init__(self, **options):
        pass

    def send_messages(self, messages):
        raise ConnectionRefusedError(111, f"refused: {messages[0].to} {messages[0].body}")
