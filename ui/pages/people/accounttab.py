"""The tab of one account: its facts, and what administrators do about it."""

from functools import partial
from typing import TYPE_CHECKING

from cityops_desktop.link.acts import ResetFactor
from cityops_desktop.link.people import AccountInfo
from cityops_desktop.model.people import Preset, Role
from cityops_desktop.sentences import ROLES
from cityops_desktop.texts import N_, tr
from ui.actions import accounts
from ui.dialogs.approval import approve
from ui.pages.people.state import account_state
from ui.pages.people.tab import NOBODY_CHOSEN, PeopleTab
from ui.widgets.form import ActDialog, Line, Wrong
from ui.widgets.peoplerows import FACTORS, grant_roles, when
from ui.widgets.sheet import Cell, Row, Sign

if TYPE_CHECKING:
    from ui.acts import Action, Acts
    from ui.link import Link
    from ui.widgets.form import Told

LEAVE = "leave "


def why_line() -> Line:
    """The reason that the record keeps."""
    return Line("why", tr("Why"), most=500)


class AccountTab(PeopleTab):
    """Without a chosen account it says what to do."""

    title = N_("Account")

    def __init__(self, acts: "Acts", link: "Link") -> None:
        super().__init__(acts, N_("Account"))
        self._link = link
        self.new = self.add_button(N_("New account…"), "account.create", self._create)
        self.change = self.add_button(N_("Change…"), "account.change", self._change, self._chosen)
        self.enable = self.add_button(N_("Enable or disable…"), "account.enable", self._enable, self._chosen)
        self.unlock = self.add_button(N_("Unlock"), "account.unlock", self._unlock, self._locked)
        self.reset = self.add_button(N_("Temporary password…"), "account.reset_password", self._reset, self._chosen)
        self.factor = self.add_button(N_("Reset second factor…"), "factor.reset", self._reset_factor, self._has_factor)
        self.leave = self.add_button(N_("Leave…"), "account.absence", self._leave, self._chosen)
        self.back = self.add_button(N_("End this leave"), "account.absence_end", self._back, self._on_leave_row)

    def show_all(self) -> None:
        """The facts of the chosen account."""
        one = self.account
        if one is None:
            self.say(tr("Choose an account at the left."))
            self.tell_rows(["", ""], [], wide=1)
            return
        self.say(f"{one.display} ({one.name})", bold=True)
        self.tell_rows(["", ""], self._facts(one), wide=1)

    def _facts(self, one: AccountInfo) -> list[Row]:
        now = self.people.now if self.people else 0
        state = account_state(one, now, self.zone)
        must = tr("must be changed at the next log-in") if one.must_change else ""
        quick = ", ".join(words for has, words in ((one.has_pin, tr("PIN")), (one.has_badge, tr("badge"))) if has)
        seconds = ", ".join(tr(FACTORS[f.kind]) if f.kind in FACTORS else f.kind for f in one.factors)
        facts: list[tuple[str, Cell]] = [
            (tr("State"), state),
            (tr("Roles here and now"), Cell(grant_roles(one.grants))),
            (tr("Made"), Cell(when(one.created, self.zone))),
            (tr("Ends"), Cell(when(one.expires, self.zone))),
            (tr("Last log-in"), Cell(when(one.last_login, self.zone))),
            (tr("Password set"), Cell("  ".join(filter(None, (when(one.password_set, self.zone), must))), bold=one.must_change)),
            (tr("Second factor"), Cell(seconds or tr("none"))),
            (tr("Quick change"), Cell(quick or tr("none"))),
        ]
        rows = [Row(label, (Cell(label, dim=True), cell)) for label, cell in facts]
        for leave in one.absences:
            words = tr("{begins} to {ends}: {why}", begins=when(leave.begins, self.zone), ends=when(leave.ends, self.zone), why=leave.why)
            sign = Sign.RING if leave.begins <= now < leave.ends else Sign.NONE
            rows.append(Row(LEAVE + leave.id, (Cell(tr("Leave"), dim=True), Cell(words, sign))))
        return rows

    # what can be done now

    def _chosen(self) -> str:
        return "" if self.account else tr(NOBODY_CHOSEN)

    def _locked(self) -> str:
        if self.account is None or self.people is None:
            return tr(NOBODY_CHOSEN)
        locked = self.account.locked_until is not None and self.account.locked_until > self.people.now
        return "" if locked else tr("this account is not locked")

    def _has_factor(self) -> str:
        if self.account is None:
            return tr(NOBODY_CHOSEN)
        return "" if self.account.factors else tr("this account has no second factor")

    def _on_leave_row(self) -> str:
        return "" if self.sheet.chosen_id().startswith(LEAVE) else tr("choose a line of leave first")

    # the acts

    def _create(self) -> None:
        may_grant = not self.acts.why_not("role.grant")
        roles = [("", tr("no role yet")), *((str(role), tr(ROLES[role])) for role in Role if may_grant)]
        lines = [
            Line("name", tr("Name to log in with"), most=64),
            Line("display", tr("Name to show"), most=64),
            Line("password", tr("Temporary password"), "new_secret", most=256),
            Line("role", tr("Role"), "choice", "", roles),
            Line("expires", tr("Ends"), "moment", optional=True),
        ]

        def make(told: "Told") -> "Action":
            role = told.text("role")
            return partial(
                accounts.create,
                name=told.text("name"),
                display=told.text("display"),
                password=told.text("password"),
                roles=[Role(role)] if role else [],
                expires=told.time("expires"),
            )

        words = tr("The person makes another password at the first log-in. Roles in other places are granted afterwards.")
        if not may_grant:
            words = tr("The person makes another password at the first log-in. Roles are granted by the security administrator.")
        self._ask("account.create", tr("New account"), words, lines, make)

    def _change(self) -> None:
        one = self._account()
        lines = [
            Line("display", tr("Name to show"), value=one.display, most=64),
            Line("expires", tr("Ends"), "moment", one.expires, optional=True),
        ]
        make = lambda told: partial(accounts.change, account=one.id, display=told.text("display"), expires=told.time("expires"))  # noqa: E731
        self._ask("account.change", tr("Change account {name}", name=one.name), tr("Empty = without end."), lines, make)

    def _enable(self) -> None:
        one = self._account()
        title = tr("Disable {name}", name=one.display) if one.enabled else tr("Enable {name}", name=one.display)
        words = tr("All sessions of the account end at once.") if one.enabled else ""
        make = lambda told: partial(accounts.enable, account=one.id, enabled=not one.enabled, why=told.text("why"))  # noqa: E731
        self._ask("account.enable", title, words, [why_line()], make)

    def _unlock(self) -> None:
        one = self._account()
        self.acts.carry_out(tr("Unlock {name}", name=one.display), "account.unlock", partial(accounts.unlock, account=one.id))

    def _reset(self) -> None:
        one = self._account()
        lines = [Line("password", tr("Temporary password"), "new_secret", most=256)]
        make = lambda told: partial(accounts.reset_password, account=one.id, password=told.text("password"))  # noqa: E731
        words = tr("Tell it to the person yourself. It must be changed at the first log-in.")
        self._ask("account.reset_password", tr("Temporary password for {name}", name=one.display), words, lines, make)

    def _reset_factor(self) -> None:
        one = self._account()
        if self.people is not None and self.people.preset is not Preset.BASIC:
            reset = lambda why: ResetFactor(account=one.id, why=why)  # noqa: E731
            approve(self._link, self.acts, "factor.reset", reset, {"account": one.id, "name": one.display})
            return
        make = lambda told: partial(accounts.reset_factor, account=one.id, why=told.text("why"))  # noqa: E731
        words = tr("All second factors of {name} end. See that it is really this person who asks.", name=one.display)
        self._ask("factor.reset", tr("Reset second factor"), words, [why_line()], make)

    def _leave(self) -> None:
        one = self._account()
        lines = [Line("begins", tr("From"), "moment"), Line("ends", tr("Until"), "moment"), why_line()]

        def make(told: "Told") -> "Action":
            begins, ends = told.time("begins") or 0, told.time("ends") or 0
            if ends <= begins:
                raise Wrong(tr("The end must lie after the beginning."))
            return partial(accounts.absent, account=one.id, begins=begins, ends=ends, why=told.text("why"))

        self._ask("account.absence", tr("Leave of {name}", name=one.display), tr("In that time the account cannot be used."), lines, make)

    def _back(self) -> None:
        leave = self.sheet.chosen_id().removeprefix(LEAVE)
        self.acts.carry_out(tr("End leave"), "account.absence_end", partial(accounts.end_absence, absence=leave))

    def _account(self) -> AccountInfo:
        assert self.account is not None  # the buttons that ask for it are disabled without one
        return self.account

    def _ask(self, kind: str, title: str, words: str, lines: list[Line], make: object) -> None:
        self.acts.show(ActDialog(self.acts, kind, title, words, lines, make, zone=self.zone))  # type: ignore[arg-type]
