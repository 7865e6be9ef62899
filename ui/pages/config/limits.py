"""Changing a limit at run time: the dialog that asks for value, dead band, delays and level, and why, and says what they would have done.
Sends only what is changed."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QLineEdit

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import LimitInfo, PointInfo
from cityops_desktop.link.replay import ReplayInfo
from cityops_desktop.model.points import Level, LimitKind
from cityops_desktop.sentences import level_name
from cityops_desktop.texts import tr
from ui.actions import config as actions
from ui.actions.outcome import result_text
from ui.models.room import RoomModel
from ui.models.shown import span_text, value_text
from ui.pages.config.words import LIMIT, LIMITS, field_text, shown, thing_name
from ui.widgets.form import ActDialog, Line, Wrong

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.acts import Action, Acts
    from ui.widgets.form import Told

PATH = "/api/v1/config/replay"
DAYS = 30
PAUSE_MS = 400
"""After the last key, before it is tried."""
WAIT_MS = 20_000
NUMBERS = ("value", "deadband", "on_delay", "off_delay")


def limit_id(point: PointInfo, limit: LimitInfo) -> str:
    """As overrides name it."""
    return f"{LIMIT}{point.key}#{limit.id}"


def limit_of(model: RoomModel, id: str) -> tuple[PointInfo, LimitInfo] | None:
    """The limit that an override names; None when the room has none such (any more)."""
    key, _, name = id.removeprefix(LIMIT).rpartition("#")
    point = model.points.get(key)
    limit = next((one for one in point.limits if one.id == name), None) if point is not None else None
    return (point, limit) if point is not None and limit is not None else None


def limit_text(point: PointInfo, limit: LimitInfo) -> str:
    """Such as "above 37 °C" or "state: wet"."""
    if limit.kind is LimitKind.STATE:
        return f"{tr(LIMITS[limit.kind])}: {tr(', ').join(value_text(point, state) for state in limit.states)}"
    return f"{tr(LIMITS[limit.kind])} {shown('value', limit.value)} {point.unit}".strip()


class LimitDialog(ActDialog):
    """Asks for the new fields of a limit, and says what they would have done in the last weeks before anybody sends them."""

    def __init__(
        self,
        acts: "Acts",
        model: RoomModel,
        point: PointInfo,
        limit: LimitInfo,
        base: int,
        then: "Callable[[CommandResult], None]",
    ) -> None:
        self._point, self._limit, self._base = point, limit, base
        self._now: dict[str, float | int] = {name: getattr(limit, name) for name in _names(limit)}
        self._asked = 0
        lines = [Line(name, field_text(name), value=_plain(self._now[name]), most=20) for name in _names(limit) if name != "level"]
        levels = [(str(int(level)), f"{int(level)} {level_name(level)}") for level in Level]
        lines.append(Line("level", field_text("level"), "choice", str(limit.level), levels))
        lines.append(Line("why", tr("Why"), most=500))
        words = tr(
            "{name}: alarm {limit}. It takes effect at once, as a version of its own that can be taken back.",
            name=thing_name("limit", f"{point.key}#{limit.id}", "", model),
            limit=limit_text(point, limit),
        )
        title = tr("Change limit")
        super().__init__(acts, "config.override", title, words, lines, self._action, zone=model.zone, then=then, send=title)
        self.past = QLabel(tr("Looking at the last {n} days…", n=DAYS))
        self.past.setWordWrap(True)
        self.past.setMinimumHeight(2 * self.past.fontMetrics().lineSpacing() + 4)
        self.past.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.past.setAccessibleName(tr("What it would have done"))
        self.column.insertWidget(self.column.indexOf(self.wrong), self.past)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._try)
        for name in self._figures():
            edit = self.edits[name]
            assert isinstance(edit, QLineEdit)
            edit.textChanged.connect(lambda _text: self._pause.start())
        self._try()

    def _figures(self) -> list[str]:
        return [name for name in _names(self._limit) if name != "level"]

    def _action(self, told: "Told") -> "Action":
        wanted: dict[str, float | int | str | bool | None] = {}
        for name in _names(self._limit):
            value = int(told.text(name)) if name == "level" else _number(told.text(name), name)
            if value != self._now[name]:
                wanted[name] = value
        if not wanted:
            raise Wrong(tr("nothing is changed yet"))
        return partial(actions.override, id=limit_id(self._point, self._limit), value=wanted, base=self._base, why=told.text("why"))

    def _try(self) -> None:
        """Ask the station what these figures would have done."""
        query: dict[str, str | int | list[str] | None] = {"limit": limit_id(self._point, self._limit), "days": DAYS}
        try:
            figures = {name: _number(self.typed(name).strip(), name) for name in self._figures()}
        except Wrong:
            self.past.setText("")
            return
        query |= {name: repr(value) for name, value in figures.items() if value != self._now[name]}
        self._asked += 1
        changed, number = len(query) > 2, self._asked
        self._acts.ask(PATH, ReplayInfo, lambda answer: self._told(number, answer, changed=changed), query, wait_ms=WAIT_MS)

    def _told(self, number: int, answer: "ReplayInfo | CommandResult", *, changed: bool) -> None:
        if number != self._asked or self.gone():
            return
        self.past.setText(result_text(answer) if isinstance(answer, CommandResult) else replay_text(answer, changed=changed))


def replay_text(told: ReplayInfo, *, changed: bool) -> str:
    """What a limit has done, or would have done with other figures, in a sentence."""
    if told.since is None or told.until is None:
        return tr("There is no record of this point yet: nobody can say how often it would have been raised.")
    span = span_text((told.until - told.since) / 1000)
    before, after = told.before, told.after
    if not changed or after is None:
        words = tr("Recorded {span}: raised {n} times, {stood} in alarm.", span=span, n=before.raised, stood=span_text(before.seconds))
    else:
        words = tr(
            "Recorded {span}: would have been raised {after} times instead of {before}, {stood_after} in alarm instead of {stood_before}.",
            span=span,
            after=after.raised,
            before=before.raised,
            stood_after=span_text(after.seconds),
            stood_before=span_text(before.seconds),
        )
    return f"{words} {tr('Only a part could be looked at in time.')}" if told.cut else words


def _names(limit: LimitInfo) -> tuple[str, ...]:
    return ("on_delay", "off_delay", "level") if limit.kind is LimitKind.STATE else (*NUMBERS, "level")


def _plain(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)


def _number(text: str, name: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise Wrong(tr("{label}: this is no number: {text}", label=field_text(name), text=text)) from None
