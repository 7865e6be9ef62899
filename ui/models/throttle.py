"""Lets the first of a flood of changes through at once and the rest together, at most once per interval."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


class Throttle(QObject):
    """Collects keys; `deliver` gets the first at once, later ones together every `interval` ms while they keep coming."""

    def __init__(self, interval: int, deliver: Callable[[frozenset[str]], None], parent: QObject) -> None:
        super().__init__(parent)
        self._deliver = deliver
        self._waiting: set[str] = set()
        self._timer = QTimer(self, interval=interval, singleShot=True)
        self._timer.timeout.connect(self._flush)

    def add(self, keys: frozenset[str]) -> None:
        """These have changed."""
        self._waiting |= keys
        if not self._timer.isActive():
            self._flush()

    def clear(self) -> None:
        """Forget what waits: everything is about to be rebuilt."""
        self._waiting.clear()

    def _flush(self) -> None:
        if self._waiting:
            keys, self._waiting = frozenset(self._waiting), set()
            self._timer.start()
            self._deliver(keys)
