"""Known HTTP contracts, each a URLconf of its own over the same flows."""
