"""The guided reading of a handover sheet: page one row by row (confirmed, or asked about), then the annex area by area. By keys alone.

Reads what it is given; signs nothing.
"""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from cityops_desktop.link.duty.handover import FrozenSheet
from cityops_desktop.link.duty.sheet import SheetRow
from cityops_desktop.reports.handover import FRONTS, FrontRow, page_one, told
from cityops_desktop.reports.sheets import sentence
from cityops_desktop.texts import tr
from ui import theme
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.widgets.sheet import Cell, Row, Sheet, Sign

CARD_HIGH = 96
MOST_OF_CARD = 260
FORWARD = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
BACK = (Qt.Key.Key_Backspace,)
ASK = (Qt.Key.Key_A,)


class Reader(QWidget):
    """`step` counts through the rows of page one, then the areas of the annex; at its end all has been read. A draft is only shown."""

    moved = Signal()
    """It stands elsewhere, or all has been read."""
    jumped = Signal(str)
    """Show what this row is about."""

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self.sheet: FrozenSheet | None = None
        self._hash = ""
        self.rows: list[FrontRow] = []
        self.step = 0
        self.marks: dict[int, bool] = {}
        """Rows of page one that were passed: True = asked about."""
        self.reading = False
        self._read = False
        self._telling = False
        self.where, self.keys, self.card = QLabel(), QLabel(), QLabel()
        self.list = Sheet("handover")
        self._lay_out()
        self.list.installEventFilter(self)
        self.list.chosen.connect(self._picked)
        self.list.doubleClicked.connect(lambda _index: self._jump())
        theme.changes.themeChanged.connect(self._colours)
        self._colours()

    def _lay_out(self) -> None:
        self.where.setFont(theme.font(theme.BODY, bold=True))
        self.keys.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.card.setWordWrap(True)
        self.card.setFixedHeight(CARD_HIGH)
        self.card.setMargin(8)
        self.card.setObjectName("card")
        self.card.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.card.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.where.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head = QHBoxLayout()
        head.addWidget(self.where, 1)
        head.addWidget(self.keys)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.card)
        column.addWidget(self.list, 1)
        self.setFocusProxy(self.list)

    def show_sheet(self, sheet: FrozenSheet | None, hash: str) -> None:
        """Another sheet begins anew; the same one goes on where it was. `hash` "" = a draft, which nobody reads to sign."""
        if hash and hash == self._hash and self.sheet is not None:
            return
        kept = self.step if not hash and not self._hash else 0
        self.sheet, self._hash, self.reading = sheet, hash, bool(hash)
        self.rows = page_one(sheet.sections) if sheet is not None else []
        self.step, self.marks, self._read = min(kept, max(0, len(self.rows) - 1)), {}, False
        self.refresh()
        self.moved.emit()

    def steps(self) -> int:
        """Rows of page one and areas of the annex."""
        return len(self.rows) + (len(self.sheet.sections) if self.sheet is not None else 0)

    def all_read(self) -> bool:
        """Nothing is left to be read: each row of page one was passed, and the annex to its end."""
        return self.reading and self._read

    def asked(self) -> list[int]:
        """Numbers of the rows of page one that were asked about."""
        return sorted(n + 1 for n, asks in self.marks.items() if asks)

    def forward(self, *, ask: bool = False) -> None:
        """This row is confirmed, or asked about: the next one that was not; those that were passed over by arrow or mouse come again."""
        if not self.reading or self.step >= self.steps():
            return
        following = self.step + 1
        if self.step < len(self.rows):
            self.marks[self.step] = ask
            left = [n for n in range(len(self.rows)) if n not in self.marks]
            following = next((n for n in left if n > self.step), left[0] if left else len(self.rows))
        self._go(following)

    def back(self) -> None:
        """The one before, once more."""
        if self.reading and self.step:
            self._go(self.step - 1)

    def _go(self, step: int) -> None:
        self.step = step
        self._read |= step >= self.steps() and len(self.marks) == len(self.rows)
        self.refresh()
        self.moved.emit()

    # what is shown

    def refresh(self) -> None:
        """Every word anew."""
        self._telling = True
        try:
            self._show_list()
        finally:
            self._telling = False
        self._show_card()
        keys = tr("Space: confirmed · A: ask · Backspace: back · double click: go there") if self.reading else ""
        self.keys.setText(keys)

    def _show_card(self) -> None:
        sheet, n = self.sheet, len(self.rows)
        if sheet is None:
            self._say("", "")
        elif not self.reading:
            self._say(tr("The sheet as it would be frozen now: {n} rows on page one", n=n), self._row_text())
        elif self.step < n:
            one = self.rows[self.step]
            head = f"{tr(FRONTS[one.front])} · {self.step + 1} / {n}" + (f" · {tr(one.title)}" if one.title else "")
            self._say(head, self._row_text())
        elif self.step < self.steps():
            section = sheet.sections[self.step - n]
            words = tr("{n} rows, below", n=len(section.rows)) if section.rows else tr("nothing to tell")
            head = tr("Annex {n} of {of}", n=self.step - n + 1, of=len(sheet.sections))
            self._say(head, tr("{name}: {value}", name=tr(section.title), value=words))
        else:
            asked = len(self.asked())
            words = tr("Everything has been read. Sign with S, or refuse with R.")
            self._say(tr("Read: {n} rows, {asked} asked about", n=n, asked=asked), words)

    def _row_text(self) -> str:
        if not 0 <= self.step < len(self.rows):
            return tr("nothing on page one")
        one = self.rows[self.step]
        time = "" if one.row.time is None else f"{moment(one.row.time, self._model.zone):%m-%d %H:%M}  "
        return time + told(one, self._model.zone)

    def _say(self, head: str, text: str) -> None:
        self.where.setText(head)
        self.where.setToolTip(head)
        short = text if len(text) <= MOST_OF_CARD else f"{text[: MOST_OF_CARD - 1]}…"
        self.card.setText(short)
        self.card.setToolTip(text)
        self.card.setFont(theme.font(theme.VALUE if len(short) <= MOST_OF_CARD // 4 else theme.TITLE, bold=True))
        self.card.setAccessibleName(f"{head}: {text}")

    def _show_list(self) -> None:
        titles = ("", tr("Part"), tr("Time"), tr("What it says"))
        sheet, n = self.sheet, len(self.rows)
        if sheet is not None and self.reading and n <= self.step < self.steps():
            section = sheet.sections[self.step - n]
            self.list.tell(titles, self._annex(tr(section.title), section.rows), wide=3)
        else:
            zone = self._model.zone
            rows = [self._front(number, one, told(one, zone)) for number, one in enumerate(self.rows)]
            self.list.tell(titles, rows, wide=3)
            self.list.choose(str(self.step))
        self.list.describe(tr("Handover sheet"))

    def _front(self, number: int, one: FrontRow, words: str) -> Row:
        mark = Sign.NONE
        if self.reading:
            mark = Sign.RING if number not in self.marks else Sign.TRIANGLE if self.marks[number] else Sign.TICK
        state = {Sign.RING: tr("not yet"), Sign.TRIANGLE: tr("asked"), Sign.TICK: tr("seen")}.get(mark, "")
        first = number == 0 or self.rows[number - 1].front != one.front
        part = Cell(tr(FRONTS[one.front]), bold=first, dim=not first)
        return Row(str(number), (Cell(state, mark), part, Cell(self._time(one.row)), Cell(words)))

    def _annex(self, title: str, rows: Sequence[SheetRow]) -> list[Row]:
        zone = self._model.zone
        return [
            Row(f"annex{number}", (Cell(""), Cell(title, dim=number > 0), Cell(self._time(row)), Cell(sentence(row, zone))))
            for number, row in enumerate(rows)
        ]

    def _time(self, row: SheetRow) -> str:
        return "" if row.time is None else f"{moment(row.time, self._model.zone):%m-%d %H:%M}"

    # keys and mouse

    def _picked(self) -> None:
        """A row of page one was chosen by arrow keys or mouse."""
        id = self.list.chosen_id()
        if not self._telling and id.isdigit() and int(id) != self.step:
            self.step = int(id)
            self._show_card()
            self.moved.emit()

    def _jump(self) -> None:
        id = self.list.chosen_id()
        row: SheetRow | None = None
        if id.isdigit():
            row = self.rows[int(id)].row
        elif id.startswith("annex") and self.sheet is not None:
            row = self.sheet.sections[self.step - len(self.rows)].rows[int(id.removeprefix("annex"))]
        if row is not None and row.link:
            self.jumped.emit(row.link)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The list has the keyboard; the keys of the reading are not its own."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress and not event.modifiers():
            key = event.key()
            if key in FORWARD and self.reading:
                self.forward()
                return True
            if key in ASK and self.reading:
                self.forward(ask=True)
                return True
            if key in BACK:
                self.back()
                return True
        return False

    def _colours(self) -> None:
        now = theme.current()
        self.card.setStyleSheet(f"#card{{background:{now.panel};border:1px solid {now.line}}}")
