"""Files about an incident: its report as DOCX. A file appears whole or not at all."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from cityops_desktop.link.incidents import IncidentDetail, SiteInfo
from cityops_desktop.reports.incident import About, report
from cityops_desktop.texts import pick, tr
from ui.models.background import in_background
from ui.models.room import RoomModel


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

        in_background(write)

    def _done(self, why: str) -> None:
        path = str(self._path)
        self.ended.emit(tr("{file} cannot be written: {why}", file=path, why=why) if why else tr("Saved: {path}", path=path))
