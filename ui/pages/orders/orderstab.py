"""The tab of work orders: those that stand, the newest that are over, what was done about the chosen one. Gives acts; decides nothing."""

from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence, QShortcut

from cityops_desktop.duty.orders import OrderState
from cityops_desktop.duty.orderwords import EVENTS, ORDER_STATES, PRIORITIES, SOURCES
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty.orders import OrderDetail, OrderInfo, OrdersPage
from cityops_desktop.texts import N_, tr
from ui.dialogs.orderforms import OrderForms
from ui.models.places import target_name
from ui.pages.orders.tab import DeskTab, named
from ui.widgets.sheet import Cell, Row, Sign

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.acts import Acts
    from ui.link import Link

SIGNS = {
    OrderState.OPEN: Sign.RING,
    OrderState.ASSIGNED: Sign.RING,
    OrderState.RUNNING: Sign.DISC,
    OrderState.DONE: Sign.TRIANGLE,
    OrderState.CLOSED: Sign.TICK,
    OrderState.CANCELLED: Sign.CROSS,
}
OWN_WORK = N_("somebody else than who did it looks at it")


class OrdersTab(DeskTab[OrdersPage]):
    """Ctrl+N raises one."""

    id = "order"
    title = N_("Work orders")
    path = "/api/v1/duty/orders"
    kind = OrdersPage

    def __init__(self, acts: "Acts", link: "Link") -> None:
        super().__init__(acts, link, N_("Work orders"))
        self.forms = OrderForms(acts)
        self._older: dict[str, OrderInfo] = {}
        self._more = True
        self.raise_button = self.add_button(N_("Raise a work order…"), "order.raise", self.begin_life)
        self.add_button(N_("Give to somebody…"), "order.assign", lambda: self._with(self._assign), lambda: self._why("assign"))
        self.add_button(N_("I begin with it"), "order.begin", lambda: self._with(self._begin), lambda: self._why("begin"))
        self.add_button(N_("Remark…"), "order.note", lambda: self._with(self.forms.note), lambda: self.when(True))
        self.add_button(N_("It is done…"), "order.done", lambda: self._with(self.forms.done), lambda: self._why("done"))
        self.add_button(N_("Closing check…"), "order.check", lambda: self._with(self.forms.check), lambda: self._why("check"))
        self.add_button(N_("Cancel it…"), "order.cancel", lambda: self._with(self.forms.cancel), lambda: self._why("cancel"))
        self.add_button(N_("Its alarm"), "duty.read", self._open_alarm, self._why_alarm)
        self.add_button(N_("Show older ones"), "duty.read", self._ask_older, lambda: "" if self._more else tr("there are none"))
        QShortcut(QKeySequence.StandardKey.New, self, self.raise_button.click)

    def begin_life(self) -> None:
        """A new one."""
        self.acts.prepare(tr("Raise a work order"), "order.raise", lambda: self.forms.begin_life(then=self._raised))

    def every(self) -> list[OrderInfo]:
        """Those that are shown, in their order."""
        if self.page is None:
            return []
        ended = {one.id: one for one in (*self.page.ended, *self._older.values())}
        return [*self.page.standing, *sorted(ended.values(), key=lambda one: (-(one.ended or 0), one.id))]

    def chosen(self) -> OrderInfo | None:
        """The chosen order."""
        found = self.sheet.chosen_id()
        return next((one for one in self.every() if one.id == found), None)

    def show_all(self) -> None:
        """What is due first stands first; what is late is said in bold."""
        page = self.page
        if page is None:
            return
        late = sum(self._late(one) for one in page.standing)
        self.say(tr("Open: {n}, overdue: {late}", n=len(page.standing), late=late), bold=bool(late))
        titles = [tr("Number"), tr("Work to be done"), tr("Thing"), tr("Priority"), tr("To be done by"), tr("Who"), tr("State")]
        self.tell_rows(titles, [self._row(one) for one in self.every()], wide=1)
        if not self._older:
            self._more = page.more
        self.choose()
        self.look()

    def choose(self) -> None:
        """What was done about the chosen one."""
        one = self.chosen()
        if one is None:
            self.tell_text(self.nothing_chosen())
            return
        self.link.ask(f"{self.path}/{one.id}", OrderDetail, lambda told: self._came(one.id, told))

    def _came(self, id: str, told: OrderDetail | CommandResult) -> None:
        if isinstance(told, OrderDetail) and self.sheet.chosen_id() == id:
            self.tell_text(self._told(told))

    def _row(self, one: OrderInfo) -> Row:
        late = self._late(one)
        due = tr("{time}, overdue", time=self.day(one.due)) if late else self.day(one.due)
        over = one.ended is not None
        cells = (
            Cell(one.number, dim=over),
            Cell(one.title, dim=over),
            Cell(target_name(self.model, one.subject), dim=over),
            Cell(named({str(key): words for key, words in PRIORITIES.items()}, str(one.priority)), dim=over),
            Cell(due, bold=late, dim=over),
            Cell(one.owner_name, dim=over),
            Cell(tr(ORDER_STATES[one.state]), SIGNS[one.state], bold=late, dim=over),
        )
        return Row(one.id, cells)

    def _late(self, one: OrderInfo) -> bool:
        return one.due is not None and one.ended is None and one.state is not OrderState.DONE and one.due < self.model.now()

    def _told(self, told: OrderDetail) -> str:
        one = told.order
        lines = [one.text, ""] if one.text else []
        source = named(SOURCES, one.source)
        lines.append(tr("{time} raised by {name} ({source})", time=self.day(one.time), name=one.actor_name, source=source))
        for entry in told.entries:
            text = f": {entry.text}" if entry.text else ""
            lines.append(f"{self.day(entry.time)}  {entry.actor_name} · {named(EVENTS, entry.kind)}{text}")
        return "\n".join(lines)

    def _assign(self, one: OrderInfo) -> None:
        self.forms.assign(one, self.page.doers if self.page else [])

    def _begin(self, one: OrderInfo) -> None:
        self.forms.begin(one)

    def _raised(self, result: CommandResult) -> None:
        self._wanted = str(result.data.get("order", ""))

    def _why(self, act: str) -> str:
        one = self.chosen()
        states = {
            "assign": (OrderState.OPEN, OrderState.ASSIGNED, OrderState.RUNNING),
            "begin": (OrderState.OPEN, OrderState.ASSIGNED),
            "done": (OrderState.ASSIGNED, OrderState.RUNNING),
            "check": (OrderState.DONE,),
            "cancel": (OrderState.OPEN, OrderState.ASSIGNED, OrderState.RUNNING),
        }
        session = self.link.session
        if act == "check" and one is not None and session is not None and one.done_by == session.person.id:
            return tr(OWN_WORK)
        return self.when(one is not None and one.state in states[act])

    def _why_alarm(self) -> str:
        one = self.chosen()
        return self.when(one is not None and bool(one.alarms), N_("it is about no alarm"))

    def _open_alarm(self) -> None:
        one = self.chosen()
        if one is not None and one.alarms:
            self.openAlarms.emit(one.alarms[0])

    def _with(self, act: "Callable[[OrderInfo], None]") -> None:
        one = self.chosen()
        if one is not None:
            act(one)

    def _ask_older(self) -> None:
        last = next((one for one in reversed(self.every()) if one.ended is not None), None)
        if last is not None:
            self.link.ask(self.path, OrdersPage, self._older_came, {"before": f"{last.ended}:{last.id}"})

    def _older_came(self, told: OrdersPage | CommandResult) -> None:
        if isinstance(told, OrdersPage):
            self._older |= {one.id: one for one in told.ended}
            self._more = told.more
            self.show_all()
