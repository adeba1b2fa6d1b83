"""E-mail, through whatever the host sends its e-mail with."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.mail import EmailMultiAlternatives

from jwt_accounts.delivery.templates import render


def send_email(to: str, template: str, context: Mapping[str, object]) -> None:
    """Send ``jwt_accounts/email/<template>`` to one address, as text and as HTML.

    Its templates end in ``.subject.txt``, ``.txt`` and ``.html``. Raises what the mail server
    raises, whose text may quote the address. RFC 3834: no holiday notice answers it.
    """
    path = f"jwt_accounts/email/{template}"
    # One line, whatever the context holds: a second one would be a header of its own.
    subject = " ".join(render(f"{path}.subject.txt", context).split())
    message = EmailMultiAlternatives(
        subject=subject,
        body=render(f"{path}.txt", context) + "\n",
        to=[to],
        headers={"Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render(f"{path}.html", context) + "\n", "text/html")
    message.send()
