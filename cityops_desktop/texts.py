"""Translations for core and window alike (gettext). Records carry codes; the sentence is made here, where it is read."""

import gettext
import locale
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

DOMAIN = "cityops"
LANGUAGES = ("zh_CN", "en")
_current = "en"
_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)


def N_(message: str) -> str:
    """Mark a message for the catalogue without translating it here."""
    return message


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    folder = Path(__file__).resolve().parent.parent / "resources" / "translations"
    if language == "en":
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, folder, [language], fallback=False)


def tr(message: str, /, **params: object) -> str:
    """The message in the current language with {names} filled in."""
    text = _catalogue(_spoken.get() or _current).gettext(message) if message else ""
    return text.format(**params) if params else text


def language() -> str:
    """The current language, one of LANGUAGES."""
    return _spoken.get() or _current


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Inside, this thread (or task) speaks another language than its process: what is written for somebody else."""
    if name not in LANGUAGES:
        raise ValueError(name)
    before = _spoken.set(name)
    try:
        yield
    finally:
        _spoken.reset(before)


def set_language(name: str) -> None:
    """Switch the language of this process; takes effect with the next `tr`."""
    global _current
    if name not in LANGUAGES:
        raise ValueError(name)
    _current = name


def system_language() -> str:
    """What the environment asks for: Chinese for any zh locale, else English. CITYOPS_LANG overrides it."""
    for value in (os.environ.get("CITYOPS_LANG"), *(os.environ.get(k) for k in ("LC_ALL", "LC_MESSAGES", "LANG"))):
        if value:
            return "zh_CN" if value.lower().startswith("zh") else "en"
    return "zh_CN" if (locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"


def pick(names: object) -> str:
    """The name in the current language from anything with `zh` and `en` (Names or its JSON)."""
    zh, en = (names["zh"], names["en"]) if isinstance(names, dict) else (getattr(names, "zh"), getattr(names, "en"))  # noqa: B009
    return str(zh if language() == "zh_CN" else en)
