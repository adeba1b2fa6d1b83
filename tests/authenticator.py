"""An authenticator in software: what a browser and a security key do together, written down from
WebAuthn level 3, without the package that the library uses."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

ORIGIN = "https://front.example"
DOMAIN = "front.example"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40

_HOW = {-7: (ec.ECDSA(SHA256()),), -8: (), -257: (padding.PKCS1v15(), SHA256())}


def to_text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def to_bytes(text: str) -> bytes:
    return urlsafe_b64decode(f"{text}===")


def cbor(value: Any) -> bytes:
    """Whole numbers, bytes, texts and maps (RFC 8949 section 3)."""
    if isinstance(value, int):
        return _head(0, value) if value >= 0 else _head(1, -1 - value)
    if isinstance(value, bytes):
        return _head(2, len(value)) + value
    if isinstance(value, str):
        return _head(3, len(value.encode())) + value.encode()
    pairs = (cbor(key) + cbor(each) for key, each in value.items())
    return _head(5, len(value)) + b"".join(pairs)


def _head(kind: int, number: int) -> bytes:
    if number < 24:
        return bytes([kind << 5 | number])
    for code, size in ((24, 1), (25, 2), (26, 4)):
        if number < 1 << 8 * size:
            return bytes([kind << 5 | code]) + number.to_bytes(size, "big")
    raise ValueError(number)


@dataclass
class Authenticator:
    """With one passkey in it. What is changed in a keyword is said in the place of the truth."""

    origin: str = ORIGIN
    domain: str = DOMAIN
    counts: bool = True
    credential_id: bytes = field(default_factory=lambda: token_bytes(32))
    count: int = 0
    handle: bytes = b""
    #: -7 ECDSA (most), -8 EdDSA, -257 RSA (Windows).
    algorithm: int = -7

    def __post_init__(self) -> None:
        self.key: Any
        if self.algorithm == -257:
            self.key = rsa.generate_private_key(65537, 2048)
        elif self.algorithm == -8:
            self.key = ed25519.Ed25519PrivateKey.generate()
        else:
            self.key = ec.generate_private_key(ec.SECP256R1())

    @property
    def id(self) -> str:
        return to_text(self.credential_id)

    @property
    def public_key(self) -> dict[int, Any]:
        """As COSE says it (RFC 9053 section 7, RFC 8230 section 4)."""
        if self.algorithm == -8:
            return {1: 1, 3: -8, -1: 6, -2: self.key.public_key().public_bytes_raw()}
        point = self.key.public_key().public_numbers()
        if self.algorithm == -257:
            return {1: 3, 3: -257, -1: point.n.to_bytes(256, "big"), -2: point.e.to_bytes(3, "big")}
        return {
            1: 2,
            3: -7,
            -1: 1,
            -2: point.x.to_bytes(32, "big"),
            -3: point.y.to_bytes(32, "big"),
        }

    def make(self, options: dict[str, Any], **said: Any) -> dict[str, Any]:
        """``navigator.credentials.create()``."""
        self.handle = to_bytes(options["user"]["id"])
        said.setdefault("type", "webauthn.create")
        flags = said.pop("flags", PRESENT | ATTESTED)
        key = said.pop("public_key", None) or cbor(self.public_key)
        size = len(self.credential_id).to_bytes(2, "big")
        attested = bytes(16) + size + self.credential_id + key
        data = self._data(flags, attested, said)
        stated = {"fmt": "none", "attStmt": {}, "authData": data, **said.pop("stated", {})}
        response = {
            "clientDataJSON": to_text(self._client_data(options, said)),
            "attestationObject": to_text(cbor(stated)),
            "transports": ["usb", "nfc"],
        }
        return self._credential(response)

    def sign(self, options: dict[str, Any], **said: Any) -> dict[str, Any]:
        """``navigator.credentials.get()``."""
        self.count += self.counts
        said.setdefault("type", "webauthn.get")
        data = self._data(said.pop("flags", PRESENT), b"", said)
        handle = said.pop("handle", self.handle)
        client_data = self._client_data(options, said)
        signed = data + hashlib.sha256(client_data).digest()
        response = {
            "clientDataJSON": to_text(client_data),
            "authenticatorData": to_text(data),
            "signature": to_text(self.key.sign(signed, *_HOW[self.algorithm])),
        }
        return self._credential({**response, "userHandle": to_text(handle)} if handle else response)

    def _data(self, flags: int, attested: bytes, said: dict[str, Any]) -> bytes:
        domain = said.pop("domain", self.domain)
        count = said.pop("count", self.count)
        digest = hashlib.sha256(domain.encode()).digest()
        return digest + bytes([flags]) + count.to_bytes(4, "big") + attested

    def _client_data(self, options: dict[str, Any], said: dict[str, Any]) -> bytes:
        known = {"challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps({**known, **said}).encode()

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": self.id,
            "rawId": self.id,
            "type": "public-key",
            "authenticatorAttachment": "cross-platform",
            "clientExtensionResults": {},
            "response": response,
        }
