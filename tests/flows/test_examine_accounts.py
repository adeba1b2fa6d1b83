"""What the doctor finds: identifiers that sign nobody in, and why."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from jwt_accounts.credentials import find
from jwt_accounts.flows.examine_accounts import adopt_strangers, examine_accounts, repair
from jwt_accounts.models import Account
from jwt_accounts.models.userfields import user_fields
from tests.sql import statements

pytestmark = [pytest.mark.django_db, pytest.mark.core]


def imported(**addresses):
    """Users behind Django's signals: ``imported(one="a@example.com")``."""
    name = user_fields().username
    if name is None:
        pytest.skip("this user model's addresses are unique")
    model = get_user_model()
    users = [model(**{name: key, "email": email}) for key, email in addresses.items()]
    return model.objects.bulk_create(users)


def findings():
    return [
        (finding.user_id, str(finding.kind), finding.value, finding.shared_with)
        for finding in examine_accounts()
    ]


def test_every_stranger_is_adopted(db):
    users = imported(**{f"user{number}": f"{number}@example.com" for number in range(7)})
    assert adopt_strangers() == 7
    assert adopt_strangers() == 0
    assert set(Account.objects.values_list("user", flat=True)) == {user.pk for user in users}
    assert findings() == []


def test_adopting_many_costs_a_statement_each(db):
    costs = []
    for count in (5, 50):
        imported(**{f"{count}u{number}": f"{count}-{number}@x.example" for number in range(count)})
        with statements() as asked:
            adopt_strangers()
        costs.append(len(asked))
    # The rows go in at once, in as many statements as a statement's parameters ask for.
    assert costs[1] - costs[0] <= 45 + 1


def test_what_several_have_is_found_with_whom(db):
    one, two, _ = imported(one="Both@example.com", two="both@EXAMPLE.com", three="3@example.com")
    adopt_strangers()
    first, second = sorted([(one.pk, one.email, two.pk), (two.pk, two.email, one.pk)])
    assert findings() == [
        (first[0], "email", first[1], (first[2],)),
        (second[0], "email", second[1], (second[2],)),
    ]
    assert find("both@example.com").user is None


def test_what_several_have_is_not_repaired(db):
    imported(one="both@example.com", two="both@example.com")
    adopt_strangers()
    assert [repair(finding) for finding in examine_accounts()] == [False, False]
    assert find("both@example.com").user is None


def test_what_nobody_else_has_any_more_is_given_back(db):
    one, two = imported(one="both@example.com", two="both@example.com")
    adopt_strangers()
    one.email = "fresh@example.com"
    one.save()
    assert findings() == [(two.pk, "email", "both@example.com", ())]
    assert [repair(finding) for finding in examine_accounts()] == [True]
    assert find("both@example.com").user == two
    assert findings() == []


def test_adoption_at_once_and_one_by_one_agree(db):
    addresses = {"One": "both@example.com", "two": "Both@example.com", "ONE": "3@example.com"}

    def stored():
        rows = Account.objects.order_by("pk").values()
        chance = {"user_id", "public_id"}
        return [{name: row[name] for name in row if name not in chance} for row in rows]

    users = imported(**addresses)
    adopt_strangers()
    at_once = stored()
    Account.objects.all().delete()
    for user in sorted(users, key=lambda user: user.pk):
        Account.objects.adopt(user)
    assert stored() == at_once
