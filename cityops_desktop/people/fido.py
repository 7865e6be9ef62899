"""A USB key (FIDO2) as a second factor: what it is asked, and whether it answered. The library `fido2` does the protocol; keeps no row.

The key proves that somebody touched it, not a PIN: the password is the other factor. Options and answers travel as the JSON of WebAuthn.
Whose key it was and that its counter grows is told by `asserted`; that an answer belongs to a question of a moment ago, and to one only,
by `Questions`. The library is loaded at first use: a station without such keys does without it.
"""

import json
import secrets
import threading
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from cityops_desktop.clock import Clock

if TYPE_CHECKING:
    from fido2.server import Fido2Server
    from fido2.webauthn import AttestedCredentialData

T = TypeVar("T")
RP_ID = "cityops-desktop"
ORIGIN = "https://cityops-desktop"
"""No web page has it: an answer that a browser was made to give is none for a station."""
TOUCH_MS = 60_000
"""How long a key waits to be touched."""
QUESTION_SECONDS = 120.0
MOST_QUESTIONS = 1000
_ALGORITHM = 3
"""Of a COSE key (RFC 9052)."""


class Key(NamedTuple):
    """A key that was registered: what is kept of it, and its counter."""

    kept: str
    counter: int


def creation(name: str) -> tuple[str, str]:
    """A question to a new key: what is kept until it answers, and the JSON of the options."""
    from fido2.webauthn import PublicKeyCredentialUserEntity, UserVerificationRequirement

    user = PublicKeyCredentialUserEntity(id=secrets.token_bytes(16), name=name, display_name=name)
    options, state = _server().register_begin(user, user_verification=UserVerificationRequirement.DISCOURAGED)
    return str(state["challenge"]), json.dumps(dict(options.public_key))


def registered(challenge: str, answer: str) -> Key | None:
    """The new key, when it answered this question."""
    from fido2.cose import CoseKey
    from fido2.utils import websafe_encode

    def read() -> Key:
        data = _server().register_complete({"challenge": challenge, "user_verification": None}, json.loads(answer))
        credential = data.credential_data
        if credential is None or credential.public_key.get(_ALGORITHM) not in CoseKey.supported_algorithms():
            raise ValueError("no key that could be asked later")
        return Key(websafe_encode(credential), data.counter)

    return _understood(read)


def asserted(kept: str, counter: int | None, answer: str) -> int | None:
    """The key's counter when this key gave the answer, to whatever question; None for no.

    It must have grown, otherwise there are two such keys; a key without a counter says 0 for good.
    """
    from fido2.utils import websafe_encode
    from fido2.webauthn import AuthenticationResponse

    def read() -> int:
        told = AuthenticationResponse.from_dict(json.loads(answer))
        if told is None:
            raise ValueError("no answer")
        state = {"challenge": websafe_encode(told.response.client_data.challenge), "user_verification": None}
        _server().authenticate_complete(state, [_credential(kept)], told)
        return int(told.response.authenticator_data.counter)

    new = _understood(read)
    grown = new is not None and (counter is None or new > counter or new == counter == 0)
    return new if grown else None


def is_answer(code: str) -> bool:
    """Is this meant as the answer of a USB key, not as a code that somebody typed?"""
    return code.lstrip().startswith("{")


class Questions:
    """The questions of the last minutes that no key has answered yet. In memory; thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._ends: dict[tuple[str, bytes], float] = {}

    def ask(self, account: str, keys: Iterable[str]) -> str:
        """A new question to the keys of an account: the JSON of its options."""
        challenge, now = secrets.token_bytes(32), self._clock.monotonic()
        with self._lock:
            self._ends = {question: end for question, end in self._ends.items() if end > now}
            while len(self._ends) >= MOST_QUESTIONS:
                del self._ends[next(iter(self._ends))]
            self._ends[account, challenge] = now + QUESTION_SECONDS
        return _request(keys, challenge)

    def answered(self, account: str, answer: str) -> bool:
        """Was this asked of this account a moment ago? It is true once."""
        question = (account, _understood(lambda: _question_of(answer)) or b"")
        with self._lock:
            return self._ends.pop(question, 0.0) > self._clock.monotonic()


def _request(keys: Iterable[str], challenge: bytes) -> str:
    from fido2.webauthn import UserVerificationRequirement

    options, _ = _server().authenticate_begin(
        [_credential(kept) for kept in keys], user_verification=UserVerificationRequirement.DISCOURAGED, challenge=challenge
    )
    return json.dumps(dict(options.public_key))


def _question_of(answer: str) -> bytes:
    from fido2.utils import websafe_decode
    from fido2.webauthn import CollectedClientData

    return CollectedClientData(websafe_decode(json.loads(answer)["response"]["clientDataJSON"])).challenge


def _credential(kept: str) -> "AttestedCredentialData":
    from fido2.utils import websafe_decode
    from fido2.webauthn import AttestedCredentialData

    return AttestedCredentialData(websafe_decode(kept))


@cache
def _server() -> "Fido2Server":
    from fido2.server import Fido2Server
    from fido2.webauthn import PublicKeyCredentialRpEntity

    made = Fido2Server(PublicKeyCredentialRpEntity(id=RP_ID, name="CityOps Desktop"), verify_origin=lambda origin: origin == ORIGIN)
    made.timeout = TOUCH_MS  # type: ignore[assignment]
    return made


def _understood(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except Exception:  # noqa: BLE001  named border: what the library raises at a stranger's bytes is nowhere told
        return None
