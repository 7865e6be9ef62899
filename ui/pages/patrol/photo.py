"""A picture from a file, made small enough for a round: read and written in a thread, as JPEG, without what a camera hides in it."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QRunnable, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QImage, QImageReader

from cityops_desktop.texts import tr

LONGEST = 1600
"""Pixels of the longer side: a scale can still be read off."""
QUALITY = 82
LARGEST_FILE = 64 * 1024 * 1024
KINDS = "*.jpg *.jpeg *.png *.bmp *.webp *.gif"


class PhotoTaking(QObject):
    """`ended`: its bytes, or None, and why not in words."""

    ended = Signal(object, str)

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path = path

    def start(self) -> None:
        """Begin."""
        QThreadPool.globalInstance().start(_Reading(self.path, self.ended.emit))


class _Reading(QRunnable):
    """In a thread of the pool."""

    def __init__(self, path: Path, told: Callable[[bytes | None, str], None]) -> None:
        super().__init__()
        self._path, self._told = path, told

    def run(self) -> None:
        self._told(*_reduced(self._path))


def _reduced(path: Path) -> tuple[bytes | None, str]:
    try:
        if path.stat().st_size > LARGEST_FILE:
            return None, tr("{file} is too large for a picture", file=path.name)
    except OSError as error:
        return None, tr("{file} cannot be read: {why}", file=path.name, why=error.strerror or str(error))
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    image = reader.read()
    if image.isNull():
        return None, tr("{file} is no picture: {why}", file=path.name, why=reader.errorString())
    return _jpeg(image), ""


def _jpeg(image: QImage) -> bytes:
    if max(image.width(), image.height()) > LONGEST:
        image = image.scaled(QSize(LONGEST, LONGEST), Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.convertToFormat(QImage.Format.Format_RGB32).save(buffer, "JPEG", QUALITY)  # type: ignore[call-overload]
    return bytes(data.data())
