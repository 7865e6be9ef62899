"""Imports what the pages need while nobody waits: one module a turn of the loop, so that no turn is long. Builds nothing."""

import importlib

from PySide6.QtCore import QObject, QTimer

MODULES = (
    "numpy",
    "pyqtgraph.Qt",
    "pyqtgraph.functions",
    "ui.widgets.plot",
    "ui.pages.trends",
    "ui.widgets.floorview",
    "ui.pages.floor",
    "ui.widgets.rackview",
    "ui.pages.racks",
    "ui.pages.power",
    "ui.widgets.pointcard",
    "ui.pages.equipment",
    "ui.pages.alarms",
    "ui.pages.faults",
)
"""In this order, so that none of them brings much that has not come before (the longest takes some 60 ms)."""
PAUSE_MS = 120


class Preload(QObject):
    """`begin` when the first values stand on the screen: starting up must not wait for it."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._left = list(MODULES)
        self._timer = QTimer(self, interval=PAUSE_MS)
        self._timer.timeout.connect(self._next)

    def begin(self) -> None:
        """From now on."""
        self._timer.start()

    def _next(self) -> None:
        importlib.import_module(self._left.pop(0))
        if not self._left:
            self._timer.stop()
