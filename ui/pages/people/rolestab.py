"""The tab of one account's roles: where and until when they hold; granted and taken away."""

from functools import partial
from typing import TYPE_CHECKING

from cityops_desktop.model.people import Role
from cityops_desktop.sentences import ROLES
from cityops_desktop.texts import N_, tr
from ui.actions import roles
from ui.pages.people.apart import apart_words, clash_words
from ui.pages.people.tab import NO_ROW, NOBODY_CHOSEN, PeopleTab
from ui.widgets.form import ActDialog, Line
from ui.widgets.peoplerows import when
from ui.widgets.sheet import Cell, Row, Sign

if TYPE_CHECKING:
    from ui.acts import Action, Acts
    from ui.widgets.form import Told


class RolesTab(PeopleTab):
    """What the preset keeps apart is said above, and again while a role is being chosen."""

    title = N_("Roles")

    def __init__(self, acts: "Acts") -> None:
        super().__init__(acts, N_("Roles"))
        self.grant = self.add_button(N_("Grant…"), "role.grant", self._grant, lambda: "" if self.account else tr(NOBODY_CHOSEN))
        self.revoke = self.add_button(N_("Take away"), "role.revoke", self._revoke, self.chosen_or(NO_ROW))

    def show_all(self) -> None:
        """The grants of the chosen account."""
        apart = apart_words(self.people.preset) if self.people else ""
        self.say("\n".join(filter(None, (self.account.display if self.account else tr("Choose an account at the left."), apart))))
        titles = [tr("Role"), tr("Domain"), tr("State"), tr("From"), tr("Until")]
        rows = []
        for one in self.account.grants if self.account else ():
            here = Cell(tr("here"), Sign.TICK) if one.here else Cell(tr("not here or not now"), Sign.DASH, dim=True)
            cells = (Cell(tr(ROLES[one.role])), Cell(one.domain or tr("everywhere")), here)
            rows.append(Row(one.id, (*cells, Cell(when(one.begins, self.zone)), Cell(when(one.ends, self.zone)))))
        self.tell_rows(titles, rows, wide=1)

    def _grant(self) -> None:
        people, account = self.people, self.account
        if people is None or account is None:
            return
        lines = [
            Line("role", tr("Role"), "choice", str(Role.DUTY), [(str(role), tr(ROLES[role])) for role in Role]),
            Line("domain", tr("Domain"), value=people.domain, optional=True, most=260, hint=tr("empty = everywhere")),
            Line("ends", tr("Until"), "moment", optional=True, hint=tr("YYYY-MM-DD, empty = without end")),
        ]

        def make(told: "Told") -> "Action":
            role = Role(told.text("role"))
            return partial(roles.grant, account=account.id, role=role, domain=told.text("domain"), ends=told.time("ends"))

        def warn(told: "Told") -> str:
            return clash_words(people.preset, account, Role(told.text("role")))

        title = tr("Grant {name} a role", name=account.display)
        self.acts.show(ActDialog(self.acts, "role.grant", title, apart_words(people.preset), lines, make, zone=self.zone, warn=warn))

    def _revoke(self) -> None:
        self.acts.carry_out(tr("Take role away"), "role.revoke", partial(roles.revoke, grant=self.sheet.chosen_id()))
