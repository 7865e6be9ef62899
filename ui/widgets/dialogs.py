"""The dialogs about people: log in, and the first administrator of a new station. They ask; the station decides."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QGridLayout,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cityops_desktop.link.messages import CommandResult
from cityops_desktop.model.people import Outcome, Role
from cityops_desktop.sentences import ROLES
from cityops_desktop.texts import tr
from ui.actions.outcome import result_text
from ui.actions.people import first_administrator, login
from ui.link import Link


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


class _Form(QDialog):
    """Fields, a line for what is wrong, two buttons; Enter sends, Esc leaves."""

    def __init__(self, link: Link, title: str, purpose: str, send: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._link = link
        self.setWindowTitle(title)
        self.setMinimumWidth(420)
        self.fields = QFormLayout()
        self.fields.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        self.wrong = QLabel()
        self.wrong.setWordWrap(True)
        self.wrong.setMinimumHeight(44)
        self.wrong.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.send = QPushButton(send)
        self.send.setDefault(True)
        self.leave = QPushButton(tr("Cancel"))
        self.leave.setAutoDefault(False)
        self.send.clicked.connect(self._send)
        self.leave.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.leave)
        buttons.addWidget(self.send)
        self.column = QVBoxLayout(self)
        if purpose:
            words = QLabel(purpose)
            words.setWordWrap(True)
            self.column.addWidget(words)
        self.column.addLayout(self.fields)
        self.column.addWidget(self.wrong)
        self.column.addLayout(buttons)

    def field(self, label: str, *, secret: bool = False, most: int = 64) -> QLineEdit:
        """A line to type in."""
        edit = QLineEdit()
        edit.setMaxLength(most)
        if secret:
            edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.fields.addRow(label, edit)
        return edit

    def say(self, text: str) -> None:
        """What is wrong."""
        self.wrong.setText(text)

    def _send(self) -> None:
        raise NotImplementedError

    def _sent(self) -> None:
        self.send.setEnabled(False)
        self.say(tr("sent…"))

    def _answered(self, result: CommandResult) -> bool:
        self.send.setEnabled(True)
        done = result.outcome is Outcome.DONE
        self.say("" if done else result_text(result))
        return done


class LoginDialog(_Form):
    """Name and password; `then` runs after the station has said yes."""

    def __init__(self, link: Link, purpose: str = "", then: Callable[[], None] | None = None, parent: QWidget | None = None) -> None:
        super().__init__(link, tr("Log in"), purpose, tr("Log in"), parent)
        self._then = then
        self.name = self.field(tr("Name"))
        self.password = self.field(tr("Password"), secret=True, most=256)
        people = demo_people(link.data)
        self.people_buttons: list[QPushButton] = []
        if people:
            self.column.insertWidget(1 if purpose else 0, self._demo_box(people))
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
        if not self.name.text().strip() or not self.password.text():
            self.say(tr("Type a name and a password."))
            return
        self._sent()
        login(self._link, name=self.name.text().strip(), password=self.password.text(), on_result=self._logged_in)

    def _logged_in(self, result: CommandResult) -> None:
        if self._answered(result):
            self.accept()
            if self._then is not None:
                self._then()
        else:
            self.password.selectAll()
            self.password.setFocus()


class FirstAdministratorDialog(_Form):
    """The first account of a new station; `made` gets its name."""

    def __init__(self, link: Link, made: Callable[[str], None], parent: QWidget | None = None) -> None:
        purpose = tr("This station has no account yet. Until there is one it only shows. Make the first administrator here.")
        super().__init__(link, tr("First administrator"), purpose, tr("Make the account"), parent)
        self._made = made
        self.name = self.field(tr("Name to log in with"))
        self.display = self.field(tr("Name to show"))
        self.password = self.field(tr("Password"), secret=True, most=256)
        self.again = self.field(tr("Password again"), secret=True, most=256)
        self.name.setFocus()

    def _send(self) -> None:
        name, display, password = self.name.text().strip(), self.display.text().strip(), self.password.text()
        if not name or not display or not password:
            self.say(tr("Fill in all four lines."))
        elif password != self.again.text():
            self.say(tr("The two passwords differ."))
        else:
            self._sent()
            first_administrator(self._link, name=name, display=display, password=password, on_result=self._was_made)

    def _was_made(self, result: CommandResult) -> None:
        if self._answered(result):
            self.accept()
            self._made(self.name.text().strip())
