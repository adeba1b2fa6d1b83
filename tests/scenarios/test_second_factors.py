"""Ann and her second factors, from the registration to the day on which she has lost them all, at
the door of every contract."""

from __future__ import annotations

import pytest
import time_machine
from django.contrib.auth import get_user_model

from jwt_accounts.contrib.tenants.flows.enter import add_member
from jwt_accounts.contrib.tenants.models import Tenant
from jwt_accounts.models.userfields import user_fields
from jwt_accounts.tokens.access import AccessToken
from jwt_accounts.types import RequestContext
from tests.api.conftest import api, problem
from tests.authenticator import Authenticator
from tests.conftest import PASSWORD, identifier_of
from tests.contrib.mfa.passkeys import Keys
from tests.letters import letter, letters
from tests.second_factors import NOON, shown

__all__ = ["api"]

pytestmark = [pytest.mark.django_db, pytest.mark.core]

ANN = {"username": "ann", "email": "ann@example.com", "password": PASSWORD}
#: The login of each contract, the field that says who, and what the token of the second step is
#: called there.
DOORS = [
    ("/accounts/sign-in/", "identifier", "challenge_token"),
    ("/authentication/login/", "username", "challenge_token"),
    ("/auth/jwt/create/", get_user_model().USERNAME_FIELD, "challenge_token"),
    ("/api/auth/token/", "username", "challenge_token"),
    ("/api/token/", "email", "challenge_token"),
    ("/api/login/", "email", "challenge_token"),
    ("/dj-rest-auth/login/", "username", "ephemeral_token"),
]


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def first_step(client):
    """Type the password at a door; the token of the second step."""

    def take(door, user):
        path, field, name = door
        who = user.email if field == "email" else identifier_of(user)
        entered = {field: who, "password": PASSWORD}
        answer = client.post(path, entered, content_type="application/json")
        found = answer.json()
        assert not {"access", "access_token", "refresh", "token"} & found.keys(), path
        return found[name]

    return take


@pytest.fixture
def enter(api, first_step):
    """Both steps, the second one by a code; the tokens."""

    def take(door, user, code):
        body = {"challenge_token": first_step(door, user), "code": code}
        answer = api("POST", "sign-in/second-step/", body)
        assert answer.status_code == 200, answer.json()
        return answer.json()

    return take


def test_ann_and_her_second_factors(api, make_user, make_role, clock, first_step, enter):
    zero = DOORS[0]

    # She registers, confirms her address, and signs in by the password.
    welcome = letter(lambda: api("POST", "register/", ANN))
    assert api("POST", "email/confirm/", {"token": welcome.token}).status_code == 204
    fields = user_fields()
    ann = get_user_model().objects.get(**{fields.email: ANN["email"]})
    other = api.tokens(ann)
    mine = api.tokens(ann)
    assert AccessToken(mine["access"]).payload["acr"] == "1"

    # She sets up an app on her telephone. Her other session ends, and she gets a sheet of codes.
    begun = api("POST", "factors/totp/", {"name": "telephone"}, token=mine["access"]).json()
    path, secret = f"factors/{begun['factor']['id']}/", begun["secret"]
    added = []
    code = {"code": shown(secret)}
    told = letters(lambda: added.append(api("POST", f"{path}confirm/", code, token=mine["access"])))
    sheet = added[0].json()["recovery_codes"]
    assert [each.about for each in told] == ["factor_added"]
    assert len(sheet) == 10
    assert api("GET", "me/", token=other["access"]).status_code == 401
    assert api("GET", "me/", token=mine["access"]).status_code == 200

    # (At one of the doors only members of a tenant are let in.)
    acme = Tenant.objects.create(slug="acme", name="Acme", created_at=NOON)
    add_member(RequestContext(now=NOON), acme, ann, "member")

    # From now on the password is half of what opens the door, whichever door it is.
    for door in DOORS:
        clock.shift(30)
        tokens = enter(door, ann, shown(secret))
        payload = AccessToken(tokens["access"]).payload
        assert (payload["acr"], payload["amr"]) == ("2", ["pwd", "otp", "mfa"])
        assert api("GET", "me/", token=tokens["access"]).status_code == 200
        # The code that was just used opens none of them again.
        token = first_step(door, ann)
        body = {"challenge_token": token, "code": shown(secret)}
        problem(api("POST", "sign-in/second-step/", body), 400, "code_invalid")

    # She loses the telephone. A code of the sheet lets her in, once, and she is told of it.
    clock.shift(3600)
    entered = []
    told = letters(lambda: entered.append(enter(zero, ann, sheet[0].lower())))
    assert "recovery_code_used" in [each.about for each in told]
    mine = entered[0]
    body = {"challenge_token": first_step(zero, ann), "code": sheet[0]}
    problem(api("POST", "sign-in/second-step/", body), 400, "code_invalid")

    # She sets up a passkey, forgets the telephone, and signs in with the key.
    keys, key = Keys(api), Authenticator()
    keys.add(mine["access"], key, name="key ring")
    assert api("DELETE", path, token=mine["access"]).status_code == 204
    clock.shift(60)
    assert keys.enter(ann, key)["user"]["email"] == ANN["email"]
    body = {"challenge_token": first_step(zero, ann), "code": shown(secret)}
    problem(api("POST", "sign-in/second-step/", body), 400, "code_invalid")
    held = api("GET", "factors/", token=mine["access"]).json()
    assert [(each["type"], each["name"]) for each in held["factors"]] == [("passkey", "key ring")]
    assert held["recovery_codes_left"] == 9

    # She looks at her sessions, ends one, then all the others.
    here, there, third = (keys.enter(ann, key) for _ in range(3))
    sessions = api("GET", "sessions/", token=here["access"]).json()["sessions"]
    assert {each["id"] for each in sessions} >= {here["session"], there["session"]}
    assert [each["id"] for each in sessions if each["current"]] == [here["session"]]
    ended = api("DELETE", f"sessions/{there['session']}/", token=here["access"])
    assert ended.status_code == 204
    assert api("GET", "me/", token=there["access"]).status_code == 401
    assert api("GET", "me/", token=third["access"]).status_code == 200
    assert api("DELETE", "sessions/", token=here["access"]).status_code == 204
    assert api("GET", "me/", token=third["access"]).status_code == 401

    # In the afternoon she wants another address: first she shows again, with both, who she is.
    clock.shift(15 * 60)
    here = api("POST", "token/refresh/", {"refresh": here["refresh"]}).json()
    wish = {"email": "ann@new.example", "current_password": PASSWORD}
    refusal = api("POST", "email/change/", wish, token=here["access"])
    problem(refusal, 403, "reauthentication_required")
    only = api("POST", "reauthenticate/", {"current_password": PASSWORD}, token=here["access"])
    assert (only.status_code, only.json()["code"]) == (403, "mfa_required")
    shown_again = keys.reauthenticate(here["access"], key)
    assert shown_again.status_code == 200
    here = shown_again.json()
    assert AccessToken(here["access"]).payload["amr"] == ["pwd", "pop", "mfa"]
    assert api("POST", "email/change/", wish, token=here["access"]).status_code == 202

    # The key is lost with the ring, the sheet is burnt, and her role asks for a second factor.
    # Somebody at the desk who may takes it all away; she is told, and every session ends.
    ann.groups.add(make_role("Cashier", require_mfa=True))
    make_role("Desk", rights=["jwt_accounts.reset_factors"])
    desk = api.access(make_user("desk", groups=["Desk"]))
    told = letters(lambda: api("DELETE", f"users/{ann.pk}/factors/", token=desk))
    assert [(each.to, each.about) for each in told] == [(ANN["email"], "factors_reset_by_staff")]
    assert api("GET", "me/", token=here["access"]).status_code == 401
    gone = api("POST", "token/refresh/", {"refresh": here["refresh"]})
    problem(gone, 401, "session_ended")

    # The next sign-in begins with the set-up of another one, and she is back.
    demanded = api.sign_in(ann).json()
    assert demanded["code"] == "mfa_enrolment_required"
    step = {"challenge_token": demanded["challenge_token"]}
    begun = api("POST", "sign-in/enrol/", {**step, "type": "totp", "name": "new"}).json()
    secret = begun["totp"]["secret"]
    confirmed = {**step, "id": begun["factor"]["id"], "code": shown(secret)}
    mine = api("POST", "sign-in/enrol/confirm/", confirmed).json()
    assert len(mine["recovery_codes"]) == 10
    assert not set(mine["recovery_codes"]) & set(sheet)
    assert api("GET", "me/", token=mine["access"]).status_code == 200
    clock.shift(30)
    assert enter(zero, ann, shown(secret))["user"]["id"] == mine["user"]["id"]
