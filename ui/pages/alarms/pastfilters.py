"""The filters above all alarms: when, which level and state, of what, by whom, with which words, how long. Asks the station nothing."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QWidget

from cityops_desktop.link.alarmquery import AlarmFilter
from cityops_desktop.model.alarms import UNSEEN, AlarmState
from cityops_desktop.model.points import Group, Level
from cityops_desktop.sentences import GROUPS, level_name
from cityops_desktop.texts import pick, tr
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.models.timetyped import time_typed
from ui.widgets import lettering

TYPING_MS = 350
FREE = -1
HOUR, DAY = 3600, 86_400
NAME = 130
"""Px of a device's name; the tool tip of its line holds the whole."""
_OPEN = tuple(state for state in AlarmState if state is not AlarmState.NORMAL)
_SEEN = (AlarmState.ACKNOWLEDGED, AlarmState.LATCHED_ACKNOWLEDGED)
_States = tuple[tuple[AlarmState, ...], bool | None]
STATES: dict[str, _States] = {
    "all": ((), None),
    "open": (_OPEN, None),
    "unseen": (tuple(state for state in AlarmState if state in UNSEEN), None),
    "seen": (_SEEN, None),
    "ended": ((AlarmState.NORMAL,), None),
    "hidden": ((), True),
}
LEVELS: dict[str, tuple[int, ...]] = {"all": (), "12": (1, 2), **{str(int(level)): (int(level),) for level in Level}}
SPANS: dict[str, tuple[int | None, int | None]] = {
    "all": (None, None),
    "short": (None, 60),
    "5": (300, None),
    "60": (HOUR, None),
    "day": (DAY, None),
}


class PastFilters(QWidget):
    """`changed`: another question; what is being typed counts when the hand has rested. `start` and `end` have their place elsewhere."""

    changed = Signal()

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self._points: list[str] = []
        self._domain = ""
        self._told = False
        self.when, self.level, self.state, self.group = QComboBox(), QComboBox(), QComboBox(), QComboBox()
        self.device, self.lasted = QComboBox(), QComboBox()
        self.person, self.text, self.start, self.end = QLineEdit(), QLineEdit(), QLineEdit(), QLineEdit()
        self.only = QPushButton()
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for widget in (self.when, self.level, self.state, self.group, self.device, self.only, self.lasted):
            row.addWidget(widget)
        row.addWidget(self.person, 1)
        row.addWidget(self.text, 2)
        for edit in (self.start, self.end):
            edit.setFixedWidth(lettering.width("2026-12-31 23:59") + 34)
        for box in self._boxes():
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.currentIndexChanged.connect(lambda _: self._chosen())
        self.device.setFixedWidth(NAME + 36)
        self.only.setMaximumWidth(NAME + 40)
        self.only.clicked.connect(self._no_points)
        for edit in (self.person, self.text, self.start, self.end):
            edit.textEdited.connect(lambda _: self._typing.start())
            edit.returnPressed.connect(self.changed)
        for edit in (self.person, self.text):
            edit.setClearButtonEnabled(True)
            edit.textChanged.connect(lambda text: self._typing.start() if not text and not self._told else None)
            edit.setMinimumWidth(90)
        self._typing.timeout.connect(self.changed)
        model.replaced.connect(self._fill_devices)

    def _boxes(self) -> tuple[QComboBox, ...]:
        return (self.when, self.level, self.state, self.group, self.device, self.lasted)

    def retranslate(self) -> None:
        """The words in the language in force."""
        spans = [(tr("Last hour"), HOUR), (tr("24 hours"), DAY), (tr("7 days"), 7 * DAY), (tr("30 days"), 30 * DAY)]
        self._fill(self.when, [*spans, (tr("Half a year"), 184 * DAY), (tr("All times"), 0), (tr("From – to"), FREE)], DAY)
        levels = [(level_name(level), str(int(level))) for level in Level]
        self._fill(self.level, [(tr("All levels"), "all"), (tr("Two highest"), "12"), *levels], "all")
        states = [("all", tr("All states")), ("open", tr("Open")), ("unseen", tr("Not acknowledged")), ("seen", tr("Seen, open"))]
        states += [("ended", tr("Ended")), ("hidden", tr("Kept quiet"))]
        self._fill(self.state, [(words, key) for key, words in states], "all")
        groups = [(tr(GROUPS[group]), group.value) for group in Group]
        others = [(tr("Lines"), "bus"), (tr("Station"), "station"), (tr("Not in the room"), "gone")]
        self._fill(self.group, [(tr("All groups"), ""), *groups, *others], "")
        lasted = [("all", tr("Any duration")), ("short", tr("Under 1 min")), ("5", tr("5 min and more")), ("60", tr("1 h and more"))]
        lasted += [("day", tr("24 h and more"))]
        self._fill(self.lasted, [(words, key) for key, words in lasted], "all")
        self._fill_devices()
        for widget, words, hint in (
            (self.when, tr("Time"), ""),
            (self.level, tr("Level"), ""),
            (self.state, tr("State"), ""),
            (self.group, tr("Equipment groups"), ""),
            (self.device, tr("Device"), ""),
            (self.lasted, tr("Duration"), ""),
            (self.person, tr("Who acknowledged"), tr("Person")),
            (self.text, tr("Search  Ctrl+F"), tr("Search  Ctrl+F")),
            (self.start, tr("From"), tr("YYYY-MM-DD HH:MM")),
            (self.end, tr("To"), tr("YYYY-MM-DD HH:MM")),
        ):
            widget.setAccessibleName(words)
            widget.setToolTip(words)
            if isinstance(widget, QLineEdit):
                widget.setPlaceholderText(hint)
        self._show()

    def question(self) -> AlarmFilter | None:
        """What the filters say; None while a time cannot be read."""
        back, start, end = self.when.currentData() or 0, None, None
        if back == FREE:
            zone, now = self._model.zone, self._model.now()
            typed = [(edit.text().strip(), time_typed(edit.text(), zone, now)) for edit in (self.start, self.end)]
            if any(text and time is None for text, time in typed):
                return None
            back, (start, end) = 0, (time for _, time in typed)
        least, most = SPANS[self.lasted.currentData() or "all"]
        states, hidden = STATES[self.state.currentData() or "all"]
        return AlarmFilter(
            back=back,
            start=start,
            end=end,
            levels=list(LEVELS[self.level.currentData() or "all"]),
            states=list(states),
            hidden=hidden,
            domain=self._domain,
            groups=[self.group.currentData()] if self.group.currentData() else [],
            devices=[self.device.currentData()] if self.device.currentData() else [],
            points=self._points,
            person=self.person.text().strip(),
            text=self.text.text().strip(),
            least=least,
            most=most,
        )

    def tell(self, wanted: AlarmFilter) -> None:
        """Stand as this question says; `changed` once."""
        self._told = True
        backs = [self.when.itemData(place) for place in range(self.when.count())]
        free = wanted.start is not None or wanted.end is not None or wanted.back not in backs
        start = wanted.start if not wanted.back else self._model.now() - wanted.back * 1000
        for edit, ms in ((self.start, start if free else None), (self.end, wanted.end)):
            edit.setText("" if ms is None else f"{moment(ms, self._model.zone):%Y-%m-%d %H:%M}")
        self._points, self._domain = list(wanted.points), wanted.domain
        self.person.setText(wanted.person)
        self.text.setText(wanted.text)
        same = (tuple(wanted.states), wanted.hidden)
        chosen = {
            self.when: FREE if free else wanted.back,
            self.level: _key(LEVELS, tuple(wanted.levels)),
            self.state: _key(STATES, same),
            self.group: wanted.groups[0] if wanted.groups else "",
            self.device: wanted.devices[0] if wanted.devices else "",
            self.lasted: _key(SPANS, (wanted.least, wanted.most)),
        }
        for box, data in chosen.items():
            box.blockSignals(True)
            box.setCurrentIndex(max(0, box.findData(data)))
            box.blockSignals(False)
        self._told = False
        self._show()
        self.taken()
        self.changed.emit()

    def taken(self) -> None:
        """The question was asked: what is being typed must not ask once more."""
        self._typing.stop()

    def hideEvent(self, event: QHideEvent) -> None:
        """A hidden view asks nothing."""
        self._typing.stop()
        super().hideEvent(event)

    def _chosen(self) -> None:
        self._show()
        if self.when.currentData() == FREE and not self.start.text() and not self.end.text():
            now = moment(self._model.now(), self._model.zone)
            self.start.setText(f"{now:%Y-%m-%d} 00:00")
        self.changed.emit()

    def _no_points(self) -> None:
        self._points = []
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        free = self.when.currentData() == FREE
        self.start.setVisible(free)
        self.end.setVisible(free)
        self.only.setVisible(bool(self._points))
        self.device.setVisible(not self._points)
        self._tell_device()
        names = [pick(point.names) for key in self._points if (point := self._model.points.get(key)) is not None]
        whole = ", ".join(names) or ", ".join(self._points)
        self.only.setText(tr("Only {name} ×", name=lettering.metrics().elidedText(whole, Qt.TextElideMode.ElideMiddle, NAME - 40)))
        self.only.setToolTip(tr("Only {names}; a click shows all again", names=", ".join(self._points)))

    def _fill_devices(self) -> None:
        devices = sorted((pick(device.names), id) for id, device in self._model.devices.items())
        elided = [(lettering.metrics().elidedText(name, Qt.TextElideMode.ElideMiddle, NAME), id) for name, id in devices]
        self._fill(self.device, [(tr("All devices"), ""), *elided], "")
        for place, (name, _) in enumerate(devices, 1):
            self.device.setItemData(place, name, Qt.ItemDataRole.ToolTipRole)
        self._tell_device()

    def _tell_device(self) -> None:
        """The whole name of the chosen device."""
        name = self.device.currentData(Qt.ItemDataRole.ToolTipRole)
        self.device.setToolTip(f"{tr('Device')}: {name}" if name else tr("Device"))

    @staticmethod
    def _fill(box: QComboBox, choices: "list[tuple[str, str]] | list[tuple[str, int]]", first: str | int) -> None:
        kept = box.currentData() if box.count() else first
        box.blockSignals(True)
        box.clear()
        for words, data in choices:
            box.addItem(words, data)
        box.setCurrentIndex(max(0, box.findData(kept)))
        box.blockSignals(False)


def _key(known: "dict[str, tuple[int, ...]] | dict[str, _States] | dict[str, tuple[int | None, int | None]]", wanted: object) -> str:
    return next((key for key, value in known.items() if value == wanted), "all")
