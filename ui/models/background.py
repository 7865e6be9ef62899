"""Work that must not hold the window up: done in a thread of Qt's pool. What it tells, it tells by a signal."""

from collections.abc import Callable

from PySide6.QtCore import QRunnable, QThreadPool


class Work(QRunnable):
    """Not QRunnable.create: what that makes is deleted by the pool without Python's knowledge, which then takes the next object at the same
    address (a reply of the network, say) for it."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__()
        self._work = work

    def run(self) -> None:
        """In a thread of the pool."""
        self._work()


def in_background(work: Callable[[], object]) -> None:
    """As soon as a thread is free."""
    QThreadPool.globalInstance().start(Work(work))
