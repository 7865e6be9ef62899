"""The tab of rotation tests: the plans, what is due, the runs of the chosen one with figures and curves. Gives acts; decides nothing."""

from typing import TYPE_CHECKING

from cityops_desktop.duty.orderwords import ROTATION_SORTS
from cityops_desktop.link.duty.tickets import RotationPage, RotationPlanInfo, RotationRunInfo, RunFigures
from cityops_desktop.texts import N_, tr
from ui.dialogs.ticketforms import TicketForms
from ui.models.places import target_name
from ui.models.shown import NOTHING, span_text
from ui.pages.orders.tab import DeskTab, named
from ui.widgets.sheet import Cell, Row, Sign

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

RUNS_ALREADY = N_("it is under way already")
NOT_UNDER_WAY = N_("it is not under way")


class RotationTab(DeskTab[RotationPage]):
    """What is due is said in bold."""

    id = "rotation"
    title = N_("Rotation tests")
    path = "/api/v1/duty/rotation"
    kind = RotationPage

    def __init__(self, acts: "Acts", link: "Link") -> None:
        super().__init__(acts, link, N_("Rotation tests"))
        self.forms = TicketForms(acts)
        self.plan_button = self.add_button(N_("Plan a test…"), "rotation.plan", self._plan)
        self.add_button(N_("Change the plan…"), "rotation.plan", self._change, lambda: self.when(True))
        self.begin_button = self.add_button(N_("Begin the test"), "rotation.begin", self._begin, self._why_begin)
        self.end_button = self.add_button(N_("End the test…"), "rotation.end", self._end, self._why_end)
        self.curve_button = self.add_button(N_("Curve of the run"), "duty.read", self._curve, self._why_curve)
        self.add_button(N_("End the plan…"), "rotation.end_plan", self._end_plan, lambda: self.when(True))

    def chosen(self) -> RotationPlanInfo | None:
        """The chosen plan."""
        found = self.sheet.chosen_id()
        return next((one for one in self.page.plans if one.id == found), None) if self.page else None

    def show_all(self) -> None:
        """What is due first stands first."""
        page = self.page
        if page is None:
            return
        late = sum(one.late and one.running is None for one in page.plans)
        self.say(tr("Tests that are due: {n}", n=late) if late else tr("No test is due."), bold=bool(late))
        titles = [tr("Due by"), tr("Trial"), tr("Sort"), tr("Thing"), tr("Every so many days"), tr("Last result"), tr("State")]
        self.tell_rows(titles, [self._row(one) for one in page.plans], wide=1)
        self.choose()

    def choose(self) -> None:
        """The runs of the chosen one."""
        one = self.chosen()
        if one is None:
            self.tell_text(self.nothing_chosen())
            return
        lines = [one.note] if one.note else []
        if one.running is not None:
            lines.append(tr("{time} begun by {name}, under way", time=self.day(one.running.begun), name=one.running.actor_name))
        for run in one.runs:
            lines += self._run(run)
        self.tell_text("\n".join(lines) or tr("It has not been made yet."))

    def _row(self, one: RotationPlanInfo) -> Row:
        late = one.late and one.running is None
        last = one.runs[0] if one.runs else None
        result = "" if last is None else tr("passed") if last.passed else tr("not passed")
        state = tr("under way") if one.running is not None else tr("time for it") if late else tr("not due yet")
        sign = Sign.DISC if one.running is not None else Sign.TRIANGLE if late else Sign.RING
        cells = (
            Cell(one.due, bold=late),
            Cell(one.title),
            Cell(named(ROTATION_SORTS, one.sort)),
            Cell(target_name(self.model, one.subject)),
            Cell(str(one.days)),
            Cell(result, bold=last is not None and last.passed is False),
            Cell(state, sign, bold=late),
        )
        return Row(one.id, cells)

    def _run(self, run: RotationRunInfo) -> list[str]:
        result = tr("passed") if run.passed else tr("not passed")
        lasted = span_text(((run.ended or run.begun) - run.begun) / 1000)
        lines = [f"{self.day(run.begun)} · {lasted} · {run.ended_name} · {result}: {run.remarks}"]
        return lines + [f"    {self._figures(one)}" for one in run.figures] + ([f"    SHA-256 {run.digest[:16]}…"] if run.digest else [])

    def _figures(self, one: RunFigures) -> str:
        name = target_name(self.model, f"point:{one.point}")
        unit = f" {one.unit}" if one.unit else ""
        parts = [
            tr("{low} to {high}{unit}, at the end {last}", low=_told(one.lowest), high=_told(one.highest), unit=unit, last=_told(one.last))
        ]
        if one.unit in ("A", "kW", "W"):
            whole = f"{one.hours:.1f} {one.unit}h" if one.hours is not None else tr("not known: samples are missing")
            parts.append(tr("in all {amount}", amount=whole))
        return f"{name}: {' · '.join(parts)}"

    def _points(self) -> list[tuple[str, str]]:
        """Points with a figure, those of power, batteries and air conditioners first."""
        named_points = [(key, target_name(self.model, f"point:{key}")) for key, point in self.model.points.items() if point.unit]
        return sorted(named_points, key=lambda one: one[1])

    def _plan(self) -> None:
        self.acts.prepare(tr("Plan a rotation test"), "rotation.plan", lambda: self.forms.plan(self._points()))

    def _change(self) -> None:
        one = self.chosen()
        if one is not None:
            self.forms.plan(self._points(), one)

    def _begin(self) -> None:
        one = self.chosen()
        if one is not None:
            self.forms.begin(one)

    def _end(self) -> None:
        one = self.chosen()
        if one is not None:
            self.forms.end(one)

    def _end_plan(self) -> None:
        one = self.chosen()
        if one is not None:
            self.forms.end_plan(one)

    def _newest(self) -> RotationRunInfo | None:
        """The run whose curve is shown: the one under way, else the newest."""
        one = self.chosen()
        return None if one is None else one.running or (one.runs[0] if one.runs else None)

    def _curve(self) -> None:
        run = self._newest()
        if run is not None and run.points:
            self.openTrendSpan.emit(run.points[0], run.begun, run.ended or self.model.now())

    def _why_begin(self) -> str:
        one = self.chosen()
        return self.when(one is not None and one.running is None, RUNS_ALREADY)

    def _why_end(self) -> str:
        one = self.chosen()
        return self.when(one is not None and one.running is not None, NOT_UNDER_WAY)

    def _why_curve(self) -> str:
        run = self._newest()
        return self.when(run is not None and bool(run.points), N_("it has no run with a curve"))


def _told(value: float | None) -> str:
    return NOTHING if value is None else f"{value:g}"
