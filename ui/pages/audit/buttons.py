"""What can be asked of the record or taken from it: a verification, the signed head on paper, an export. The rights are the station's."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QWidget

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.audit import HeadInfo
from cityops_desktop.model.people import Outcome
from cityops_desktop.texts import tr
from ui.actions import audit as actions
from ui.actions.outcome import result_text
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.audit.exporting import Export
from ui.pages.audit.headsheet import print_head
from ui.pages.audit.log import Choice
from ui.pages.audit.words import grouped
from ui.widgets.form import ActDialog
from ui.widgets.form import Told as Filled
from ui.widgets.savedialog import save_dialog

if TYPE_CHECKING:
    from ui.acts import Action, Acts
    from ui.link import Link

WORDS = 410
"""Px in which the words of a dialog are broken."""


class RecordButtons(QWidget):
    """`verifying`: the station has begun to verify; `filed`: somebody says that a head was signed and filed. `choice`: the filters."""

    verifying = Signal()
    filed = Signal()

    def __init__(self, model: RoomModel, link: "Link", acts: "Acts", choice: Callable[[], Choice | None]) -> None:
        super().__init__()
        self._model = model
        self._link = link
        self._acts = acts
        self._choice = choice
        self.running: Export | None = None
        self.verify, self.sheet, self.export = QPushButton(), QPushButton(), QPushButton()
        self.menu = QMenu(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for button, act in ((self.verify, self._verify), (self.sheet, self._ask_head), (self.export, self._offer_export)):
            row.addWidget(button)
            button.clicked.connect(act)

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.verify.setText(tr("Verify now"))
        self.sheet.setText(tr("Print the head…"))
        self.sheet.setToolTip(tr("One sheet, signed by hand and filed: nothing before it can change unnoticed"))
        self.export.setText(tr("Export"))
        self.look()

    def look(self) -> None:
        """What the person logged in may do."""
        for button, kind in ((self.verify, "audit.verify"), (self.sheet, "audit.anchor"), (self.export, "audit.export")):
            why = self._acts.why_not(kind)
            button.setEnabled(not why)
            button.setToolTip(why)

    def _verify(self) -> None:
        self._acts.carry_out(tr("Verify the record"), "audit.verify", actions.verify, self._verify_begun)

    def _verify_begun(self, result: CommandResult) -> None:
        if result.outcome is Outcome.DONE:
            self.verifying.emit()

    def _ask_head(self) -> None:
        def came(answer: HeadInfo | CommandResult) -> None:
            if isinstance(answer, HeadInfo):
                self._ask_file(tr("Save the head as a PDF"), "pdf", partial(self.print_to, answer))
            else:
                self._acts.said.emit(result_text(answer), False)

        self._link.ask("/api/v1/audit/head", HeadInfo, came)

    def print_to(self, head: HeadInfo, path: Path) -> None:
        """Write the sheet of this head, then ask whether it was signed."""
        wrong = print_head(path, self._model, head)
        if wrong:
            self._acts.said.emit(tr("{file} cannot be written: {why}", file=str(path), why=wrong), False)
            return
        self._acts.said.emit(tr("Saved: {path}", path=str(path)), True)
        make: Callable[[Filled], Action] = lambda _told: partial(actions.anchor, seq=head.seq, hash=head.hash, medium="paper")  # noqa: E731
        words = tr(
            "Print {path}, compare row {seq} and the hash {hash} … with this screen, let two persons sign it, and file it outside of "
            "this room. Only then say so here: from then on nothing up to row {seq} can change unnoticed.",
            path=path.name,
            seq=head.seq,
            hash=grouped(head.hash[:16]),
        )
        title, send = tr("Signed and filed?"), tr("It is signed and filed")
        then = lambda _result: self.filed.emit()  # noqa: E731
        dialog = ActDialog(self._acts, "audit.anchor", title, words, [], make, zone=self._model.zone, then=then, send=send)
        dialog.purpose.setMinimumHeight(dialog.purpose.heightForWidth(WORDS))  # a dialog without lines gives long words too little
        self._acts.show(dialog)

    def _offer_export(self) -> None:
        self.menu.clear()
        if self.running is not None:
            self.menu.addAction(tr("Stop the export")).triggered.connect(self.running.cancel)
        else:
            for words, form in ((tr("Table (CSV)…"), "csv"), (tr("With everything to recompute the hashes (JSON lines)…"), "jsonl")):
                self.menu.addAction(words).triggered.connect(partial(self.ask_export, form))
        self.menu.popup(self.export.mapToGlobal(self.export.rect().bottomLeft()))

    def ask_export(self, form: str) -> None:
        """Ask where the rows of the chosen time go."""
        self._ask_file(tr("Export the record"), form, lambda path: self.export_to(path, form))

    def export_to(self, path: Path, form: str) -> None:
        """All rows of the chosen time, whoever they are by."""
        choice = self._choice() or Choice()
        running = self.running = Export(self._link, path, form, choice.start, choice.end, self)

        def ended() -> None:
            self.running = None
            running.deleteLater()

        running.said.connect(self._acts.said)
        running.ended.connect(ended)
        running.begin()

    def _ask_file(self, title: str, suffix: str, save: Callable[[Path], None]) -> None:
        room = self._model.room
        stamp = f"{moment(self._model.now(), self._model.zone):%Y%m%d-%H%M}"
        name = f"{room.id if room else 'room'}-{'head' if suffix == 'pdf' else 'change-log'}-{stamp}.{suffix}"
        self._acts.show(save_dialog(self, title, name, save))
