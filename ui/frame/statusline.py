"""The lower line of the alarm bar: is the data fresh, is the station well, who is on duty, who is logged in. Shows only."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from cityops_desktop.link.duty.now import DutyInfo, OnDuty
from cityops_desktop.sentences import WAYS, store_text
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.link import Link
from ui.models.room import RoomModel
from ui.models.shown import moment, span_text, time_text
from ui.widgets.elided import ElidedLine, Steady

OLD_SECONDS = 15.0
"""From here on the age of the newest reading is printed bold: three periods of the usual point."""
MESSAGE_BEATS = 12
"""Seconds that the outcome of an act stands there."""


class StatusLine(QWidget):
    """One row of words that stand still while their figures change."""

    personClicked = Signal()
    changeClicked = Signal()
    """The quick change of person."""

    def __init__(self, model: RoomModel, link: Link) -> None:
        super().__init__()
        self._model, self._link = model, link
        self._message_left = 0
        self.demo = QLabel()
        self.demo.setObjectName("demo")
        self.demo.hide()
        self.message = ElidedLine(size=theme.SMALL)
        self.sound = Steady(size=theme.SMALL, bold=True)
        self.age = Steady(size=theme.SMALL)
        self.station = Steady(size=theme.SMALL)
        self.duty = Steady(size=theme.SMALL, colour="text_dim")
        self.person = QPushButton()
        self.person.setObjectName("person")
        self.person.clicked.connect(self.personClicked)
        self.change = QPushButton()
        self.change.setObjectName("change")
        self.change.clicked.connect(self.changeClicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.demo, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.age)
        row.addWidget(self.station)
        row.addWidget(self.message, 1)
        for widget in (self.sound, self.duty, self.person, self.change):
            row.addWidget(widget)
        model.beat.connect(self._second)
        model.replaced.connect(self.refresh)
        model.stationChanged.connect(self.refresh)
        model.connectedChanged.connect(self.refresh)
        link.sessionChanged.connect(self.refresh)
        theme.changes.themeChanged.connect(self._colours)
        self._colours()
        self.retranslate()

    def say(self, text: str, well: bool) -> None:
        """What became of an act; bold when it did not go well. Sound and duty make room for it, nothing else moves."""
        self.message.set_text(text, bold=not well)
        self._message_left = MESSAGE_BEATS
        self._make_room()

    def set_sound(self, words: str) -> None:
        """What is to be said of the sound; empty when it is in order."""
        self.sound.set_samples(words)
        self.sound.set_text(words)
        self._make_room()

    def _make_room(self) -> None:
        talks = bool(self.message.text())
        self.duty.setHidden(talks)
        self.sound.setHidden(talks or not self.sound.text())

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.setAccessibleName(tr("Status line"))
        self.message.set_text("")
        self._make_room()
        self.change.setText("F6")
        self.change.setToolTip(tr("Change person by PIN or badge  F6"))
        self.change.setAccessibleName(tr("Change person by PIN or badge  F6"))
        self.age.set_samples(*self._age_samples())
        self.station.set_samples(*(tr("Station: {state}", state=state) for state in self._station_words()))
        self.refresh()

    def refresh(self) -> None:
        """Everything anew."""
        room, station, person = self._model.room, self._model.station, self._link.person
        self.demo.setText(tr("DEMO"))
        self.demo.setToolTip(tr("Demonstration: simulated equipment, not a real room"))
        self.demo.setVisible(room is not None and room.origin == "demo")
        words = self._station_words()
        down = [bus for bus in station.buses if bus.state == "down"] if station else []
        if not self._model.connected:
            state, well = words[0], False
        elif station is not None and not station.recording:
            state, well = words[1], False
        elif down:
            state, well = words[2].replace("99", str(len(down))), False
        else:
            state, well = words[3], True
        self.station.set_text(tr("Station: {state}", state=state), bold=not well)
        names = [pick(self._model.buses[bus.id].names) for bus in down if bus.id in self._model.buses]
        recording = store_text(station.recording_detail) if station and not station.recording else ""
        self.station.setToolTip("\n".join([self.station.text(), *names, recording]).strip())
        self._show_duty(station.duty if station is not None else DutyInfo())
        if station is not None and station.setup_required:
            self.person.setText(tr("Make the first administrator"))
        elif person is not None:
            self.person.setText(person.display)
        else:
            self.person.setText(tr("Locked") if self._link.locked else tr("Log in"))
        self.person.setToolTip(self._person_words())
        self._show_age()

    def _show_duty(self, duty: DutyInfo) -> None:
        """Who is here by their own word; else who ought to be, and that nobody has said so."""
        crew = [one for one in duty.people if one.kind != "leader"]
        names = [one.name for one in crew if one.signed_in is not None] or [tr("{name} (not signed in)", name=one.name) for one in crew]
        if duty.uncovered:
            names = [tr("nobody")]
        words = tr("On duty: {name}", name=tr(", ").join(names) or tr("not registered"))
        self.duty.set_samples(words)
        self.duty.set_text(words, bold=bool(duty.uncovered))
        self.duty.setToolTip("\n".join([words, *(self._duty_words(one) for one in duty.people), *duty.uncovered]))

    def _duty_words(self, one: OnDuty) -> str:
        zone = self._model.zone
        turn = f"{moment(one.begin, zone):%m-%d %H:%M}–{moment(one.end, zone):%H:%M}"
        post = {"crew": tr("Watch"), "leader": tr("Duty leader")}.get(one.kind, one.post)
        came = tr("signed in {time}", time=f"{moment(one.signed_in, zone):%H:%M}") if one.signed_in is not None else tr("not signed in")
        return " · ".join(filter(None, (one.name, post, one.crew, turn, "" if one.kind == "leader" and one.signed_in is None else came)))

    def _person_words(self) -> str:
        session = self._link.session
        if session is None:
            locked = tr("Locked: the session has ended. The pages live on; an act asks for a log-in.")
            return locked if self._link.locked else tr("Nobody is logged in: look only")
        return tr("Logged in: {name}", name=session.person.display) + f" ({tr(WAYS[session.way])})"

    def _second(self) -> None:
        self._message_left = max(0, self._message_left - 1)
        if not self._message_left and self.message.text():
            self.message.set_text("", bold=False)
            self._make_room()
        self._show_age()

    def _show_age(self) -> None:
        age = self._model.newest_age()
        self.age.set_text(tr("Newest data: {age} ago", age=span_text(age)), bold=age > OLD_SECONDS)
        if self._model.newest is not None:
            self.age.setToolTip(tr("Newest reading at {time}", time=time_text(self._model.newest, self._model.zone, self._model.now())))
        self._speak()

    def _speak(self) -> None:
        parts = (self.age.text(), self.station.text(), self.message.text(), self.sound.text(), self.duty.text())
        self.setAccessibleDescription("; ".join(filter(None, parts)))

    def _age_samples(self) -> tuple[str, ...]:
        return tuple(tr("Newest data: {age} ago", age=span_text(s)) for s in (59, 3599, 86399, 86400 * 88 + 3600 * 22))

    def _station_words(self) -> tuple[str, ...]:
        return (tr("not connected"), tr("recording paused"), tr("{n} line(s) down", n=99), tr("running"))

    def _colours(self) -> None:
        now = theme.current()
        self.demo.setStyleSheet(f"background:{now.demo};color:{now.on_demo};padding:2px 10px;font-weight:bold")
