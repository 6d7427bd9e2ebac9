"""JSON web tokens, signed with a key of their own."""

import base64
import json
import time
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa


class TokenIssuer:
    """Signs tokens; `key_set` is what those need who check them."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def key_set(self) -> str:
        """The public key as a JSON web key set."""
        numbers = self._key.public_key().public_numbers()
        key = {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1"}
        return json.dumps({"keys": [key | {"n": _number(numbers.n), "e": _number(numbers.e)}]})

    def token(self, issuer: str, *, lives_for: int = 3600, **claims: Any) -> str:
        """A token that ends in so many seconds, or ended so long ago."""
        payload = {"iss": issuer, "exp": int(time.time()) + lives_for, **claims}
        head = {"alg": "RS256", "typ": "JWT", "kid": "1"}
        signed = ".".join(_encoded(json.dumps(part).encode()) for part in (head, payload))
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_encoded(signature)}"


def _number(value: int) -> str:
    return _encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
