"""The station's signing key (Ed25519): made at the first start, kept in `sign.key`, its public half published in `sign.pub`.

Signs what it is given and decides nothing. A key that is new to the change log is told there, with its public half, so that the heads
of older keys stay verifiable from the log alone.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection, select

from cityops_desktop.store import changes
from cityops_desktop.store.files import PRIVATE, sync_folder
from cityops_desktop.store.schema import change

PRIVATE_FILE = "sign.key"
PUBLIC_FILE = "sign.pub"
KIND = "audit.key"
SUBJECT = "audit"
PUBLIC = 0o644
_MOST_BYTES = 10_000


@dataclass(frozen=True, slots=True)
class Key:
    """`why` says how it came here: "" = it was there, first = there was none, damaged = what was there is no key (moved aside)."""

    private: Ed25519PrivateKey
    why: str

    @property
    def public(self) -> bytes:
        """The raw 32 bytes."""
        return self.private.public_key().public_bytes_raw()

    def sign(self, text: str) -> str:
        """The signature of a text (UTF-8), in hex."""
        return self.private.sign(text.encode()).hex()


def fingerprint(public: bytes) -> str:
    """How people tell keys apart: SHA-256 of the raw 32 bytes, in hex."""
    return hashlib.sha256(public).hexdigest()


def signed(public: bytes, text: str, signature: str) -> bool:
    """Is this the signature of the text by the holder of that key?"""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(bytes.fromhex(signature), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def load_or_make(data: Path, time: int) -> Key:
    """The key of this data directory. OSError when it can neither be read nor made. `time` (UTC ms) names what is moved aside."""
    path, why = data / PRIVATE_FILE, ""
    try:
        private = _parsed(path.read_bytes()[:_MOST_BYTES])
    except FileNotFoundError:
        private, why = Ed25519PrivateKey.generate(), "first"
    except ValueError:
        path.replace(path.with_name(f"{path.name}.damaged-{time}"))
        private, why = Ed25519PrivateKey.generate(), "damaged"
    if why:
        kept = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        _write(path, kept, PRIVATE)
    elif os.name == "posix":
        path.chmod(PRIVATE)
    key = Key(private, why)
    if published(data) != key.public:
        told = private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        _write(data / PUBLIC_FILE, told, PUBLIC)
    return key


def load(data: Path) -> Key:
    """The key that is there. OSError, ValueError when there is none: a station makes its key soon after its first start."""
    return Key(_parsed((data / PRIVATE_FILE).read_bytes()[:_MOST_BYTES]), "")


def published(data: Path) -> bytes | None:
    """The public half that lies in a data directory; None when there is none, or no key of this kind."""
    try:
        found = serialization.load_pem_public_key((data / PUBLIC_FILE).read_bytes()[:_MOST_BYTES])
    except (OSError, ValueError):
        return None
    return found.public_bytes_raw() if isinstance(found, Ed25519PublicKey) else None


def announce(conn: Connection, key: Key, time: int) -> str | None:
    """Tell the log of a key that it does not know as the newest; returns the fingerprint of the one before when the key has changed."""
    newest = newest_key(conn)
    own = fingerprint(key.public)
    if newest == own:
        return None
    why = key.why if newest is None or key.why == "damaged" else {"first": "lost", "": "replaced"}[key.why]
    body = {"key": own, "public": key.public.hex(), "before": newest, "why": why or "first"}
    changes.append(conn, kind=KIND, subject=SUBJECT, actor="station", time=time, body=body)
    return newest


def newest_key(conn: Connection) -> str | None:
    """The fingerprint of the key that the log knows as the newest."""
    column = change.c.body.op("->>")("$.key")
    found = conn.execute(select(column).where(change.c.kind == KIND).order_by(change.c.seq.desc()).limit(1)).scalar()
    return None if found is None else str(found)


def _parsed(pem: bytes) -> Ed25519PrivateKey:
    try:
        found = serialization.load_pem_private_key(pem, password=None)
    except TypeError as error:  # somebody put a password on it
        raise ValueError(str(error)) from error
    if not isinstance(found, Ed25519PrivateKey):
        raise ValueError("not an Ed25519 key")
    return found


def _write(path: Path, content: bytes, mode: int) -> None:
    """Whole or not at all, and nobody else's file: what lies under the draft's name is not written to."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)
