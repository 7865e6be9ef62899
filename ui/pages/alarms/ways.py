"""The ways by which people are told who are not in the room: whether each works, when it was last tried, who is told, and the button that
sends a test message. Asks only while it is seen; decides nothing."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.notify import WayInfo, WaysPage
from cityops_desktop.model.notify import BY, By
from cityops_desktop.sentences import BY_WORDS, DELIVERIES, WAY_KINDS, notify_text
from cityops_desktop.texts import N_, pick, tr
from ui import theme
from ui.actions import alarms
from ui.actions.outcome import result_text
from ui.models.room import RoomModel
from ui.models.shown import time_text
from ui.widgets.form import ActDialog, Line, Told
from ui.widgets.sheet import Cell, Row, Sheet, Sign

if TYPE_CHECKING:
    from ui.acts import Action, Acts

KIND = "notify.test"
AGAIN_MS = 10_000
STATES = {
    "ready": (N_("works"), Sign.TICK),
    "failed": (N_("does NOT work"), Sign.CROSS),
    "untried": (N_("not tried yet"), Sign.DASH),
}


class WaysPanel(QWidget):
    """A sentence, the ways, who is told; what was told last stays, marked as old, while there is no station."""

    def __init__(self, model: RoomModel, acts: "Acts") -> None:
        super().__init__()
        self._model, self._acts = model, acts
        self.page: WaysPage | None = None
        self._old = False
        self._said = ""
        self.title = QLabel()
        self.title.setFont(theme.font(theme.BODY, bold=True))
        self.head, self.told = QLabel(), QLabel()
        for label in (self.head, self.told):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.send = QPushButton()
        self.send.clicked.connect(self._prepare)
        self.ways = Sheet("ways")
        top = QHBoxLayout()
        top.addWidget(self.title)
        top.addSpacing(12)
        top.addWidget(self.head, 1)
        top.addWidget(self.send)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(top)
        column.addWidget(self.ways, 1)
        column.addWidget(self.told)
        self._timer = QTimer(self, interval=AGAIN_MS)
        self._timer.timeout.connect(self._ask)
        model.connectedChanged.connect(self._connected)
        acts.carried.connect(self._ask)
        self.retranslate()

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody looks."""
        super().showEvent(event)
        self._timer.start()
        self._ask()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks."""
        super().hideEvent(event)
        self._timer.stop()

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.title.setText(tr("Messages"))
        self.send.setText(tr("Send a test message…"))
        self._show()

    def _connected(self, connected: bool) -> None:
        self._old = self._old or not connected
        self._ask()
        self._show()

    def _ask(self) -> None:
        if self.isVisible() and self._model.connected:
            self._acts.ask("/api/v1/notify/ways", WaysPage, self._came)

    def _came(self, answer: WaysPage | CommandResult) -> None:
        self._old = not isinstance(answer, WaysPage)
        if isinstance(answer, WaysPage):
            self.page = answer
        self._show()

    def _show(self) -> None:
        ways = self.page.ways if self.page else []
        calls = self.page.calls if self.page else []
        bad = [way.id for way in ways if way.state == "failed"]
        self.head.setText(self._head(ways, bad))
        self.head.setFont(theme.font(theme.BODY, bold=bool(bad) or self._old))
        titles = (tr("Way out"), tr("Kind"), tr("State"), tr("Last tried"), tr("Why not"))
        self.ways.tell(titles, [self._row(way) for way in ways], wide=4)
        self.ways.describe(tr("Ways by which people are told"))
        self.ways.setVisible(bool(ways))
        names = [f"{pick(call.names)} ({', '.join(call.ways)})" for call in calls]
        self.told.setText(tr("Told are: {names}", names=tr(", ").join(names)) if names else "")
        self.told.setVisible(bool(names))
        able = bool(self._by_choices()) and bool(calls)
        self.send.setEnabled(self._model.connected and able)
        self.send.setToolTip(self._acts.why_not(KIND) if able else tr("There is nobody to send one to"))

    def _head(self, ways: list[WayInfo], bad: list[str]) -> str:
        if self._old and self.page is not None:
            return tr("No station: what is shown here is old")
        if self.page is None:
            return tr("asking…") if self._model.connected else tr("No station")
        if not ways:
            return tr("The room file names no way by which people are told (notify): an alarm is heard in this room only.")
        return " · ".join(filter(None, (tr("Does not work: {names}", names=", ".join(bad)) if bad else "", self._said)))

    def _row(self, way: WayInfo) -> Row:
        words, sign = STATES[way.state]
        wrong = way.state == "failed"
        tried = "" if way.tried is None else time_text(way.tried, self._model.zone, self._model.now())
        secret = tr("its secret is kept") if way.secret else tr("no secret is kept for it")
        return Row(
            way.id,
            (
                Cell(way.id, bold=wrong, tip=secret),
                Cell(tr(WAY_KINDS[way.kind])),
                Cell(tr(words), sign, bold=wrong),
                Cell(tried),
                Cell(notify_text(way.why) if way.why else "", bold=wrong),
            ),
        )

    # the test message

    def _by_choices(self) -> list[tuple[str, str]]:
        """Way and how, in the order of the room file; syslog tells machines only."""
        ways = self.page.ways if self.page else []
        found = [(way, by) for way in ways for by in BY[way.kind]]
        return [(f"{way.id}/{by}", f"{way.id} · {tr(BY_WORDS[by])}") for way, by in found]

    def _prepare(self) -> None:
        self._acts.prepare(tr("Send a test message"), KIND, self._offer)

    def _offer(self) -> None:
        calls = self.page.calls if self.page else []
        chosen = self.ways.chosen_id()
        choices = self._by_choices()
        if not choices or not calls:
            return
        first = next((value for value, _ in choices if value.partition("/")[0] == chosen), choices[0][0])
        reached = next((call.id for call in calls if first.partition("/")[0] in call.ways), calls[0].id)
        lines = [
            Line("way", tr("Way out"), "choice", first, choices),
            Line("call", tr("Receiver"), "choice", reached, [(call.id, pick(call.names)) for call in calls]),
        ]
        words = tr("A real message goes out that says it is a test. It may take a minute and a half until it is known whether it went.")
        title = tr("Send a test message")
        self._acts.show(ActDialog(self._acts, KIND, title, words, lines, self._action, zone=self._model.zone, then=self._sent))

    def _action(self, told: Told) -> "Action":
        way, _, by = told.text("way").partition("/")
        return partial(alarms.test_message, way=way, call=told.text("call"), by=By(by))

    def _sent(self, result: CommandResult) -> None:
        state = next((words for known, words in DELIVERIES.items() if known == result.data.get("state")), "")
        words = tr(state) if state else result_text(result)
        at = time_text(self._model.now(), self._model.zone, self._model.now())
        self._said = tr("Test message at {time}: {state}", time=at, state=words)
        self._show()
