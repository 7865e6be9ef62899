"""The filters above the change log: whose rows, which kind, when, about what. Asks the station nothing."""

from datetime import datetime, time, timedelta

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QWidget

from cityops_desktop.texts import tr
from ui import theme
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.audit.log import Choice
from ui.pages.audit.words import KIND_GROUPS, STATION
from ui.widgets import lettering

TYPING_MS = 350
ALL, TODAY, WEEK, SHIFT, SPAN = "all", "today", "week", "shift", "span"


class Filters(QWidget):
    """`changed`: another choice; what is being typed counts when the hand has rested. `shiftWanted`: the time of the person's last shift
    is needed and not known yet (`tell_shift`)."""

    changed = Signal()
    shiftWanted = Signal()

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self._people: dict[str, str] = {}
        self._shift: int | None = None
        self.person, self.kind, self.when = QComboBox(), QComboBox(), QComboBox()
        self.thing, self.text, self.start, self.end = QLineEdit(), QLineEdit(), QLineEdit(), QLineEdit()
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(theme.GAP)
        for place, widget in enumerate((self.person, self.kind, self.when, self.start, self.end, self.thing, self.text)):
            grid.addWidget(widget, 0, place)
        grid.setColumnStretch(5, 1)
        grid.setColumnStretch(6, 1)
        for edit in (self.start, self.end):
            edit.setFixedWidth(lettering.width("YYYY-MM-DD HH:MM") + 34)
        for box in (self.person, self.kind):
            box.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.when.currentIndexChanged.connect(self._time_chosen)
        for edit in (self.thing, self.text, self.start, self.end):
            edit.textChanged.connect(lambda _: self._typing.start())
            edit.returnPressed.connect(self.changed)
        self._typing.timeout.connect(self.changed)

    def retranslate(self) -> None:
        """The words in the language in force."""
        self._fill(self.kind, [(tr("All kinds"), ""), *((tr(words), key) for key, words in KIND_GROUPS.items())])
        spans = [(tr("All times"), ALL), (tr("Today"), TODAY), (tr("7 days"), WEEK), (tr("Since my last shift"), SHIFT)]
        self._fill(self.when, [*spans, (tr("From – to"), SPAN)])
        self._fill_people()
        for widget, words, hint in (
            (self.person, tr("Person"), ""),
            (self.kind, tr("Kind"), ""),
            (self.when, tr("Time"), ""),
            (self.thing, tr("Thing"), tr("Thing: person, device")),
            (self.text, tr("Search  Ctrl+F"), tr("Search  Ctrl+F")),
            (self.start, tr("From"), tr("YYYY-MM-DD HH:MM")),
            (self.end, tr("To"), tr("YYYY-MM-DD HH:MM")),
        ):
            widget.setAccessibleName(words)
            widget.setToolTip(hint or words)
            if isinstance(widget, QLineEdit):
                widget.setPlaceholderText(hint)
                widget.setClearButtonEnabled(widget in (self.thing, self.text))
        self._show_spans()

    def tell_people(self, people: dict[str, str]) -> None:
        """Full names by account id."""
        self._people = people
        self._fill_people()

    def tell_shift(self, since: int | None) -> None:
        """When the person's last shift began; None = not known."""
        self._shift = since

    def taken(self) -> None:
        """The choice was asked for: what is being typed must not ask once more."""
        self._typing.stop()

    def hideEvent(self, event: QHideEvent) -> None:
        """A hidden page asks nothing."""
        self._typing.stop()
        super().hideEvent(event)

    def begin_since(self, since: int | None) -> None:
        """Everything from this time on; None = all of it."""
        for box in (self.person, self.kind):
            box.blockSignals(True)
            box.setCurrentIndex(0)
            box.blockSignals(False)
        for edit in (self.thing, self.text, self.start, self.end):
            edit.blockSignals(True)
            edit.clear()
            edit.blockSignals(False)
        self.when.blockSignals(True)
        self._shift = since
        self.when.setCurrentIndex(self.when.findData(ALL if since is None else SHIFT))
        self.when.blockSignals(False)
        self._show_spans()
        self.changed.emit()

    def choice(self) -> Choice | None:
        """What the filters say; None while a time cannot be read."""
        try:
            start, end = self._times()
        except ValueError:
            return None
        thing, text = self.thing.text().strip(), self.text.text().strip()
        subject, words = self._subject(thing)
        person, kind = self.person.currentData() or "", self.kind.currentData() or ""
        if words and text:
            return Choice(person, "", kind, start, end, words, text)
        return Choice(person, subject, kind, start, end, words or text)

    def _subject(self, thing: str) -> tuple[str, str]:
        """A thing as the record names it, or words that stand in its rows."""
        if ":" in thing:
            return thing, ""
        low = thing.casefold()
        people = [id for id, name in self._people.items() if low and low in name.casefold()]
        if len(people) == 1:
            return "", people[0]
        devices = [one.id for one in self._model.devices.values() if low and low in (one.names.zh.casefold(), one.names.en.casefold())]
        return "", devices[0] if len(devices) == 1 else thing

    def _times(self) -> tuple[int | None, int | None]:
        zone, now = self._model.zone, moment(self._model.now(), self._model.zone)
        today = datetime.combine(now.date(), time(), zone)
        kind = self.when.currentData()
        if kind == TODAY:
            return round(today.timestamp() * 1000), None
        if kind == WEEK:
            return round((today - timedelta(days=6)).timestamp() * 1000), None
        if kind == SHIFT:
            return self._shift, None
        if kind != SPAN:
            return None, None
        return _typed(self.start.text(), self._model.zone), _typed(self.end.text(), self._model.zone)

    def _time_chosen(self) -> None:
        self._show_spans()
        if self.when.currentData() == SHIFT and self._shift is None:
            self.shiftWanted.emit()
            return
        if self.when.currentData() == SPAN and not self.start.text():
            self.start.setFocus()
        self.changed.emit()

    def _show_spans(self) -> None:
        for edit in (self.start, self.end):
            edit.setVisible(self.when.currentData() == SPAN)

    def _fill(self, box: QComboBox, choices: list[tuple[str, str]]) -> None:
        kept = box.currentData()
        box.blockSignals(True)
        box.clear()
        for words, value in choices:
            box.addItem(words, value)
        box.setCurrentIndex(max(0, box.findData(kept)))
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        box.setMaximumWidth(200)
        box.blockSignals(False)

    def _fill_people(self) -> None:
        people = sorted(self._people.items(), key=lambda one: one[1])
        choices = [(tr("Everybody"), ""), (tr("the station"), STATION), *((name, id) for id, name in people)]
        if [self.person.itemText(n) for n in range(self.person.count())] != [words for words, _ in choices]:
            self._fill(self.person, choices)


def _typed(text: str, zone: object) -> int | None:
    """UTC ms of what was typed; None when nothing was. ValueError."""
    if not text.strip():
        return None
    shape = "%Y-%m-%d %H:%M" if ":" in text else "%Y-%m-%d"
    return round(datetime.strptime(text.strip(), shape).replace(tzinfo=zone).timestamp() * 1000)  # type: ignore[arg-type]
