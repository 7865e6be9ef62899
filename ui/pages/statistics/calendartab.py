"""The calendar with its months, its worst days in words and what its cells mean. Asks the station nothing."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from cityops_desktop.link.statistics import CompletenessInfo
from cityops_desktop.texts import pick, tr
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.statistics.calendar import ROW, Board, Key, Months, cell_words, worst, worst_point
from ui.pages.statistics.words import note_text
from ui.widgets.elided import ElidedLine

MOST_WORST = 3


class CalendarTab(QWidget):
    """`dayWanted`: a point, and the day (begin and end, UTC ms) at which its curve is wanted."""

    dayWanted = Signal(str, object, object)

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self.info: CompletenessInfo | None = None
        self.worst = ElidedLine(bold=True)
        self.notes = ElidedLine(colour="text_dim")
        self.said = ElidedLine()
        self.months = Months(model)
        self.board = Board(model)
        self.key = Key()
        self.area = _Scroll()
        self.area.setWidget(self.board)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        for widget in (self.worst, self.notes, self.months):
            column.addWidget(widget)
        column.addWidget(self.area, 1)
        column.addWidget(self.said)
        column.addWidget(self.key)
        self.board.looked.connect(self._looked)
        self.board.resized.connect(self.months.set_wide)
        self.board.moved.connect(lambda y: self.area.ensureVisible(0, y + ROW // 2, 0, ROW))
        self.board.dayWanted.connect(self._wanted)

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.board.setAccessibleName(tr("Completeness by day"))
        self.key.update()
        self.tell(self.info)

    def tell(self, info: CompletenessInfo | None) -> None:
        """This is known now."""
        self.info = info
        self.months.tell(info.days if info is not None else [])
        self.board.tell(info)
        self.worst.set_text(self._worst())
        self.notes.set_text(" ".join(note_text(note, self._model.zone) for note in info.notes) if info is not None else "")
        self._looked()

    def _worst(self) -> str:
        if self.info is None:
            return ""
        found = worst(self.info, MOST_WORST)
        if not found:
            known = any(share is not None for line in self.info.devices for share in line.shares)
            return tr("All days that were recorded are whole.") if known else tr("Nothing has been recorded in this span: unknown.")
        parts = []
        for device, day, share in found:
            known_device = self._model.devices.get(device)
            name = pick(known_device.names) if known_device else device
            parts.append(f"{name} {moment(self.info.days[day], self._model.zone):%m-%d}: {cell_words(share)}")
        return tr("Worst: {days}", days=" · ".join(parts))

    def _looked(self) -> None:
        said = self.board.said()
        hint = tr("A click on a day opens its curves, one on a name its points; with the keys: arrows, Enter, Space.")
        self.said.set_text(tr("{day} · Enter opens its curves", day=said) if said else hint)

    def _wanted(self, line: str, day: int) -> None:
        if self.info is None:
            return
        key = line if line in self._model.points else worst_point(self.info, line, day)
        end = self.info.days[day + 1] if day + 1 < len(self.info.days) else self.info.end
        if key:
            self.dayWanted.emit(key, self.info.days[day], end)


class _Scroll(QScrollArea):
    """Tab leaves the board instead of moving it."""

    def focusNextPrevChild(self, next: bool) -> bool:
        return super(QScrollArea, self).focusNextPrevChild(next)
