"""What this console remembers between two starts: language, colours, place of the window, wall displays. Nothing of the room."""

import logging
import os
import secrets
import stat
import uuid
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

log = logging.getLogger(__name__)
SECRET_LENGTH = 43


def default_settings() -> Path:
    """The file of this user."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation)) / "cityops-desktop" / "console.ini"


class Settings:
    """A small ini file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._store = QSettings(str(path), QSettings.Format.IniFormat)

    def word(self, key: str, known: tuple[str, ...], otherwise: str) -> str:
        """A remembered word, if it is one of those known."""
        value = self._store.value(key, otherwise)
        return value if isinstance(value, str) and value in known else otherwise

    def text(self, key: str) -> str:
        """A remembered text; empty when there is none."""
        value = self._store.value(key, "")
        return value if isinstance(value, str) else ""

    def remember(self, key: str, value: str) -> None:
        """Keep a word."""
        self._store.setValue(key, value)

    def texts(self, key: str) -> list[str]:
        """Remembered texts, as many as there are."""
        value = self._store.value(key)
        if isinstance(value, str):
            return [value]
        return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []

    def remember_texts(self, key: str, texts: list[str]) -> None:
        """Keep these."""
        self._store.setValue(key, texts)

    def console(self) -> str:
        """What this user's console is called for good by the station's watch; made at the first call."""
        value = self._store.value("console")
        if not (isinstance(value, str) and len(value) == 32 and value.isalnum()):
            value = uuid.uuid4().hex
            self.remember("console", value)
            self.save()
        return value

    def secret(self) -> str:
        """What proves at a station that this is the same console as before: a file beside the ini file that this user alone can read.
        Made at the first call; where it cannot be kept it lasts until the console ends."""
        file = self._path.with_name("console.secret")
        kept = _private_text(file)
        if kept is not None:
            return kept
        made = secrets.token_urlsafe(32)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.unlink(missing_ok=True)
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR), "w", encoding="ascii") as out:
                out.write(made)
        except OSError as error:
            log.warning("the console's secret cannot be kept: nobody can come back by PIN after a restart (%s)", error.strerror)
        return made

    def drafts(self) -> Path:
        """The folder of what people have begun here and no station has taken yet."""
        return self._path.with_name("drafts")

    def geometry(self) -> QByteArray:
        """Where the window was; empty when it never was."""
        value = self._store.value("geometry")
        return value if isinstance(value, QByteArray) else QByteArray()

    def remember_geometry(self, geometry: QByteArray) -> None:
        """Keep where the window is."""
        self._store.setValue("geometry", geometry)

    def save(self) -> None:
        """Write it now."""
        self._store.sync()


def _private_text(file: Path) -> str | None:
    """The secret in this file, if it is one and nobody else can read it."""
    try:
        if os.name == "posix" and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            return None
        text = file.read_text("ascii")
    except (OSError, ValueError):
        return None
    return text if len(text) == SECRET_LENGTH else None
