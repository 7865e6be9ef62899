"""The change log into a file that a person names, as it comes from the station; the file has its name only when it is whole."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QIODevice, QObject, QSaveFile, QTimer, Signal

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.model.people import Outcome
from cityops_desktop.texts import tr
from ui.actions.outcome import result_text

if TYPE_CHECKING:
    from ui.link import Link

PATH = "/api/v1/audit/export"
TELL_MS = 500


class Export(QObject):
    """`said` how far it is and what became of it; `ended` in any case."""

    said = Signal(str, bool)
    ended = Signal()

    def __init__(self, link: "Link", path: Path, form: str, start: int | None, end: int | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link, self._path, self._form, self._start, self._end = link, path, form, start, end
        self._file = QSaveFile(str(path), self)
        self._give_up: Callable[[], None] = lambda: None
        self._tell = QTimer(self, interval=TELL_MS)
        self._tell.timeout.connect(self._progress)

    def begin(self) -> None:
        """Ask; nothing has been written yet when this returns."""
        if not self._file.open(QIODevice.OpenModeFlag.WriteOnly):
            self.said.emit(tr("{file} cannot be written: {why}", file=str(self._path), why=self._file.errorString()), False)
            self.ended.emit()
            return
        self._tell.start()
        self._give_up = self._link.fetch(PATH, self._file, self._came, {"format": self._form, "from": self._start, "to": self._end})

    def cancel(self) -> None:
        """Leave no file behind."""
        self._give_up()
        self._stop(tr("Export given up: no file was written"), False)

    def _progress(self) -> None:
        self.said.emit(tr("Export: {n} KB", n=self._file.pos() // 1000), True)

    def _came(self, result: CommandResult) -> None:
        if result.outcome is not Outcome.DONE:
            self._stop(tr("Export: {result}", result=result_text(result)), False)
        elif self._file.commit():
            self._tell.stop()
            self.said.emit(tr("Saved: {path}", path=str(self._path)), True)
            self.ended.emit()
        else:
            self._stop(tr("{file} cannot be written: {why}", file=str(self._path), why=self._file.errorString()), False)

    def _stop(self, words: str, well: bool) -> None:
        self._tell.stop()
        self._file.cancelWriting()
        self._file.commit()
        self.said.emit(words, well)
        self.ended.emit()
