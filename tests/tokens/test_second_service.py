"""Another service verifies our tokens with nothing but the address of the public keys."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

import jwt
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections

from jwt_accounts.errors import TokenInvalid
from jwt_accounts.flows.authenticate import read_token
from jwt_accounts.flows.open_session import open_session
from jwt_accounts.models import SigningKey
from jwt_accounts.policies.signing_keys import JWKS_MAX_AGE, KNOWN_AFTER
from jwt_accounts.tokens.key_ring import unsealed
from tests.clock import later
from tests.key_ring import ALGORITHMS, keeper, pair, ring_on
from tests.tokens.conftest import claims_of

__all__ = ["keeper", "ring_on"]
pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parent.parent.parent


class _Silent(WSGIRequestHandler):
    def log_message(self, *_arguments):
        pass


@pytest.fixture
def site(transactional_db):
    """Our site, over HTTP in a thread: its address."""
    # A database in memory is one connection.
    shared = [each for each in connections.all() if each.vendor == "sqlite"]
    for connection in shared:
        connection.inc_thread_sharing()

    def serve():
        for connection in shared:
            connections[connection.alias] = connection
        server.serve_forever(poll_interval=0.01)
        connections.close_all()

    with make_server("127.0.0.1", 0, WSGIHandler(), handler_class=_Silent) as server:
        thread = Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
    for connection in shared:
        connection.dec_thread_sharing()


@pytest.fixture
def service(site):
    """``service(ctx, token)``: what the other service says of a token at that moment."""
    command = [sys.executable, "-m", "tests.second_service"]
    with subprocess.Popen(
        [*command, f"{site}/.well-known/jwks.json"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def ask(ctx, token):
            print(json.dumps({"now": ctx.now.timestamp(), "token": token}), file=process.stdin)
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield ask
        process.stdin.close()


@pytest.fixture
def at(ctx, make_user, time_machine):
    """``at(minutes=5)``: it is then, here and there; somebody signs in."""
    user = make_user()

    def move(**delta):
        moment = later(ctx, **delta)
        time_machine.move_to(moment.now, tick=False)
        return moment, open_session(moment, user=user, amr=("pwd",)).tokens.access

    return move


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_it_verifies_what_a_single_pair_of_keys_signs(service, at, settings, algorithm):
    settings.SIMPLE_JWT = pair(algorithm)
    moment, token = at()
    assert service(moment, token) == claims_of(token)
    settings.SIMPLE_JWT = pair(algorithm)
    _, other = at()
    settings.SIMPLE_JWT = pair("EdDSA")
    assert "refused" in service(moment, other)


def test_it_refuses_no_good_token_while_keys_change(ctx, service, at, keeper, ring_on):
    """Every two minutes for most of an hour a token of each age is shown to it: RSA signs first,
    then a curve, then Ed25519."""
    wait = KNOWN_AFTER.total_seconds() / 60
    first = keeper.signer("RS256")
    acts = {
        # As the guide says: add, wait until everybody knows it, promote, retire the former.
        10: lambda moment, kids: kids.append(keeper.add("ES256", moment)),
        10 + wait: lambda moment, kids: keeper.promote(kids[-1], moment),
        18: lambda moment, kids: keeper.retire(kids[0], moment),
        30: lambda moment, kids: kids.append(keeper.add("EdDSA", moment)),
        30 + wait: lambda moment, kids: keeper.promote(kids[-1], moment),
        36 + wait / 2: lambda moment, kids: keeper.retire(kids[1], moment),
    }
    kids, given, asked = [first], [], 0
    for minute in sorted({*range(0, 56, 2), *acts}):
        moment, _ = at(minutes=minute)
        if minute in acts:
            acts[minute](moment, kids)
        given.append((moment.now, at(minutes=minute)[1]))
        for made, token in given:
            if moment.now - made < timedelta(minutes=5):
                assert service(moment, token) == claims_of(token)
                asked += 1
    used = {jwt.get_unverified_header(token)["alg"] for _, token in given}
    assert used == set(ALGORITHMS)
    assert asked > 60


def test_it_refuses_a_key_after_its_end(ctx, service, at, keeper, ring_on):
    first = keeper.signer()
    private = unsealed(SigningKey.objects.get())
    moment, token = at()
    assert "refused" not in service(moment, token)
    keeper.signer("EdDSA")
    end = keeper.retire(first, moment)
    # Who stole the private half claims that what it signs lives long.
    said = {**claims_of(token), "exp": int(later(ctx, days=1).now.timestamp())}
    stolen = jwt.encode(said, private, "ES256", headers={"kid": first})
    assert service(moment, stolen) == said
    after, _ = at(seconds=(end - ctx.now + JWKS_MAX_AGE).total_seconds() + 1)
    assert "Unable to find a signing key" in service(after, stolen)["refused"]
    with pytest.raises(TokenInvalid):
        read_token(stolen)


def test_the_service_of_the_guide_does_the_same(site, at, keeper, ring_on):
    guide = (ROOT / "docs/howto/signing_keys.md").read_text()
    (told,) = re.findall(r"```python\n(import jwt\n.*?)```", guide, re.S)
    space = {}
    exec(told.replace("https://accounts.example.com", site), space)  # noqa: S102 - our own page
    for algorithm in ALGORITHMS:
        keeper.signer(algorithm)
        _, token = at(minutes=ALGORITHMS.index(algorithm))
        space["keys"].cooldown_duration = 0
        assert space["claims_of"](token) == claims_of(token)
    with pytest.raises(jwt.PyJWTError):
        space["claims_of"](f"{token[:-9]}{'A' * 9}")


def test_a_site_can_verify_by_the_address_of_its_keys_too(site, at, settings):
    """``JWK_URL``, as simplejwt has it: the name in the header is what it looks for."""
    keys = pair("ES256")
    settings.SIMPLE_JWT = {**keys, "JWK_URL": f"{site}/.well-known/jwks.json"}
    _, token = at()
    assert read_token(token)
    for named in (None, {"kid": "x"}):
        with pytest.raises(TokenInvalid):
            read_token(jwt.encode(claims_of(token), keys["SIGNING_KEY"], "ES256", named))


def test_it_learns_nothing_of_a_secret(service, at):
    moment, token = at()
    assert "refused" in service(moment, token)
