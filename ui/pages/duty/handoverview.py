"""The handover under way, or the sheet as it would be now: what stands, what blocks, the reading, the acts. Decides nothing."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from cityops_desktop.duty.handover import State
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty.handover import DraftSheet, HandoverDetail, HandoversPage
from cityops_desktop.reports.handover import turn_text
from cityops_desktop.reports.sheets import sentence
from cityops_desktop.texts import N_, tr
from ui import theme
from ui.dialogs.handoverforms import HandoverForms
from ui.models.shown import moment, time_text
from ui.pages.duty.handoverread import Reader
from ui.widgets import lettering
from ui.widgets.sheet import Cell, Row, Sheet
from ui.widgets.sheettab import BUTTONS

if TYPE_CHECKING:
    from ui.acts import Acts

STATES = {
    State.OFFERED: N_("offered: the incoming reads"),
    State.TOLD: N_("signed by the outgoing, the incoming is to sign"),
    State.TAKEN: N_("signed by the incoming, the outgoing is to sign"),
    State.REFUSED: N_("refused: the outgoing sets it right and freezes anew"),
    State.ACCEPTED: N_("signed by both"),
    State.WITHDRAWN: N_("withdrawn"),
}
ITEMS_HIGH = 96
HINT_HIGH = 44
"""Two lines, also when there is nothing to say: nothing below jumps."""
SPARE = 160
JUST_SIGNED_MS = 900_000
"""So long after the second signature the page says that the handover is made."""
PATROL_MS = 45 * 60_000


class HandoverView(QWidget):
    """`tell` gets what the station says; keys O (offer), S (sign), R (refuse) are those of the buttons."""

    jumped = Signal(str)
    draftWanted = Signal()

    def __init__(self, acts: "Acts") -> None:
        super().__init__()
        self._acts, self._forms = acts, HandoverForms(acts)
        self.page: HandoversPage | None = None
        self._given: str | None = None
        self.state, self.hint = QLabel(), QLabel()
        self.reader = Reader(acts.model)
        self.items = Sheet("items")
        self._buttons: list[tuple[QPushButton, str, str, Callable[[], str]]] = []
        self._side = QVBoxLayout()
        self.confirm = self._button(N_("Seen (Space)"), "", lambda: self._read(ask=False), self._why_read)
        self.ask = self._button(N_("Ask (A)"), "", lambda: self._read(ask=True), self._why_read)
        self.sign = self._button(N_("Sign… (S)"), "handover.sign", self.begin_signing, self._why_sign)
        self.refuse = self._button(N_("Refuse… (R)"), "handover.refuse", self._refuse, self._why_open)
        self.offer = self._button(N_("Freeze and offer… (O)"), "handover.offer", self._offer, self._why_offer)
        self.withdraw = self._button(N_("Withdraw…"), "handover.withdraw", self._withdraw, self._why_under_way)
        self.add_item = self._button(N_("Open matter…"), "handover.item", self._forms.put_item)
        self.close_item = self._button(N_("Close the matter…"), "handover.item_close", self._close_item, self._why_item)
        self._lay_out()
        self.reader.moved.connect(self._moved)
        self.reader.jumped.connect(self.jumped)
        self.items.chosen.connect(self.look)
        for part in (self.reader.list, self.items):
            part.installEventFilter(self)

    def _lay_out(self) -> None:
        self.state.setFont(theme.font(theme.TITLE, bold=True))
        for label in (self.state, self.hint):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.hint.setWordWrap(True)
        self.hint.setFixedHeight(HINT_HIGH)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.items.setFixedHeight(ITEMS_HIGH)
        left = QVBoxLayout()
        left.addWidget(self.reader, 1)
        left.addWidget(self.items)
        self._side.setSpacing(6)
        self._side.addStretch(1)
        row = QHBoxLayout()
        row.addLayout(left, 1)
        row.addLayout(self._side)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.state)
        column.addWidget(self.hint)
        column.addLayout(row, 1)
        self.setFocusProxy(self.reader)

    def _button(self, words: str, kind: str, pressed: Callable[[], None], fits: Callable[[], str] = lambda: "") -> QPushButton:
        button = QPushButton()
        button.setFixedWidth(BUTTONS)
        button.clicked.connect(lambda: pressed())
        self._buttons.append((button, words, kind, fits))
        self._side.addWidget(button)
        return button

    # what the station tells

    def tell(self, page: HandoversPage) -> None:
        """The newest answer."""
        self.page = page
        if page.current is not None:
            self.reader.show_sheet(page.current.sheet, page.current.handover.hash if self._open(page.current) else "")
        else:
            self.draftWanted.emit()
        self.show_words()

    def tell_draft(self, draft: DraftSheet) -> None:
        """The sheet as it would be frozen now."""
        if self.page is not None and self.page.current is None:
            self.reader.show_sheet(draft.sheet, "")

    def forget(self) -> None:
        """Nobody may see it any more."""
        self.page = None
        self.reader.show_sheet(None, "")

    def show_words(self) -> None:
        """Every word anew."""
        page = self.page
        if page is None:
            return
        self.state.setText(self._state_text(page))
        self.state.setToolTip(self.state.text())
        hint, urgent = self._hint_text(page)
        self.hint.setText(_shortened(hint, 2 * self.width() - SPARE, bold=urgent))
        self.hint.setFont(theme.font(theme.BODY, urgent))
        self.hint.setToolTip(hint)
        model = self._acts.model
        rows = []
        for one in page.items:
            due = "" if one.due is None else f"{moment(one.due, model.zone):%m-%d %H:%M}"
            late = one.due is not None and one.due < page.now
            since = f"{moment(one.time, model.zone):%m-%d %H:%M}"
            rows.append(Row(one.id, (Cell(one.text, bold=late), Cell(due, bold=late), Cell(f"{one.actor_name} {since}"))))
        self.items.tell((tr("Open matters"), tr("Until"), tr("Handed on by")), rows, wide=0)
        self.items.describe(tr("Open matters"))
        self.reader.refresh()
        self.look()

    def _state_text(self, page: HandoversPage) -> str:
        zone = self._acts.model.zone
        if page.current is not None:
            one = page.current.handover
            state = tr(STATES[one.state])
            when = time_text(one.frozen, zone, page.now)
            words = tr("Handover {number}: {state} · frozen {time} by {name}")
            return words.format(number=one.number, state=state, time=when, name=one.actor_name)
        if page.begin is not None and page.end is not None:
            return tr("Turn to be handed on: {turn}", turn=turn_text(page.turn, page.begin, page.end, zone))
        return tr("No turn runs now: neither the roster nor times of shifts say one. A handover can be made all the same.")

    def _hint_text(self, page: HandoversPage) -> tuple[str, bool]:
        """What the person must know now; and whether it presses."""
        zone = self._acts.model.zone
        if page.blocked:
            why = tr("; ").join(sentence(row, zone) for row in page.blocked[:3])
            return tr("No handover while this is being handled, the outgoing stay on duty: {why}", why=why), True
        if page.current is not None and page.current.handover.state is State.REFUSED:
            one = page.current.handover
            return tr("Refused by {name}: {why}", name=one.refused_name, why=one.why), True
        if page.current is not None and not page.current.sound:
            return tr("This sheet is not what the station signed. Run “audit verify”, and sign nothing."), True
        if page.late is not None:
            return tr("Late since {time}: the turn is over and nobody has taken over.", time=time_text(page.late, zone, page.now)), True
        last = page.former[0] if page.former else None
        if page.current is None and last is not None and last.accepted is not None and page.now - last.accepted < JUST_SIGNED_MS:
            at = f"{moment(last.accepted, zone):%H:%M}"
            return tr(
                "Handover {number} was signed by both at {time}: {name} has the room.", number=last.number, time=at, name=last.incoming_name
            ), False
        if page.current is None and page.last_patrol is not None and 0 <= page.now - page.last_patrol + PATROL_MS // 3 < PATROL_MS:
            at = f"{moment(page.last_patrol, zone):%H:%M}"
            return tr("The last full patrol of the turn begins at {time}, half an hour before its end.", time=at), False
        if page.current is None and page.may:
            names = tr(", ").join(one.name for one in page.may)
            return tr("Handing on is the matter of {names}.", names=names), False
        if page.current is not None and page.current.sheet.remark:
            return tr("Remarks of the outgoing: {text}", text=page.current.sheet.remark), False
        return "", False

    # what can be done now

    def look(self) -> None:
        """Which acts can be given now."""
        for button, words, kind, fits in self._buttons:
            why = fits() or (self._acts.why_not(kind) if kind and kind not in ("handover.sign", "handover.refuse") else "")
            button.setText(tr(words))
            button.setEnabled(not why)
            button.setToolTip(why)

    def _open(self, detail: HandoverDetail | None) -> bool:
        return detail is not None and detail.handover.state in (State.OFFERED, State.TOLD, State.TAKEN)

    def _current(self) -> HandoverDetail | None:
        return self.page.current if self.page is not None else None

    def _why_read(self) -> str:
        if not self.reader.reading:
            return tr("nothing has been offered")
        return tr("everything has been read") if self.reader.all_read() else ""

    def _why_open(self) -> str:
        return "" if self._open(self._current()) else tr("nothing has been offered")

    def _why_sign(self) -> str:
        why = self._why_open()
        if why or self.page is None:
            return why
        if self.page.blocked:
            return tr("not while something is being handled")
        current = self._current()
        taken = current is not None and current.handover.state is State.TAKEN
        return "" if taken or self.reader.all_read() else tr("read everything first: Space goes on")

    def _why_offer(self) -> str:
        return tr("not while something is being handled") if self.page is not None and self.page.blocked else ""

    def _why_under_way(self) -> str:
        return "" if self._current() is not None else tr("nothing has been offered")

    def _why_item(self) -> str:
        return "" if self.items.chosen_id() else tr("choose a row first")

    # acts

    def _read(self, *, ask: bool) -> None:
        self.reader.forward(ask=ask)
        self.reader.list.setFocus()

    def _moved(self) -> None:
        self.look()

    def _offer(self) -> None:
        current = self._current()
        if current is None:
            self._forms.offer("", "")
        else:
            self._forms.offer(current.handover.id, current.sheet.remark)

    def begin_signing(self) -> None:
        """Both sign, one after the other; who has signed is not asked again."""
        current = self._current()
        if current is None or self._why_sign():
            return
        side = "outgoing" if current.handover.state is State.TAKEN else "incoming"
        self._sign(current, side)

    def _sign(self, current: HandoverDetail, side: str) -> None:
        one = current.handover
        self._forms.sign(one, one.hash, side, self.reader.asked(), "", partial(self._signed, current, side))

    def _signed(self, current: HandoverDetail, side: str, result: CommandResult) -> None:
        """The other one signs now, unless that has been done."""
        if result.data.get("state") in (State.TAKEN.value, State.TOLD.value):
            self._sign(current, "outgoing" if side == "incoming" else "incoming")

    def _refuse(self) -> None:
        current = self._current()
        if current is not None and not self._why_open():
            self._forms.refuse(current.handover, current.handover.hash, lambda _result: None)

    def _withdraw(self) -> None:
        current = self._current()
        if current is not None:
            self._forms.withdraw(current.handover)

    def _close_item(self) -> None:
        chosen = self.items.chosen_id()
        one = next((one for one in self.page.items if one.id == chosen), None) if self.page is not None else None
        if one is not None:
            self._forms.close_item(one)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The letters on the buttons, before a list takes them for a search."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress and not event.modifiers():
            wanted = {Qt.Key.Key_O: self.offer, Qt.Key.Key_S: self.sign, Qt.Key.Key_R: self.refuse}.get(Qt.Key(event.key()))
            if wanted is not None:
                wanted.click()
                return True
        return False


def _shortened(text: str, wide: int, *, bold: bool) -> str:
    """So much of it as fits; the tool tip has all of it."""
    if lettering.width(text, bold=bold) <= wide:
        return text
    fits = next((n for n in range(len(text) - 1, 0, -8) if lettering.width(f"{text[:n]}…", bold=bold) <= wide), 1)
    return f"{text[:fits]}…"
