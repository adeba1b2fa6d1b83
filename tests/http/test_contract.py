"""A contract is complete or it is not made."""

from __future__ import annotations

import json
import re

import pytest

from jwt_accounts.errors import Code, FieldError
from jwt_accounts.http.actions import Reply, Who, action
from jwt_accounts.http.contract import Answer, Contract, Refusal
from tests.http.endpoints import CONTRACTS, ENDPOINTS

COMPLETE = {code: Answer(400, {"no": str(code)}) for code in Code}


def test_a_complete_table_makes_a_contract():
    contract = Contract(name="mine", errors=COMPLETE)
    refusal = Refusal(code=Code.NOT_FOUND, message="")
    assert contract.answer(refusal) == (400, {"no": "not_found"})


@pytest.mark.parametrize("code", Code)
def test_a_table_without_one_code_is_refused_by_name(code):
    incomplete = {key: answer for key, answer in COMPLETE.items() if key is not code}
    with pytest.raises(ValueError, match=rf"'mine' has no answer for: {re.escape(str(code))}$"):
        Contract(name="mine", errors=incomplete)


def test_an_empty_table_is_refused_naming_every_code():
    with pytest.raises(ValueError, match="has no answer") as caught:
        Contract(name="mine", errors={})
    assert all(str(code) in str(caught.value) for code in Code)


def test_the_body_of_an_answer_is_nobody_elses():
    contract = Contract(name="mine", errors=COMPLETE)
    _, body = contract.answer(Refusal(code=Code.INVALID, message=""))
    body["more"] = 1
    assert contract.answer(Refusal(code=Code.INVALID, message=""))[1] == {"no": "invalid"}


@pytest.mark.parametrize("code", Code)
@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_every_contract_says_every_refusal_with_a_4xx_or_5xx_and_a_body(contract, code):
    refusal = Refusal(
        code=code,
        message="A sentence.",
        fields={"name": (FieldError("invalid", "Wrong."), FieldError("blank", "Empty."))},
        wait=7,
        reference="abc123",
    )
    status, body = contract.answer(refusal)
    assert 400 <= status < 600
    assert (status >= 500) is (code in {Code.UNAVAILABLE, Code.UNEXPECTED})
    assert json.loads(json.dumps(body)) == body
    assert body


def test_contract_zero_gives_each_code_a_type_and_a_title_of_its_own():
    zero = CONTRACTS["jwt_accounts"]
    bodies = [zero.answer(Refusal(code=code, message="A sentence."))[1] for code in Code]
    assert len({body["type"] for body in bodies}) == len(Code)
    assert len({body["title"] for body in bodies}) == len(Code)
    assert [body["code"] for body in bodies] == [str(code) for code in Code]


def test_a_public_action_without_a_rate_limit_is_refused():
    with pytest.raises(ValueError, match="rate limit"):
        action("POST", who=Who.ANYONE)
    assert action("POST", who=Who.ANYONE, limit="sign_in")(lambda _ask: Reply({})).limit


def test_every_public_endpoint_has_a_rate_limit():
    public = [
        action for each in ENDPOINTS for action in each.actions.values() if action.who is Who.ANYONE
    ]
    assert public
    assert all(action.limit for action in public)
