"""Which days, and by which periods: this month, last month, a quarter, half a year, or any two days. Asks the station nothing."""

from datetime import date, datetime, time, timedelta

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget

from cityops_desktop.model.statistics import By
from cityops_desktop.texts import tr
from ui import theme
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.statistics.words import BY
from ui.widgets import lettering

TYPING_MS = 500
HALF_YEAR = 184
MOST_DAYS = 400
MONTH, LAST, QUARTER, HALF, FREE = "month", "last", "quarter", "half", "free"


class SpanChoice(QWidget):
    """`changed`: other days or periods; what is being typed counts when the hand has rested."""

    changed = Signal()

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self.which, self.by = QComboBox(), QComboBox()
        self.first, self.last = QLineEdit(), QLineEdit()
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self.changed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        for widget in (self.which, self.first, self.last, self.by):
            row.addWidget(widget)
        for edit in (self.first, self.last):
            edit.textEdited.connect(lambda _: self._typing.start())
            edit.returnPressed.connect(self.changed)
        self.which.currentIndexChanged.connect(lambda _: self._chosen())
        self.by.currentIndexChanged.connect(lambda _: self.changed.emit())

    def retranslate(self) -> None:
        """The words in the language in force."""
        whichs = ((tr("This month"), MONTH), (tr("Last month"), LAST), (tr("This quarter"), QUARTER), (tr("Half a year"), HALF))
        _fill(self.which, [*whichs, (tr("From – to"), FREE)])
        _fill(self.by, [(tr(words), by.value) for by, words in BY.items()])
        for widget, words in ((self.which, tr("Span")), (self.by, tr("Periods")), (self.first, tr("From")), (self.last, tr("To"))):
            widget.setAccessibleName(words)
            widget.setToolTip(words)
        for edit in (self.first, self.last):
            edit.setPlaceholderText(tr("YYYY-MM-DD"))
            edit.setFixedWidth(max(lettering.width(tr("YYYY-MM-DD")), lettering.width("2026-12-31")) + 30)
        self._show()

    @property
    def periods(self) -> By:
        """By what the rows are."""
        return By(self.by.currentData() or By.DAY)

    def days(self) -> tuple[date, date] | None:
        """The first and the last day; None while a date cannot be read, or they lie wrongly or too far apart."""
        today = moment(self._model.now(), self._model.zone).date()
        match self.which.currentData():
            case "last":
                end = today.replace(day=1) - timedelta(days=1)
                return end.replace(day=1), end
            case "quarter":
                return today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1), today
            case "half":
                return today - timedelta(days=HALF_YEAR - 1), today
            case "free":
                return _typed(self.first.text(), self.last.text())
        return today.replace(day=1), today

    def span(self) -> tuple[int, int] | None:
        """The same as UTC ms, the end not included."""
        days = self.days()
        return None if days is None else (self._midnight(days[0]), self._midnight(days[1] + timedelta(days=1)))

    def _midnight(self, day: date) -> int:
        return round(datetime.combine(day, time(), self._model.zone).timestamp() * 1000)

    def _chosen(self) -> None:
        if self.which.currentData() == FREE and not self.first.text():
            today = moment(self._model.now(), self._model.zone).date()
            self.first.setText(f"{today - timedelta(days=6)}")
            self.last.setText(f"{today}")
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        for edit in (self.first, self.last):
            edit.setVisible(self.which.currentData() == FREE)


def _typed(first: str, last: str) -> tuple[date, date] | None:
    try:
        begin, end = (date.fromisoformat(text.strip()) for text in (first, last))
    except ValueError:
        return None
    return (begin, end) if timedelta(0) <= end - begin < timedelta(days=MOST_DAYS) and begin.year >= 1971 else None


def _fill(box: QComboBox, choices: list[tuple[str, str]]) -> None:
    kept = box.currentData()
    box.blockSignals(True)
    box.clear()
    for words, value in choices:
        box.addItem(words, value)
    box.setCurrentIndex(max(0, box.findData(kept)))
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    box.blockSignals(False)
