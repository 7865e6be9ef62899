"""What a password must be, and its argon2id hash. Keeps no password and knows no account."""

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 10
MIN_CLASSES = 3
TIME_COST = 2
MEMORY_KIB = 64 * 1024
PARALLELISM = 2
"""argon2id of RFC 9106's memory-constrained class (64 MiB), measured at 90 to 140 ms on one 2-core machine."""
AT_ONCE = 2
"""Hashes computed at the same time: a flood of log-ins takes at most this often 64 MiB."""

_hasher = PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=PARALLELISM)
_turn = threading.Semaphore(AT_ONCE)


def strong(password: str) -> bool:
    """At least ten characters, of three of: small letters, capitals, digits, everything else (Chinese characters, too)."""
    classes = (
        any(c.islower() for c in password),
        any(c.isupper() for c in password),
        any(c.isdecimal() for c in password),
        any(not (c.islower() or c.isupper() or c.isdecimal()) for c in password),
    )
    return len(password) >= MIN_LENGTH and sum(classes) >= MIN_CLASSES


def hashed(password: str) -> str:
    """The argon2id hash with its salt and parameters. Blocks for some 100 ms."""
    with _turn:
        return _hasher.hash(_bytes(password))


def matches(hash_text: str, password: str) -> bool:
    """Is this the password of the hash? Takes as long for a wrong one. Blocks for some 100 ms."""
    with _turn:
        try:
            return _hasher.verify(hash_text, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False


def _bytes(password: str) -> bytes:
    """The same bytes however an input method composes the characters."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
