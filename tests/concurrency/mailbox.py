"""A mail server that the tests read: ``PROOF_MAILBOX`` gets a line of JSON for each message."""

import json
import os

from django.core.mail.backends.base import BaseEmailBackend


class FileBackend(BaseEmailBackend):
    def send_messages(self, messages):
        for message in messages:
            line = {"to": message.to, "subject": message.subject, "body": message.body}
            append("PROOF_MAILBOX", json.dumps(line))
        return len(messages)


def append(variable: str, line: str) -> None:
    """Add a line to the file that a variable of the environment names, whole or not at all."""
    descriptor = os.open(os.environ[variable], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(descriptor, f"{line}\n".encode())
    finally:
        os.close(descriptor)
