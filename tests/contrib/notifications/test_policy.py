"""When a client is new to an account."""

from __future__ import annotations

import doctest

import pytest

from jwt_accounts.contrib.notifications import policy
from jwt_accounts.contrib.notifications.policy import Client, is_new

HOME = Client("192.0.2.7", "laptop")


def test_the_vectors_hold():
    found = doctest.testmod(policy)
    assert found.attempted >= 4
    assert found.failed == 0


@pytest.mark.parametrize(
    ("ip", "user_agent", "new"),
    [
        ("192.0.2.7", "laptop", False),
        ("::ffff:192.0.2.7", "laptop", False),
        ("192.0.2.8", "laptop", True),
        ("192.0.2.7", "phone", True),
        ("192.0.2.7", "", True),
        (None, "laptop", True),
    ],
)
def test_a_client_is_known_by_its_user_agent_and_its_network_together(ip, user_agent, new):
    others = [Client("192.0.2.8", "phone"), Client("198.51.100.1", "")]
    assert is_new(Client(ip, user_agent), [*others, HOME][-1:]) is new
    assert is_new(HOME, others) is True
