"""What the other tables stand on: the list of endpoints is not empty, and none is forgotten."""

from tests.http.endpoints import CALLS, CANONICAL, ENDPOINTS, READS_A_BODY, READS_NO_BODY


def test_the_tables_hold_the_endpoints_of_both_contracts():
    names = {str(call) for call in CALLS}
    assert {
        "POST /accounts/sign-in/",
        "PATCH /accounts/users/<str:user_id>/",
        "DELETE /accounts/sessions/<str:session_id>/",
        "POST /authentication/login",
        "PUT /authentication/users/<str:user_id>/edit/",
    } <= names
    assert {each.contract.name for each in ENDPOINTS} == {"jwt_accounts", "back_office"}


def test_each_path_is_there_with_and_without_its_slash():
    paths = {each.pattern for each in ENDPOINTS}
    assert {path.removesuffix("/") for path in paths} | {
        f"{path.removesuffix('/')}/" for path in paths
    } == paths
    assert len(CALLS) == 2 * len(CANONICAL)
    assert len(CANONICAL) == len(READS_A_BODY) + len(READS_NO_BODY)
