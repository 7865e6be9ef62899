"""Imports what the pages need while nobody waits: one module a turn of the loop, so that no turn is long. Builds nothing."""

import gc
import importlib

from PySide6.QtCore import QObject, QTimer

MODULES = (
    "numpy",
    "pyqtgraph.Qt",
    "pyqtgraph.functions",
    "ui.pages.trends.plot",
    "ui.pages.trends.page",
    "ui.pages.floor.view",
    "ui.pages.floor.page",
    "ui.pages.racks.view",
    "ui.pages.racks.page",
    "ui.pages.power.page",
    "ui.widgets.pointcard",
    "ui.pages.equipment.page",
    "ui.pages.analysis.page",
    "ui.pages.alarms.page",
    "ui.pages.duty.page",
    "ui.pages.incidents.page",
    "ui.pages.cleaning.page",
    "ui.pages.patrol.page",
    "ui.pages.orders.page",
    "ui.pages.reports.page",
    "ui.pages.people.page",
    "ui.pages.account.page",
    "ui.pages.audit.page",
    "ui.pages.config.page",
    "ui.pages.wires.page",
    "ui.pages.statistics.page",
    "ui.pages.alarmload.page",
    "ui.pages.faults.page",
)
"""In this order, so that none of them brings much that has not come before (the longest takes some 60 ms)."""
PAUSE_MS = 120


class Preload(QObject):
    """`begin` when the first values stand on the screen: starting up must not wait for it.

    What has been made until the last import stays for good: Python's garbage collector is told not to go through it any more, which
    held up the window for some 90 ms each time.
    """

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
        gc.freeze()
        if not self._left:
            self._timer.stop()
