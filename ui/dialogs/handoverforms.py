"""The dialogs of a handover: sign and refuse with own credentials, remarks, open matters, the stock. Decide nothing."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFormLayout, QLineEdit, QTabWidget, QWidget

from cityops_desktop.duty.stock import Sort
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty.handover import (
    CloseItem,
    Counted,
    CountStock,
    EndStock,
    HandoverAct,
    HandoverInfo,
    ItemInfo,
    MoveStock,
    OfferHandover,
    PutItem,
    PutStock,
    RefuseHandover,
    ReturnStock,
    SignHandover,
    StockInfo,
    WithdrawHandover,
)
from cityops_desktop.model.ids import uuid7
from cityops_desktop.texts import N_, tr
from ui import theme
from ui.actions.handover import give
from ui.widgets.form import ActDialog, Form, Line, Told, Wrong
from ui.widgets.keyquestion import KeyQuestion, ask_key

if TYPE_CHECKING:
    from ui.acts import Action, Acts

CODE_CODES = ("second_factor_required", "wrong_code")
SORTS = {
    Sort.KEY: N_("key"),
    Sort.TOOL: N_("tool"),
    Sort.INSTRUMENT: N_("instrument"),
    Sort.SPARE: N_("spare part"),
    Sort.DRAWING: N_("drawing"),
    Sort.CONSUMABLE: N_("consumable"),
}
HOW = {"out": N_("handed out to somebody"), "used": N_("used up"), "added": N_("added")}
Make = Callable[[dict[str, str]], HandoverAct]
Then = Callable[[CommandResult], None]


class ProofDialog(Form):
    """Somebody proves at this console who it is, whoever is logged in: name and password (and code), or badge and PIN. `name` given:
    only that person can. `make` gets the proof."""

    def __init__(self, acts: "Acts", kind: str, title: str, purpose: str, send: str, make: Make, then: Then, *, name: str = "") -> None:
        super().__init__(title, purpose, send)
        self._acts, self._kind, self._title, self._make, self._then = acts, kind, title, make, then
        self.key: KeyQuestion | None = None
        self.purpose.setFont(theme.font(theme.TITLE, bold=True))
        self.why: QLineEdit | None = None
        self.ways = QTabWidget()
        self.ways.setAccessibleName(tr("How you prove who you are"))
        self.ways.tabBar().setAccessibleName(tr("How you prove who you are"))
        self.name, self.password, self.code = QLineEdit(name), QLineEdit(), QLineEdit()
        self.badge, self.pin = QLineEdit(), QLineEdit()
        for edit in (self.password, self.badge, self.pin):
            edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.code.setPlaceholderText(tr("six digits, or a recovery code"))
        known = ((tr("Log-in name"), self.name, 64), (tr("Password"), self.password, 256), (tr("Code, if there is one"), self.code, 64))
        self.ways.addTab(_rows(known), tr("Password"))
        self.ways.addTab(_rows(((tr("Badge"), self.badge, 128), (tr("PIN"), self.pin, 12))), tr("Badge and PIN"))
        self.badge.setPlaceholderText(tr("hold it to the reader"))
        self.column.insertWidget(1, self.ways)
        self.setMinimumWidth(520)
        (self.password if name else self.name).setFocus()

    def ask_why(self, label: str) -> None:
        """The act needs a reason as well."""
        self.why = self.field(label, most=500)
        self.why.setFocus()

    def _proof(self, code: str) -> dict[str, str]:
        if self.ways.currentIndex() == 1:
            return {"badge": self.badge.text().strip(), "pin": self.pin.text()}
        return {"name": self.name.text().strip(), "password": self.password.text(), "code": code}

    def _send(self) -> None:
        code = self.code.text().strip()
        if code or self.key is None or not self.key.key.asking:
            self._give(code)

    def _give(self, code: str = "") -> None:
        proof = self._proof(code)
        if not all(value for name, value in proof.items() if name != "code"):
            self._focus_empty()
            self.say(tr("Type badge and PIN.") if "badge" in proof else tr("Type name and password."))
            return
        if self.why is not None and not self.why.text().strip():
            self.why.setFocus()
            self.say(tr("Say why."))
            return
        if self.key is not None:
            self.key.stop()
        self._sent()
        told = proof | ({"why": self.why.text().strip()} if self.why is not None else {})
        self._acts.carry_out(self._title, self._kind, partial(give, act=self._make(told)), self._came, asks=False)

    def _focus_empty(self) -> None:
        edits = (self.badge, self.pin) if self.ways.currentIndex() == 1 else (self.name, self.password)
        next(edit for edit in edits if not edit.text().strip()).setFocus()

    def _came(self, result: CommandResult) -> None:
        if self.gone():
            return
        if self._answered(result):
            self.accept()
            self._then(result)
            return
        needs_code = result.code in CODE_CODES
        if not needs_code:
            self.password.clear()
            self.pin.clear()
        first = self.pin if self.ways.currentIndex() == 1 else self.password
        (self.code if needs_code else first).setFocus()
        self.key = ask_key(self, self.key, result, self._give)


def _rows(edits: Sequence[tuple[str, QLineEdit, int]]) -> QWidget:
    page = QWidget()
    rows = QFormLayout(page)
    rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    for label, edit, most in edits:
        edit.setMaxLength(most)
        edit.setAccessibleName(label)
        rows.addRow(label, edit)
    return page


class HandoverForms:
    """One for the tab."""

    def __init__(self, acts: "Acts") -> None:
        self._acts = acts

    def offer(self, id: str, remark: str) -> None:
        """Freeze the sheet: what the outgoing adds in own words."""
        lines = [Line("remark", tr("What the next crew must know besides"), "long", remark, optional=True)]
        words = tr("The sheet is frozen as it is now. What happens from here on until both have signed belongs to you.")
        make = lambda told: OfferHandover(handover=id or uuid7(self._now()), remark=told.text("remark"))  # noqa: E731
        self._show("handover.offer", tr("Freeze and offer"), words, lines, make)

    def sign(self, one: HandoverInfo, hash: str, side: str, asked: Sequence[int], name: str, then: Then) -> None:
        """One of both signs. `name`: the log-in name of whoever can, where it is known."""

        def make(proof: dict[str, str]) -> HandoverAct:
            return SignHandover.model_validate({"handover": one.id, "hash": hash, "side": side, "asked": list(asked), **proof})

        if side == "outgoing":
            title = tr("Sign: handing on")
            words = tr("{name} signs: I have handed on everything that I know.", name=one.actor_name)
        else:
            title, words = tr("Sign: taking over"), tr("I have seen, asked and understood; from the second signature on the room is mine.")
        self._acts.show(ProofDialog(self._acts, "handover.sign", title, words, tr("Sign"), make, then, name=name))

    def refuse(self, one: HandoverInfo, hash: str, then: Then) -> None:
        """The incoming says why not."""

        def make(proof: dict[str, str]) -> HandoverAct:
            return RefuseHandover.model_validate({"handover": one.id, "hash": hash, **proof})

        words = tr("It goes back to {name}, who stays on duty.", name=one.actor_name)
        dialog = ProofDialog(self._acts, "handover.refuse", tr("Refuse the handover"), words, tr("Refuse"), make, then)
        dialog.ask_why(tr("What is missing or wrong"))
        self._acts.show(dialog)

    def withdraw(self, one: HandoverInfo) -> None:
        """Taken back."""
        make = lambda told: WithdrawHandover(handover=one.id, why=told.text("why"))  # noqa: E731
        words = tr("The turn goes on; a handover is begun anew later.")
        self._show("handover.withdraw", tr("Withdraw the handover"), words, [_why()], make)

    def put_item(self) -> None:
        """Something for the shifts to come."""
        lines = [Line("text", tr("What must not be forgotten"), "long"), Line("due", tr("Until"), "moment", None, optional=True)]

        def make(told: Told) -> HandoverAct:
            return PutItem(item=uuid7(self._now()), text=told.text("text"), due=told.time("due"))

        self._show("handover.item", tr("Open matter"), tr("It stands on each sheet until somebody closes it."), lines, make)

    def close_item(self, one: ItemInfo) -> None:
        """It is done."""
        make = lambda told: CloseItem(item=one.id, text=told.text("text"))  # noqa: E731
        self._show("handover.item_close", tr("Close an open matter"), one.text, [Line("text", tr("How it was settled"), most=500)], make)

    def put_stock(self, one: StockInfo | None = None) -> None:
        """Something that is counted, or counted otherwise."""
        lines = [
            Line("sort", tr("Kind"), "choice", one.sort.value if one else Sort.KEY.value, [(sort.value, tr(SORTS[sort])) for sort in Sort]),
            Line("name", tr("What it is"), value=one.name if one else ""),
            Line("place", tr("Kept at"), value=one.place if one else "", optional=True),
            Line("wanted", tr("Must be there"), value=f"{one.wanted:g}" if one else "1"),
            Line("unit", tr("Unit"), value=one.unit if one else "", optional=True, most=20),
            Line("low", tr("Low mark"), value=f"{one.low:g}" if one and one.low is not None else "", optional=True),
        ]

        def make(told: Told) -> HandoverAct:
            return PutStock(
                item=one.id if one else uuid7(self._now()),
                sort=Sort(told.text("sort")),
                name=told.text("name"),
                place=told.text("place"),
                unit=told.text("unit"),
                wanted=_number(told, "wanted", tr("Must be there")),
                low=_number(told, "low", tr("Low mark")) if told.text("low") else None,
            )

        self._show("stock.put", tr("Counted at each handover"), "", lines, make)

    def end_stock(self, one: StockInfo) -> None:
        """Not counted any more."""
        make = lambda told: EndStock(item=one.id, why=told.text("why"))  # noqa: E731
        self._show("stock.end", tr("Count no more: {name}", name=one.name), "", [_why()], make)

    def move_stock(self, one: StockInfo, how: str) -> None:
        """Out, used up, added."""
        lines = [
            Line("how", tr("What happens"), "choice", how, [(name, tr(words)) for name, words in HOW.items()]),
            Line("number", tr("How many"), value="1"),
            Line("whom", tr("Given to"), optional=True, most=64),
            Line("note", tr("Note"), optional=True),
        ]

        def make(told: Told) -> HandoverAct:
            if told.text("how") == "out" and not told.text("whom"):
                raise Wrong(tr("Say who takes it."))
            number = _number(told, "number", tr("How many"))
            parts = {"how": told.text("how"), "whom": told.text("whom"), "note": told.text("note"), "number": number}
            return MoveStock.model_validate({"move": uuid7(self._now()), "item": one.id, **parts})

        words = tr("In its place: {have}", have=f"{one.have:g} {one.unit}".strip())
        self._show("stock.move", one.name, words, lines, make)

    def count(self, items: Sequence[StockInfo]) -> None:
        """What is in its place; what was expected stands there to be changed."""
        lines = [Line(one.id, f"{one.name} ({one.unit})" if one.unit else one.name, value=f"{one.have:g}") for one in items]

        def make(told: Told) -> HandoverAct:
            return CountStock(counts=[Counted(item=one.id, found=_number(told, one.id, one.name)) for one in items])

        self._show("stock.count", tr("Count"), tr("Type what is in its place; differences stand on the sheet with your name."), lines, make)

    def put_back(self, move: str) -> None:
        """What was out is back."""
        self._acts.carry_out(tr("Put back"), "stock.back", partial(give, act=ReturnStock(move=move)))

    def _now(self) -> int:
        return self._acts.model.now()

    def _show(self, kind: str, title: str, words: str, lines: Sequence[Line], make: Callable[[Told], HandoverAct]) -> None:
        def action(told: Told) -> "Action":
            return partial(give, act=make(told))

        def show() -> None:
            self._acts.show(ActDialog(self._acts, kind, title, words, lines, action, zone=self._acts.model.zone))

        self._acts.prepare(title, kind, show)


def _why() -> Line:
    return Line("why", tr("Why"), most=500)


def _number(told: Told, key: str, label: str) -> float:
    try:
        value = float(told.text(key).replace(",", "."))
    except ValueError as error:
        raise Wrong(tr("{label}: type a number", label=label)) from error
    if not 0 <= value <= 1_000_000:
        raise Wrong(tr("{label}: type a number", label=label))
    return value
