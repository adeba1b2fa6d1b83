"""``sign-in/second-step/``, which finishes the sign-in of every contract, and
``sign-in/enrol/``."""

from __future__ import annotations

from typing import Any, TypedDict

from rest_framework import serializers

from jwt_accounts.api.factors import (
    CodeInputs,
    FactorBody,
    NewFactorInputs,
    TotpBody,
    factor_body,
    totp_body,
)
from jwt_accounts.api.sign_in import SignedInBody, signed_in
from jwt_accounts.contrib.mfa.flows import enrol_at_sign_in
from jwt_accounts.contrib.mfa.flows.send_code import send_step_code
from jwt_accounts.errors import Code
from jwt_accounts.flows.second_step import take_second_step
from jwt_accounts.http.actions import Ask, Reply, Who, action
from jwt_accounts.http.inputs import Choice, Inputs, Text, Token
from jwt_accounts.policies.mfa import FactorKind
from jwt_accounts.second_factors import Answer

#: What a second step may be refused with besides.
_REFUSALS = (
    Code.WRONG_CREDENTIALS,
    Code.CODE_INVALID,
    Code.CODES_EXHAUSTED,
    Code.PASSWORD_EXPIRED,
    Code.SESSION_LIMIT_REACHED,
    Code.FORBIDDEN,
)


class ChallengeInputs(Inputs):
    """``challenge_token``: of the first step's answer."""

    challenge_token = Token()


class StepInputs(ChallengeInputs):
    """A code of any of the factors, or what a passkey signed."""

    code = Text(required=False, max_length=64, write_only=True)
    credential = serializers.DictField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Neither is no try. Raises ``ValidationError``."""
        if attrs.keys().isdisjoint({"code", "credential"}):
            missing = serializers.Field.default_error_messages["required"]
            raise serializers.ValidationError({"code": [missing]}, code="required")
        return attrs


class SendInputs(ChallengeInputs):
    """``factor``: which of those that a code is sent for."""

    factor = Choice([FactorKind.EMAIL, FactorKind.SMS, FactorKind.OTHER])


class EnrolInputs(NewFactorInputs, ChallengeInputs):
    """``type``: what is set up."""

    type = Choice([FactorKind.TOTP, FactorKind.EMAIL, FactorKind.SMS])


class EnrolConfirmInputs(CodeInputs, ChallengeInputs):
    """``id``: of the factor that was begun."""

    id = Text(max_length=64)


class EnrolledBody(SignedInBody):
    """The tokens, and the recovery codes, shown once."""

    recovery_codes: list[str]


class EnrolBody(TypedDict):
    """What was begun: ``totp`` is what an app needs, None for the other kinds."""

    factor: FactorBody
    totp: TotpBody | None


@action("POST", who=Who.ANYONE, inputs=StepInputs, limit="second_step", raises=_REFUSALS)
def take(ask: Ask) -> Reply[SignedInBody]:
    """Prove a second factor: open the session that the first step could not."""
    answer = Answer(code=ask.data.get("code", ""), credential=ask.data.get("credential"))
    result = take_second_step(ask.ctx, token=ask.data["challenge_token"], answer=answer)
    return signed_in(ask, result)


@action("POST", who=Who.ANYONE, inputs=SendInputs, limit="second_step", status=202)
def send(ask: Ask) -> Reply[None]:
    """Send the code of a factor, if the limits allow: the answer does not tell."""
    kind = FactorKind(ask.data["factor"])
    send_step_code(ask.ctx, token=ask.data["challenge_token"], kind=kind)
    return Reply(None)


@action("POST", who=Who.ANYONE, inputs=EnrolInputs, limit="second_step", raises=(Code.FORBIDDEN,))
def enrol(ask: Ask) -> Reply[EnrolBody]:
    """Begin to set up the second factor that a role asks for."""
    kind, name = FactorKind(ask.data["type"]), ask.data.get("name", "")
    if kind is FactorKind.TOTP:
        started = enrol_at_sign_in.begin_totp(ask.ctx, token=ask.data["challenge_token"], name=name)
        return Reply(EnrolBody(factor=factor_body(started.factor), totp=totp_body(started)))
    begun = enrol_at_sign_in.begin_sent_code(
        ask.ctx, token=ask.data["challenge_token"], channel=kind, name=name
    )
    return Reply(EnrolBody(factor=factor_body(begun), totp=None))


@action(
    "POST",
    who=Who.ANYONE,
    inputs=EnrolConfirmInputs,
    limit="second_step",
    raises=(Code.NOT_FOUND, *_REFUSALS),
)
def confirm(ask: Ask) -> Reply[EnrolledBody]:
    """Prove that it works: open the session. The recovery codes are shown once."""
    enrolled = enrol_at_sign_in.confirm_factor(
        ask.ctx,
        token=ask.data["challenge_token"],
        factor_id=ask.data["id"],
        code=ask.data["code"],
    )
    reply = signed_in(ask, enrolled.result)
    codes = list(enrolled.added.recovery_codes)
    return Reply(EnrolledBody(**reply.body, recovery_codes=codes), tokens=reply.tokens)
