"""The tab of the plan library: when each is to be started, and whether that is so now. Gives acts; decides nothing."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPlainTextEdit

from cityops_desktop.incidents import editions
from cityops_desktop.incidents.conditions import fits_alarm, fits_incident
from cityops_desktop.incidents.words import GRADES
from cityops_desktop.link.incidents import PlanInfo
from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.sentences import GROUPS, level_name
from cityops_desktop.texts import N_, pick, tr
from ui.dialogs.incidentforms import Forms
from ui.pages.incidents.incidenttab import start_of
from ui.pages.incidents.tab import IncidentsTab
from ui.widgets.sheet import Cell, Row, Sign

if TYPE_CHECKING:
    from ui.acts import Acts

RETIRED = N_("this plan is not in force any more")


class PlansTab(IncidentsTab):
    """The text of the chosen plan stands below the list."""

    title = N_("Plans")

    def __init__(self, acts: "Acts", forms: Forms) -> None:
        super().__init__(acts, forms, N_("Plans"))
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.left.addWidget(self.text, 1)
        self.add_button(N_("Publish a plan…"), "plan.publish", lambda: forms.publish(None))
        self.add_button(N_("Next version…"), "plan.publish", lambda: forms.publish(self.chosen()), lambda: self.chosen_and(True, ""))
        self.add_button(N_("Retire…"), "plan.retire", self._retire, self._why)
        self.sheet.chosen.connect(self._show_text)

    def chosen(self) -> PlanInfo | None:
        """The chosen plan."""
        found = self.sheet.chosen_id()
        return next((one for one in self.page.plans if one.id == found), None) if self.page else None

    def show_all(self) -> None:
        """Those in force first; whose condition is met above all."""
        page = self.page
        if page is None:
            return
        self.text.setAccessibleName(tr("Text of the plan"))
        met = {plan.id: self.met(plan) for plan in page.plans}
        wanted = sum(1 for why in met.values() if why)
        words = tr("Plans whose start condition is met now: {n}", n=wanted) if wanted else tr("No plan is to be started.")
        self.say(words, bold=bool(wanted))
        titles = [tr("Number"), tr("Title"), tr("To be started when"), tr("Version"), tr("State")]
        order = sorted(page.plans, key=lambda plan: (plan.retired is not None, not met[plan.id], plan.code))
        self.tell_rows(titles, [self._row(plan, met[plan.id]) for plan in order], wide=2)
        self._show_text()

    def met(self, plan: PlanInfo) -> str:
        """What asks for this plan now: an incident or an alarm, in words; "" = nothing does."""
        if plan.retired is not None or self.page is None:
            return ""
        start = start_of(plan)
        for one in self.page.incidents:
            if one.closed is None and fits_incident(start, one.grade, one.sort):
                return tr("incident {number}", number=one.number)
        for alarm in self.model.open_alarms():
            if alarm.standing and fits_alarm(start, alarm.level, self._groups(alarm)):
                return f"{(text := self.model.alarm_text(alarm)).place}: {text.sentence}"
        return ""

    def _groups(self, alarm: AlarmInfo) -> list[str]:
        point = self.model.points.get(alarm.subject)
        if point is not None:
            return [point.group.value]
        device = self.model.devices.get(alarm.subject)
        keys = self.model.points.values() if device is not None else ()
        return [one.group.value for one in keys if device is not None and one.device == device.id]

    def _row(self, plan: PlanInfo, met: str) -> Row:
        over = plan.retired is not None
        state = tr("retired") if over else tr("start: {why}", why=met) if met else tr("in force")
        sign = Sign.CROSS if over else Sign.TRIANGLE if met else Sign.TICK
        condition = " · ".join(filter(None, (plan.conditions, self._conditions(plan))))
        return Row(
            plan.id,
            (
                Cell(plan.code, dim=over),
                Cell(plan.title, bold=bool(met), dim=over),
                Cell(condition, dim=over),
                Cell(f"{plan.version} · {self.time(plan.published)} {plan.actor_name}", dim=over),
                Cell(state, sign, bold=bool(met), dim=over),
            ),
        )

    def _conditions(self, plan: PlanInfo) -> str:
        told = []
        if plan.level:
            groups = ", ".join(tr(GROUPS[group]) for group in plan.groups) or tr("any equipment")
            told.append(tr("alarm from {level} on ({groups})", level=level_name(plan.level), groups=groups))
        if plan.grade or plan.sorts:
            table = editions.edition(editions.EDITIONS[0])
            sorts = ", ".join(pick(found.names) for one in plan.sorts if (found := table.sort(one)) is not None) or tr("any class")
            grade = tr(GRADES[plan.grade]) if plan.grade else tr("any grade")
            told.append(tr("incident from {grade} on ({sorts})", grade=grade, sorts=sorts))
        return " · ".join(told)

    def _show_text(self) -> None:
        plan = self.chosen()
        text = plan.text if plan else tr("Choose a plan above.")
        if text != self.text.toPlainText():
            self.text.setPlainText(text)

    def _why(self) -> str:
        plan = self.chosen()
        return self.chosen_and(plan is not None and plan.retired is None, RETIRED)

    def _retire(self) -> None:
        plan = self.chosen()
        if plan is not None:
            self.forms.retire(plan)
