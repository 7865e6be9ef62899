"""What this console remembers between two starts: language, colours, place of the window. Nothing of the room."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths


def default_settings() -> Path:
    """The file of this user."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation)) / "cityops-desktop" / "console.ini"


class Settings:
    """A small ini file."""

    def __init__(self, path: Path) -> None:
        self._store = QSettings(str(path), QSettings.Format.IniFormat)

    def word(self, key: str, known: tuple[str, ...], otherwise: str) -> str:
        """A remembered word, if it is one of those known."""
        value = self._store.value(key, otherwise)
        return value if isinstance(value, str) and value in known else otherwise

    def remember(self, key: str, value: str) -> None:
        """Keep a word."""
        self._store.setValue(key, value)

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
