"""The dialogs of the page of patrols: a paper sheet, missed rounds, a draft to discard, templates and routes. Decide nothing."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QDateTime, QTime
from PySide6.QtWidgets import QComboBox, QDateTimeEdit

from cityops_desktop.link.acts import AnyAct, CommandResult
from cityops_desktop.link.duty.patrol import DueInfo, ExplainMissed, RetireRoute, RetireTemplate, RouteInfo, TakeOver
from cityops_desktop.model.ids import uuid7
from cityops_desktop.texts import pick, tr
from ui.actions.patrol import give
from ui.models.shown import moment, time_text
from ui.pages.patrol.paper import SheetCode, read_code
from ui.widgets.form import ActDialog, Form, Line, Told

if TYPE_CHECKING:
    from ui.acts import Acts

WIDE = 560
BESIDE = 44
SHAPE = "yyyy-MM-dd HH:mm"


class PaperForm(Form):
    """Which sheet of paper is typed in. `then` gets the code (a new one for a sheet without), begin, end and who walked it."""

    def __init__(
        self,
        acts: "Acts",
        routes: Sequence[RouteInfo],
        dues: Sequence[DueInfo],
        then: Callable[[SheetCode, int, int, str], None],
    ) -> None:
        words = tr("Scan the code of the sheet, or choose the round. Then type in what was written: it is marked as entered later.")
        super().__init__(tr("Enter a paper sheet"), words, tr("Go on"))
        self.setMinimumWidth(WIDE)
        self._acts, self._dues, self._then = acts, dues, then
        self._read: SheetCode | None = None
        self.code = self.field(tr("Code of the sheet"), most=200)
        self.code.setPlaceholderText(tr("scan it; leave empty for a sheet without"))
        self.route, self.due = QComboBox(), QComboBox()
        for label, box in ((tr("Round"), self.route), (tr("It was due"), self.due)):
            box.setAccessibleName(label)
            self.fields.addRow(label, box)
        for one in routes:
            self.route.addItem(pick(one.content.name), (one.id, one.content.code))
        self.begun, self.ended = self._moment(tr("Begun")), self._moment(tr("Ended at"))
        self.walker = self.field(tr("Walked by"), most=200)
        self.walker.setPlaceholderText(tr("empty: by me"))
        self.route.currentIndexChanged.connect(self._show_dues)
        self.code.textChanged.connect(self._code_typed)
        self.code.returnPressed.connect(lambda: self.begun.setFocus())
        self._show_dues()
        self.code.setFocus()

    def _moment(self, label: str) -> QDateTimeEdit:
        now = moment(self._acts.model.now(), self._acts.model.zone)
        edit = QDateTimeEdit(QDateTime(QDate(now.year, now.month, now.day), QTime(now.hour, now.minute)))
        edit.setDisplayFormat(SHAPE)
        edit.setAccessibleName(label)
        edit.setCalendarPopup(False)
        self.fields.addRow(label, edit)
        return edit

    def _show_dues(self) -> None:
        data = self.route.currentData()
        code = data[1] if data else ""
        self.due.clear()
        now, zone = self._acts.model.now(), self._acts.model.zone
        for one in self._dues:
            if one.route == code and one.state != "done" and one.at <= now:
                self.due.addItem(time_text(one.at, zone, now)[:-3], one.at)
        self.due.addItem(tr("beside the plan"), None)
        for box in (self.route, self.due):
            widest = max((box.fontMetrics().horizontalAdvance(box.itemText(n)) for n in range(box.count())), default=0)
            box.setMinimumWidth(widest + BESIDE)

    def _code_typed(self, text: str) -> None:
        """A code that was read names the round: nothing is to be chosen any more."""
        self._read = read_code(text)
        for box in (self.route, self.due):
            box.setEnabled(self._read is None)
        if self._read is None:
            return
        place = next((n for n in range(self.route.count()) if self.route.itemData(n)[0] == self._read.route), -1)
        if place >= 0:
            self.route.setCurrentIndex(place)
        self.due.clear()
        due, zone, now = self._read.due, self._acts.model.zone, self._acts.model.now()
        self.due.addItem(tr("beside the plan") if due is None else time_text(due, zone, now)[:-3], due)
        self.say(tr("The code was read."))

    def _at(self, edit: QDateTimeEdit) -> int:
        date, time = edit.date(), edit.time()
        zone = self._acts.model.zone
        return round(datetime(date.year(), date.month(), date.day(), time.hour(), time.minute(), tzinfo=zone).timestamp() * 1000)

    def _send(self) -> None:
        begun, ended = self._at(self.begun), self._at(self.ended)
        now = self._acts.model.now()
        if self.code.text().strip() and self._read is None:
            self.say(tr("This is not the code of a sheet. Scan it once more, or choose the round."))
        elif self._read is None and self.route.currentData() is None:
            self.say(tr("no route is published"))
        elif ended < begun:
            self.say(tr("The end is before the beginning."))
        elif ended > now:
            self.say(tr("The end is still to come."))
        else:
            code = self._read
            if code is None:
                code = SheetCode(uuid7(now), self.route.currentData()[0], self.due.currentData())
            self.accept()
            self._then(code, begun, ended, self.walker.text().strip())


class Forms:
    """One for the page."""

    def __init__(self, acts: "Acts") -> None:
        self._acts = acts

    def _show(
        self,
        kind: str,
        title: str,
        words: str,
        lines: Sequence[Line],
        make: Callable[[Told], AnyAct],
        then: Callable[[CommandResult], None] | None = None,
    ) -> None:
        def action(told: Told) -> "partial[None]":
            return partial(give, act=make(told))

        self._acts.show(ActDialog(self._acts, kind, title, words, lines, action, zone=self._acts.model.zone, then=then))

    def paper(self, routes: Sequence[RouteInfo], dues: Sequence[DueInfo], then: Callable[[SheetCode, int, int, str], None]) -> None:
        """Which sheet is typed in?"""
        self._acts.show(PaperForm(self._acts, routes, dues, then))

    def explain(self, route: str, name: str, dues: Sequence[DueInfo]) -> None:
        """Why these rounds of a route were never walked."""
        zone, now = self._acts.model.zone, self._acts.model.now()
        words = tr("{route}: {times}", route=name, times=", ".join(time_text(one.at, zone, now)[:-3] for one in dues[:12]))
        times = [one.at for one in dues[:100]]
        make = lambda told: ExplainMissed(route=route, dues=times, why=told.text("why"))  # noqa: E731
        self._show("patrol.missed", tr("Explain missed rounds"), words, [_why()], make)

    def discard(self, title: str, then: Callable[[str], None]) -> None:
        """A draft goes for good: why?"""
        self._acts.show(DiscardForm(title, then))

    def take_over(self, codes: Sequence[str], then: Callable[[CommandResult], None]) -> None:
        """Templates that come with the program."""
        words = tr("{n} templates come with the program and are not published here. They are published as they are.", n=len(codes))
        self._show("patrol.take_over", tr("Take over templates"), words, [], lambda told: TakeOver(codes=list(codes)), then)

    def retire_route(self, code: str, name: str) -> None:
        """No longer walked."""
        make = lambda told: RetireRoute(code=code, why=told.text("why"))  # noqa: E731
        self._show("patrol.route_end", tr("Retire: {title}", title=name), tr("Rounds that were walked stay."), [_why()], make)

    def retire_template(self, code: str, name: str) -> None:
        """No longer used."""
        make = lambda told: RetireTemplate(code=code, why=told.text("why"))  # noqa: E731
        self._show("patrol.template_end", tr("Retire: {title}", title=name), tr("No route in force may use it."), [_why()], make)


class DiscardForm(Form):
    """A draft goes for good; the reason goes to the station where it knows of the round."""

    def __init__(self, title: str, then: Callable[[str], None]) -> None:
        super().__init__(tr("Discard: {title}", title=title), tr("What was found so far is lost with it."), tr("Discard"))
        self._then = then
        self.why = self.field(tr("Reason"), most=500)
        self.why.setFocus()

    def _send(self) -> None:
        if not self.why.text().strip():
            self.say(tr("Fill in: {label}", label=tr("Reason")))
            return
        self.accept()
        self._then(self.why.text().strip())


def _why() -> Line:
    return Line("why", tr("Reason"), most=500)
