"""A handover as files: the sheet on paper (PDF, A4), and the signed file as the station gives it. Whole or not at all."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QIODevice, QObject, QSaveFile, Signal

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty.handover import HandoverDetail
from cityops_desktop.model.people import Outcome
from cityops_desktop.reports.handover import annex_report, front_report
from cityops_desktop.texts import tr
from ui.actions.outcome import result_text
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.paper import blocks, sheet
from ui.paper.run import Paint, PaperRun

if TYPE_CHECKING:
    from ui.link import Link


def pages_of(model: RoomModel, detail: HandoverDetail) -> list[list[Paint]]:
    """Page one, then the annex."""
    front = front_report(detail, "", model.zone)
    annex = annex_report(detail, "", model.zone)
    return blocks.pages_of(front, landscape=False) + blocks.pages_of(annex, landscape=False)


def printing(model: RoomModel, detail: HandoverDetail, path: Path, parent: QObject) -> PaperRun:
    """The sheet on paper."""
    frozen = f"{moment(detail.sheet.frozen, model.zone):%Y-%m-%d %H:%M:%S}"
    heading = replace(sheet.heading_of(model, tr("Handover {number}", number=detail.handover.number)), when=frozen)
    return PaperRun(path, heading, pages_of(model, detail), parent, landscape=False)


class SignedFile(QObject):
    """The signed file; `ended`: what became of it, in words."""

    ended = Signal(str)

    def __init__(self, link: "Link", id: str, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link, self._id, self._path = link, id, path
        self._file = QSaveFile(str(path), self)

    def start(self) -> None:
        """Ask; nothing has been written yet when this returns."""
        if not self._file.open(QIODevice.OpenModeFlag.WriteOnly):
            self.ended.emit(tr("{file} cannot be written: {why}", file=str(self._path), why=self._file.errorString()))
            return
        self._link.fetch(f"/api/v1/duty/handovers/{self._id}/file", self._file, self._came)

    def _came(self, result: CommandResult) -> None:
        if result.outcome is not Outcome.DONE:
            self._file.cancelWriting()
            self._file.commit()
            self.ended.emit(tr("Signed file: {result}", result=result_text(result)))
        elif self._file.commit():
            self.ended.emit(tr("Saved: {path}", path=str(self._path)))
        else:
            self.ended.emit(tr("{file} cannot be written: {why}", file=str(self._path), why=self._file.errorString()))
