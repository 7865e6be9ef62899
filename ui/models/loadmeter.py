"""How many alarms asked for somebody in the last hour, beside the target of one post. Counts what the console knows; asks nothing."""

from PySide6.QtCore import QObject, Signal

from cityops_desktop.texts import tr
from ui.models.room import RoomModel

HOUR_MS = 3_600_000
HEALTHY = 6
"""An hour at one post: ISA-18.2-2016, table 7 (docs/alarm-load.md)."""
BEATS = 10
"""Heartbeats after which alarms have grown an hour old."""


class LoadMeter(QObject):
    """`changed` when `count` is another one. Each alarm counts when it was raised first: what came again stands in the load figures."""

    changed = Signal()

    def __init__(self, model: RoomModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.count = 0
        self._beats = 0
        model.alarmsChanged.connect(self._reckon)
        model.replaced.connect(self._reckon)
        model.beat.connect(self._beat)
        self._reckon()

    def text(self) -> str:
        """Such as "This hour 4, healthy at most 6"."""
        return tr("This hour {n}, healthy at most {most}", n=self.count, most=HEALTHY)

    def over(self) -> bool:
        """More than one post should get."""
        return self.count > HEALTHY

    def _beat(self) -> None:
        self._beats += 1
        if self._beats % BEATS == 0:
            self._reckon()

    def _reckon(self) -> None:
        since = self._model.now() - HOUR_MS
        count = self._model.index.arrived_since(since)
        if count != self.count:
            self.count = count
            self.changed.emit()
