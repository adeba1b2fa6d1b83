"""Whether a user has signed in from a client before, and the message where not (ASVS 6.3.5).

A client is its words (``AccountHooks.describe_client``), without an address: people carry theirs
about. Who knows the password and how the owner's browser calls itself is no news.
"""

from __future__ import annotations

from dataclasses import dataclass

from jwt_accounts.conf import settings
from jwt_accounts.flows.messages import tell
from jwt_accounts.hooks import client_in_words
from jwt_accounts.models import Account, SecurityEvent, UserSession
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.policies.known_clients import DIGEST_LENGTH, is_news, remember
from jwt_accounts.tokens.config import keyed_digest
from jwt_accounts.types import EventKind, HostUser, IdentifierKind, RequestContext

_EMAIL = IdentifierKind.EMAIL


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The client of a sign-in in words, whether it is new, and what is known with it."""

    words: str
    is_new: bool
    known: str


def recognise(ctx: RequestContext, account: Account) -> Client:
    """Look at what is remembered, as it was when the account was loaded: of two sign-ins at once
    the later one may forget the other's client, which costs a message too many at most."""
    words = client_in_words(ctx.user_agent)
    digest = keyed_digest("jwt_accounts.client", f"{account.pk} {words}")[:DIGEST_LENGTH]
    known = account.known_clients
    return Client(words=words, is_new=is_news(known, digest), known=remember(known, digest))


def tell_of_news(
    ctx: RequestContext, user: HostUser, account: Account, session: UserSession, client: Client
) -> None:
    """Record a sign-in from a new client, and tell the user, at an address that is theirs. In the
    transaction of the sign-in."""
    if not client.is_new:
        return
    SecurityEvent.objects.record(
        EventKind.SIGNED_IN_FROM_NEW_CLIENT,
        ctx,
        user_id=user.pk,
        details={"session": session.pk.hex, "client": client.words},
    )
    if settings.NEW_CLIENT_NOTICE and not account.is_unproved(_EMAIL):
        address = user_fields().read(user, _EMAIL)
        tell(ctx, address, "new_client", client=client.words)
