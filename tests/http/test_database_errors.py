"""A database that is away: 503 in the contract's shape, and nothing half done."""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager

import pytest
from django.core.cache import cache
from django.db import InterfaceError, InternalError, OperationalError, connection, transaction

from jwt_accounts.models import UserSession
from tests.http.caller import taken_back
from tests.http.endpoints import (
    CANONICAL,
    SAMPLE_WITH_A_BODY,
    SAMPLE_WITHOUT_A_BODY,
    assert_in_shape_of_any_status,
)

pytestmark = pytest.mark.django_db


@contextmanager
def away(error: Exception, after: int = 0):
    """The database refuses every statement after the first ``after``."""
    count = iter(range(10**6))

    def refuse(execute, sql, params, many, context):
        # Savepoints are the test's own way of rolling back.
        if "SAVEPOINT" in sql or next(count) < after:
            return execute(sql, params, many, context)
        raise error

    with connection.execute_wrapper(refuse):
        yield
    # The statements never reached the database, so the test's own transaction is sound.
    transaction.set_rollback(False)


CALLS = [call for call in CANONICAL if not call.asks_nothing]
SAMPLE = [call for call in (*SAMPLE_WITH_A_BODY, *SAMPLE_WITHOUT_A_BODY) if not call.asks_nothing]
#: What is read stays read, and is told when it is asked again.
IN_TWO_STEPS = {"POST /api/notifications/<str:notification_id>/read/"}


@pytest.mark.parametrize(
    ("error", "calls"),
    [
        (OperationalError("could not connect to server at 10.1.2.3"), CALLS),
        (InterfaceError("closed"), SAMPLE),
        (InternalError("cannot execute UPDATE in a read-only transaction"), SAMPLE),
    ],
    ids=["OperationalError", "InterfaceError", "InternalError"],
)
def test_without_a_database_every_endpoint_is_503_and_says_when_to_come_back(
    caller, error, calls, caplog
):
    for call in calls:
        body = json.dumps(caller.right(call)).encode()
        url = caller.url(call)
        access = caller.session().tokens.access
        header = {} if call.is_public else {"HTTP_AUTHORIZATION": f"Bearer {access}"}
        caplog.clear()
        with away(error), caplog.at_level(logging.ERROR, logger="jwt_accounts"):
            response = caller.client.generic(
                call.action.method, url, body, "application/json", **header
            )
        assert response.status_code == 503, f"{call}: {response.content!r}"
        answer = assert_in_shape_of_any_status(call.endpoint, response)
        assert int(response["Retry-After"]) > 0
        assert answer.get("code", "unavailable") == "unavailable"
        assert "10.1.2.3" not in response.content.decode()
        assert any(record.exc_info for record in caplog.records), call


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(3, marks=pytest.mark.database),
        *(pytest.param(after, marks=pytest.mark.slow) for after in (1, 2, 5, 8)),
    ],
)
def test_a_database_that_goes_away_half_way_leaves_nothing_half_done(caller, everything, after):
    error = OperationalError("server closed the connection unexpectedly")
    statuses = set()
    access = caller.session().tokens.access
    before = everything()
    for call in CALLS:
        body = json.dumps(caller.right(call)).encode()
        url = caller.url(call)
        sessions = UserSession.objects.count()
        header = {} if call.is_public else {"HTTP_AUTHORIZATION": f"Bearer {access}"}
        with taken_back():
            with caller.room_for_an_app(call), away(error, after=after):
                response = caller.client.generic(
                    call.action.method, url, body, "application/json", **header
                )
            assert_in_shape_of_any_status(call.endpoint, response)
            statuses.add(response.status_code)
            if str(call) in IN_TWO_STEPS:
                continue
            if response.status_code == 503:
                assert everything() == before, call
                assert UserSession.objects.count() == sessions, call
            else:
                assert response.status_code < 300, f"{call}: {response.content!r}"
    assert 503 in statuses


def test_the_first_request_after_the_database_is_back_is_answered(caller):
    for call in CALLS:
        cache.clear()  # some have a rate limit
        body = json.dumps(caller.right(call)).encode()
        with away(OperationalError("away")):
            caller.client.post("/authentication/login/", body, content_type="application/json")
        assert caller.once(call, body).status_code < 300, call
