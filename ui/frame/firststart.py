"""The first start of a station: choose the preset and make the first accounts. It asks; the station decides."""

from collections.abc import Callable

from PySide6.QtWidgets import QComboBox, QWidget

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.people import NewPerson
from cityops_desktop.model.people import Preset, Role
from cityops_desktop.sentences import ROLES
from cityops_desktop.texts import N_, tr
from ui.actions.people import first_administrator, three_administrators
from ui.link import Link
from ui.widgets.form import Form

PRESETS = {Preset.BASIC: N_("Ordinary room: one administrator"), Preset.MLPS3: N_("MLPS level 3: three administrators")}
THREE = (Role.ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR)
TASKS = {
    Role.ADMINISTRATOR: N_("makes accounts and cares for devices"),
    Role.SECURITY_ADMINISTRATOR: N_("grants rights and sets the rules, operates nothing"),
    Role.AUDITOR: N_("reads the record of what everybody did"),
}


class FirstStartDialog(Form):
    """One person after the other types name and password; nothing is sent before the last. `made` gets the administrator's name."""

    def __init__(self, link: Link, made: Callable[[str], None], parent: QWidget | None = None) -> None:
        purpose = tr("This station has no account yet. Until there is one it only shows. Make the first administrator here.")
        super().__init__(tr("First start"), purpose, tr("Make the account"), parent)
        self._link, self._made = link, made
        self._people: list[NewPerson] = []
        self.preset = QComboBox()
        self.preset.setAccessibleName(tr("Preset"))
        for preset, words in PRESETS.items():
            self.preset.addItem(tr(words), preset)
        self.fields.addRow(tr("Preset"), self.preset)
        self.name = self.field(tr("Name to log in with"))
        self.display = self.field(tr("Name to show"))
        self.password = self.field(tr("Password"), secret=True, most=256)
        self.again = self.field(tr("Password again"), secret=True, most=256)
        self.preset.currentIndexChanged.connect(self._show_step)
        self.name.setFocus()
        self._show_step()

    @property
    def _three(self) -> bool:
        return bool(self.preset.currentData() == Preset.MLPS3)

    def _show_step(self) -> None:
        step = len(self._people)
        self.fields.setRowVisible(self.preset, step == 0)
        if not self._three:
            words = tr("This station has no account yet. Until there is one it only shows. Make the first administrator here.")
        else:
            role = THREE[step]
            words = tr(
                "Person {n} of 3: the {role}, who {task}. Three different persons; each types the own password, and hands the keyboard on.",
                n=step + 1,
                role=tr(ROLES[role]),
                task=tr(TASKS[role]),
            )
        self.purpose.setText(words)
        last = step == len(THREE) - 1
        self.send.setText((tr("Make the accounts") if last else tr("Next person")) if self._three else tr("Make the account"))

    def _send(self) -> None:
        name, display, password = self.name.text().strip(), self.display.text().strip(), self.password.text()
        if not name or not display or not password:
            self.say(tr("Fill in all four lines."))
        elif password != self.again.text():
            self.say(tr("The two passwords differ."))
        elif name.casefold() in {one.name.casefold() for one in self._people}:
            self.say(tr("This name is taken by the person before: three different persons."))
        elif password in {one.password for one in self._people}:
            self.say(tr("Take another password: this one is that of a person before."))
        elif not self._three:
            self._sent()
            first_administrator(self._link, name=name, display=display, password=password, on_result=self._were_made)
        else:
            self._next(NewPerson(name=name, display=display, password=password))

    def _next(self, person: NewPerson) -> None:
        if len(self._people) < len(THREE) - 1:
            self._people.append(person)
            self.say("")
            self._empty()
            self._show_step()
            return
        self._sent()
        first, second = self._people
        three_administrators(self._link, administrator=first, security_administrator=second, auditor=person, on_result=self._were_made)

    def _empty(self) -> None:
        """For the next person at the keyboard."""
        for edit in (self.name, self.display, self.password, self.again):
            edit.clear()
        self.name.setFocus()

    def _were_made(self, result: CommandResult) -> None:
        if self.gone():
            return
        name = (self._people[0].name if self._people else self.name.text()).strip()
        if self._answered(result):
            self.accept()
            self._made(name)
        elif self._people:
            self._people.clear()
            self._empty()
            self._show_step()
