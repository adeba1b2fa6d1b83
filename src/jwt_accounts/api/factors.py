"""``factors/...``: one's own second factors, and those of others for staff."""

from __future__ import annotations

from typing import TypedDict

from jwt_accounts.api.bodies import moment
from jwt_accounts.contrib.mfa.flows import enrol as enrolling
from jwt_accounts.contrib.mfa.flows import factors as keeping
from jwt_accounts.contrib.mfa.flows.reset_factors import list_factors_of
from jwt_accounts.contrib.mfa.flows.reset_factors import reset_factors as reset_flow
from jwt_accounts.errors import Code
from jwt_accounts.http.actions import Action, Ask, Reply, Who, action
from jwt_accounts.http.inputs import Inputs, Text
from jwt_accounts.policies.mfa import FactorKind
from jwt_accounts.rights import RESET_FACTORS

_STEP_UP = (Code.REAUTHENTICATION_REQUIRED,)
_BEGIN = (Code.FORBIDDEN, *_STEP_UP)
_CHANGE = (Code.NOT_FOUND, *_BEGIN)
_CONFIRM = (Code.CODE_INVALID, Code.CODES_EXHAUSTED, Code.NOT_FOUND, *_STEP_UP)


class NewFactorInputs(Inputs):
    """What its owner calls it."""

    name = Text(required=False, allow_blank=True, max_length=64)


class NameInputs(Inputs):
    """What its owner calls it from now on; empty: nothing."""

    name = Text(allow_blank=True, max_length=64)


class CodeInputs(Inputs):
    """A code."""

    code = Text(max_length=64, write_only=True)


class FactorBody(TypedDict):
    """A second factor. ``to``: where its codes go, masked; empty where none are sent."""

    id: str
    type: str
    name: str
    confirmed: bool
    to: str
    created_at: str | None
    last_used_at: str | None


class FactorsBody(TypedDict):
    """All of somebody's, and how many recovery codes are left."""

    factors: list[FactorBody]
    recovery_codes_left: int


class TotpBody(TypedDict):
    """What an app needs, shown once: the secret to type, the same as an ``otpauth://`` address, and
    its QR code as an SVG element."""

    secret: str
    otpauth_uri: str
    qr_svg: str


class StartedTotpBody(TotpBody):
    """The same with the factor that was begun."""

    factor: FactorBody


class AddedBody(TypedDict):
    """The factor that is there now. ``recovery_codes`` come with the first one, shown once."""

    factor: FactorBody
    recovery_codes: list[str]


class RecoveryCodesBody(TypedDict):
    """New recovery codes, shown once."""

    recovery_codes: list[str]


class CodesLeftBody(TypedDict):
    """How many recovery codes are left."""

    recovery_codes_left: int


@action("GET", who=Who.SIGNED_IN)
def list_factors(ask: Ask) -> Reply[FactorsBody]:
    """One's second factors."""
    return Reply(_all(keeping.list_factors(user=ask.user)))


@action(
    "POST",
    who=Who.SIGNED_IN,
    inputs=NewFactorInputs,
    limit="factor_change",
    raises=_BEGIN,
    status=201,
)
def begin_totp(ask: Ask) -> Reply[StartedTotpBody]:
    """Begin to set up a generator of codes: an app on a telephone."""
    started = enrolling.begin_totp(
        ask.ctx, user=ask.user, session=ask.session, name=ask.data.get("name", "")
    )
    return Reply(StartedTotpBody(**totp_body(started), factor=factor_body(started.factor)))


def _beginning(channel: FactorKind) -> Action[FactorBody]:
    @action(
        "POST",
        who=Who.SIGNED_IN,
        inputs=NewFactorInputs,
        limit="factor_change",
        raises=_BEGIN,
        status=201,
    )
    def begin(ask: Ask) -> Reply[FactorBody]:
        """Begin to set up codes by message: one is sent."""
        begun = enrolling.begin_sent_code(
            ask.ctx,
            user=ask.user,
            session=ask.session,
            channel=channel,
            name=ask.data.get("name", ""),
        )
        return Reply(factor_body(begun))

    return begin


begin_email, begin_sms = _beginning(FactorKind.EMAIL), _beginning(FactorKind.SMS)


@action("POST", who=Who.SIGNED_IN, inputs=CodeInputs, limit="factor_change", raises=_CONFIRM)
def confirm(ask: Ask) -> Reply[AddedBody]:
    """Prove that a factor works: it is asked for from now on."""
    added = enrolling.confirm_factor(
        ask.ctx,
        user=ask.user,
        session=ask.session,
        factor_id=ask.path["factor_id"],
        code=ask.data["code"],
    )
    codes = list(added.recovery_codes)
    return Reply(AddedBody(factor=factor_body(added.factor), recovery_codes=codes))


@action("PATCH", who=Who.SIGNED_IN, inputs=NameInputs, raises=(Code.NOT_FOUND,))
def rename(ask: Ask) -> Reply[FactorBody]:
    """Call a factor something."""
    factor = keeping.name_factor(
        user=ask.user, factor_id=ask.path["factor_id"], name=ask.data["name"]
    )
    return Reply(factor_body(factor))


@action("DELETE", who=Who.SIGNED_IN, limit="factor_change", raises=_CHANGE, status=204)
def remove(ask: Ask) -> Reply[None]:
    """Take a factor away."""
    keeping.remove_factor(
        ask.ctx, user=ask.user, session=ask.session, factor_id=ask.path["factor_id"]
    )
    return Reply(None)


@action("GET", who=Who.SIGNED_IN)
def codes_left(ask: Ask) -> Reply[CodesLeftBody]:
    """How many recovery codes are left. None is ever shown again."""
    found = keeping.list_factors(user=ask.user)
    return Reply(CodesLeftBody(recovery_codes_left=found.recovery_codes_left))


@action("POST", who=Who.SIGNED_IN, limit="factor_change", raises=_BEGIN)
def renew_codes(ask: Ask) -> Reply[RecoveryCodesBody]:
    """New recovery codes in the place of all former ones."""
    codes = keeping.renew_recovery_codes(ask.ctx, user=ask.user, session=ask.session)
    return Reply(RecoveryCodesBody(recovery_codes=list(codes)))


@action("GET", who=Who.SIGNED_IN, right=RESET_FACTORS)
def list_others(ask: Ask) -> Reply[FactorsBody]:
    """Somebody's second factors."""
    return Reply(_all(list_factors_of(actor=ask.user, user_id=ask.path["user_id"])))


@action("DELETE", who=Who.SIGNED_IN, right=RESET_FACTORS, raises=_STEP_UP, status=204)
def reset(ask: Ask) -> Reply[None]:
    """Take away somebody's second factors: they were lost."""
    reset_flow(ask.ctx, actor=ask.user, session=ask.session, user_id=ask.path["user_id"])
    return Reply(None)


def factor_body(factor: keeping.FactorSummary) -> FactorBody:
    """A factor as its owner sees it."""
    return FactorBody(
        id=factor.id,
        type=str(factor.kind),
        name=factor.name,
        confirmed=factor.confirmed,
        to=factor.to,
        created_at=moment(factor.created_at),
        last_used_at=moment(factor.last_used_at),
    )


def totp_body(started: enrolling.TotpStarted) -> TotpBody:
    """What an app needs."""
    return TotpBody(secret=started.secret, otpauth_uri=started.uri, qr_svg=started.qr_svg)


def _all(found: keeping.Factors) -> FactorsBody:
    return FactorsBody(
        factors=[factor_body(each) for each in found.factors],
        recovery_codes_left=found.recovery_codes_left,
    )
