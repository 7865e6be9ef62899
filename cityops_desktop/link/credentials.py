"""What a request says of who sends it: the person's session, and what proves which console it is. Checks nothing."""

import hashlib
from dataclasses import dataclass

LOCAL = "local"
"""A console of this machine, which read the token in the data directory."""
NOBODY = ""
"""A remote console that is about to be paired: it has no token yet."""
SCOPE = "cityops.via"
"""Where the guard leaves which console's token a request bears: LOCAL, or the id of a remote console."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """`session` is the person's token, `bound` the digest of what only this console knows (its secret, and the token it came in by)."""

    session: str | None
    bound: str
    via: str


def bound_to(via: str, secret: str) -> str:
    """What a session remembers of the console where it was opened; begins with `via`, so that a remote console's sessions can be found."""
    return f"{via}:" + hashlib.sha256(f"{via}\n{secret}".encode("utf-8", "surrogatepass")).hexdigest()
