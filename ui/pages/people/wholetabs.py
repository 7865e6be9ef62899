"""The tabs about the whole station: sessions, remote consoles, conformity list, rights matrix."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QVBoxLayout

from cityops_desktop.link.acts import CommandResult, SetPolicy
from cityops_desktop.link.people import ConformityPage, ConsoleInfo, RightsPage
from cityops_desktop.model.people import Outcome, Preset, Role
from cityops_desktop.sentences import CONFORMITY, CONFORMITY_STATES, PRESETS, RIGHTS, ROLES
from cityops_desktop.texts import N_, tr
from ui import theme
from ui.actions import sessions
from ui.dialogs.approval import approve
from ui.pages.people.tab import NO_ROW, PeopleTab
from ui.widgets.form import ActDialog, Line
from ui.widgets.peoplerows import session_rows, session_titles, when
from ui.widgets.sheet import Cell, Row, Sign

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link


class SessionsTab(PeopleTab):
    """Who is logged in where; the chosen account's are not singled out, so that nothing is missed."""

    title = N_("Sessions")

    def __init__(self, acts: "Acts", link: "Link") -> None:
        super().__init__(acts, N_("Sessions"))
        self._link = link
        self.end = self.add_button(N_("End session"), "session.revoke", self._end, self.chosen_or(NO_ROW))

    def show_all(self) -> None:
        """Everybody's sessions."""
        refused = self.acts.why_not("session.revoke")
        self.say(tr("Sessions: {why}", why=refused) if refused else "")
        mine = self._link.session.id if self._link.session else ""
        told = self.people.sessions if self.people else []
        now = self.people.now if self.people else 0
        self.tell_rows(session_titles(named=True), session_rows(told, self.zone, now, mine, named=True), wide=1)

    def _end(self) -> None:
        self.acts.carry_out(tr("End session"), "session.revoke", partial(sessions.revoke, session=self.sheet.chosen_id()))


class ConsolesTab(PeopleTab):
    """The consoles of other machines, each let in by a line that is typed there once."""

    title = N_("Remote consoles")

    def __init__(self, acts: "Acts") -> None:
        super().__init__(acts, N_("Remote consoles"))
        self.pair = self.add_button(N_("Let one in…"), "console.pair", self._pair)
        self.revoke = self.add_button(N_("Shut it out"), "console.revoke", self._revoke, self.chosen_or(NO_ROW))
        self.head.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def show_all(self) -> None:
        """The consoles, and the fingerprint that they compare."""
        print_ = self.people.fingerprint if self.people else ""
        pairs = " ".join(print_[n : n + 4] for n in range(0, len(print_), 4))
        self.say(tr("The station's fingerprint: {text}", text=pairs) if print_ else tr("The station listens on its own machine only."))
        titles = [tr("Console"), tr("State"), tr("Made"), tr("Let in")]
        rows = []
        for one in self.people.consoles if self.people else ():
            rows.append(
                Row(one.id, (Cell(one.name), self._state(one), Cell(when(one.created, self.zone)), Cell(when(one.paired, self.zone))))
            )
        self.tell_rows(titles, rows)

    def _state(self, one: ConsoleInfo) -> Cell:
        now = self.people.now if self.people else 0
        if one.revoked is not None:
            return Cell(tr("shut out {time}", time=when(one.revoked, self.zone)), Sign.DASH, dim=True)
        if one.paired is not None:
            return Cell(tr("let in"), Sign.TICK)
        if one.expires is not None and one.expires <= now:
            return Cell(tr("line not used in time"), Sign.CROSS, dim=True)
        return Cell(tr("waits until {time}", time=when(one.expires, self.zone)[11:]), Sign.RING, bold=True)

    def _pair(self) -> None:
        lines = [Line("name", tr("Name of the console"), most=128)]
        make = lambda told: partial(sessions.pair, name=told.text("name"))  # noqa: E731
        words = tr("You then get a line to type at the other machine. It is shown once and is valid for some minutes.")
        self.acts.show(ActDialog(self.acts, "console.pair", tr("Let a console in"), words, lines, make, zone=self.zone, then=self._paired))

    def _paired(self, result: CommandResult) -> None:
        if result.outcome is Outcome.DONE and result.data.get("line"):
            expires = result.data.get("expires")
            self.acts.show(LineDialog(str(result.data["line"]), when(int(expires), self.zone)[11:] if expires else ""))

    def _revoke(self) -> None:
        self.acts.carry_out(tr("Shut console out"), "console.revoke", partial(sessions.revoke_console, console=self.sheet.chosen_id()))


class LineDialog(QDialog):
    """The line to type at the other machine; it is shown here and nowhere else."""

    def __init__(self, line: str, until: str) -> None:
        super().__init__()
        self.setWindowTitle(tr("Let a console in"))
        about = (
            tr("Type this at the other machine, until {time}:", time=until)
            if until
            else tr("Type this at the other machine, within minutes:")
        )
        words, self.line = QLabel(about), QLabel(line)
        words.setWordWrap(True)
        self.line.setWordWrap(True)
        self.line.setMinimumWidth(560)
        self.line.setFont(theme.font(theme.TITLE, bold=True))
        self.line.setAccessibleName(line)
        flags = Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        self.line.setTextInteractionFlags(flags)
        close = QPushButton(tr("Close"))
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        for widget in (words, self.line, close):
            column.addWidget(widget)
        close.setFocus()


class ConformityTab(PeopleTab):
    """What level 3 of GB/T 22239 asks, item by item, with the evidence."""

    title = N_("Conformity")

    def __init__(self, acts: "Acts") -> None:
        super().__init__(acts, N_("Conformity"))
        self.list: ConformityPage | None = None

    def show_list(self, told: ConformityPage) -> None:
        """The newest answer."""
        self.list = told
        self.show_all()

    def show_all(self) -> None:
        """The items, those not met first."""
        if self.list is None:
            self.say(tr("No answer yet."))
            self.tell_rows(["", ""], [], wide=1)
            return
        met = sum(one.state == "met" for one in self.list.items)
        words = {"met": met, "all": len(self.list.items), "preset": tr(PRESETS[self.list.preset])}
        self.say(tr("{met} of {all} items met; preset: {preset}.", **words))
        signs = {"met": Sign.TICK, "not_met": Sign.TRIANGLE, "not_known": Sign.RING}
        order = ["not_met", "not_known", "met"]
        rows = []
        for one in sorted(self.list.items, key=lambda one: order.index(one.state)):
            words_of = tr(CONFORMITY[one.code]).format_map(_Given(one.evidence)) if one.code in CONFORMITY else one.code
            state = Cell(tr(CONFORMITY_STATES[one.state]), signs[one.state], bold=one.state == "not_met")
            rows.append(Row(one.code, (state, Cell(words_of))))
        self.tell_rows([tr("State"), tr("Item, with evidence")], rows, wide=1)


class _Given(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"


class MatrixTab(PeopleTab):
    """Which role may do what, under the preset in force."""

    title = N_("Rights")

    def __init__(self, acts: "Acts", link: "Link") -> None:
        super().__init__(acts, N_("Rights"))
        self._link = link
        self.preset = self.add_button(N_("Other preset…"), "policy.set", self._set_preset)
        self.side.removeWidget(self.preset)  # the seven columns need the whole width
        self.left.addWidget(self.preset)
        self.matrix: RightsPage | None = None

    def show_matrix(self, told: RightsPage) -> None:
        """The newest answer."""
        self.matrix = told
        self.show_all()

    def show_all(self) -> None:
        """A row a right, a column a role."""
        if self.matrix is None:
            self.say(tr("No answer yet."))
            self.tell_rows([""], [])
            return
        told = self.matrix
        self.say(tr("Preset: {preset}. ● = may; ②  = only together with a second person.", preset=tr(PRESETS[told.preset])))
        titles = [tr("What"), *(tr(ROLES[role]) for role in Role)]
        rows = []
        for kind in [*(one for one in RIGHTS if one in told.matrix), *sorted(set(told.matrix) - set(RIGHTS))]:
            sign = "②" if kind in told.two_persons else "●"
            cells = (Cell(sign if role in told.matrix[kind] else "") for role in Role)
            rows.append(Row(kind, (Cell(tr(RIGHTS[kind]) if kind in RIGHTS else kind, tip=kind), *cells)))
        self.tell_rows(titles, rows)

    def _set_preset(self) -> None:
        """The one that is not in force; always an act of two persons."""
        if self.people is not None:
            other = Preset.MLPS3 if self.people.preset is Preset.BASIC else Preset.BASIC
            approve(self._link, self.acts, "policy.set", lambda why: SetPolicy(preset=other, why=why), {"preset": str(other)})
