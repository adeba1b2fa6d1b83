"""dj-rest-auth's endpoints in JWT mode, with registration, for its clients and its hosts."""
