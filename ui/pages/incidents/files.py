"""Files about an incident: its report as DOCX, its bundle as it comes from the station. A file appears whole or not at all."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QIODevice, QObject, QRunnable, QSaveFile, QThreadPool, QTimer, Signal

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.incidents import IncidentDetail, SiteInfo
from cityops_desktop.model.people import Outcome
from cityops_desktop.reports.incident import About, report
from cityops_desktop.texts import pick, tr
from ui.actions.outcome import result_text
from ui.models.room import RoomModel

if TYPE_CHECKING:
    from ui.link import Link

TELL_MS = 500


def about(model: RoomModel, site: SiteInfo, plans: Mapping[str, str]) -> About:
    """What a report says besides the incident itself."""
    room = model.room
    facts = (
        (tr("Room"), pick(room.names) if room else ""),
        (tr("Domain"), room.domain if room else ""),
        (tr("Owner"), site.owner),
        (tr("Operator"), site.operator),
        (tr("Competent authority"), site.authority),
    )
    demo = tr("DEMO: simulated") if room is not None and room.origin == "demo" else ""

    def sentence(alarm: object) -> str:
        told = model.alarm_text(alarm)  # type: ignore[arg-type]
        return f"{told.place}: {told.sentence}" if told.point else told.sentence

    return About(tuple(row for row in facts if row[1]), demo, model.zone, sentence, plans)


class DocxWriting(QObject):
    """Written in a thread: the library is slow. `ended`: what became of it, in words."""

    ended = Signal(str)
    _came = Signal(str)

    def __init__(self, detail: IncidentDetail, facts: About, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._report = report(detail, facts)
        self._came.connect(self._done)

    def start(self) -> None:
        """Begin."""
        made, path, came = self._report, self._path, self._came.emit

        def write() -> None:
            from cityops_desktop.reports.docx import write as write_docx

            why = ""
            try:
                write_docx(made, path)
            except OSError as error:
                why = error.strerror or str(error)
            came(why)

        QThreadPool.globalInstance().start(QRunnable.create(write))

    def _done(self, why: str) -> None:
        path = str(self._path)
        self.ended.emit(tr("{file} cannot be written: {why}", file=path, why=why) if why else tr("Saved: {path}", path=path))


class BundleTaking(QObject):
    """`said` how far it is; `ended`: what became of it, in words."""

    said = Signal(str)
    ended = Signal(str)

    def __init__(self, link: "Link", incident: str, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link, self._incident, self._path = link, incident, path
        self._file = QSaveFile(str(path), self)
        self._give_up: Callable[[], None] = lambda: None
        self._tell = QTimer(self, interval=TELL_MS)
        self._tell.timeout.connect(lambda: self.said.emit(tr("Bundle: {n} KB", n=self._file.pos() // 1000)))

    def start(self) -> None:
        """Ask; nothing has been written yet when this returns."""
        if not self._file.open(QIODevice.OpenModeFlag.WriteOnly):
            self.ended.emit(tr("{file} cannot be written: {why}", file=str(self._path), why=self._file.errorString()))
            return
        self._tell.start()
        self._give_up = self._link.fetch(f"/api/v1/incidents/{self._incident}/bundle", self._file, self._came)

    def cancel(self) -> None:
        """Leave no file behind."""
        self._give_up()
        self._stop(tr("Cancelled: nothing was saved"))

    def _came(self, result: CommandResult) -> None:
        if result.outcome is not Outcome.DONE:
            self._stop(tr("Bundle: {result}", result=result_text(result)))
        elif self._file.commit():
            self._tell.stop()
            self.ended.emit(tr("Saved: {path}", path=str(self._path)))
        else:
            self._stop(tr("{file} cannot be written: {why}", file=str(self._path), why=self._file.errorString()))

    def _stop(self, words: str) -> None:
        self._tell.stop()
        self._file.cancelWriting()
        self._file.commit()
        self.ended.emit(words)
