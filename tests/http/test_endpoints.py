"""What the other tables stand on: the list of endpoints is not empty, and none is forgotten."""

from tests.http.endpoints import (
    CALLS,
    CANONICAL,
    CONTRACTS,
    ENDPOINTS,
    READS_A_BODY,
    READS_NO_BODY,
    SAMPLE_WITH_A_BODY,
    SAMPLE_WITHOUT_A_BODY,
)


def test_the_tables_hold_the_endpoints_of_every_contract():
    names = {str(call) for call in CALLS}
    assert {
        "POST /accounts/sign-in/",
        "PATCH /accounts/users/<str:user_id>/",
        "DELETE /accounts/sessions/<str:session_id>/",
        "POST /authentication/login",
        "PUT /authentication/users/<str:user_id>/edit/",
        "PATCH /auth/users/<str:id>/",
        "POST /api/v1/core",
        "GET /api/confirm-email/<str:token>/",
        "POST /api/tenants/sign_up/",
        "POST /dj-rest-auth/password/reset/confirm",
    } <= names
    assert set(CONTRACTS) == {
        "jwt_accounts",
        "back_office",
        "djoser",
        "device_api",
        "chat",
        "pages",
        "rest_auth",
        "tenant_portal",
        "well_known",
    }


def test_each_path_is_there_with_and_without_its_slash():
    paths = {each.pattern for each in ENDPOINTS}
    assert {path.removesuffix("/") for path in paths} | {
        f"{path.removesuffix('/')}/" for path in paths
    } == paths
    assert len(CALLS) == 2 * len(CANONICAL)
    assert len(CANONICAL) == len(READS_A_BODY) + len(READS_NO_BODY)


def test_a_sample_has_a_public_and_a_protected_endpoint_of_each_contract():
    for calls, sample in (
        (READS_A_BODY, SAMPLE_WITH_A_BODY),
        (READS_NO_BODY, SAMPLE_WITHOUT_A_BODY),
    ):
        kinds = {(call.endpoint.contract.name, call.is_public) for call in calls}
        assert len(sample) == len(kinds) >= 7
