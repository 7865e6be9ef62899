"""A day of the log book on paper (PDF): asks which day, fetches all of it, writes the pages. Shows nothing else."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty.logbook import LogEntryInfo, LogPage
from cityops_desktop.texts import pick, tr
from ui.actions.outcome import result_text
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.duty import logwords
from ui.paper import blocks, sheet
from ui.paper.run import PaperRun
from ui.widgets.form import Form

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

PATH = "/api/v1/duty/log"
MOST = 5000


class DayPaper(QObject):
    """`ready`: all is there, and how the file might be called; `ended`: what became of it, in words; `said`: why there is none."""

    ready = Signal(str)
    ended = Signal(str)
    said = Signal(str)

    def __init__(self, link: "Link", model: RoomModel, parent: QObject) -> None:
        super().__init__(parent)
        self._link, self._model = link, model
        self._entries: list[LogEntryInfo] = []
        self._day = ""
        self.path = Path()

    def ask(self, acts: "Acts") -> None:
        """Which day?"""
        now = moment(self._model.now(), self._model.zone)
        dialog = _DayForm(f"{now:%Y-%m-%d}", self._chosen)
        acts.show(dialog)

    def start(self) -> None:
        """Write it to `path`."""
        title = tr("Log book of {day}", day=self._day)
        report = logwords.paper(self._entries, self._day, self._model)
        pages = blocks.pages_of(report, landscape=False)
        run = PaperRun(self.path, sheet.heading_of(self._model, title), pages, self, landscape=False)
        run.ended.connect(self.ended)
        run.start()

    def _chosen(self, day: str) -> str:
        """Begin to fetch it; else why this is no day, in words."""
        try:
            first = datetime.strptime(day.strip(), "%Y-%m-%d").replace(tzinfo=self._model.zone)
        except (ValueError, OverflowError):
            return tr("{label}: this is no date: {text}", label=tr("Day"), text=day)
        self._day = f"{first:%Y-%m-%d}"
        self._entries = []
        self._fetch(round(first.timestamp() * 1000), round((first + timedelta(days=1)).timestamp() * 1000), None)
        return ""

    def _fetch(self, begin: int, end: int, before: int | None) -> None:
        def came(answer: LogPage | CommandResult) -> None:
            if isinstance(answer, CommandResult):
                self.said.emit(result_text(answer))
                self.deleteLater()
                return
            self._entries += answer.entries
            if answer.next is not None and len(self._entries) < MOST:
                self._fetch(begin, end, answer.next)
                return
            room = self._model.room
            name = pick(room.names) if room is not None else ""
            self.ready.emit(f"{name} {tr('Log book')} {self._day}.pdf".strip())

        self._link.ask(PATH, LogPage, came, {"from": begin, "to": end, "before": before})


class _DayForm(Form):
    """Asks for a day."""

    def __init__(self, day: str, chosen: "Callable[[str], str]") -> None:
        super().__init__(tr("Print a day"), tr("All entries that tell of this day, oldest first."), tr("Go on"))
        self._chosen = chosen
        self.day = self.field(tr("Day"), most=10)
        self.day.setPlaceholderText(tr("YYYY-MM-DD"))
        self.day.setText(day)
        self.day.selectAll()

    def _send(self) -> None:
        wrong = self._chosen(self.day.text())
        if wrong:
            self.say(wrong)
        else:
            self.accept()
