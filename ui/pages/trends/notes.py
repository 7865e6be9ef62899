"""What the page does about notes: writes one on a marked span, opens one with picture and figures, lists those of the time that is seen."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QPushButton

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.trends import NotesPage
from cityops_desktop.texts import pick, tr
from ui.models.logcontext import Curves
from ui.models.room import RoomModel
from ui.pages.trends.notepicture import png_of
from ui.pages.trends.noteread import NoteRead
from ui.pages.trends.notespanel import NotesPanel
from ui.pages.trends.notewrite import KIND, NoteWrite
from ui.pages.trends.plot import Plot
from ui.pages.trends.spanselect import SpanSelect

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

PATH = "/api/v1/notes"
REST_MS = 250
NAMED = 4
"""Points that are named in the dialog; of more the number is told."""


class Notes(QObject):
    """`timeWanted` = the chart shall show this time (UTC ms), `said` a sentence for the page."""

    timeWanted = Signal(object, object)
    said = Signal(str)

    def __init__(self, model: RoomModel, link: "Link", acts: "Acts", plot: Plot, image: Callable[[], QImage], parent: QObject) -> None:
        super().__init__(parent)
        self._model, self._link, self._acts, self._plot, self._image = model, link, acts, plot, image
        self.select = SpanSelect(plot)
        self.button = QPushButton()
        self.button.setCheckable(True)
        self.panel = NotesPanel(model)
        self.panel.hide()
        self.dialog: NoteRead | NoteWrite | None = None
        self._number = 0
        self._rest = QTimer(self, interval=REST_MS, singleShot=True)
        self._rest.timeout.connect(self._ask)
        self.select.noteWanted.connect(self.write)
        self.select.closerWanted.connect(self._closer)
        self.button.toggled.connect(self._toggled)
        self.panel.opened.connect(self._open_listed)
        acts.carried.connect(self.look)
        link.sessionChanged.connect(self.look)
        self.retranslate()

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.button.setText(tr("Notes"))
        self.button.setToolTip(tr("What people wrote down about this time. Ctrl and a drag marks a span for a new note, N writes it"))
        self.select.retranslate()
        self.panel.retranslate()

    def look(self) -> None:
        """The time that is seen, or what was written, is another: the list is asked for when the hand rests."""
        if self.panel.isVisible() and not self._rest.isActive():
            self._rest.start()

    def write(self) -> None:
        """Ask for a note on the marked span, else on all that is seen; for a log-in first, where nobody is there."""
        if not self._plot.lines:
            return
        why, what = self._acts.why_not(KIND), tr("Note")
        if why and self._acts.who:
            self.said.emit(tr("{act}: {result}", act=what, result=why))
            return
        if why:
            self._acts.ask_login(tr("{act}: log in with the password.", act=what))
            return
        span = self.select.span or (self._plot.start, self._plot.end)
        if self.select.span is None:
            self.select.select(*span)
        words = self.select.words()
        self.select.bar.hide()
        picture = self._image()
        self.select.bar.show()
        points = [line.point.key for line in self._plot.lines]
        dialog = NoteWrite(self._acts, span, words, points, self._names(), picture)
        dialog.accepted.connect(self.select.clear)
        self._show(dialog)

    def curves(self) -> Curves | None:
        """The marked span, else all that is seen, for an entry of the log book; None when nothing is on the chart."""
        if not self._plot.lines:
            return None
        begins, ends = self.select.span or (self._plot.start, self._plot.end)
        shown = self.select.bar.isVisible()
        self.select.bar.hide()
        png = png_of(self._image())
        self.select.bar.setVisible(shown)
        return Curves(begins, ends, tuple(line.point.key for line in self._plot.lines), self._names(), png)

    def _names(self) -> str:
        lines = self._plot.lines
        named = [f"{line.number} {pick(line.point.names)}" for line in lines[:NAMED]]
        return ", ".join(named) + (f" {tr('and {n} more', n=len(lines) - NAMED)}" if len(lines) > NAMED else "")

    def open(self, id: str, start: int, end: int) -> None:
        """Show the note with this id, whose span meets this time (UTC ms)."""

        def came(answer: NotesPage | CommandResult) -> None:
            notes = answer.notes if isinstance(answer, NotesPage) else []
            note = next((one for one in notes if one.id == id), None)
            if note is None:
                self.said.emit(tr("This note cannot be shown now"))
                return
            dialog = NoteRead(note, self._model, self._link, self._acts)
            dialog.timeWanted.connect(self.timeWanted)
            self._show(dialog)

        self._link.ask(PATH, NotesPage, came, {"from": max(0, start), "to": max(start + 1, end)})

    def _open_listed(self, id: str) -> None:
        note = next((one for one in self.panel.table.notes if one.id == id), None)
        if note is not None:
            self.open(id, note.begins, note.ends)

    def _show(self, dialog: "NoteRead | NoteWrite") -> None:
        self.dialog = dialog
        dialog.finished.connect(self._closed)
        self._acts.show(dialog)

    def _closed(self, _result: int) -> None:
        self.dialog = None

    def _closer(self) -> None:
        if self.select.span is not None:
            start, end = self.select.span
            self.select.clear()
            self.timeWanted.emit(start, end)

    def _toggled(self, wanted: bool) -> None:
        self.panel.setVisible(wanted)
        if wanted:
            self._ask()

    def _ask(self) -> None:
        if not self.panel.isVisible():
            return
        self._number += 1
        number = self._number

        def came(answer: NotesPage | CommandResult) -> None:
            if number == self._number and isinstance(answer, NotesPage):
                self.panel.show_notes(answer.notes, more=answer.more)

        self._link.ask(PATH, NotesPage, came, {"from": self._plot.start, "to": self._plot.end})
