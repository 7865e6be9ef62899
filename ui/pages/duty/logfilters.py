"""What of the log book is looked for: words, time, sort, who wrote it, only what is open. Asks the station nothing."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from cityops_desktop.link.duty.logbook import MOST_SOUGHT, LogEntryInfo, TemplateInfo
from cityops_desktop.link.duty.now import OnDuty
from cityops_desktop.model.grams import folded
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.models.timetyped import time_typed
from ui.widgets import lettering

TYPING_MS = 200
DAY = 86_400_000
ALL, TODAY, FREE = 0, 1, -1
MOST_PEOPLE = 60


class LogFilters(QWidget):
    """`changed`: another question; what is being typed counts when the hand has rested. `span` (from, to) has its place elsewhere."""

    changed = Signal()

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self._templates: list[TemplateInfo] = []
        self._people: dict[str, str] = {}
        self._waiting = 0
        self.words, self.start, self.end = QLineEdit(), QLineEdit(), QLineEdit()
        self.when, self.sort, self.person = QComboBox(), QComboBox(), QComboBox()
        self.open = QPushButton()
        self.open.setCheckable(True)
        self.span, self.dash, self.wrong = QWidget(), QLabel("–"), QLabel()
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        for widget in (self.words, self.when, self.sort, self.person, self.open):
            row.addWidget(widget, 1 if widget is self.words else 0)
        below = QHBoxLayout(self.span)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(theme.GAP)
        for one in (self.start, self.dash, self.end, self.wrong):
            below.addWidget(one)
        below.addStretch(1)
        for edit in (self.start, self.end):
            edit.setFixedWidth(lettering.width("2026-12-31 23:59") + 34)
        self.words.setMaxLength(MOST_SOUGHT)
        for edit in (self.words, self.start, self.end):
            edit.setClearButtonEnabled(True)
            edit.textChanged.connect(self._typing.start)
            edit.returnPressed.connect(self._now)
        for box in (self.when, self.sort, self.person):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.currentIndexChanged.connect(self._chosen)
        self.open.toggled.connect(self._now)
        self._typing.timeout.connect(self._now)
        self.span.hide()

    def retranslate(self) -> None:
        """The words in the language in force."""
        times = [(tr("All times"), ALL), (tr("Today"), TODAY), (tr("7 days"), 7 * DAY), (tr("30 days"), 30 * DAY), (tr("From – to"), FREE)]
        self._fill(self.when, times, tr("Time"))
        self._fill(self.sort, self._sorts(), tr("Sort"))
        self._fill(self.person, self._persons(), tr("Recorded by"))
        for edit, name, hint in (
            (self.words, tr("Search the log book  Ctrl+F"), tr("Search  Ctrl+F")),
            (self.start, tr("From"), tr("YYYY-MM-DD HH:MM")),
            (self.end, tr("To"), tr("YYYY-MM-DD HH:MM")),
        ):
            edit.setPlaceholderText(hint)
            edit.setToolTip(name)
            edit.setAccessibleName(name)
        self.wrong.setText(tr("Write the time as YYYY-MM-DD HH:MM"))
        self.open.setToolTip(tr("Only what is handed over and not settled"))
        self.tell_open(self._waiting)
        self._tell()

    def take(self, templates: Sequence[TemplateInfo]) -> None:
        """The sorts that there are."""
        if templates != self._templates:
            self._templates = list(templates)
            self._fill(self.sort, self._sorts(), tr("Sort"))

    def meet(self, entries: Iterable[LogEntryInfo], people: Iterable[OnDuty]) -> None:
        """Who can be chosen as the writer: those on duty, and those of the entries that were told."""
        known = dict(self._people)
        known |= {one.account: one.name for one in people} | {one.account: one.actor_name for one in entries}
        if known != self._people and len(known) <= MOST_PEOPLE:
            self._people = known
            self._fill(self.person, self._persons(), tr("Recorded by"))

    def tell_open(self, count: int) -> None:
        """How many wait."""
        self._waiting = count
        self.open.setText(tr("To be settled ({n})", n=count))

    def question(self) -> dict[str, str | int | None] | None:
        """What the station is asked; None while a time cannot be read."""
        start, end = self._span()
        if start == FREE or end == FREE:
            return None
        words = folded(self.words.text())[:MOST_SOUGHT]
        return {
            "q": words or None,
            "from": start,
            "to": end,
            "template": self.sort.currentData() or None,
            "person": self.person.currentData() or None,
            "open": "true" if self.open.isChecked() else None,
        }

    def clear(self) -> None:
        """All of the book."""
        for widget in (self.words, self.when, self.sort, self.person, self.open):
            widget.blockSignals(True)
        self.words.clear()
        for box in (self.when, self.sort, self.person):
            box.setCurrentIndex(0)
        self.open.setChecked(False)
        for widget in (self.words, self.when, self.sort, self.person, self.open):
            widget.blockSignals(False)
        self._tell()

    def stop(self) -> None:
        """The tab is hidden: nothing more is asked."""
        self._typing.stop()

    def _span(self) -> tuple[int | None, int | None]:
        """From and to; FREE where what is typed is no time."""
        when, now = self.when.currentData() or ALL, self._model.now()
        if when == TODAY:
            midnight = moment(now, self._model.zone).replace(hour=0, minute=0, second=0, microsecond=0)
            return round(midnight.timestamp() * 1000), None
        if when != FREE:
            return (now - when if when else None), None
        start, end = self._time(self.start), self._time(self.end)
        return start, end if end in (None, FREE) else end + 60_000

    def _time(self, edit: QLineEdit) -> int | None:
        if not edit.text().strip():
            return None
        found = time_typed(edit.text(), self._model.zone, self._model.now())
        return FREE if found is None else found

    def _sorts(self) -> list[tuple[str, str]]:
        return [(tr("All sorts"), ""), *((pick(one.names), one.id) for one in self._templates), (tr("Notes on trends"), "trend")]

    def _persons(self) -> list[tuple[str, str]]:
        return [(tr("Everybody"), ""), *sorted((name, account) for account, name in self._people.items())]

    def _fill(self, box: QComboBox, choices: Sequence[tuple[str, str | int]], name: str) -> None:
        kept = box.currentData()
        box.blockSignals(True)
        box.clear()
        for words, value in choices:
            box.addItem(words, value)
        box.setCurrentIndex(max(0, box.findData(kept)))
        box.setAccessibleName(name)
        box.setToolTip(name)
        box.blockSignals(False)

    def _chosen(self) -> None:
        if self.when.currentData() == FREE and not self.start.text() and not self.end.text():
            now = moment(self._model.now(), self._model.zone)
            for edit, then in ((self.start, now - timedelta(days=1)), (self.end, now)):
                edit.blockSignals(True)
                edit.setText(f"{then:%Y-%m-%d %H:%M}")
                edit.blockSignals(False)
        self._now()

    def _now(self) -> None:
        self._typing.stop()
        self._tell()
        self.changed.emit()

    def _tell(self) -> None:
        self.span.setVisible(self.when.currentData() == FREE)
        self.wrong.setVisible(self.question() is None)
