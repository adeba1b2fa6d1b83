"""Apps that a host may add: each is in ``INSTALLED_APPS`` or is not there at all."""
