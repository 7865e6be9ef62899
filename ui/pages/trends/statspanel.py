"""The panel of statistics under the chart: a row for each curve over the time that is seen, or the duration curves. Asks nobody.

It reckons one curve at a time, between two events of the window, and shows them together when all are done: nothing waits for it.
"""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from cityops_desktop.model.points import Kind
from cityops_desktop.texts import tr
from ui.pages.trends.durationchart import DurationChart, DurationLine
from ui.pages.trends.figures import Figures, Span, figures
from ui.pages.trends.lanes import Line
from ui.widgets.elided import ElidedLine
from ui.widgets.sheet import Cell, Row, Sheet

PAUSE_MS = 400
"""So seldom the figures follow a chart that moves."""
HIGH = 208
"""Its head and five curves."""
CURVE_MOST = 230
"""A curve's name takes at most so much; what was said of its limits, the rest."""


class StatsPanel(QWidget):
    """`lines` tells the curves with their whole names, `span` what is looked at. `closed` when somebody closes it."""

    closed = Signal()

    def __init__(self, lines: Callable[[], list[tuple[Line, str]]], span: Callable[[], tuple[Span, str]]) -> None:
        super().__init__()
        self._lines, self._span = lines, span
        self._of = span()
        self._left: list[tuple[Line, str]] = []
        self._found: list[Figures] = []
        self._asked = False
        self.told: list[Figures] = []
        """The figures that stand there."""
        self.threshold: float | None = None
        self._title = ElidedLine(bold=True)
        self.typed = QLineEdit()
        self.typed.setFixedWidth(150)
        self.typed.setAcceptDrops(False)
        self.table_button, self.curve_button, self.close_button = QPushButton(), QPushButton(), QPushButton("×")
        self.close_button.setFixedWidth(30)
        self.table, self.chart = Sheet("trend statistics"), DurationChart()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.table)
        self._pages.addWidget(self.chart)
        self._pause = QTimer(self, interval=PAUSE_MS, singleShot=True)
        self._pause.timeout.connect(self._begin)
        self._step = QTimer(self, interval=0)
        self._step.timeout.connect(self._reckon_one)
        self._lay_out()
        self.typed.editingFinished.connect(self._threshold_typed)
        self.close_button.clicked.connect(self.closed)
        self.table_button.clicked.connect(lambda: self.show_curves(False))
        self.curve_button.clicked.connect(lambda: self.show_curves(True))
        self.table.chosen.connect(self._tell_chart)
        self.show_curves(False)
        self.hide()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self._title, 1)
        for button in (self.table_button, self.curve_button):
            button.setCheckable(True)
            button.setStyleSheet("padding:3px 8px")
            head.addWidget(button)
        head.addWidget(self.typed)
        self.close_button.setStyleSheet("padding:3px 4px")
        head.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._pages, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HIGH)

    def sizeHint(self) -> QSize:
        """Always as high: nothing jumps when figures come."""
        return QSize(400, HIGH)

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.table_button.setText(tr("Figures"))
        self.curve_button.setText(tr("Duration curve"))
        self.typed.setPlaceholderText(tr("Time above: 27"))
        self.typed.setAccessibleName(tr("Threshold"))
        self.typed.setToolTip(tr("Type a value, then Enter: the column then says for how long each curve was above it"))
        self.close_button.setToolTip(tr("Close the statistics (S)"))
        self.close_button.setAccessibleName(tr("Close the statistics (S)"))
        self._tell()
        self.refresh()

    def show_curves(self, curves: bool) -> None:
        """The duration curves, or the figures."""
        self._pages.setCurrentIndex(1 if curves else 0)
        self.table_button.setChecked(not curves)
        self.curve_button.setChecked(curves)

    def refresh(self) -> None:
        """Something else is seen: reckon again, soon."""
        if not self.isVisible():
            return
        self._asked = True
        if not self._pause.isActive() and not self._step.isActive():
            self._begin()

    def _begin(self) -> None:
        if self._asked and self.isVisible():
            self._asked = False
            self._left, self._found, self._of = self._lines(), [], self._span()
            self._step.start()

    def _reckon_one(self) -> None:
        """One curve, and back to the window."""
        if self._left and self.isVisible():
            line, name = self._left.pop(0)
            self._found.append(figures(line, name, replace(self._of[0], threshold=self.threshold)))
            return
        self._step.stop()
        self._pause.start()
        if not self._left:
            self.told = self._found
            self._tell()

    def reckon(self, then: Callable[[list[Figures]], None]) -> None:
        """The figures of what is seen, for a report, also when the panel is closed; a curve at a time as well."""
        span = replace(self._span()[0], threshold=self.threshold)
        left, found, timer = self._lines(), list[Figures](), QTimer(self, interval=0)

        def step() -> None:
            if left:
                line, name = left.pop(0)
                found.append(figures(line, name, span))
                return
            timer.stop()
            timer.deleteLater()
            then(found)

        timer.timeout.connect(step)
        timer.start()

    def _tell(self) -> None:
        words = self._of[1]
        self._title.set_text(tr("Statistics of {span}", span=words))
        above = tr("above {value}", value=f"{self.threshold:g}") if self.threshold is not None else ""
        titles = [tr("Curve"), tr("Lowest"), tr("Mean"), tr("Highest"), tr("Last"), tr("Beyond limits, counted, states")]
        titles += [above] if above else []
        self.table.tell([*titles, tr("Good"), tr("Values")], [_row(one, bool(above)) for one in self.told], wide=5, most=CURVE_MOST)
        self.table.describe(tr("Statistics of {span}", span=words))
        self._tell_chart()

    def _tell_chart(self) -> None:
        """The duration curves of the unit of the row that is chosen; of the first one when none is."""
        lines = {line.number: line for line, _ in self._lines() if line.point.kind is Kind.ANALOG}
        chosen = self.table.chosen_id()
        first = lines.get(int(chosen)) if chosen else None
        first = first or next(iter(lines.values()), None)
        unit, derived = (first.point.unit, first.minus is not None) if first else ("", False)
        told = [
            DurationLine(one.number, lines[one.number].colour, one.curve)
            for one in self.told
            if one.curve is not None and one.number in lines
            if (lines[one.number].point.unit, lines[one.number].minus is not None) == (unit, derived)
        ]
        self.chart.tell(unit, told)

    def _threshold_typed(self) -> None:
        text = self.typed.text().strip().replace(",", ".")
        try:
            value = float(text) if text else None
        except ValueError:
            self.typed.setText("" if self.threshold is None else f"{self.threshold:g}")
            return
        if value != self.threshold:
            self.threshold = value
            self.refresh()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes it."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


def _row(one: Figures, above: bool) -> Row:
    words = [one.lowest, one.mean, one.highest, one.last, one.said, *([one.threshold] if above else []), one.good, one.count]
    return Row(str(one.number), (Cell(f"{one.number}  {one.name}"), *(Cell(word.text, tip=word.tip) for word in words)))
