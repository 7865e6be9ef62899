"""The tab of the rule library: versions, texts, and who has read them."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit

from cityops_desktop.link.people import RuleInfo
from cityops_desktop.texts import N_, tr
from ui.actions import staff
from ui.pages.people.accounttab import why_line
from ui.pages.people.tab import NO_ROW, PeopleTab
from ui.widgets.form import ActDialog, Line
from ui.widgets.peoplerows import rule_rows, rule_titles, when
from ui.widgets.sheet import Cell, Row, Sheet, Sign

if TYPE_CHECKING:
    from ui.acts import Acts

READERS = 300


class RulesTab(PeopleTab):
    """Above the rules, below the text of the chosen one and who has read this version."""

    title = N_("Rules")

    def __init__(self, acts: "Acts") -> None:
        super().__init__(acts, N_("Rules"))
        self.publish = self.add_button(N_("Publish…"), "rule.publish", lambda: self._publish(None))
        self.next = self.add_button(N_("New version…"), "rule.publish", lambda: self._publish(self.rule()), self.chosen_or(NO_ROW))
        self.retire = self.add_button(N_("Retire…"), "rule.retire", self._retire, self._in_force)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.readers = Sheet()
        self.readers.setFixedWidth(READERS)
        below = QHBoxLayout()
        below.addWidget(self.text, 1)
        below.addWidget(self.readers)
        self.left.addLayout(below, 1)
        self.sheet.chosen.connect(self._show_rule)

    def show_all(self) -> None:
        """The library."""
        told = self.people.rules if self.people else []
        everybody = sum(one.enabled for one in self.people.accounts) if self.people else 0
        states = {}
        for one in told:
            read = Cell(
                tr("read by {n} of {all}", n=len(one.readers), all=everybody), Sign.TICK if len(one.readers) >= everybody else Sign.RING
            )
            states[one.id] = Cell(tr("retired"), Sign.DASH, dim=True) if one.retired is not None else read
        self.say("")
        self.tell_rows(rule_titles(), rule_rows(told, self.zone, states), wide=1)
        self._show_rule()

    def rule(self) -> RuleInfo | None:
        """The chosen one."""
        chosen = self.sheet.chosen_id()
        return next((one for one in self.people.rules if one.id == chosen), None) if self.people else None

    def _show_rule(self) -> None:
        one = self.rule()
        text = one.text if one else tr("Choose a rule above: its text stands here.")
        if self.text.toPlainText() != text:
            self.text.setPlainText(text)
        self.text.setAccessibleName(tr("Text of the rule"))
        rows = []
        for account in self.people.accounts if self.people and one else ():
            if account.enabled and one is not None:
                read = one.readers.get(account.id)
                state = Cell(when(read, self.zone), Sign.TICK) if read is not None else Cell(tr("not yet"), Sign.RING, bold=True)
                rows.append(Row(account.id, (Cell(account.display), state)))
        self.readers.tell([tr("Person"), tr("Read")], rows)
        self.readers.describe(tr("Who has read it"))

    def _in_force(self) -> str:
        one = self.rule()
        if one is None:
            return tr(NO_ROW)
        return tr("this rule is retired") if one.retired is not None else ""

    def _publish(self, one: RuleInfo | None) -> None:
        lines = [
            Line("code", tr("Rule code"), value=one.code if one else "", most=40, hint=tr("letters, digits, . _ -")),
            Line("title", tr("Title"), value=one.title if one else ""),
            Line("text", tr("Text"), "long", one.text if one else ""),
        ]
        make = lambda told: partial(staff.publish, code=told.text("code"), title=told.text("title"), text=told.text("text"))  # noqa: E731
        words = tr("Everybody must read a new version anew. The code of an existing rule makes its next version.")
        self.acts.show(ActDialog(self.acts, "rule.publish", tr("Publish a rule"), words, lines, make, zone=self.zone))

    def _retire(self) -> None:
        one = self.rule()
        if one is not None:
            make = lambda told: partial(staff.retire, rule=one.id, why=told.text("why"))  # noqa: E731
            self.acts.show(
                ActDialog(self.acts, "rule.retire", tr("Retire “{title}”", title=one.title), "", [why_line()], make, zone=self.zone)
            )
