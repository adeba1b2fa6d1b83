"""What is left of a proof: in the database, in the mailbox, and of the tokens."""

from __future__ import annotations

from jwt_accounts.models import Challenge
from tests.concurrency.site import me, refresh, secret_in

_COLUMNS = ("key", "binding", "value", "seed", "sent", "tried", "opened_at")
NOTICE = "Your password was changed"


def dead(site, sessions) -> bool:
    """Whether no token of these is good for anything."""
    calls = [call for each in sessions for call in (me(each["access"]), refresh(each["refresh"]))]
    return {site.ask(call).status for call in calls} <= {401}


def links_and_notes(mails) -> tuple[int, int]:
    """How many messages hold the secret of a link, and how many hold none."""
    links = sum(secret_in(mail) is not None for mail in mails)
    return links, len(mails) - links


def notices(site, person) -> int:
    return [mail["subject"] for mail in site.mails(person)].count(NOTICE)


def history(site, person) -> int:
    found = "SELECT count(*) FROM jwt_accounts_passwordhistory WHERE user_id = %s"
    return site.rows(found, person.id)[0][0]


def events(site, person, kind: str) -> int:
    found = "SELECT count(*) FROM jwt_accounts_securityevent WHERE user_id = %s AND kind = %s"
    return site.rows(found, person.id, kind)[0][0]


def challenge(site, person, purpose: str = "recovery") -> Challenge:
    """A person's challenge, as it stands."""
    found = site.rows(
        f"SELECT {', '.join(_COLUMNS)} FROM jwt_accounts_challenge"  # noqa: S608 - our own names
        " WHERE user_id = %s AND purpose = %s",
        person.id,
        purpose,
    )
    assert len(found) == 1
    return Challenge(**dict(zip(_COLUMNS, found[0], strict=True)))


def verdict(answer) -> int | str:
    """The code of a refusal; the status of a success."""
    return answer.status if answer.status < 300 else answer.body["code"]


def address_of(site, person) -> str:
    return site.rows("SELECT email FROM auth_user WHERE id = %s", person.id)[0][0]


def holders(site, address: str) -> list[int]:
    """Who has an address as an identifier."""
    found = "SELECT user_id FROM jwt_accounts_account WHERE email_key = %s"
    return [user_id for (user_id,) in site.rows(found, address)]


def somebody_waits(site, *, number: int = 1) -> bool:
    """Whether so many statements wait for a row that another transaction holds."""
    waiting = site.rows(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'",
        site.database,
    )
    return waiting[0][0] >= number


def grow_old(site, person) -> None:
    """What was sent to a person was sent two minutes ago."""
    site.run(
        "UPDATE jwt_accounts_challenge SET expires_at = expires_at - interval '2 minutes'"
        " WHERE user_id = %s",
        person.id,
    )
