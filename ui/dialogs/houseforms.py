"""The dialogs about cleaning, visitors and goods: what each act needs to be told. Decide nothing; what the station would refuse it says."""

from collections.abc import Callable, Sequence
from datetime import time, tzinfo
from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtWidgets import QCheckBox, QComboBox

from cityops_desktop.duty.housewords import DAYS, DOCUMENTS, PLACES, WEEKDAYS
from cityops_desktop.duty.suggestions import SuggestedCleaning
from cityops_desktop.link import acts as messages
from cityops_desktop.link.duty.cleaning import (
    CheckCleaning,
    CleaningDone,
    CleaningInfo,
    CleaningPlace,
    CleaningPlanInfo,
    EndCleaningPlan,
    PutCleaningPlan,
)
from cityops_desktop.link.duty.visits import (
    DecideGoods,
    Direction,
    Document,
    EnterGoods,
    EnterVisitor,
    ExtendVisit,
    GoodsInfo,
    PassGoods,
    PersonName,
    VisitInfo,
    VisitorLeft,
)
from cityops_desktop.texts import pick, tr
from ui.actions.house import give, give_with_files
from ui.models.shown import moment
from ui.widgets.attachments import AttachmentsField, ChosenFile
from ui.widgets.form import ActDialog, Line, Told, Wrong

if TYPE_CHECKING:
    from cityops_desktop.link.acts import CommandResult
    from ui.acts import Action, Acts

Choices = Sequence[tuple[str, str]]
STAY_MS = 2 * 3_600_000
"""So long a visitor stays when nobody says otherwise."""
SOMEBODY = "somebody"
"""The choice of an escort who has no account."""
CHOSEN_DAYS = ("1234567", "12345", "135", "24", "67", *WEEKDAYS)
MORE = ("escort_name", "phone", "areas", "photos", "contract", "entered")
"""Lines of a visitor that are shown when somebody wants them."""


class VisitorDialog(ActDialog):
    """Nine things at the most to fill in or to leave as they are; the rest comes with "more"."""

    def __init__(
        self, acts: "Acts", title: str, words: str, lines: Sequence[Line], make: "Callable[[Told], Action]", *, zone: tzinfo
    ) -> None:
        super().__init__(acts, "visit.enter", title, words, lines, make, zone=zone)
        more = self.edits["more"]
        assert isinstance(more, QCheckBox)
        more.toggled.connect(self._show_more)
        escort = self.edits["escort"]
        assert isinstance(escort, QComboBox)
        escort.currentIndexChanged.connect(lambda: more.setChecked(more.isChecked() or escort.currentData() == SOMEBODY))
        self._show_more(False)
        more.setChecked(escort.currentData() == SOMEBODY)

    def _show_more(self, shown: bool) -> None:
        for key in MORE:
            self.fields.setRowVisible(self.edits[key], shown)
        self.adjustSize()


class GoodsDialog(ActDialog):
    """With files: the form, a photograph."""

    def __init__(
        self, acts: "Acts", title: str, words: str, lines: Sequence[Line], make: "Callable[[Told], EnterGoods]", *, zone: tzinfo
    ) -> None:
        super().__init__(acts, "goods.enter", title, words, lines, self._action, zone=zone, then=None)
        self._goods = make
        self.files = AttachmentsField(acts.model.now)
        self.files.said.connect(self.say)
        self.fields.addRow(tr("Files"), self.files)

    def _action(self, told: Told) -> "Action":
        files: list[ChosenFile] = self.files.chosen()
        act = self._goods(told).model_copy(update={"attachments": [one.id for one in files]})
        return partial(give_with_files, act=act, about="goods", files=files)


class HouseForms:
    """One for the page. `now` is the station's clock."""

    def __init__(self, acts: "Acts") -> None:
        self._acts = acts
        self.me: Callable[[], str] = lambda: ""
        """The account of whoever is logged in."""

    def _now(self) -> int:
        return self._acts.model.now()

    def _show(
        self,
        kind: str,
        title: str,
        words: str,
        lines: Sequence[Line],
        make: "Callable[[Told], messages.AnyAct]",
        then: "Callable[[CommandResult], None] | None" = None,
    ) -> None:
        def action(told: Told) -> "Action":
            return partial(give, act=make(told))

        self._acts.show(ActDialog(self._acts, kind, title, words, lines, action, zone=self._acts.model.zone, then=then))

    # cleaning

    def plan_cleaning(self, one: CleaningPlanInfo | None, suggested: SuggestedCleaning | None = None) -> None:
        """An area, who cleans it when."""
        told = suggested.model_dump(include={"place", "days", "weeks", "begins", "minutes"}) if suggested else {}
        told |= {"area": pick(suggested.names), "tasks": pick(suggested.text)} if suggested else {}
        told |= one.model_dump() if one else {}
        days = str(told.get("days", "1234567"))
        known = dict.fromkeys([*CHOSEN_DAYS, days])
        lines = [
            Line("place", tr("Kind of place"), "choice", str(told.get("place", "room")), named(PLACES)),
            Line("area", tr("Area to be cleaned"), value=str(told.get("area", ""))),
            Line("tasks", tr("Work to be done"), value=str(told.get("tasks", "")), most=4000),
            Line("days", tr("Days of the week"), "choice", days, [(one, days_text(one)) for one in known]),
            Line("weeks", tr("Every so many weeks"), value=str(told.get("weeks", 1)), most=2),
            Line("begins", tr("From (HH:MM)"), value=str(told.get("begins", "08:30")), most=5),
            Line("hours", tr("Within so many hours"), value=hours_text(int(str(told.get("minutes", 120)))), most=5),
            Line("cleaner", tr("Who cleans"), value=one.cleaner if one else ""),
            Line("firm", tr("Firm"), value=one.firm if one else "", optional=True),
            Line("first", tr("First day"), "day", one.first if one else self._today()),
        ]

        def make(told: Told) -> messages.AnyAct:
            return PutCleaningPlan(
                id=one.id if one else "",
                place=cast("CleaningPlace", told.text("place")),
                area=told.text("area"),
                tasks=told.text("tasks"),
                days=told.text("days"),
                weeks=number(told, "weeks", tr("Every so many weeks"), high=26),
                begins=clock(told, "begins", tr("From (HH:MM)")),
                minutes=round(hours(told) * 60),
                cleaner=told.text("cleaner"),
                firm=told.text("firm"),
                first=told.text("first"),
            )

        words = tr("A changed plan takes the place of the old one, which ends.") if one else ""
        self._show("cleaning.plan", tr("Cleaning plan"), words, lines, make)

    def end_cleaning(self, one: CleaningPlanInfo) -> None:
        """No longer."""
        make = lambda told: EndCleaningPlan(plan=one.id, why=told.text("why"))  # noqa: E731
        self._show("cleaning.end", tr("End the plan: {title}", title=one.area), "", [why()], make)

    def cleaned(self, one: CleaningPlanInfo) -> None:
        """Somebody has cleaned."""
        lines = [
            Line("cleaner", tr("Who cleaned"), value=one.cleaner),
            self._when(),
            Line("remark", tr("Note"), optional=True, most=4000),
        ]

        def make(told: Told) -> messages.AnyAct:
            done = told.time("time") or self._now()
            return CleaningDone(plan=one.id, time=done, cleaner=told.text("cleaner"), remark=told.text("remark"))

        self._show("cleaning.done", tr("Cleaned: {area}", area=one.area), one.tasks, lines, make)

    def turn_down(self, one: CleaningInfo) -> None:
        """Not in order: again."""
        lines = [Line("reason", tr("What is not in order")), Line("order", tr("Make it a work order as well"), "check", False)]

        def make(told: Told) -> messages.AnyAct:
            return CheckCleaning(cleaning=one.id, passed=False, reason=told.text("reason"), order=told.checked("order"))

        self._show("cleaning.check", tr("Not in order: {area}", area=one.area), tr("It is to be cleaned again."), lines, make)

    def in_order(self, id: str) -> None:
        """Looked at, without a question."""
        act = CheckCleaning(cleaning=id, passed=True)
        self._acts.carry_out(tr("Cleaning in order"), "cleaning.check", partial(give, act=act))

    # visitors

    def visitor_in(self, people: Sequence[PersonName], contracts: Choices, again: VisitInfo | None = None) -> None:
        """Somebody comes in; what is known of an earlier visit stands there."""
        me, known = self.me(), {one.id: one.name for one in people}
        escorts = [(id, known[id]) for id in sorted(known, key=lambda id: (id != me, known[id]))]
        escorts.append((SOMEBODY, tr("somebody without an account")))
        lines = [
            Line("name", tr("Visitor"), value=again.name if again else ""),
            Line("firm", tr("Firm"), value=again.firm if again else "", optional=True),
            Line("purpose", tr("Purpose"), value=again.purpose if again else ""),
            Line("document", tr("Document shown"), "choice", again.document if again else "identity_card", named(DOCUMENTS)),
            Line("number", tr("Last 4 signs of its number"), value=again.masked if again else "", optional=True),
            Line("badge", tr("Visitor's badge"), optional=True),
            Line("escort", tr("Escort"), "choice", me if me in known else SOMEBODY, escorts),
            Line("expected", tr("Out by"), "moment", self._now() + STAY_MS),
            Line("more", tr("More: telephone, areas, photographs"), "check", False),
            Line("escort_name", tr("Escort without an account"), optional=True),
            Line("phone", tr("Telephone"), value=again.phone if again else "", optional=True),
            Line("areas", tr("Areas"), value=again.areas if again else "", optional=True),
            Line("photos", tr("Photographs permitted by"), optional=True, hint=tr("empty: no photographs")),
            Line("contract", tr("Contract"), "choice", again.contract if again else "", [("", tr("none")), *contracts]),
            Line("entered", tr("Came in"), "moment", None, optional=True, hint=tr("empty: now")),
        ]

        def make(told: Told) -> "Action":
            escort = told.text("escort")
            if escort == SOMEBODY and not told.text("escort_name"):
                raise Wrong(tr("Fill in: {label}", label=tr("Escort without an account")))
            texts = {
                name: told.text(name) for name in ("name", "firm", "purpose", "number", "badge", "phone", "areas", "photos", "contract")
            }
            act = EnterVisitor(
                **texts,
                document=cast("Document", told.text("document")),
                escort="" if escort == SOMEBODY else escort,
                escort_name=told.text("escort_name") if escort == SOMEBODY else "",
                entered=told.time("entered") or self._now(),
                expected=told.time("expected") or 0,
            )
            return partial(give, act=act)

        words = tr("Of the document's number only the last 4 signs are kept.")
        self._acts.show(VisitorDialog(self._acts, tr("Visitor in"), words, lines, make, zone=self._acts.model.zone))

    def visitor_out(self, one: VisitInfo) -> None:
        """Signed out, by the escort."""
        lines = [Line("badge_back", tr("Badge {badge} given back", badge=one.badge), "check", True)] if one.badge else []
        other = one.escort not in ("", self.me())
        lines += [Line("why", tr("Why not the escort signs"), most=200)] if other else []
        lines += [self._when(), Line("remark", tr("Note"), optional=True, most=4000)]

        def make(told: Told) -> messages.AnyAct:
            return VisitorLeft(
                visit=one.id,
                time=told.time("time") or self._now(),
                badge_back=told.checked("badge_back") if one.badge else True,
                remark=told.text("remark"),
                why=told.text("why") if other else "",
            )

        words = tr("Escort: {name}. By sending this you sign that the visitor has left.", name=one.escort_name)
        self._show("visit.leave", tr("Out: {name}", name=one.name), words, lines, make)

    def longer(self, one: VisitInfo) -> None:
        """It takes longer."""
        lines = [Line("expected", tr("Out by"), "moment", max(one.expected, self._now()) + STAY_MS // 2), why()]
        make = lambda told: ExtendVisit(visit=one.id, expected=told.time("expected") or 0, why=told.text("why"))  # noqa: E731
        self._show("visit.extend", tr("Stays longer: {name}", name=one.name), "", lines, make)

    # goods

    def goods(self, direction: Direction, back: GoodsInfo | None = None) -> None:
        """Something comes in, or is to go out; `back`: it settles this."""
        lines = [
            Line("what", tr("Goods"), value=back.what if back else ""),
            Line("serial", tr("Serial or asset number"), value=back.serial if back else "", optional=True),
            Line("quantity", tr("Pieces"), value=str(back.quantity if back else 1), most=7),
            Line("form", tr("Form number"), value=back.form if back else "", optional=True),
            Line("carrier", tr("Carried by"), value=back.carrier if back else ""),
            Line("until", tr("Goes out again by") if direction == "in" else tr("Comes back by"), "day", "", optional=True),
            Line("remark", tr("Note"), optional=True, most=4000),
        ]

        def make(told: Told) -> EnterGoods:
            quantity = number(told, "quantity", tr("Pieces"))
            texts = {name: told.text(name) for name in ("what", "serial", "form", "carrier", "remark")}
            settles = back.id if back else ""
            return EnterGoods(direction=direction, quantity=quantity, until=told.text("until"), settles=settles, **texts)

        out = tr("It waits until another person has approved it.")
        words = "\n".join(filter(None, [tr("Goes back: {number}", number=back.number) if back else "", out if direction == "out" else ""]))
        title = tr("Goods in") if direction == "in" else tr("Goods out")
        self._acts.show(GoodsDialog(self._acts, title, words, lines, make, zone=self._acts.model.zone))

    def approve(self, one: GoodsInfo) -> None:
        """Yes, without a question."""
        act = DecideGoods(goods=one.id, approved=True)
        self._acts.carry_out(tr("Approve {number}", number=one.number), "goods.decide", partial(give, act=act))

    def refuse(self, one: GoodsInfo) -> None:
        """No, and why."""
        make = lambda told: DecideGoods(goods=one.id, approved=False, why=told.text("why"))  # noqa: E731
        self._show("goods.decide", tr("Not approved: {what}", what=one.what), "", [why(200)], make)

    def gone(self, one: GoodsInfo) -> None:
        """Out."""
        lines = [Line("carrier", tr("Carried by"), value=one.carrier)]
        make = lambda told: PassGoods(goods=one.id, carrier=told.text("carrier"))  # noqa: E731
        self._show("goods.pass", tr("Gone out: {what}", what=one.what), "", lines, make)

    def _when(self) -> Line:
        return Line("time", tr("When"), "moment", None, optional=True, hint=tr("empty: now"))

    def _today(self) -> str:
        return f"{moment(self._now(), self._acts.model.zone):%Y-%m-%d}"


def why(most: int = 500) -> Line:
    """The reason of an act."""
    return Line("why", tr("Reason"), most=most)


def named(words: dict[str, str]) -> Choices:
    """Choices from a table of words."""
    return [(key, tr(text)) for key, text in words.items()]


def days_text(days: str) -> str:
    """Days of the week: "every day", "Mon, Wed"."""
    return tr(DAYS[days]) if days in DAYS else tr(", ").join(tr(WEEKDAYS[day]) for day in days)


def hours_text(minutes: int) -> str:
    """Hours with a half where there is one."""
    return f"{minutes / 60:g}"


def hours(told: Told) -> float:
    """What was typed as hours. Wrong."""
    try:
        found = float(told.text("hours").replace(",", "."))
    except ValueError:
        found = 0.0
    if not 0.25 <= found <= 24:
        raise Wrong(tr("{label}: a number from {low} to {high}", label=tr("Within so many hours"), low="0.25", high="24"))
    return found


def number(told: Told, key: str, label: str, *, low: int = 1, high: int = 100_000) -> int:
    """What was typed as a whole number. Wrong."""
    text = told.text(key)
    if text.isascii() and text.isdecimal() and low <= int(text) <= high:
        return int(text)
    raise Wrong(tr("{label}: a number from {low} to {high}", label=label, low=low, high=high))


def clock(told: Told, key: str, label: str) -> str:
    """What was typed as a time of the day, HH:MM. Wrong."""
    try:
        return f"{time.fromisoformat(told.text(key).rjust(5, '0')):%H:%M}"
    except ValueError:
        raise Wrong(tr("{label}: a time such as 08:30", label=label)) from None
