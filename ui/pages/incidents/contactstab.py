"""The tab of the contact tree: who is called, from the top down. Gives acts; decides nothing."""

from typing import TYPE_CHECKING

from cityops_desktop.link.incidents import ContactInfo
from cityops_desktop.texts import N_, tr
from ui.dialogs.incidentforms import Forms
from ui.pages.incidents.tab import IncidentsTab
from ui.widgets.sheet import Cell, Row

if TYPE_CHECKING:
    from ui.acts import Acts

INDENT = "　　"


class ContactsTab(IncidentsTab):
    """A line a person, indented below the one above."""

    title = N_("Contacts")

    def __init__(self, acts: "Acts", forms: Forms) -> None:
        super().__init__(acts, forms, N_("Contacts"))
        self.add_button(N_("Add…"), "contact.put", self._add)
        self.add_button(N_("Change…"), "contact.put", self._change, lambda: self.chosen_and(True, ""))
        self.add_button(N_("Strike out…"), "contact.end", self._strike, lambda: self.chosen_and(True, ""))

    def chosen(self) -> ContactInfo | None:
        """The chosen contact."""
        found = self.sheet.chosen_id()
        return next((one for one in self.page.contacts if one.id == found), None) if self.page else None

    def show_all(self) -> None:
        """The tree, from the top down."""
        page = self.page
        if page is None:
            return
        self.say(tr("Call from the top down; whoever is reached calls those below.") if page.contacts else tr("Nobody is entered yet."))
        titles = [tr("Duty"), tr("Person called"), tr("Telephone"), tr("Mobile"), tr("Mail"), tr("Note")]
        self.tell_rows(titles, [self._row(one, depth) for one, depth in walked(page.contacts)], wide=5)

    def _row(self, one: ContactInfo, depth: int) -> Row:
        cells = (f"{INDENT * depth}{one.duty}", one.name, one.phone, one.mobile, one.mail, one.note)
        return Row(one.id, tuple(Cell(text, bold=depth == 0 and number < 2) for number, text in enumerate(cells)))

    def _parents(self) -> list[tuple[str, str]]:
        return [(one.id, f"{INDENT * depth}{one.duty} {one.name}") for one, depth in walked(self.page.contacts)] if self.page else []

    def _add(self) -> None:
        one = self.chosen()
        self.forms.put_contact(None, self._parents(), one.id if one else "")

    def _change(self) -> None:
        one = self.chosen()
        if one is not None:
            self.forms.put_contact(one, self._parents())

    def _strike(self) -> None:
        one = self.chosen()
        if one is not None:
            self.forms.end_contact(one)


def walked(contacts: list[ContactInfo]) -> list[tuple[ContactInfo, int]]:
    """Each with its depth, a parent before those below it; whoever stands below nobody known stands at the top."""
    known = {one.id for one in contacts}
    below: dict[str, list[ContactInfo]] = {}
    for one in contacts:
        below.setdefault(one.parent if one.parent in known else "", []).append(one)
    told: list[tuple[ContactInfo, int]] = []
    waiting = [(one, 0) for one in reversed(below.get("", []))]
    while waiting:
        one, depth = waiting.pop()
        told.append((one, depth))
        waiting += [(child, depth + 1) for child in reversed(below.get(one.id, []))]
    return told
