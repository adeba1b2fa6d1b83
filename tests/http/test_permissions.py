"""Permissions for hosts' own views: who signed in lately, and who with two factors."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import AllowAny, BasePermission, IsAdminUser, IsAuthenticated
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication

from jwt_accounts.flows.open_session import open_session
from jwt_accounts.flows.reauthenticate import reauthenticate
from jwt_accounts.http.authentication import AccountAuthentication, CookieAuthentication
from jwt_accounts.http.permissions import RecentSignIn, SecondFactor
from jwt_accounts.models import UserSession
from jwt_accounts.tokens.access import AccessToken
from tests.clock import later
from tests.conftest import PASSWORD
from tests.http.over_cookies import ACCESS
from tests.second_factors import NOON, give_totp
from tests.sql import statements

pytestmark = [pytest.mark.django_db]

ONE, TWO = ("pwd",), ("pwd", "otp", "mfa")
STALE, WEAK = "reauthentication_required", "mfa_required"
MODES = ["session", "stateless"]


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _long_tokens(settings):
    settings.SIMPLE_JWT = {**settings.SIMPLE_JWT, "ACCESS_TOKEN_LIFETIME": timedelta(days=1)}


@pytest.fixture(params=MODES)
def mode(request, settings):
    settings.JWT_ACCOUNTS = {"ACCESS_CHECK": request.param}
    return request.param


@pytest.fixture
def token_of(ctx, make_user):
    """A factory of access tokens: ``token_of(TWO)`` of who signed in with two factors."""
    user = make_user()
    return lambda amr=ONE: open_session(ctx, user=user, amr=amr).tokens.access


def answer(allowed, token="", *, by=AccountAuthentication, method="get", **headers):
    """What a view with these permissions says: 200, or the status and the code."""

    class Guarded(APIView):
        authentication_classes = (by,)
        permission_classes = allowed

        def get(self, request):
            self.check_object_permissions(request, object())
            return Response({})

        post = get

    if token:
        headers["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    said = Guarded.as_view()(getattr(APIRequestFactory(), method)("/", **headers))
    return said.status_code if said.status_code == 200 else (said.status_code, code_of(said))


def code_of(said):
    return str(said.data["detail"].code)


def test_a_sign_in_is_recent_for_as_many_minutes_as_are_said(mode, token_of, clock):
    token = token_of()
    five, hour = [RecentSignIn(minutes=5)], [RecentSignIn(minutes=60)]
    clock.shift(timedelta(minutes=5))
    # A stateless token says its moment in whole seconds.
    assert answer(five, token) == answer(hour, token) == 200
    clock.shift(1)
    assert answer(five, token) == (403, STALE)
    with time_machine.travel(NOON + timedelta(minutes=4.5), tick=False):
        assert answer([RecentSignIn(minutes=4.5)], token) == 200
        assert answer([RecentSignIn(minutes=0.5)], token) == (403, STALE)


def test_the_class_itself_asks_as_the_setting_says(token_of, settings, clock):
    token = token_of()
    clock.shift(timedelta(minutes=2))
    assert answer([RecentSignIn], token) == answer([RecentSignIn()], token) == 200
    settings.JWT_ACCOUNTS = {"RECENT_SIGN_IN": timedelta(minutes=1)}
    assert answer([RecentSignIn], token) == answer([RecentSignIn()], token) == (403, STALE)
    assert answer([RecentSignIn(minutes=3)], token) == 200


def test_two_factors_are_two_factors(mode, token_of):
    assert answer([SecondFactor], token_of(ONE)) == (403, WEAK)
    assert answer([SecondFactor], token_of(TWO)) == 200
    assert answer([SecondFactor], token_of(("fed", "mfa"))) == 200
    assert answer([SecondFactor], token_of(("otp",))) == (403, WEAK), "a code alone is one"


def test_who_shows_again_who_it_is_comes_in_with_the_new_token(ctx, mode, make_user, clock):
    former = open_session(ctx, user=make_user(), amr=ONE).tokens
    clock.shift(timedelta(minutes=30))
    asked = [RecentSignIn(minutes=1)]
    assert answer(asked, former.access) == (403, STALE)
    tokens = reauthenticate(
        later(ctx, minutes=30), session=former.session, password=PASSWORD, answer=None
    )
    assert answer(asked, tokens.access) == 200
    # Whoever has the former token may be somebody else.
    assert answer(asked, former.access) == (403, STALE)


def test_what_the_session_says_beats_what_the_token_says(token_of, settings, clock):
    token = token_of(TWO)
    UserSession.objects.update(amr="pwd", auth_time=NOON - timedelta(days=1))
    assert answer([SecondFactor], token) == (403, WEAK)
    assert answer([RecentSignIn], token) == (403, STALE)
    settings.JWT_ACCOUNTS = {"ACCESS_CHECK": "stateless"}
    assert answer([SecondFactor], token) == answer([RecentSignIn], token) == 200


@pytest.mark.parametrize("mode", MODES)
def test_they_cost_no_query_of_their_own(token_of, settings, mode):
    settings.JWT_ACCOUNTS = {"ACCESS_CHECK": mode}
    token = token_of(TWO)
    with statements() as asked:
        assert answer([RecentSignIn(minutes=5), SecondFactor], token) == 200
    assert len(asked) == (1 if mode == "session" else 0)


@pytest.mark.parametrize(
    ("lacking", "claims"),
    [
        (STALE, {"auth_time": None}),
        (STALE, {"auth_time": "1763726415"}),
        (STALE, {"auth_time": True}),
        (STALE, {"auth_time": 1e400}),
        (STALE, {"auth_time": 10**30}),
        (STALE, {"auth_time": -(10**30)}),
        (WEAK, {"amr": "mfa"}),
        (WEAK, {"amr": {"mfa": 1}}),
        (WEAK, {"amr": None}),
        (WEAK, {"amr": [["mfa"], 7, None]}),
        (WEAK, {"acr": "2", "amr": ["pwd"]}),
    ],
)
def test_claims_that_say_nothing_let_nobody_in(token_of, settings, lacking, claims):
    settings.JWT_ACCOUNTS = {"ACCESS_CHECK": "stateless"}
    forged = AccessToken(token_of(TWO))
    forged.payload.update(claims)
    if claims == {"auth_time": None}:
        del forged.payload["auth_time"]
    asked = RecentSignIn if lacking == STALE else SecondFactor
    assert answer([asked], str(forged)) == (403, lacking)


# Together.


def test_listed_together_the_first_that_lacks_is_told(token_of, clock):
    both = [IsAuthenticated, RecentSignIn(minutes=5), SecondFactor]
    weak, strong = token_of(ONE), token_of(TWO)
    assert (answer(both, weak), answer(both, strong)) == ((403, WEAK), 200)
    clock.shift(timedelta(minutes=6))
    assert answer(both, strong) == answer(both, weak) == (403, STALE)


@pytest.mark.parametrize("recent", [RecentSignIn, RecentSignIn(), RecentSignIn(minutes=10)])
def test_they_compose_as_all_permissions_do(token_of, clock, recent):
    weak, strong = token_of(ONE), token_of(TWO)
    both = [
        [recent & SecondFactor],
        [SecondFactor & recent],
        [recent & SecondFactor & IsAuthenticated],
        [(recent | IsAdminUser) & SecondFactor],
    ]
    either = [[recent | SecondFactor], [SecondFactor | recent], [IsAdminUser | recent | AllowAny]]
    for allowed in both:
        assert (answer(allowed, weak)[0], answer(allowed, strong)) == (403, 200)
    for allowed in either:
        assert answer(allowed, weak) == 200
    assert answer([~SecondFactor & IsAuthenticated], strong)[0] == 403
    clock.shift(timedelta(minutes=11))
    for allowed in both:
        assert answer(allowed, strong)[0] == 403
    for allowed in either:
        assert answer(allowed, strong) == 200


class _Asks(BasePermission):
    """A host's own, which asks one of ours."""

    allowed: BasePermission

    def has_permission(self, request, view):
        return self.allowed.has_permission(request, view)


@pytest.mark.parametrize("stale", [True, False])
def test_not_means_not(token_of, clock, stale):
    token = token_of()
    if stale:
        clock.shift(timedelta(minutes=6))
    holder = ~RecentSignIn(minutes=5)
    asks = type("Asks", (_Asks,), {"allowed": holder()})
    assert (answer([asks], token) == 200) is stale


def test_an_instance_of_one_view_says_nothing_of_another(token_of, clock):
    token, short, long = token_of(), RecentSignIn(minutes=1), RecentSignIn(minutes=60)
    clock.shift(timedelta(minutes=5))
    assert answer([short], token) == (403, STALE)
    assert answer([long], token) == 200
    assert answer([short], token) == (403, STALE)


# Whoever comes by something else.


@pytest.mark.parametrize("asked", [RecentSignIn, RecentSignIn(minutes=5), SecondFactor])
@pytest.mark.parametrize("by", [AccountAuthentication, CookieAuthentication, SessionAuthentication])
def test_who_is_nobody_is_refused(asked, by):
    status, code = answer([asked], by=by)
    if by is SessionAuthentication:
        assert status == 403
    else:
        assert (status, code) == (401, "not_authenticated")


@pytest.mark.parametrize(("asked", "code"), [(RecentSignIn, STALE), (SecondFactor, WEAK)])
def test_a_session_of_djangos_shows_neither(make_user, asked, code):
    class Guarded(APIView):
        authentication_classes = (SessionAuthentication,)
        permission_classes = (asked,)

    for token in (None, object(), {"amr": ["mfa"], "auth_time": 2**31}):
        request = APIRequestFactory().get("/")
        force_authenticate(request, make_user(), token)
        said = Guarded.as_view()(request)
        assert (said.status_code, code_of(said)) == (403, code)


def test_a_token_that_simplejwt_read_shows_neither(token_of):
    token = token_of(TWO)
    for asked in (RecentSignIn, SecondFactor):
        assert answer([asked], token, by=JWTAuthentication)[0] == 403


def test_cookies_show_what_the_header_does(token_of, clock):
    strong, weak = token_of(TWO), token_of(ONE)

    def ask(token):
        sent = {"HTTP_COOKIE": f"{ACCESS}={token}"}
        return answer([RecentSignIn(minutes=5), SecondFactor], by=CookieAuthentication, **sent)

    assert (ask(strong), ask(weak)) == (200, (403, WEAK))
    clock.shift(timedelta(minutes=6))
    assert ask(strong) == (403, STALE)


def test_who_has_a_factor_and_signed_in_before_it_lacks_it_still(ctx, make_user):
    user = make_user()
    token = open_session(ctx, user=user, amr=ONE).tokens.access
    give_totp(user)
    assert answer([RecentSignIn], token) == 200
    assert answer([SecondFactor], token) == (403, WEAK)
