"""Acts that need two persons: who begins gives the password anew; the second person agrees here or by phone. It asks; the station decides.

`approve` is the way in for a page. The waiting dialog is opened at every console from the strip of the frame.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QTabWidget, QVBoxLayout, QWidget

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import ApprovalInfo
from cityops_desktop.model.people import Outcome, Preset
from cityops_desktop.sentences import PRESETS, RIGHTS
from cityops_desktop.texts import N_, tr
from ui import theme
from ui.actions import approvals
from ui.actions.approvals import TwoPersonAct
from ui.actions.outcome import result_text
from ui.models.hidden import condition_text, end_text, place_text, reach
from ui.models.room import RoomModel
from ui.widgets.elided import ElidedLine
from ui.widgets.form import Form
from ui.widgets.keyquestion import KeyQuestion, ask_key

if TYPE_CHECKING:
    from ui.acts import Action, Acts
    from ui.link import Link

CODE_CODES = ("second_factor_required", "wrong_code")
ACTS = {
    "policy.set": N_("Set the preset of the whole station to “{preset}”."),
    "factor.reset": N_("End all second factors of {name}."),
    "alarm.shelve_critical": N_("Shelve until {until}: {what}."),
    "service.begin_critical": N_("Take out of service until {until}: {what}, with {n} limits of the highest level."),
}


def approval_text(kind: str, about: Mapping[str, str | int | float], model: RoomModel) -> str:
    """Exactly what will be done."""
    told = {"name": about.get("account", ""), **about, **_of_alarms(about, model)}
    preset = str(told.get("preset", ""))
    told["preset"] = tr(PRESETS[Preset(preset)]) if preset in set(Preset) else preset
    return tr(ACTS[kind], **told) if kind in ACTS else tr(RIGHTS.get(kind, kind))


def _of_alarms(about: Mapping[str, str | int | float], model: RoomModel) -> dict[str, str | int]:
    """What is shelved or taken out of service, and until when."""
    if "until" not in about:
        return {}
    target, keys = str(about.get("target", "")), str(about.get("keys", "")).splitlines()
    what = place_text(model, target) if target else tr("; ").join(condition_text(model, key) for key in keys)
    return {"until": end_text(model, int(about["until"])), "what": what, "n": reach(model, target).highest if target else len(keys)}


def left_text(info: ApprovalInfo, now: int) -> str:
    """Minutes and seconds that are left."""
    left = max(0, (info.expires - now + 999) // 1000)
    return f"{left // 60}:{left % 60:02d}"


def approve(link: "Link", acts: "Acts", kind: str, make: Callable[[str], TwoPersonAct], about: Mapping[str, str | int | float]) -> None:
    """Begin an act of this kind with two persons; `make` gets the reason. `about`: what its sentence needs (preset; account and name)."""
    acts.show(BeginDialog(link, acts, kind, make, about))


class BeginDialog(Form):
    """The initiator reads what will be done, says why, and gives the password, and the code where the station asks for it."""

    def __init__(
        self, link: "Link", acts: "Acts", kind: str, make: Callable[[str], TwoPersonAct], about: Mapping[str, str | int | float]
    ) -> None:
        super().__init__(tr("Two persons"), approval_text(kind, about, link.model), tr("Begin"))
        self._link, self._acts, self._kind, self._make, self._about = link, acts, kind, make, about
        self.purpose.setFont(theme.font(theme.BODY, bold=True))
        rule = QLabel(tr("A second person must agree within minutes, here or by phone. Then it is done at once."))
        rule.setWordWrap(True)
        self.column.insertWidget(1, rule)
        self.why = self.field(tr("Why"), most=500)
        self.password = self.field(tr("Your password"), secret=True, most=256)
        self.code = self.field(tr("Code"), most=64)
        self.code.setPlaceholderText(tr("six digits, or a recovery code"))
        self.fields.setRowVisible(self.code, False)
        self.key: KeyQuestion | None = None
        self.why.setFocus()

    def _send(self) -> None:
        code = self.code.text().strip()
        if code or self.key is None or not self.key.key.asking:
            self._begin(code)

    def _begin(self, code: str = "") -> None:
        why, password = self.why.text().strip(), self.password.text()
        if not why or not password:
            self.say(tr("Say why, and type your password."))
            return
        if self.key is not None:
            self.key.stop()
        self._sent()
        action = partial(approvals.begin, act=self._make(why), password=password, code=code)
        self._acts.carry_out(tr("Two-person act"), "approval.open", action, self._begun, asks=False)

    def _begun(self, result: CommandResult) -> None:
        if self._answered(result):
            self.password.clear()
            person, data = self._link.person, result.data
            now = self._link.model.now()
            info = ApprovalInfo(
                id=str(data.get("approval", "")),
                kind=self._kind,
                about={**self._about, "why": self.why.text().strip()},
                digest=str(data.get("digest", "")),
                challenge=str(data.get("challenge", "")),
                initiator=person.id if person is not None else "",
                initiator_name=person.display if person is not None else "",
                console=self._link.console,
                opened=now,
                expires=int(data.get("expires", now)),
            )
            self.accept()
            self._acts.show(WaitingDialog(self._link, self._acts, info))
        elif result.code in CODE_CODES:
            self.fields.setRowVisible(self.code, True)
            self.code.selectAll()
            self.code.setFocus()
            self.key = ask_key(self, self.key, result, self._begin)
        else:
            self.password.selectAll()
            self.password.setFocus()


class WaitingDialog(Form):
    """What waits, how long, and the two ways for the second person. Whoever is logged in here stays so."""

    def __init__(self, link: "Link", acts: "Acts", info: ApprovalInfo) -> None:
        super().__init__(tr("Two persons: the second one"), approval_text(info.kind, info.about, link.model), tr("I agree"))
        self._link, self._acts, self.info = link, acts, info
        self._model = link.model
        self._seen = any(one.id == info.id for one in self._waiting())
        self._over = False
        self.key: KeyQuestion | None = None
        self.purpose.setFont(theme.font(theme.BODY, bold=True))
        self.by = QLabel()
        self.by.setWordWrap(True)
        self.column.insertWidget(1, self.by)
        self.ways = QTabWidget()
        self.ways.setAccessibleName(tr("How the second person agrees"))
        self.ways.tabBar().setAccessibleName(tr("How the second person agrees"))
        self.name, self.password, self.code = QLineEdit(), QLineEdit(), QLineEdit()
        self.phone_name, self.answer = QLineEdit(), QLineEdit()
        self.challenge = QLabel(_spaced(info.challenge))
        self.ways.addTab(self._here(), tr("Second person is here"))
        self.ways.addTab(self._by_phone(), tr("Second person by phone"))
        self.column.insertWidget(2, self.ways)
        self.withdraw = QPushButton(tr("Withdraw it"))
        self.withdraw.setAutoDefault(False)
        self.withdraw.clicked.connect(self._withdraw)
        self.buttons.insertWidget(0, self.withdraw)
        self.leave.setText(tr("Close, it keeps waiting"))
        self._model.beat.connect(self._second)
        self._model.stationChanged.connect(self._second)
        link.sessionChanged.connect(self._second)
        self.name.setFocus()
        self._second()

    def _here(self) -> QWidget:
        page = QWidget()
        rows = QFormLayout(page)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.code.setPlaceholderText(tr("six digits, or a recovery code"))
        for label, edit, most in (
            (tr("Name of the second person"), self.name, 64),
            (tr("Password"), self.password, 256),
            (tr("Code, if there is one"), self.code, 64),
        ):
            edit.setMaxLength(most)
            edit.setAccessibleName(label)
            rows.addRow(label, edit)
        return page

    def _by_phone(self) -> QWidget:
        page = QFrame()
        column = QVBoxLayout(page)
        words = QLabel(tr("Call the second person, say what will be done, and read this out:"))
        words.setWordWrap(True)
        self.challenge.setFont(theme.font(theme.VALUE, bold=True))
        self.challenge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.challenge.setAccessibleName(tr("Challenge {digits}", digits=self.challenge.text()))
        column.addWidget(words)
        column.addWidget(self.challenge)
        rows = QFormLayout()
        for label, edit, most in (
            (tr("Name of the second person"), self.phone_name, 64),
            (tr("Answer of the authenticator"), self.answer, 16),
        ):
            edit.setMaxLength(most)
            edit.setAccessibleName(label)
            rows.addRow(label, edit)
        column.addLayout(rows)
        return page

    def _waiting(self) -> list[ApprovalInfo]:
        return self._model.station.approvals if self._model.station is not None else []

    def _second(self) -> None:
        """The time that is left; and whether it still waits."""
        now = self._model.now()
        left = left_text(self.info, now)
        words = tr("Begun by {name} at {console}. Time left: {left}", name=self.info.initiator_name, console=self.info.console, left=left)
        why = str(self.info.about.get("why", ""))
        self.by.setText("\n".join(filter(None, (tr("Reason: {why}", why=why) if why else "", words))))
        told = any(one.id == self.info.id for one in self._waiting())
        if not self._over and (now >= self.info.expires or (self._seen and not told)):
            self._end(tr("The time is over: begin again.") if now >= self.info.expires else tr("It waits no more: agreed to or withdrawn."))
        self._seen |= told
        why = self._acts.why_not("approval.withdraw")
        self.withdraw.setEnabled(not why and not self._over)
        self.withdraw.setToolTip(why)

    def _end(self, words: str) -> None:
        self._over = True
        self.say(words)
        self.send.setEnabled(False)
        self.ways.setEnabled(False)
        self.leave.setText(tr("Close"))

    def _send(self) -> None:
        code = self.code.text().strip()
        if code or self.key is None or not self.key.key.asking:
            self._agree(code)

    def _agree(self, code: str = "") -> None:
        here = self.ways.currentIndex() == 0
        name, proof = (self.name, self.password) if here else (self.phone_name, self.answer)
        if not name.text().strip() or not proof.text().strip():
            self.say(tr("Type name and password.") if here else tr("Type name and answer."))
            return
        if self.key is not None:
            self.key.stop()
        self._sent()
        id, digest, who = self.info.id, self.info.digest, name.text().strip()
        action: Action
        if here:
            action = partial(approvals.confirm_here, approval=id, digest=digest, name=who, password=proof.text(), code=code)
        else:
            action = partial(approvals.confirm_by_phone, approval=id, digest=digest, name=who, answer=proof.text().replace(" ", ""))
        self._acts.carry_out(tr("Second person"), "approval.confirm", action, self._confirmed, asks=False)

    def _confirmed(self, result: CommandResult) -> None:
        if self._answered(result):
            self._over = True
            self.accept()
            return
        needs_code = result.code in CODE_CODES
        for edit in (self.answer,) if needs_code else (self.password, self.answer):
            edit.clear()
        (self.code if needs_code else self.password if self.ways.currentIndex() == 0 else self.answer).setFocus()
        self.key = ask_key(self, self.key, result, self._agree)
        self._second()

    def _withdraw(self) -> None:
        action = partial(approvals.withdraw, approval=self.info.id)
        self._acts.carry_out(tr("Withdraw the two-person act"), "approval.withdraw", action, self._withdrawn, asks=False)

    def _withdrawn(self, result: CommandResult) -> None:
        if result.outcome is Outcome.DONE:
            self._over = True
            self.reject()
        else:
            self.say(result_text(result))


def _spaced(challenge: str) -> str:
    """In groups of four, as it is read out."""
    return " ".join(challenge[n : n + 4] for n in range(0, len(challenge), 4))


class ApprovalStrip(QFrame):
    """Over every page while something waits for a second person; calm, it is no alarm."""

    def __init__(self, link: "Link", acts: "Acts") -> None:
        super().__init__()
        self.setObjectName("approvals")
        self._link, self._acts, self._model = link, acts, link.model
        self.words = ElidedLine(bold=True)
        self.open = QPushButton()
        self.open.clicked.connect(self._open)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 3, 12, 3)
        row.addWidget(self.words, 1)
        row.addWidget(self.open)
        self.hide()
        for signal in (self._model.stationChanged, self._model.beat, self._model.connectedChanged):
            signal.connect(self.refresh)
        theme.changes.themeChanged.connect(self._colours)
        self._colours()

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.open.setText(tr("Second person…"))
        self.setAccessibleName(tr("Two-person act"))
        self.refresh()

    def _first(self) -> ApprovalInfo | None:
        station = self._model.station
        waiting = [one for one in station.approvals if one.expires > self._model.now()] if station is not None else []
        return min(waiting, key=lambda one: one.expires) if waiting and self._model.connected else None

    def refresh(self) -> None:
        """What waits, by whom, how long."""
        info = self._first()
        if info is not None:
            what, left = approval_text(info.kind, info.about, self._model), left_text(info, self._model.now())
            words = tr("Two-person act waits, {left} left, begun by {name}: {what}", left=left, name=info.initiator_name, what=what)
            self.words.set_text(words)
        self.setVisible(info is not None)

    def _open(self) -> None:
        info = self._first()
        if info is not None:
            self._acts.show(WaitingDialog(self._link, self._acts, info))

    def _colours(self) -> None:
        now = theme.current()
        self.setStyleSheet(f"#approvals{{background:{now.panel};border:1px solid {now.accent};border-left:12px solid {now.accent}}}")
