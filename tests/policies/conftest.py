"""The same examples on every run: a property that breaks tomorrow must have been changed today."""

from hypothesis import settings

settings.register_profile("suite", deadline=None, derandomize=True, max_examples=100)
settings.load_profile("suite")
