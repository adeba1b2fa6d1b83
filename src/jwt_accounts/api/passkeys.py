"""Passkeys: ``factors/passkey/``, ``sign-in/enrol/passkey/``, and what a browser asks one for, at
``sign-in/second-step/passkey/`` and ``reauthenticate/passkey/``.

The names inside ``options`` and ``credential`` are those of WebAuthn level 3, section 5.1.8:
``PublicKeyCredential.parseCreationOptionsFromJSON(options)``, ``credential.toJSON()``.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict, cast

from rest_framework import serializers

from jwt_accounts.api.factors import AddedBody, NewFactorInputs, factor_body
from jwt_accounts.api.second_step import ChallengeInputs, EnrolledBody
from jwt_accounts.api.sign_in import signed_in
from jwt_accounts.contrib.mfa.flows import passkeys as flows
from jwt_accounts.errors import Code
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.inputs import Inputs, Text

_CONFIRM = (Code.CODE_INVALID, Code.FORBIDDEN)
_SIGN_IN = (Code.WRONG_CREDENTIALS, Code.PASSWORD_EXPIRED, Code.SESSION_LIMIT_REACHED)


class MadeInputs(Inputs):
    """``credential``: what the browser made. ``name``: what its owner calls it, if not as was said
    at the beginning."""

    credential = serializers.DictField()
    name = Text(required=False, allow_blank=True, max_length=64)


class EnrolPasskeyInputs(NewFactorInputs, ChallengeInputs):
    """The token of the first step's answer, and what its owner calls the passkey."""


class EnrolMadeInputs(MadeInputs, ChallengeInputs):
    """The same token, and what the browser made."""


class PartyBody(TypedDict):
    """Whose passkeys they are: the site's name, and the domain they belong to."""

    id: str
    name: str


class HolderBody(TypedDict):
    """Whose the passkey is to be. ``id`` stands for the user and says nothing of them."""

    id: str
    name: str
    displayName: str


class AlgorithmBody(TypedDict):
    """An algorithm that its signatures may have."""

    type: str
    alg: int


class DescriptorBody(TypedDict):
    """A passkey that is there."""

    id: str
    type: str
    transports: NotRequired[list[str]]


class SelectionBody(TypedDict):
    """What is wished of the authenticator."""

    residentKey: str
    requireResidentKey: bool
    userVerification: str


class CreationBody(TypedDict):
    """What ``PublicKeyCredential.parseCreationOptionsFromJSON`` reads."""

    rp: PartyBody
    user: HolderBody
    challenge: str
    pubKeyCredParams: list[AlgorithmBody]
    timeout: int
    excludeCredentials: list[DescriptorBody]
    authenticatorSelection: SelectionBody
    attestation: str


class RequestBody(TypedDict):
    """What ``PublicKeyCredential.parseRequestOptionsFromJSON`` reads."""

    challenge: str
    timeout: int
    rpId: str
    allowCredentials: list[DescriptorBody]
    userVerification: str


class CreationOptionsBody(TypedDict):
    """What a passkey is made of."""

    options: CreationBody


class RequestOptionsBody(TypedDict):
    """What a passkey is asked for."""

    options: RequestBody


@action(
    "POST",
    who=Who.SIGNED_IN,
    inputs=NewFactorInputs,
    limit="factor_change",
    raises=(Code.FORBIDDEN,),
    status=201,
)
def begin(ask: Ask) -> Reply[CreationOptionsBody]:
    """Begin to set up a passkey: what the browser makes one of."""
    options = flows.begin_passkey(ask.ctx, session=ask.session, name=ask.data.get("name", ""))
    return Reply(_creation(options))


@action("POST", who=Who.SIGNED_IN, inputs=MadeInputs, limit="factor_change", raises=_CONFIRM)
def confirm(ask: Ask) -> Reply[AddedBody]:
    """Bring what the browser made: the passkey is asked for from now on."""
    added = flows.confirm_passkey(
        ask.ctx,
        session=ask.session,
        credential=ask.data["credential"],
        name=ask.data.get("name"),
    )
    codes = list(added.recovery_codes)
    return Reply(AddedBody(factor=factor_body(added.factor), recovery_codes=codes))


@action(
    "POST",
    who=Who.ANYONE,
    inputs=EnrolPasskeyInputs,
    limit="second_step",
    raises=(Code.FORBIDDEN,),
)
def enrol(ask: Ask) -> Reply[CreationOptionsBody]:
    """Begin to set up a passkey as the second factor that a role asks for."""
    options = flows.begin_passkey_at_sign_in(
        ask.ctx, token=ask.data["challenge_token"], name=ask.data.get("name", "")
    )
    return Reply(_creation(options))


@action(
    "POST",
    who=Who.ANYONE,
    inputs=EnrolMadeInputs,
    limit="second_step",
    raises=(*_CONFIRM, *_SIGN_IN),
)
def enrol_confirm(ask: Ask) -> Reply[EnrolledBody]:
    """Bring what the browser made: open the session. The recovery codes are shown once."""
    enrolled = flows.confirm_passkey_at_sign_in(
        ask.ctx,
        token=ask.data["challenge_token"],
        credential=ask.data["credential"],
        name=ask.data.get("name"),
    )
    reply = signed_in(ask, enrolled.result)
    codes = list(enrolled.added.recovery_codes)
    return Reply(EnrolledBody(**reply.body, recovery_codes=codes), tokens=reply.tokens)


@action(
    "POST", who=Who.ANYONE, inputs=ChallengeInputs, limit="second_step", raises=(Code.NOT_FOUND,)
)
def second_step(ask: Ask) -> Reply[RequestOptionsBody]:
    """What a passkey is asked for, to finish a sign-in."""
    options = flows.ask_at_second_step(ask.ctx, token=ask.data["challenge_token"])
    return Reply(_request(options))


@action("POST", who=Who.SIGNED_IN, limit="second_step", raises=(Code.NOT_FOUND,))
def reauthenticate(ask: Ask) -> Reply[RequestOptionsBody]:
    """What a passkey is asked for, to show again who it is."""
    return Reply(_request(flows.ask_in_session(ask.ctx, session=ask.session)))


def _creation(options: dict[str, Any]) -> CreationOptionsBody:
    return CreationOptionsBody(options=cast("CreationBody", options))


def _request(options: dict[str, Any]) -> RequestOptionsBody:
    return RequestOptionsBody(options=cast("RequestBody", options))
