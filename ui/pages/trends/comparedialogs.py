"""Two small questions of the comparison: how many days before, and with which other point. They ask; the page draws."""

from collections.abc import Callable

from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QCompleter,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from cityops_desktop.texts import tr

MOST_DAYS = 730
Named = tuple[str, str, str]
"""A point: its key, its whole name, its unit."""


class DaysDialog(QDialog):
    """Enter compares, Esc leaves."""

    def __init__(self, days: int, then: Callable[[int], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._then = then
        self.setWindowTitle(tr("Compare"))
        self.setMinimumWidth(320)
        self.days = QSpinBox()
        self.days.setRange(1, MOST_DAYS)
        self.days.setValue(max(1, days))
        self.days.setAccessibleName(tr("Days before"))
        form = QFormLayout()
        form.addRow(tr("Days before"), self.days)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addLayout(_buttons(self, self._done))
        self.days.selectAll()

    def _done(self) -> None:
        self.accept()
        self._then(self.days.value())


class PairDialog(QDialog):
    """A curve of the chart, another point of the same unit, and whether their difference is drawn too.

    `curves` are those on the chart, `points` all of the room that have a curve; `then` gets both keys and the wish.
    """

    def __init__(
        self,
        curves: list[Named],
        points: list[Named],
        first: str,
        then: Callable[[str, str, bool], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._then, self._points = then, points
        self._names: dict[str, str] = {}
        self.setWindowTitle(tr("Compare with another point"))
        self.setMinimumWidth(520)
        self.curve, self.other = QComboBox(), QComboBox()
        for key, name, _ in curves:
            self.curve.addItem(name, key)
        self.curve.setCurrentIndex(max(0, self.curve.findData(first)))
        self.other.setEditable(True)
        self.other.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        for box, name in ((self.curve, tr("Curve")), (self.other, tr("Other point"))):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(30)
            box.setAccessibleName(name)
        self.difference = QCheckBox(tr("Draw the difference too, the first less the second"))
        self.difference.setChecked(True)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setMinimumHeight(40)
        form = QFormLayout()
        form.addRow(tr("Curve"), self.curve)
        form.addRow(tr("Other point"), self.other)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.difference)
        column.addWidget(self.said)
        column.addLayout(_buttons(self, self._done))
        self.curve.currentIndexChanged.connect(self._fill)
        self._fill()

    def _unit(self) -> str:
        key = self.curve.currentData()
        return next((unit for one, _, unit in self._points if one == key), "")

    def _fill(self) -> None:
        """The points of the same unit: others cannot lie on the same axis, and have no difference."""
        unit, here = self._unit(), self.curve.currentData()
        self._names = {name: key for key, name, of in self._points if of == unit and key != here}
        self.other.clear()
        self.other.addItems(list(self._names))
        completer = QCompleter(QStringListModel(list(self._names), self), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.other.setCompleter(completer)
        if self._names:
            self.said.setText(tr("Points of the same unit ({unit}): type a part of the name", unit=unit or tr("without unit")))
        else:
            self.said.setText(tr("The room has no other point in {unit}", unit=unit or tr("without unit")))

    def _done(self) -> None:
        other = self._names.get(self.other.currentText())
        if other is None:
            self.said.setText(tr("No point of this name has the same unit: choose one from the list"))
            return
        self.accept()
        self._then(self.curve.currentData(), other, self.difference.isChecked())


def _buttons(dialog: QDialog, done: Callable[[], None]) -> QHBoxLayout:
    row, leave, go = QHBoxLayout(), QPushButton(tr("Cancel")), QPushButton(tr("Compare"))
    go.setDefault(True)
    leave.setAutoDefault(False)
    leave.clicked.connect(dialog.reject)
    go.clicked.connect(done)
    row.addStretch(1)
    row.addWidget(leave)
    row.addWidget(go)
    return row
