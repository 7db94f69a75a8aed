"""The authenticator app on a person's phone."""

import base64
import hashlib
import hmac
import time


def code_now(secret: str) -> str:
    """Source: RFC 6238, with SHA-1, six digits and half a minute."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8), casefold=True)
    step = int(time.time()) // 30
    digest = hmac.new(key, step.to_bytes(8, "big"), hashlib.sha1).digest()
    at = digest[-1] & 0x0F
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"
