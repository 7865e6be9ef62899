"""What a password must be, and its argon2id hash. Keeps no password and knows no account."""

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cityops_desktop.model.refused import Refused
from cityops_desktop.people import names
from cityops_desktop.people.policy import Policy

MIN_LENGTH = 10
MIN_CLASSES = 3
SHORTEST_NAME = 3
"""A shorter login name of Latin letters may stand in a password: it does so by chance."""
TIME_COST = 2
MEMORY_KIB = 64 * 1024
PARALLELISM = 2
"""argon2id of RFC 9106's memory-constrained class (64 MiB), measured at 90 to 140 ms on one 2-core machine."""
AT_ONCE = 2
"""Hashes computed at the same time: a flood of log-ins takes at most this often 64 MiB."""

_hasher = PasswordHasher(time_cost=TIME_COST, memory_cost=MEMORY_KIB, parallelism=PARALLELISM)
_turn = threading.Semaphore(AT_ONCE)


def strong(password: str, length: int = MIN_LENGTH, classes: int = MIN_CLASSES) -> bool:
    """So long, and of so many of: small letters, capitals, digits, everything else (Chinese characters, too)."""
    found = (
        any(c.islower() for c in password),
        any(c.isupper() for c in password),
        any(c.isdecimal() for c in password),
        any(not (c.islower() or c.isupper() or c.isdecimal()) for c in password),
    )
    return len(password) >= length and sum(found) >= classes


def require(password: str, name: str, policy: Policy) -> None:
    """Is this a password for the account of this name? Refused: weak_password, name_in_password."""
    if not strong(password, policy.password_length, policy.password_classes):
        raise Refused("weak_password", length=policy.password_length)
    login = names.key(name)
    if (len(login) >= SHORTEST_NAME or not login.isascii()) and login in names.key(password):
        raise Refused("name_in_password")


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
