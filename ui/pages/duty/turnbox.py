"""The turn that runs, large: its name and times, who has it and who is here, what comes next. For everybody, without a login."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from cityops_desktop.link.duty.now import DutyInfo, OnDuty
from cityops_desktop.texts import tr
from ui import theme
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.widgets.elided import ElidedLine
from ui.widgets.sheet import Cell, Row, Sheet, Sign

HIGH = 118


class TurnBox(QFrame):
    """`sign_in` and `sign_out` are the tab's to connect."""

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self.heading = QLabel()
        self.heading.setFont(theme.font(theme.SMALL, bold=True))
        self.turn = ElidedLine(size=theme.TITLE, bold=True)
        self.times = ElidedLine()
        self.people = Sheet("people on duty")
        self.people.setFixedHeight(HIGH)
        self.following = ElidedLine(colour="text_dim")
        self.sign_in, self.sign_out = QPushButton(), QPushButton()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widget in (self.heading, self.turn, self.times, self.people, self.following):
            column.addWidget(widget)
        row = QHBoxLayout()
        for button in (self.sign_in, self.sign_out):
            row.addWidget(button)
        column.addLayout(row)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def refresh(self) -> None:
        """What the station tells everybody."""
        station = self._model.station
        duty = station.duty if station is not None else DutyInfo()
        self.heading.setText(tr("On duty now"))
        self.sign_in.setText(tr("Sign in"))
        self.sign_out.setText(tr("Sign out"))
        if duty.begin is None or duty.end is None:
            self.turn.set_text(tr("No turn runs"))
            self.times.set_text("")
        else:
            times = f"{self._clock(duty.begin)}–{self._clock(duty.end)}"
            self.turn.set_text(f"{duty.shift} {times}" if duty.shift else times)
            crews = dict.fromkeys(one.crew for one in duty.people if one.crew and one.kind == "crew")
            self.times.set_text(
                tr("since {time}", time=f"{moment(duty.begin, self._model.zone):%m-%d %H:%M}") + "".join(f" · {one}" for one in crews)
            )
        rows = [self._row(one) for one in duty.people]
        rows += [
            Row(f"none {post}", (Cell(tr("nobody"), Sign.TRIANGLE, bold=True), Cell(post), Cell(tr("uncovered"), bold=True)))
            for post in duty.uncovered
        ]
        if not rows:
            rows = [Row("unknown", (Cell(tr("not registered"), dim=True), Cell(""), Cell("")))]
        self.people.tell([tr("Person"), tr("Post"), tr("Signed in")], rows)
        self.people.describe(tr("People on duty"))

    def _row(self, one: OnDuty) -> Row:
        posts = {"crew": tr("Watch"), "leader": tr("Duty leader")}
        here = one.signed_in is not None
        state = self._clock(one.signed_in) if one.signed_in is not None else "" if one.kind == "leader" else tr("not here yet")
        sign = Sign.DISC if here else Sign.NONE if one.kind == "leader" else Sign.RING
        return Row(f"{one.post} {one.account}", (Cell(one.name, sign, bold=here), Cell(posts.get(one.kind, one.post)), Cell(state)))

    def _clock(self, ms: int) -> str:
        return f"{moment(ms, self._model.zone):%H:%M}"
