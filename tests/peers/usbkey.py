"""A USB key in software: the device end of CTAP2 over CBOR, without a PIN. What talks to it and what checks it is the library `fido2`."""

import hashlib
import json
import secrets
import struct
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.client import DefaultClientDataCollector, Fido2Client
from fido2.cose import ES256
from fido2.ctap import STATUS, CtapDevice
from fido2.hid import CAPABILITY
from fido2.webauthn import PublicKeyCredentialCreationOptions, PublicKeyCredentialRequestOptions

from cityops_desktop.people.fido import ORIGIN

MAKE, GET, INFO = 1, 2, 4
NO_CREDENTIALS, NOT_TOUCHED, UNKNOWN = 0x2E, 0x3A, 0x01


class SoftKey(CtapDevice):
    """`step`: what the counter grows by (0: a key without a counter); `touched`: whether somebody touches it."""

    def __init__(self, step: int = 1) -> None:
        self.step = step
        self.counter = 0
        self.touched = True
        self.held: dict[bytes, ec.EllipticCurvePrivateKey] = {}

    @property
    def capabilities(self) -> int:
        return int(CAPABILITY.CBOR)

    @classmethod
    def list_devices(cls) -> Iterator[CtapDevice]:
        """None is plugged in anywhere: a test hands its own over."""
        return iter(())

    def clone(self) -> "SoftKey":
        """Another key with the same secrets, as of now."""
        other = SoftKey(self.step)
        other.held, other.counter = dict(self.held), self.counter
        return other

    def call(self, cmd: int, data: bytes = b"", event: Event | None = None, on_keepalive: Callable[[STATUS], None] | None = None) -> bytes:
        asked: Any = cbor.decode(data[1:]) if data[1:] else {}
        if data[0] == INFO:
            return self._told({1: ["FIDO_2_0"], 2: [], 3: bytes(16), 4: {"rk": False, "up": True}})
        if on_keepalive is not None:
            on_keepalive(STATUS.UPNEEDED)
        if not self.touched:
            return bytes([NOT_TOUCHED])
        if data[0] == MAKE:
            return self._make(asked)
        return self._get(asked) if data[0] == GET else bytes([UNKNOWN])

    def _make(self, asked: Any) -> bytes:
        credential, private = secrets.token_bytes(32), ec.generate_private_key(ec.SECP256R1())
        self.held[credential] = private
        public = cbor.encode(dict(ES256.from_cryptography_key(private.public_key())))
        attested = bytes(16) + struct.pack(">H", len(credential)) + credential + public
        return self._told({1: "none", 2: self._data(asked[2]["id"], 0x41) + attested, 3: {}})

    def _get(self, asked: Any) -> bytes:
        known = [one["id"] for one in asked.get(3, []) if one["id"] in self.held]
        if not known:
            return bytes([NO_CREDENTIALS])
        data = self._data(asked[1], 0x01)
        signature = self.held[known[0]].sign(data + asked[2], ec.ECDSA(SHA256()))
        return self._told({1: {"id": known[0], "type": "public-key"}, 2: data, 3: signature})

    def _data(self, rp: str, flags: int) -> bytes:
        self.counter += self.step
        return hashlib.sha256(rp.encode()).digest() + bytes([flags]) + struct.pack(">I", self.counter)

    def _told(self, answer: Any) -> bytes:
        return b"\0" + cbor.encode(answer)


def answered(key: SoftKey, options: str, origin: str = ORIGIN) -> str:
    """The JSON that the library makes of these options and this key."""
    asked = json.loads(options)
    client = Fido2Client(key, DefaultClientDataCollector(origin, lambda *_: True))
    if "user" in asked:
        return json.dumps(dict(client.make_credential(PublicKeyCredentialCreationOptions.from_dict(asked))))
    return json.dumps(dict(client.get_assertion(PublicKeyCredentialRequestOptions.from_dict(asked)).get_response(0)))
