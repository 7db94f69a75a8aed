"""What of an API token is stored."""

import hashlib


def digest_of(secret: str) -> str:
    """SHA-256 in hexadecimal. 128 random bits need neither salt nor delay."""
    return hashlib.sha256(secret.encode()).hexdigest()
