"""What an account's name and display name may be, and when two names are the same. Pure."""

import unicodedata

from cityops_desktop.model.refused import Refused

MOST = 128
_UNFIT = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Unicode's control, format, surrogate, private and unassigned characters, line and paragraph separators."""


def clean(text: str) -> str:
    """The name as it is kept: NFC, without blanks around it. Refused(bad_request) when empty, too long or with control characters."""
    name = unicodedata.normalize("NFC", text).strip()
    if not 0 < len(name) <= MOST:
        raise Refused("bad_request", detail=f"a name has 1 to {MOST} characters")
    if not possible(name):
        raise Refused("bad_request", detail="a name has no control characters")
    return name


def possible(name: str) -> bool:
    """Could this be a name, by its characters?"""
    return not any(unicodedata.category(character) in _UNFIT for character in name)


def key(name: str) -> str:
    """What must differ between two accounts: the name without blanks around it and without the difference of small and capital letters."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).strip().casefold())


def domain(text: str) -> str:
    """A domain as it is kept: "" (everywhere) or names joined by "/". Refused(bad_request)."""
    parts = text.split("/") if text else []
    if any(not part or part != part.strip() or not possible(part) for part in parts):
        raise Refused("bad_request", detail="a domain is names joined by /, or empty")
    return text
