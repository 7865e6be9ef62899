"""What of the collected lines is looked for: time, words, severity, class, source. Asks the station nothing."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QWidget

from cityops_desktop.model.loglines import Severity
from cityops_desktop.texts import tr
from ui import theme
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.models.timetyped import time_typed
from ui.pages.logs.words import CLASSES, SEVERITIES
from ui.widgets import lettering

TYPING_MS = 350
HOUR = 3_600_000
DAY = 24 * HOUR
ALL, FREE = 0, -1
MINUTE = 60_000


class LogFilters(QWidget):
    """`changed`: another question; what is being typed counts when the hand has rested. `span` (from, to) has its place elsewhere."""

    changed = Signal()

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self.words, self.source, self.start, self.end = QLineEdit(), QLineEdit(), QLineEdit(), QLineEdit()
        self.when, self.severity, self.group = QComboBox(), QComboBox(), QComboBox()
        self.span, self.dash, self.wrong = QWidget(), QLabel("–"), QLabel()
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        for widget in (self.words, self.when, self.severity, self.group, self.source):
            row.addWidget(widget, 2 if widget is self.words else 1 if widget is self.source else 0)
        below = QHBoxLayout(self.span)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(theme.GAP)
        for one in (self.start, self.dash, self.end, self.wrong):
            below.addWidget(one)
        below.addStretch(1)
        for edit in (self.start, self.end):
            edit.setFixedWidth(lettering.width("2026-12-31 23:59") + 34)
        for edit in self._edits():
            edit.setClearButtonEnabled(True)
            edit.textChanged.connect(lambda _: self._typing.start())
            edit.returnPressed.connect(self._now)
        for box in self._boxes():
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.currentIndexChanged.connect(lambda _: self._chosen())
        self._typing.timeout.connect(self._now)
        self.span.hide()

    def retranslate(self) -> None:
        """The words in the language in force."""
        times = [(tr("All times"), ALL), (tr("Last hour"), HOUR), (tr("24 hours"), DAY), (tr("7 days"), 7 * DAY), (tr("30 days"), 30 * DAY)]
        graves = [(tr("{word} and graver", word=tr(SEVERITIES[one])), int(one)) for one in list(Severity)[1:7]]
        groups = [(tr(words), str(one)) for one, words in CLASSES.items()]
        self._fill(self.when, [*times, (tr("From – to"), FREE)], tr("Time"))
        self._fill(self.severity, [(tr("All severities"), -1), *graves], tr("Severity"))
        self._fill(self.group, [(tr("All classes"), ""), *groups], tr("Class"))
        for edit, name, hint in (
            (self.words, tr("Search  Ctrl+F"), tr("Search  Ctrl+F")),
            (self.source, tr("Source: address, host"), tr("Source: address, host")),
            (self.start, tr("From"), tr("YYYY-MM-DD HH:MM")),
            (self.end, tr("To"), tr("YYYY-MM-DD HH:MM")),
        ):
            edit.setPlaceholderText(hint)
            edit.setToolTip(name)
            edit.setAccessibleName(name)
        self.wrong.setText(tr("Write the time as YYYY-MM-DD HH:MM"))
        self._tell()

    def question(self) -> dict[str, str | int | None] | None:
        """What the station is asked; None while a time cannot be read."""
        severity, when, now = self.severity.currentData(), self.when.currentData() or ALL, self._model.now()
        start, end = (now - when if when > 0 else None), None
        if when == FREE:
            typed = [self._time(edit) for edit in (self.start, self.end)]
            if any(edit.text().strip() and time is None for edit, time in zip((self.start, self.end), typed, strict=True)):
                return None
            start, end = typed[0], None if typed[1] is None else typed[1] + MINUTE - 1
        return {
            "words": self.words.text().strip() or None,
            "source": self.source.text().strip() or None,
            "severity": None if severity in (None, -1) else severity,
            "group": self.group.currentData() or None,
            "from": start,
            "to": end,
        }

    def show_around(self, source: str, start: int, end: int) -> None:
        """All lines of this source in this time (UTC ms), whatever was looked for before."""
        for widget in (*self._edits(), *self._boxes()):
            widget.blockSignals(True)
        self.words.clear()
        self.source.setText(source)
        self.severity.setCurrentIndex(0)
        self.group.setCurrentIndex(0)
        self.when.setCurrentIndex(self.when.findData(FREE))
        for edit, time in ((self.start, start), (self.end, end)):
            edit.setText(f"{moment(time, self._model.zone):%Y-%m-%d %H:%M}")
        for widget in (*self._edits(), *self._boxes()):
            widget.blockSignals(False)
        self._now()

    def stop(self) -> None:
        """The page is hidden: nothing more is asked."""
        self._typing.stop()

    def _edits(self) -> tuple[QLineEdit, ...]:
        return (self.words, self.source, self.start, self.end)

    def _boxes(self) -> tuple[QComboBox, ...]:
        return (self.when, self.severity, self.group)

    def _fill(self, box: QComboBox, choices: list[tuple[str, str]] | list[tuple[str, int]], name: str) -> None:
        kept = max(0, box.currentIndex())
        box.blockSignals(True)
        box.clear()
        for words, value in choices:
            box.addItem(words, value)
        box.setCurrentIndex(kept)
        box.setAccessibleName(name)
        box.setToolTip(name)
        box.blockSignals(False)

    def _time(self, edit: QLineEdit) -> int | None:
        return time_typed(edit.text(), self._model.zone, self._model.now()) if edit.text().strip() else None

    def _chosen(self) -> None:
        if self.when.currentData() == FREE and not self.start.text() and not self.end.text():
            for edit, ago in ((self.start, DAY), (self.end, 0)):
                edit.blockSignals(True)
                edit.setText(f"{moment(self._model.now() - ago, self._model.zone):%Y-%m-%d %H:%M}")
                edit.blockSignals(False)
        self._now()

    def _now(self) -> None:
        self._typing.stop()
        self._tell()
        self.changed.emit()

    def _tell(self) -> None:
        self.span.setVisible(self.when.currentData() == FREE)
        self.wrong.setVisible(self.question() is None)
