import pytest

from jwt_accounts.flows.sign_in import sign_in
from tests.conftest import PASSWORD, identifier_of

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def test_a_user_signs_in(ctx, make_user):
    user = make_user()
    assert sign_in(ctx, identifier=identifier_of(user), password=PASSWORD).user == user
