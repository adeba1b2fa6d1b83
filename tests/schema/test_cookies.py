"""Security schemes: a bearer token; cookies, and the CSRF token with what is not safe."""

from __future__ import annotations

BEARER = {"accountBearer": []}
COOKIE = {"accountJwtAccessCookie": []}
CSRF = {"accountCsrfToken": []}


def security(document, operation_id):
    found = {each["operationId"]: each for each in document.operations.values()}
    return found[operation_id]["security"]


def test_a_token_is_asked_for_where_one_is_read(document):
    assert security(document, "jwt_accounts_me_get") == [BEARER]
    assert security(document, "jwt_accounts_sign_out") == [BEARER]
    assert security(document, "jwt_accounts_sign_in") == [{}]


def test_a_visitor_may_show_one(document):
    assert security(document, "rest_auth_rest_logout") == [BEARER, {}]


def test_the_same_contract_for_browsers_takes_its_cookie_with_the_csrf_token(document):
    assert security(document, "browser_jwt_accounts_me_get") == [BEARER, COOKIE]
    assert security(document, "browser_jwt_accounts_me_update") == [BEARER, {**COOKIE, **CSRF}]
    assert security(document, "browser_jwt_accounts_sign_in") == [CSRF]
    refresh = {"accountJwtRefreshCookie": [], **CSRF}
    assert security(document, "browser_jwt_accounts_token_refresh") == [refresh, CSRF]


def test_what_a_cookie_may_bring_need_not_be_in_the_body(document):
    schemas = document.content["components"]["schemas"]
    assert schemas["JwtAccountsTokenRefreshRequest"]["required"] == ["refresh"]
    assert "required" not in schemas["BrowserJwtAccountsTokenRefreshRequest"]


def test_a_request_of_another_site_is_refused_as_described(document):
    found = {each["operationId"]: each for each in document.operations.values()}
    assert "csrf_failed" in str(found["browser_jwt_accounts_sign_in"]["responses"]["403"])
    assert "csrf_failed" not in str(found["jwt_accounts_sign_in"]["responses"])
    assert "csrf_failed" not in str(found["browser_jwt_accounts_me_get"]["responses"])


def test_the_hosts_own_views_share_the_schemes(document):
    shop = {"accountHostShopCookie": []}
    host_cookie = {"accountHostJwtAccessCookie": []}
    operations = document.operations
    assert operations["/orders/", "GET"]["security"] == [BEARER]
    assert operations["/browser/orders/", "GET"]["security"] == [BEARER, shop]
    assert operations["/browser/orders/", "POST"]["security"] == [BEARER, {**shop, **CSRF}]
    assert host_cookie in operations["/any/orders/", "GET"]["security"]


def test_schemes_name_what_travels(document):
    schemes = document.content["components"]["securitySchemes"]
    assert schemes["accountBearer"] == {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    assert schemes["accountJwtAccessCookie"]["name"] == "jwt_access"
    assert schemes["accountHostJwtAccessCookie"]["name"] == "__Host-jwt_access"
    assert schemes["accountCsrfToken"]["in"] == "header"
    assert schemes["accountCsrfToken"]["name"].lower() == "x-csrftoken"
