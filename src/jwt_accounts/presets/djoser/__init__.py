"""djoser's users and JWT endpoints, for its clients and its hosts' ``reverse()`` calls."""
