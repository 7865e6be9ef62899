"""The tab of one person's staff file: qualifications, confidentiality agreements, training, examinations."""

from functools import partial
from typing import TYPE_CHECKING, cast, get_args

from cityops_desktop.link.people import StaffEntry
from cityops_desktop.sentences import STAFF_KINDS
from cityops_desktop.texts import N_, tr
from ui.actions import staff
from ui.pages.people.accounttab import why_line
from ui.pages.people.tab import NO_ROW, NOBODY_CHOSEN, PeopleTab
from ui.widgets.form import ActDialog, Line, Wrong
from ui.widgets.peoplerows import staff_rows, staff_titles

if TYPE_CHECKING:
    from typing import Literal

    from ui.acts import Action, Acts
    from ui.widgets.form import Told


class StaffTab(PeopleTab):
    """What ends soon or is over is said by sign and word."""

    title = N_("Staff file")

    def __init__(self, acts: "Acts") -> None:
        super().__init__(acts, N_("Staff file"))
        self.add = self.add_button(N_("Add…"), "staff.put", lambda: self._put(None), lambda: "" if self.account else tr(NOBODY_CHOSEN))
        self.change = self.add_button(N_("Change…"), "staff.put", lambda: self._put(self._entry()), self.chosen_or(NO_ROW))
        self.strike = self.add_button(N_("Strike out…"), "staff.end", self._strike, self.chosen_or(NO_ROW))

    def show_all(self) -> None:
        """The lines about the chosen person."""
        account = self.account
        refused = self.acts.why_not("staff.read")
        self.say(tr("Staff file: {why}", why=refused) if refused else account.display if account else tr("Choose an account at the left."))
        lines = [one for one in self.people.staff if account is not None and one.account == account.id] if self.people else []
        self.tell_rows(staff_titles(), staff_rows(lines, self.today()), wide=1)

    def _entry(self) -> StaffEntry | None:
        chosen = self.sheet.chosen_id()
        return next((one for one in self.people.staff if one.id == chosen), None) if self.people else None

    def _put(self, one: StaffEntry | None) -> None:
        account = self.account
        if account is None:
            return
        results = [("", tr("none")), ("passed", tr("passed")), ("failed", tr("not passed"))]
        lines = [
            Line(
                "entry",
                tr("Kind"),
                "choice",
                one.kind if one else "qualification",
                [(kind, tr(words)) for kind, words in STAFF_KINDS.items()],
            ),
            Line("title", tr("Title"), value=one.title if one else ""),
            Line("number", tr("Number"), value=one.number if one else "", optional=True),
            Line("issuer", tr("Issued by"), value=one.issuer if one else "", optional=True),
            Line("begins", tr("From"), "day", one.begins if one else "", optional=True),
            Line("ends", tr("Until"), "day", one.ends if one else "", optional=True),
            Line("result", tr("Result"), "choice", one.result if one else "", results),
            Line("score", tr("Points"), value=f"{one.score:g}" if one and one.score is not None else "", optional=True, most=8),
            Line("note", tr("Note"), value=one.note if one else "", optional=True, most=2000),
        ]

        def make(told: "Told") -> "Action":
            return partial(
                staff.put,
                id=one.id if one else "",
                account=account.id,
                entry=_entry_kind(told.text("entry")),
                title=told.text("title"),
                number=told.text("number"),
                issuer=told.text("issuer"),
                begins=told.text("begins") or None,
                ends=told.text("ends") or None,
                result=cast("Literal['', 'passed', 'failed']", told.text("result")),
                score=_points(told.text("score")),
                note=told.text("note"),
            )

        title = tr("Staff file of {name}", name=account.display)
        words = tr("A training without a day is planned.")
        self.acts.show(ActDialog(self.acts, "staff.put", title, words, lines, make, zone=self.zone))

    def _strike(self) -> None:
        one = self._entry()
        if one is not None:
            make = lambda told: partial(staff.strike, id=one.id, why=told.text("why"))  # noqa: E731
            title, words = tr("Strike out"), tr("“{title}” stays readable in the change log.", title=one.title)
            self.acts.show(ActDialog(self.acts, "staff.end", title, words, [why_line()], make, zone=self.zone))


def _entry_kind(text: str) -> staff.Entry:
    assert text in get_args(staff.Entry)
    return cast("staff.Entry", text)


def _points(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise Wrong(tr("Points: this is no number: {text}", text=text)) from None
