"""The example project's user model."""
