"""The tabs of My account: me, second factor, sessions, staff file, rules to read. Ask nobody by themselves."""

from datetime import UTC, tzinfo
from functools import partial
from typing import TYPE_CHECKING, Literal

from PySide6.QtWidgets import QPlainTextEdit

from cityops_desktop.link.people import OwnPage, RuleInfo
from cityops_desktop.sentences import RIGHTS
from cityops_desktop.texts import N_, tr
from ui.actions import own, sessions
from ui.models.shown import moment
from ui.widgets.owndialogs import FactorDialog, badge_dialog, end_factor_dialog, password_dialog, pin_dialog, remove_dialog
from ui.widgets.peoplerows import (
    factor_rows,
    factor_titles,
    grant_roles,
    rule_rows,
    rule_titles,
    session_rows,
    session_titles,
    staff_rows,
    staff_titles,
    when,
)
from ui.widgets.sheet import Cell, Row, Sheet, Sign
from ui.widgets.sheettab import SheetTab

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

NO_ROW = N_("choose a row first")
SOON_DAYS = 14


class OwnTab(SheetTab):
    """`show_all` repaints from what the station told."""

    title = ""
    own: OwnPage | None = None
    zone: tzinfo = UTC

    def tell(self, told: OwnPage, zone: tzinfo) -> None:
        """The newest answer."""
        self.own, self.zone = told, zone
        self.show_all(told)
        self.look()

    def show_all(self, told: OwnPage) -> None:
        """Every word anew."""
        raise NotImplementedError


class MeTab(OwnTab):
    """Who I am, what I may, my password, PIN and badge."""

    title = N_("Me")

    def __init__(self, acts: "Acts") -> None:
        super().__init__(acts, N_("Me"))
        self.password = self.add_button(N_("Change password…"), "own.password", lambda: acts.show(password_dialog(acts, self.zone)))
        self.pin = self.add_button(N_("Set PIN…"), "own.pin", lambda: acts.show(pin_dialog(acts, self.zone)))
        no_pin = lambda: "" if self.own and self.own.account.has_pin else tr("there is no PIN")  # noqa: E731
        self.pin_off = self.add_button(N_("Remove PIN…"), "own.pin", lambda: acts.show(remove_dialog(acts, self.zone, "pin")), no_pin)
        self.badge = self.add_button(N_("Register badge…"), "own.badge", lambda: acts.show(badge_dialog(acts, self.zone)))
        no_badge = lambda: "" if self.own and self.own.account.has_badge else tr("there is no badge")  # noqa: E731
        self.badge_off = self.add_button(
            N_("Remove badge…"), "own.badge", lambda: acts.show(remove_dialog(acts, self.zone, "badge")), no_badge
        )
        self.rights = Sheet()
        self.left.addWidget(self.rights, 1)

    def show_all(self, told: OwnPage) -> None:
        """The facts above, the rights in words below."""
        me = told.account
        self.say(f"{me.display} ({me.name})", bold=True)
        yes, no = tr("set"), tr("none")
        left = told.password_days
        if left is None:
            age = Cell(tr("set {time}", time=when(me.password_set, self.zone)))
        else:
            age = Cell(
                tr("set {time}, {n} days left", time=when(me.password_set, self.zone), n=left),
                Sign.TRIANGLE if left <= SOON_DAYS else Sign.NONE,
                bold=left <= SOON_DAYS,
            )
        facts = [
            (tr("Roles here and now"), Cell(grant_roles(me.grants))),
            (tr("Account ends"), Cell(when(me.expires, self.zone))),
            (tr("Password"), age),
            (tr("PIN"), Cell(yes if me.has_pin else no)),
            (tr("Badge"), Cell(yes if me.has_badge else no)),
            (tr("Last shift ended"), Cell(when(told.last_shift, self.zone))),
        ]
        self.tell_rows(["", ""], [Row(label, (Cell(label, dim=True), cell)) for label, cell in facts], wide=1)
        known = [kind for kind in RIGHTS if kind in told.rights]
        self.rights.tell([tr("I may, by the roles that I hold here")], [Row(kind, (Cell(tr(RIGHTS[kind]), tip=kind),)) for kind in known])
        self.rights.describe(tr("My rights"))


class FactorsTab(OwnTab):
    """What proves me beside the password."""

    title = N_("Second factor")

    def __init__(self, acts: "Acts") -> None:
        super().__init__(acts, N_("Second factor"))
        self.add_totp = self.add_button(N_("Add a code app…"), "own.factor_begin", lambda: self._enrol("totp"))
        self.add_key = self.add_button(N_("Register USB key…"), "own.factor_begin", lambda: self._enrol("fido2"))
        self.add_phone = self.add_button(N_("Add authenticator…"), "own.factor_begin", lambda: self._enrol("authenticator"))
        self.end = self.add_button(N_("Give up…"), "own.factor_end", self._end, self._may_end)

    def show_all(self, told: OwnPage) -> None:
        """The factors, recovery codes among them."""
        self.say(tr("A code app or a USB key proves you at log-in; an authenticator answers the challenge of a two-person act by phone."))
        self.tell_rows(factor_titles(), factor_rows(told.account.factors, self.zone), wide=1)

    def _enrol(self, factor: Literal["totp", "authenticator", "fido2"]) -> None:
        self.acts.show(FactorDialog(self.acts, self.zone, factor))

    def _may_end(self) -> str:
        chosen = self._chosen()
        if chosen is None:
            return tr(NO_ROW)
        return tr("recovery codes end with the last second factor") if chosen[1] == "recovery" else ""

    def _chosen(self) -> tuple[str, str, str] | None:
        id = self.sheet.chosen_id()
        found = next((one for one in self.own.account.factors if one.id == id), None) if self.own else None
        return (found.id, found.kind, found.name) if found else None

    def _end(self) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self.acts.show(end_factor_dialog(self.acts, self.zone, chosen[0], chosen[2]))


class OwnSessionsTab(OwnTab):
    """Where I am logged in."""

    title = N_("My sessions")

    def __init__(self, acts: "Acts", link: "Link") -> None:
        super().__init__(acts, N_("My sessions"))
        self._link = link
        self.end = self.add_button(N_("End session"), "own.session_end", self._end, self._another)

    def show_all(self, told: OwnPage) -> None:
        """All of mine."""
        mine = self._link.session.id if self._link.session else ""
        self.say("")
        self.tell_rows(session_titles(named=False), session_rows(told.sessions, self.zone, told.now, mine, named=False))

    def _another(self) -> str:
        id = self.sheet.chosen_id()
        if not id:
            return tr(NO_ROW)
        return tr("this one ends by logging out") if self._link.session is not None and id == self._link.session.id else ""

    def _end(self) -> None:
        self.acts.carry_out(tr("End session"), "own.session_end", partial(sessions.end_own, session=self.sheet.chosen_id()))


class OwnStaffTab(OwnTab):
    """What the staff file says about me."""

    title = N_("My staff file")

    def __init__(self, acts: "Acts") -> None:
        super().__init__(acts, N_("My staff file"))

    def show_all(self, told: OwnPage) -> None:
        """The lines that hold."""
        self.say(tr("Administrators write it. Tell them what is missing or about to end."))
        self.tell_rows(staff_titles(), staff_rows(told.staff, moment(told.now, self.zone).date()), wide=1)


class OwnRulesTab(OwnTab):
    """Rules to read: the unread ones first."""

    title = N_("Rules to read")

    def __init__(self, acts: "Acts") -> None:
        super().__init__(acts, N_("Rules to read"))
        self.acknowledge = self.add_button(N_("I have read it"), "rule.acknowledge", self._acknowledge, self._unread)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.left.addWidget(self.text, 1)
        self.sheet.chosen.connect(self._show_rule)

    def show_all(self, told: OwnPage) -> None:
        """Those in force."""
        rules = sorted((one for one in told.rules if one.retired is None), key=lambda one: one.read is not None)
        unread = sum(one.read is None for one in rules)
        self.say(tr("{n} rules wait to be read.", n=unread) if unread else tr("All rules are read."), bold=bool(unread))
        states = {
            one.id: Cell(tr("to read"), Sign.RING, bold=True)
            if one.read is None
            else Cell(tr("read {time}", time=when(one.read, self.zone)), Sign.TICK)
            for one in rules
        }
        rows = sorted(rule_rows(rules, self.zone, states), key=lambda row: states[row.id].sign is Sign.TICK)
        self.tell_rows(rule_titles(), rows, wide=1)
        if rows and not self.sheet.chosen_id():
            self.sheet.choose(rows[0].id)
        self._show_rule()

    def rule(self) -> RuleInfo | None:
        """The chosen one."""
        id = self.sheet.chosen_id()
        return next((one for one in self.own.rules if one.id == id), None) if self.own else None

    def _show_rule(self) -> None:
        one = self.rule()
        text = one.text if one else ""
        if self.text.toPlainText() != text:
            self.text.setPlainText(text)
        self.text.setAccessibleName(tr("Text of the rule"))

    def _unread(self) -> str:
        one = self.rule()
        if one is None:
            return tr(NO_ROW)
        return tr("this version is read") if one.read is not None else ""

    def _acknowledge(self) -> None:
        one = self.rule()
        if one is not None:
            words = tr("Read “{title}”", title=one.title)
            self.acts.carry_out(words, "rule.acknowledge", partial(own.acknowledge_rule, rule=one.id))
