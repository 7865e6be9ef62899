"""Points carried by the mouse from any page onto a chart. Knows no page."""

from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QDrag
from PySide6.QtWidgets import QApplication, QWidget

MIME = "application/x-cityops-points"


def far_enough(start: QPoint, now: QPoint) -> bool:
    """Has the pressed mouse moved so far that this is no click any more?"""
    return (now - start).manhattanLength() >= QApplication.startDragDistance()


def packed(keys: list[str]) -> QMimeData:
    """Point keys as what is carried; as text too, for other programs."""
    data = QMimeData()
    data.setData(MIME, "\n".join(keys).encode())
    data.setText("\n".join(keys))
    return data


def carried(data: QMimeData) -> list[str]:
    """The point keys that are carried; empty when it is something else."""
    return [key for key in bytes(data.data(MIME).data()).decode("utf-8", "replace").split("\n") if key] if data.hasFormat(MIME) else []


def carry(source: QWidget, keys: list[str]) -> None:
    """Let the mouse take these points along; returns when it has let go."""
    drag = QDrag(source)
    drag.setMimeData(packed(keys))
    drag.exec(Qt.DropAction.CopyAction)
