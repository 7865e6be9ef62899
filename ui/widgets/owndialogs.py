"""The dialogs about one's own account: password, PIN, badge, second factor. They ask; the station decides."""

from collections.abc import Callable
from datetime import tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.texts import tr
from ui import theme
from ui.actions import own
from ui.paper.codesheet import print_codes
from ui.widgets.form import ActDialog, Line, Told, Wrong
from ui.widgets.keyquestion import KeyQuestion
from ui.widgets.qr import QrCode
from ui.widgets.savedialog import save_dialog

if TYPE_CHECKING:
    from ui.acts import Action, Acts

GROUP = 4
Then = Callable[[CommandResult], None]


def password_dialog(acts: "Acts", zone: tzinfo, *, purpose: str = "", old: str = "", then: Then | None = None) -> ActDialog:
    """Another password; `old` where the person has just typed it."""
    lines = [
        Line("old", tr("Present password"), "secret", old, most=256),
        Line("new", tr("New password"), "new_secret", most=256),
    ]
    dialog = ActDialog(
        acts,
        "own.password",
        tr("Change password"),
        purpose or tr("At least ten characters, three of: small, capital, digit, sign."),
        lines,
        lambda told: partial(own.password, old=told.text("old"), new=told.text("new")),
        zone=zone,
        then=then,
        send=tr("Change"),
    )
    if old:
        dialog.edits["new"].setFocus()
    return dialog


def pin_dialog(acts: "Acts", zone: tzinfo) -> ActDialog:
    """A PIN for the quick change of person."""
    lines = [Line("password", tr("Password"), "secret", most=256), Line("pin", tr("PIN"), "new_secret", most=12)]
    return ActDialog(
        acts,
        "own.pin",
        tr("Set PIN"),
        tr("Six to twelve digits. With it you come back quickly at a console where you logged in this shift (F6)."),
        lines,
        lambda told: partial(own.pin, password=told.text("password"), pin=told.text("pin")),
        zone=zone,
    )


def badge_dialog(acts: "Acts", zone: tzinfo) -> ActDialog:
    """The badge for the quick change of person."""
    badge = Line("badge", tr("Badge"), "secret", most=128, hint=tr("hold it to the reader"))
    lines = [Line("password", tr("Password"), "secret", most=256), badge]
    return ActDialog(
        acts,
        "own.badge",
        tr("Register badge"),
        tr("Type the password, go to the line below and hold the badge to the reader."),
        lines,
        lambda told: partial(own.badge, password=told.text("password"), badge=told.text("badge").strip()),
        zone=zone,
    )


def remove_dialog(acts: "Acts", zone: tzinfo, what: Literal["pin", "badge"]) -> ActDialog:
    """No PIN, or no badge, any more."""
    titles = {"pin": tr("Remove PIN"), "badge": tr("Remove badge")}

    def make(told: Told) -> "Action":
        if what == "pin":
            return partial(own.pin, password=told.text("password"), pin="")
        return partial(own.badge, password=told.text("password"), badge="")

    lines = [Line("password", tr("Password"), "secret", most=256)]
    return ActDialog(acts, f"own.{what}", titles[what], tr("From then on it lets nobody in."), lines, make, zone=zone)


def end_factor_dialog(acts: "Acts", zone: tzinfo, factor: str, name: str) -> ActDialog:
    """Give a second factor up."""
    return ActDialog(
        acts,
        "own.factor_end",
        tr("Give up “{name}”", name=name),
        tr("From then on its codes are worth nothing."),
        [Line("password", tr("Password"), "secret", most=256)],
        lambda told: partial(own.end_factor, password=told.text("password"), factor=factor),
        zone=zone,
    )


def grouped(text: str) -> str:
    """In groups of four, as people read it off and type it."""
    return " ".join(text[n : n + GROUP] for n in range(0, len(text), GROUP))


class FactorDialog(ActDialog):
    """Enrols a second factor, or an authenticator for answers over the phone: the password; then a picture to scan and the code that
    proves it; then, with the first one, the recovery codes, which must be taken away before it closes."""

    def __init__(
        self,
        acts: "Acts",
        zone: tzinfo,
        factor: Literal["totp", "authenticator", "fido2"],
        *,
        purpose: str = "",
        password: str = "",
        then: Callable[[], None] | None = None,
    ) -> None:
        words = {
            "totp": (tr("Second factor"), tr("An app on your phone shows a code every half minute. Any TOTP app will do (RFC 6238).")),
            "authenticator": (
                tr("Authenticator"),
                tr("It answers the challenge of a two-person act that a colleague reads to you by phone."),
            ),
            "fido2": (tr("USB key"), tr("Plug the key in now, and no other. At log-in you touch it instead of typing a code (FIDO2).")),
        }
        title, about = words[factor]
        device = tr("USB key") if factor == "fido2" else tr("phone")
        name = Line("name", tr("Name of the device"), value=device, most=64)
        lines = [name, Line("password", tr("Password"), "secret", password, most=256)]
        super().__init__(acts, "own.factor_begin", title, purpose or about, lines, self._begin, zone=zone, send=tr("Next"))
        self._factor_kind: Literal["totp", "authenticator", "fido2"] = factor
        self._finished = then
        self.factor = ""
        self.code: QLineEdit | None = None
        self.kept: QCheckBox | None = None
        self.key: KeyQuestion | None = None
        self._options = ""
        self._codes: list[str] = []
        if password:
            self.edits["name"].setFocus()

    def _begin(self, told: Told) -> "Action":
        return partial(own.begin_factor, password=told.text("password"), factor=self._factor_kind, name=told.text("name"))

    def _confirm(self, told: Told) -> "Action":
        code = self.code.text().strip() if self.code is not None else ""
        if not code:
            raise Wrong(tr("Type the code."))
        return partial(own.confirm_factor, factor=self.factor, code=code)

    def _came(self, result: CommandResult) -> None:
        if self.gone():
            return
        if not self._answered(result):
            if self.code is not None:
                self.code.selectAll()
                self.code.setFocus()
            elif self.key is not None:
                self.key.stop()
        elif not self.factor and self._factor_kind == "fido2":
            self._show_key(result)
        elif not self.factor:
            self._show_secret(result)
        elif result.data.get("codes"):
            self._show_codes(str(result.data["codes"]).split())
        else:
            self._finish()

    def _show_secret(self, result: CommandResult) -> None:
        self.factor, secret, challenge = str(result.data["factor"]), str(result.data["secret"]), str(result.data.get("challenge", ""))
        self._next_step()
        picture = QHBoxLayout()
        picture.addStretch(1)
        picture.addWidget(self._named(QrCode(str(result.data["uri"])), tr("Picture for the app")))
        picture.addStretch(1)
        self.purpose.setText(tr("Scan the picture with the app, or type this secret into it:"))
        self.column.insertLayout(1, picture)
        self.column.insertWidget(2, _plain(grouped(secret), tr("Secret")))
        if challenge:
            self.column.insertWidget(3, _plain(tr("Challenge: {text}", text=grouped(challenge)), tr("Challenge")))
        self._make, self._kind = self._confirm, "own.factor_confirm"
        self.code = self.field(tr("Answer of the device") if challenge else tr("Code of the app"))
        self.send.setText(tr("Confirm"))
        self.code.setFocus()

    def _show_key(self, result: CommandResult) -> None:
        self.factor, self._options = str(result.data["factor"]), str(result.data["options"])
        self._next_step()
        self.purpose.setText(tr("Touch the key when it blinks. It may ask to be touched twice."))
        self.key = KeyQuestion(self, "register", self._ask_key, self._key_answered)
        self.send.hide()
        self._kind = "own.factor_confirm"
        self._ask_key()

    def _ask_key(self) -> None:
        if self.key is not None:
            self.key.ask(self._options)

    def _key_answered(self, answer: str) -> None:
        self._sent()
        action = partial(own.confirm_factor, factor=self.factor, code=answer)
        self._acts.carry_out(self._title, self._kind, action, self._came, asks=False)

    def _show_codes(self, codes: list[str]) -> None:
        self._next_step()
        self.purpose.setText(
            tr(
                "It works. If the device is ever lost, each of these recovery codes lets you in once. "
                "Save them as a PDF to print, or write them down now: they are never shown again."
            )
        )
        page = QVBoxLayout()
        for left, right in zip(codes[::2], codes[1::2] + [""] * (len(codes) % 2), strict=True):
            row = QHBoxLayout()
            for code in filter(None, (left, right)):
                row.addWidget(_plain(code, tr("Recovery code")))
            page.addLayout(row)
        self.column.insertLayout(1, page)
        self.kept = QCheckBox(tr("I have kept them"))
        self.column.insertWidget(2, self.kept)
        self._codes = codes
        self.save = QPushButton(tr("Save as a PDF…"))
        self.save.setAutoDefault(False)
        self.save.clicked.connect(self._ask_file)
        self.buttons.insertWidget(0, self.save)
        self.leave.hide()
        self.send.show()
        self.send.setText(tr("Close"))
        self.send.setEnabled(False)
        self.kept.toggled.connect(self.send.setEnabled)
        self.kept.setFocus()

    def _ask_file(self) -> None:
        """Where the sheet goes. A window of this one: the codes stay behind it until they are kept."""
        self.file = save_dialog(self, tr("Save the recovery codes as a PDF"), "recovery-codes.pdf", self.print_to)
        self.file.open()

    def print_to(self, path: Path) -> None:
        """Write the sheet and say so."""
        wrong = print_codes(path, self._acts.model, self._acts.who, self._codes)
        if wrong:
            self.say(tr("{file} cannot be written: {why}", file=str(path), why=wrong))
        else:
            self.say(tr("Saved: {path}. Print it, then delete the file: whoever reads it comes in with your password.", path=str(path)))

    def _next_step(self) -> None:
        """Take away what the step before asked and showed."""
        while self.fields.rowCount():
            self.fields.removeRow(0)
        while self.column.count() > 4:
            item = self.column.takeAt(1)
            _take_away(item)
        self._lines, self.edits, self.code = (), {}, None

    def _send(self) -> None:
        if self.kept is not None:
            self._finish()
        else:
            super()._send()

    def reject(self) -> None:
        """Recovery codes that nobody has kept are not closed away."""
        if self.kept is None or self.kept.isChecked():
            super().reject()
        else:
            self.say(tr("Keep the recovery codes first, then tick that you have."))

    def _finish(self) -> None:
        self.accept()
        if self._finished is not None:
            self._finished()

    def _named(self, widget: QWidget, words: str) -> QWidget:
        widget.setAccessibleName(words)
        return widget


def _plain(text: str, name: str) -> QLabel:
    """To read off and to copy."""
    label = QLabel(text)
    label.setFont(theme.font(theme.TITLE, bold=True))
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setAccessibleName(f"{name}: {text}")
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _take_away(item: object) -> None:
    """A widget, or a layout with all that lies in it."""
    widget = item.widget()  # type: ignore[attr-defined]
    if widget is not None:
        widget.hide()
        widget.deleteLater()
        return
    layout = item.layout()  # type: ignore[attr-defined]
    while layout is not None and layout.count():
        _take_away(layout.takeAt(0))
