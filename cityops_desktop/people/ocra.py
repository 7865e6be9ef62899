"""OCRA (RFC 6287): the answer of an authenticator to a challenge. Pure computation for both ends, the station and the authenticator.


Of the data that a suite may name: counter, question (numeric or alphanumeric), hash of a PIN, time. Ours is `SUITE`: eight digits that are
read over the phone, and the minute in which they are answered.
"""

import base64
import hashlib
import hmac
import re
import secrets
from typing import NamedTuple
from urllib.parse import quote, urlencode

SUITE = "OCRA-1:HOTP-SHA256-8:QN08-T1M"
SECRET_BYTES = 32
DIGITS = 8
"""Of challenge and answer."""
STEP_MS = 60_000
AROUND = 1
"""Minutes before and after the present one whose answer is accepted, too: the clocks differ."""
QUESTION_BYTES = 128

_HASH = "SHA1|SHA256|SHA512"
_SUITE = re.compile(rf"OCRA-1:HOTP-({_HASH})-([4-9]|10):(C-)?Q([AN])([0-9]{{2}})(?:-P({_HASH}))?(?:-T([0-9]{{1,2}})([SMH]))?")
_SECONDS = {"S": 1, "M": 60, "H": 3600}


class Suite(NamedTuple):
    """What a suite's name says. `pin`: the hash of the PIN, "" without one; `step` in seconds, 0 without time."""

    name: str
    hash: str
    digits: int
    counter: bool
    numeric: bool
    pin: str
    step: int


def suite(name: str) -> Suite:
    """Read a suite's name. ValueError when it is none, or names data that are not known here."""
    found = _SUITE.fullmatch(name)
    if found is None:
        raise ValueError(f"not an OCRA suite: {name}")
    mac, digits, counter, form, _, pin, steps, unit = found.groups()
    step = int(steps) * _SECONDS[unit] if steps else 0
    return Suite(name, mac.lower(), int(digits), counter is not None, form == "N", (pin or "").lower(), step)


def answer(of: Suite, key: bytes, question: str, *, counter: int = 0, pin: str = "", step: int = 0) -> str:
    """The answer to a question; `step` counts the time steps since 1970. What the suite does not name is not used."""
    data = of.name.encode() + b"\0"
    if of.counter:
        data += counter.to_bytes(8, "big")
    data += _question(of, question)
    if of.pin:
        data += hashlib.new(of.pin, pin.encode()).digest()
    if of.step:
        data += step.to_bytes(8, "big")
    mac = hmac.digest(key, data, of.hash)
    offset = mac[-1] & 15
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**of.digits).zfill(of.digits)


def _question(of: Suite, question: str) -> bytes:
    """128 bytes, filled up on the right: a number as its hexadecimal digits, so that an odd digit fills half a byte."""
    text = f"{int(question):x}" if of.numeric else question.encode().hex()
    if len(text) > 2 * QUESTION_BYTES:
        raise ValueError("the question is too long")
    return bytes.fromhex(text.ljust(2 * QUESTION_BYTES, "0"))


OURS = suite(SUITE)


def new_secret() -> str:
    """A secret as it is kept, in base32."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


def shown(secret: str) -> str:
    """The secret as it is read from a screen: groups of four letters."""
    letters = secret.rstrip("=")
    return " ".join(letters[i : i + 4] for i in range(0, len(letters), 4))


def uri(secret: str, name: str, issuer: str) -> str:
    """The same for a QR code."""
    told = urlencode({"secret": secret.rstrip("="), "issuer": issuer, "suite": SUITE})
    return f"otpauth://ocra/{quote(f'{issuer}:{name}')}?{told}"


def key(secret: str) -> bytes:
    """The key of a secret however it was typed: small letters, blanks. ValueError when it is not ours."""
    letters = "".join(secret.split()).upper().rstrip("=")
    made = base64.b32decode(letters + "=" * (-len(letters) % 8))
    if len(made) != SECRET_BYTES:
        raise ValueError("the secret is incomplete")
    return made


def number(text: str) -> str:
    """A challenge or an answer as it was typed, in groups or not; "" when it is none."""
    digits = "".join(text.split())
    return digits if len(digits) == DIGITS and digits.isascii() and digits.isdecimal() else ""


def derived(content: bytes) -> str:
    """Eight digits that stand for a content."""
    return str(int.from_bytes(hashlib.sha256(content).digest()[:16], "big") % 10**DIGITS).zfill(DIGITS)


def first_challenge(secret: str) -> str:
    """What a new authenticator must answer to be registered; needs no memory of its own."""
    return derived(b"first challenge " + secret.encode())


def now(secret: str, challenge: str, time: int) -> str:
    """The authenticator's side: the answer at this moment (UTC ms)."""
    return answer(OURS, key(secret), challenge, step=time // STEP_MS)


def accepted(secret: str, challenge: str, given: str, time: int, used: int | None) -> int | None:
    """The station's side: what `used` becomes when this is an answer to the challenge that was not given before; None for no.

    `used` holds the newest minute that was answered and the challenge of it: an earlier minute is not accepted, nor the same answer twice.
    """
    typed, minute, found = number(given), time // STEP_MS, None
    last, challenged = divmod(used, 10**DIGITS) if used is not None else (-1, -1)
    for step in range(max(0, minute - AROUND), minute + AROUND + 1):
        right = hmac.compare_digest(answer(OURS, key(secret), challenge, step=step), typed)
        if right and found is None and (step > last or (step == last and int(challenge) != challenged)):
            found = step * 10**DIGITS + int(challenge)
    return found
