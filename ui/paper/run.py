"""Pages of paper (PDF) written one a turn of the event loop, so that the window never waits. Knows no page of the window."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QSaveFile, QTimer, Signal
from PySide6.QtGui import QPainter, QPdfWriter

from cityops_desktop.texts import tr
from ui.paper import sheet
from ui.paper.sheet import Heading

Paint = Callable[[QPainter], None]


class PaperRun(QObject):
    """`ended`: what became of it, in words; a file appears whole or not at all."""

    ended = Signal(str)

    def __init__(
        self, path: Path, heading: Heading, pages: list[list[Paint]], parent: QObject | None = None, *, landscape: bool = True
    ) -> None:
        super().__init__(parent)
        self._path, self._heading, self._pages, self._landscape = path, heading, pages, landscape
        self._file = QSaveFile(str(path))
        self._page = 0
        self._writer: QPdfWriter | None = None
        self._painter: QPainter | None = None
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._turn)

    def start(self) -> None:
        """Begin; nothing has been written yet when this returns."""
        if not self._file.open(QSaveFile.OpenModeFlag.WriteOnly):
            self._end(self._unwritten())
            return
        self._writer = QPdfWriter(self._file)
        sheet.set_up(self._writer, self._heading, landscape=self._landscape)
        self._painter = QPainter(self._writer)
        self._timer.start()

    def cancel(self) -> None:
        """Leave no file behind."""
        if self._timer.isActive():
            self._let_go()
            self._file.cancelWriting()
            self._end(tr("Cancelled: nothing was saved"))

    def _turn(self) -> None:
        if self._writer is None or self._painter is None:
            return
        if self._page == len(self._pages):
            self._let_go()
            self._end(tr("Saved: {path}", path=str(self._path)) if self._file.commit() else self._unwritten())
            return
        if self._page:
            self._writer.newPage()
        self._page += 1
        sheet.paint_heading(self._painter, self._heading, self._page, len(self._pages), landscape=self._landscape)
        for paint in self._pages[self._page - 1]:
            paint(self._painter)

    def _let_go(self) -> None:
        self._timer.stop()
        if self._painter is not None:
            self._painter.end()
        self._painter = self._writer = None

    def _end(self, words: str) -> None:
        self._timer.stop()
        self.ended.emit(words)

    def _unwritten(self) -> str:
        return tr("Not saved: {path}: {error}. Choose another folder.", path=str(self._path), error=self._file.errorString())
