"""The log-in: name, password and, where the station asks for it, the code of the second factor. It asks; the station decides."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QGridLayout, QGroupBox, QLabel, QPushButton, QWidget

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.model.people import Role
from cityops_desktop.sentences import ROLES
from cityops_desktop.texts import tr
from ui.actions.people import login
from ui.link import Link
from ui.widgets.form import Form
from ui.widgets.keyquestion import KeyQuestion, ask_key

CODE_CODES = ("second_factor_required", "wrong_code")


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody whom the demo made up, with the password to show."""

    name: str
    display: str
    password: str
    roles: tuple[str, ...]


def demo_people(data: Path) -> list[DemoPerson]:
    """The people of a demo's data directory; none in a real one."""
    try:
        told = json.loads((data / "demo-people.json").read_text("utf-8"))
        return [DemoPerson(str(p["name"]), str(p["display"]), str(p["password"]), tuple(map(str, p["roles"]))) for p in told]
    except (OSError, ValueError, KeyError, TypeError):
        return []


class LoginDialog(Form):
    """`then` gets the password once the station has said yes: what must be done first asks for it again, and the person does not have
    to. It is kept nowhere. `quickWanted`: PIN or badge instead."""

    quickWanted = Signal()

    def __init__(self, link: Link, purpose: str = "", then: Callable[[str], None] | None = None, parent: QWidget | None = None) -> None:
        super().__init__(tr("Log in"), purpose, tr("Log in"), parent)
        self._link, self._then = link, then
        self.name = self.field(tr("Name"))
        self.password = self.field(tr("Password"), secret=True, most=256)
        self.code = self.field(tr("Second factor"))
        self.code.setPlaceholderText(tr("six digits, or a recovery code"))
        self.fields.setRowVisible(self.code, False)
        self.key: KeyQuestion | None = None
        self.quick = QPushButton(tr("PIN or badge  F6"))
        self.quick.setAutoDefault(False)
        self.quick.clicked.connect(self.quickWanted)
        self.buttons.insertWidget(0, self.quick)
        QShortcut(QKeySequence("F6"), self).activated.connect(self.quickWanted)
        people = demo_people(link.data)
        self.people_buttons: list[QPushButton] = []
        if people:
            self.column.insertWidget(1, self._demo_box(people))
        self.name.setFocus()

    def _demo_box(self, people: list[DemoPerson]) -> QGroupBox:
        box = QGroupBox(tr("DEMO people, valid in this demo only"))
        grid = QGridLayout(box)
        for row, person in enumerate(people):
            button = QPushButton(person.display)
            button.setAutoDefault(False)
            button.clicked.connect(lambda checked=False, one=person: self._take(one))
            roles = ", ".join(tr(ROLES[Role(role)]) for role in person.roles if role in set(Role))
            grid.addWidget(button, row, 0)
            for column, text in enumerate((person.name, person.password, roles), start=1):
                label = QLabel(text)
                label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                grid.addWidget(label, row, column)
            self.people_buttons.append(button)
        return box

    def _take(self, person: DemoPerson) -> None:
        self.name.setText(person.name)
        self.password.setText(person.password)
        self.send.setFocus()

    def _send(self) -> None:
        name, password, code = self.name.text().strip(), self.password.text(), self.code.text().strip()
        if not name or not password:
            self.say(tr("Type a name and a password."))
        elif not self.code.isHidden() and not code and self.key is None:
            self.say(tr("Type the code."))
        elif code or self.key is None or not self.key.key.asking:
            self._log_in(code)

    def _log_in(self, code: str = "") -> None:
        """Without a code a USB key is asked anew: each of its questions is answered once."""
        if self.key is not None:
            self.key.stop()
        self._sent()
        login(self._link, name=self.name.text().strip(), password=self.password.text(), code=code, on_result=self._logged_in)

    def _logged_in(self, result: CommandResult) -> None:
        if self.gone():
            return
        if self._answered(result):
            password = self.password.text()
            self.accept()
            if self._then is not None:
                self._then(password)
        elif result.code in CODE_CODES:
            self._ask_second(result)
        else:
            self.password.selectAll()
            self.password.setFocus()

    def _ask_second(self, result: CommandResult) -> None:
        """The code, or the USB key where one is registered."""
        self.fields.setRowVisible(self.code, True)
        self.code.selectAll()
        self.code.setFocus()
        if result.code == "second_factor_required":
            self.say(tr("Name and password are right. Now the code of the second factor."))
        self.key = ask_key(self, self.key, result, self._log_in)
