"""The tabs about limits: those that people changed at run time, and all of the room's. Asks before it sends; the station decides."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from cityops_desktop.link.config import ConfigPage
from cityops_desktop.link.messages import LimitInfo, PointInfo
from cityops_desktop.sentences import level_name
from cityops_desktop.texts import N_, pick, tr
from ui.actions import config as actions
from ui.models.room import RoomModel
from ui.pages.config.limits import LimitDialog, limit_id, limit_of, limit_text
from ui.pages.config.words import LIMIT, fields_text, thing_name, when_text
from ui.widgets.form import ActDialog, Line
from ui.widgets.sheet import Cell, Row, Sign
from ui.widgets.sheettab import SheetTab

if TYPE_CHECKING:
    from ui.acts import Acts

MOST_LIMITS = 300


class _LimitTab(SheetTab):
    """`sent`: an act about a limit has been answered."""

    sent = Signal()

    def __init__(self, acts: "Acts", model: RoomModel, name: str) -> None:
        super().__init__(acts, name)
        self._model = model
        self._config: ConfigPage | None = None
        self.change = self.add_button(N_("Change limit…"), "config.override", self._ask_limit, self._change_fits)

    def _change_fits(self) -> str:
        return "" if limit_of(self._model, self.sheet.chosen_id()) else tr("choose a row first")

    def _ask_limit(self) -> None:
        found, config = limit_of(self._model, self.sheet.chosen_id()), self._config
        if found is not None and config is not None:
            self.acts.show(LimitDialog(self.acts, self._model, *found, config.current, lambda _result: self.sent.emit()))

    def _put_above(self, *widgets: QWidget) -> None:
        """A column of buttons would leave the table too little room."""
        above = QHBoxLayout()
        for widget in widgets:
            self.side.removeWidget(widget)
            above.addWidget(widget)
        self.left.insertLayout(0, above)


class OverridesTab(_LimitTab):
    """What people changed at run time."""

    def __init__(self, acts: "Acts", model: RoomModel) -> None:
        super().__init__(acts, model, N_("Changed at run time"))
        self.reset = self.add_button(N_("Reset to the file…"), "config.reset", self._ask_reset, self.chosen_or(N_("choose a row first")))
        self._put_above(self.change, self.reset, QWidget())

    def tell(self, config: ConfigPage) -> None:
        """These changes."""
        self._config = config
        rows = []
        for one in config.overrides:
            name = thing_name("override", one.id, "", self._model)
            default = fields_text(one.default) if not one.orphan else tr("the room has no such limit now")
            when = when_text(one.time, self._model.zone, self._model.now())
            cells = (Cell(name, Sign.RING if one.orphan else Sign.TRIANGLE), Cell(fields_text(one.value), bold=True), Cell(default))
            rows.append(Row(one.id, (*cells, Cell(f"{one.actor_name} {when}"), Cell(one.why))))
        say = tr("What people changed stays over what the room file says, until it is reset.")
        self.say(say if rows else tr("Nothing is changed: every limit is as the room file says."))
        titles = [tr("Limit"), tr("Now"), tr("Room file"), tr("Who"), tr("Why")]
        self.sheet.tell(titles, rows, wide=0, most=150)
        self.sheet.describe(tr("Changed at run time"))
        self.look()

    def _change_fits(self) -> str:
        if not self.sheet.chosen_id():
            return tr("choose a row first")
        return "" if limit_of(self._model, self.sheet.chosen_id()) else tr("the room has no such limit now")

    def _ask_reset(self) -> None:
        id, config = self.sheet.chosen_id(), self._config
        one = next((one for one in config.overrides if one.id == id), None) if config is not None else None
        if config is None or one is None:
            return
        base = config.current
        words = tr(
            "{name}: now {value}, then again {default}.",
            name=thing_name("override", id, "", self._model),
            value=fields_text(one.value),
            default=fields_text(one.default),
        )
        make = lambda told: partial(actions.reset, id=id, base=base, why=told.text("why"))  # noqa: E731
        lines = [Line("why", tr("Why"), most=500)]
        title = tr("Reset to the file")
        self.acts.show(ActDialog(self.acts, "config.reset", title, words, lines, make, zone=self._model.zone, send=title))


class LimitsTab(_LimitTab):
    """The room's limits that fit what is searched."""

    def __init__(self, acts: "Acts", model: RoomModel) -> None:
        super().__init__(acts, model, N_("Limits"))
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self._put_above(self.search, self.change)
        self.search.textChanged.connect(lambda _: self._show_rows())

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.search.setPlaceholderText(tr("Search a point  Ctrl+F"))
        self.search.setAccessibleName(tr("Search a point  Ctrl+F"))

    def tell(self, config: ConfigPage) -> None:
        """With what people changed of them."""
        self._config = config
        self._show_rows()

    def show_limit(self, id: str) -> None:
        """This one, and the question for its new figures where the person may change it."""
        self.search.setText(id.removeprefix(LIMIT).rpartition("#")[0])
        self.sheet.choose(id)
        if self.sheet.chosen_id() == id and not self.acts.why_not("config.override"):
            self._ask_limit()

    def _show_rows(self) -> None:
        wanted = self.search.text().casefold().split()
        changed = {one.id for one in self._config.overrides} if self._config is not None else set()
        rows: list[Row] = []
        fits = 0
        for point in self._model.points.values():
            device = self._model.devices.get(point.device)
            places = (device.names.zh, device.names.en) if device is not None else ()
            words = " ".join((point.key, point.names.zh, point.names.en, *places)).casefold()
            if not point.limits or not all(word in words for word in wanted):
                continue
            fits += len(point.limits)
            if len(rows) < MOST_LIMITS:
                name = f"{pick(device.names)} · {pick(point.names)}" if device is not None else pick(point.names)
                rows += [_limit_row(point, limit, name, limit_id(point, limit) in changed) for limit in point.limits]
        say = (
            tr("{n} limits.", n=fits) if fits <= len(rows) else tr("{n} of {all} limits: type a point's name above.", n=len(rows), all=fits)
        )
        self.say(say)
        titles = [tr("Point"), tr("Alarm"), tr("Level"), tr("Delay"), tr("State")]
        self.sheet.tell(titles, rows, wide=0, most=150)
        self.sheet.describe(tr("Limits"))
        self.look()


def _limit_row(point: PointInfo, limit: LimitInfo, name: str, changed: bool) -> Row:
    state = Cell(tr("changed at run time"), Sign.TRIANGLE, bold=True) if changed else Cell(tr("as in the file"), dim=True)
    delay = tr("{on} s / {off} s", on=f"{limit.on_delay:g}", off=f"{limit.off_delay:g}")
    cells = (Cell(name, tip=f"{point.key}#{limit.id}"), Cell(limit_text(point, limit)), Cell(level_name(limit.level)), Cell(delay), state)
    return Row(limit_id(point, limit), cells)
