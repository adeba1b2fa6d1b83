"""The only door to simplejwt: what tokens say, how they are signed, read and rotated."""
