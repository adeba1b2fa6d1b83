"""``GET .well-known/jwks.json``."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypedDict, cast

from jwt_accounts.api.contract import CONTRACT
from jwt_accounts.flows.publish_keys import publish_keys
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.renderers import JwkSetRenderer
from jwt_accounts.policies.signing_keys import JWKS_MAX_AGE

#: What is looked for at a fixed place of a site (RFC 8615).
WELL_KNOWN = replace(CONTRACT, name="well_known", renderers=(JwkSetRenderer,), revalidates=True)

_CACHE = f"public, max-age={int(JWKS_MAX_AGE.total_seconds())}"


class KeyBody(TypedDict):
    """What every published key has: its name, which a token's header repeats as `kid`, and the one
    algorithm it is good for."""

    kid: str
    use: Literal["sig"]
    alg: str


class RsaKeyBody(KeyBody):
    """An RSA key (RFC 7518 section 6.3.1)."""

    kty: Literal["RSA"]
    n: str
    e: str


class EcKeyBody(KeyBody):
    """A key on an elliptic curve (RFC 7518 section 6.2.1)."""

    kty: Literal["EC"]
    crv: str
    x: str
    y: str


class EdwardsKeyBody(KeyBody):
    """A key on an Edwards curve (RFC 8037 section 2)."""

    kty: Literal["OKP"]
    crv: str
    x: str


class JwksBody(TypedDict):
    """A JWK Set (RFC 7517 section 5)."""

    keys: list[RsaKeyBody | EcKeyBody | EdwardsKeyBody]


@action("GET", who=Who.ANYONE, limit="keys")
def show(ask: Ask) -> Reply[JwksBody]:
    """The public keys that access tokens are verified with. Keep them for as long as
    ``Cache-Control`` says, and ask again where a token names another one."""
    body = cast("JwksBody", {"keys": publish_keys()})
    return Reply(body, headers={"Cache-Control": _CACHE})
