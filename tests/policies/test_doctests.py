"""The vectors in the policies' docstrings."""

import doctest
import importlib
import pkgutil

import pytest

from jwt_accounts import policies

MODULES = [f"{policies.__name__}.{found.name}" for found in pkgutil.iter_modules(policies.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_the_vectors_of_a_policy_hold(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_policies_have_vectors():
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [finder.find(importlib.import_module(name)) for name in MODULES]
    assert sum(len(each.examples) for tests in found for each in tests) >= 5
