"""The border round every slot and virtual method: our own bugs are logged with their traceback, once each, and said on the screen."""

import logging
import sys
from collections.abc import Callable
from types import TracebackType

log = logging.getLogger(__name__)


class Border:
    """Takes over `sys.excepthook`, where PySide6 hands in what a slot or a paint event did not catch."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._seen: set[tuple[str, int]] = set()
        self._before = sys.excepthook

    def stand(self) -> None:
        """From now on."""
        sys.excepthook = self._caught

    def leave(self) -> None:
        """As it was."""
        sys.excepthook = self._before

    def _caught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, Exception):
            self._before(kind, error, trace)
            return
        last = trace
        while last is not None and last.tb_next is not None:
            last = last.tb_next
        place = (last.tb_frame.f_code.co_filename, last.tb_lineno) if last else (kind.__name__, 0)
        if place not in self._seen:
            self._seen.add(place)
            log.error("a fault of the console", exc_info=(kind, error, trace))
            self._show(f"{kind.__name__}: {error}")
