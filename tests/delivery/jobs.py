"""Tasks: a worker finds them by their dotted paths, so they are functions of a module."""

from __future__ import annotations

from jwt_accounts.delivery.email import send_email
from jwt_accounts.delivery.queue import task
from jwt_accounts.delivery.sms import send_sms

done: list[str] = []


@task
def note(word: str) -> None:
    done.append(word)


@task
def email_pin(to: str, pin: str) -> None:
    send_email(to, "recovery_pin", {"pin": pin, "minutes": 15, "site": ""})


@task
def text_pin(to: str, pin: str) -> None:
    send_sms(to, "recovery_pin", {"pin": pin, "minutes": 15, "site": ""})


def plain(word: str) -> None:
    done.append(word)


def broken(pin: str) -> None:
    raise ValueError(pin)
