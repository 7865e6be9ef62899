"""A file that the station makes, as it comes. It appears whole or not at all."""

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

TELL_MS = 500


class FileTaking(QObject):
    """`name` is what it is, in words. `said` how far it is; `ended`: what became of it, in words."""

    said = Signal(str)
    ended = Signal(str)

    def __init__(self, link: "Link", url: str, path: Path, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link, self._url, self._path, self._name = link, url, path, name
        self.whole = False
        self._file = QSaveFile(str(path), self)
        self._give_up: Callable[[], None] = lambda: None
        self._tell = QTimer(self, interval=TELL_MS)
        self._tell.timeout.connect(lambda: self.said.emit(tr("{name}: {n} KB", name=name, n=self._file.pos() // 1000)))

    def start(self) -> None:
        """Ask; nothing has been written yet when this returns."""
        if not self._file.open(QIODevice.OpenModeFlag.WriteOnly):
            self.ended.emit(tr("{file} cannot be written: {why}", file=str(self._path), why=self._file.errorString()))
            return
        self._tell.start()
        self._give_up = self._link.fetch(self._url, self._file, self._came)

    def cancel(self) -> None:
        """Leave no file behind."""
        self._give_up()
        self._stop(tr("Cancelled: nothing was saved"))

    def _came(self, result: CommandResult) -> None:
        if result.outcome is not Outcome.DONE:
            self._stop(tr("{name}: {result}", name=self._name, result=result_text(result)))
        elif self._file.commit():
            self._tell.stop()
            self.whole = True
            self.ended.emit(tr("Saved: {path}", path=str(self._path)))
        else:
            self._stop(tr("{file} cannot be written: {why}", file=str(self._path), why=self._file.errorString()))

    def _stop(self, words: str) -> None:
        self._tell.stop()
        self._file.cancelWriting()
        self._file.commit()
        self.ended.emit(words)
