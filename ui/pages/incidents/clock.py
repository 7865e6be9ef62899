"""The clock of an incident: how long it lasts, which report is due to whom and when, how much time is left. Counts; decides nothing."""

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cityops_desktop.incidents import editions
from cityops_desktop.incidents.deadlines import DueState, state_of
from cityops_desktop.incidents.words import DUE_STATES
from cityops_desktop.link.incidents import DueInfo, IncidentInfo
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.models.room import RoomModel
from ui.models.shown import span_text, time_text
from ui.widgets import lettering
from ui.widgets.lettering import Lettering
from ui.widgets.sheet import Sign, paint_sign

ROW = 24
MOST = 3
LEVEL = {DueState.LATE: 1, DueState.SOON: 2}
SIGNS = {DueState.RUNNING: Sign.RING, DueState.DONE: Sign.TICK, DueState.DONE_LATE: Sign.DASH}


class Clock(QWidget):
    """A row for how long it lasts, one for each report."""

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self.incident: IncidentInfo | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changes.themeChanged.connect(self.update)

    def tell(self, incident: IncidentInfo | None) -> None:
        """This incident, None = none is chosen."""
        self.incident = incident
        self.refresh()

    def refresh(self) -> None:
        """Once a second."""
        self.setAccessibleName(tr("Clock of the incident"))
        words = [" ".join(part for part in row if part) for row in self.rows()]
        self.setAccessibleDescription("\n".join(words))
        self.setToolTip("\n".join([*words, *self._sources()]))
        self.update()

    def sizeHint(self) -> QSize:
        """Room for two reports and the time that it lasts: nothing below jumps."""
        return QSize(500, ROW * MOST)

    def minimumSizeHint(self) -> QSize:
        """As high as it is."""
        return QSize(300, ROW * MOST)

    def states(self) -> list[DueState]:
        """How each report stands now."""
        now = self._model.now()
        return [state_of(due.since, due.at, due.done, now) for due in self._dues()]

    def rows(self) -> list[tuple[str, str, str]]:
        """What stands in each row: what, when, how much time is left and the state."""
        one = self.incident
        if one is None:
            return []
        now, zone = self._model.now(), self._model.zone
        end = one.recovered or now
        lasts = tr("lasted {span}", span=span_text((end - one.begun) / 1000)) if one.recovered else ""
        lasts = lasts or tr("has lasted {span}", span=span_text((end - one.begun) / 1000))
        rows = [(tr("Incident"), tr("found {time}", time=time_text(one.found, zone, now)), lasts)]
        for due, state in zip(self._dues(), self.states(), strict=True):
            rows.append((_name(due), tr("by {time}", time=time_text(due.at, zone, now)), self._left(due, state, now)))
        return rows

    def _dues(self) -> list[DueInfo]:
        return self.incident.dues[: MOST - 1] if self.incident else []

    def _left(self, due: DueInfo, state: DueState, now: int) -> str:
        word = tr(DUE_STATES[state])
        if state in (DueState.DONE, DueState.DONE_LATE):
            return f"{word} · {time_text(due.done or 0, self._model.zone, now)}"
        left = span_text(abs(due.at - now) / 1000)
        text = tr("overdue for {span}", span=left) if state is DueState.LATE else tr("{span} left", span=left)
        return f"{word} · {text}" if state is DueState.SOON else text

    def _sources(self) -> list[str]:
        rules = {rule.id: rule for rule in editions.reporting().rules}
        told = [f"{pick(rules[due.rule].names)}: {rules[due.rule].source}" for due in self._dues() if due.rule in rules]
        assumed = any(due.assumed and due.done is None for due in self._dues())
        return [*told, *([tr("Nobody has graded it: until then it counts as one that must be reported.")] if assumed else [])]

    def _letterings(self) -> list[Lettering]:
        told: list[Lettering] = []
        wide = self.width()
        for number, (what, when, left) in enumerate(self.rows()):
            state = self.states()[number - 1] if number else None
            bold = state in LEVEL
            top = number * ROW
            columns = (QRect(26, top, wide - 26 - 430, ROW), QRect(wide - 420, top, 160, ROW), QRect(wide - 250, top, 250, ROW))
            for place, text in zip(columns, (what, when, left), strict=True):
                told.append(lettering.fitted(place, text, bold=bold))
        return told

    def paintEvent(self, event: QPaintEvent) -> None:
        """A sign before each report; a level's sign where it is near or over."""
        painter = QPainter(self)
        for number, state in enumerate(self.states(), 1):
            box = QRect(0, 0, 16, 16)
            box.moveCenter(QPoint(12, number * ROW + ROW // 2))
            if state in LEVEL:
                painter.fillRect(QRect(0, number * ROW + 1, 3, ROW - 2), QColor(theme.current().level(LEVEL[state])))
                theme.paint_level(painter, box, LEVEL[state], digit=False)
            else:
                paint_sign(painter, box, SIGNS[state])
        lettering.paint(painter, self._letterings())
        painter.end()

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._letterings())


def _name(due: DueInfo) -> str:
    rule = next((rule for rule in editions.reporting().rules if rule.id == due.rule), None)
    if rule is None:
        return due.rule
    words = tr("{report} to {whom}", report=pick(rule.names), whom=pick(rule.to))
    return tr("{what} (if it is III or worse)", what=words) if due.assumed and due.done is None else words
