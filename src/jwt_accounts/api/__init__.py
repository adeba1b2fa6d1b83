"""Contract zero: the use cases as a plain REST API with ``application/problem+json`` errors."""
