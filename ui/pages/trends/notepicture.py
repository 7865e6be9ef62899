"""The chart as a note keeps it: a PNG no larger than the station takes. Sends nothing."""

from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QImage

MOST_BYTES = 148_000
"""What 200,000 signs of base64 hold, less a little."""
SMALLER = 0.8


def png_of(image: QImage) -> bytes:
    """The picture whole where it fits; else with fewer colours, then smaller and smaller."""
    data = _written(image)
    if len(data) > MOST_BYTES:
        data = _written(image.convertToFormat(QImage.Format.Format_Indexed8))
    while len(data) > MOST_BYTES and image.width() > 64:
        image = image.scaledToWidth(round(image.width() * SMALLER), Qt.TransformationMode.SmoothTransformation)
        data = _written(image.convertToFormat(QImage.Format.Format_Indexed8))
    return data


def _written(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
