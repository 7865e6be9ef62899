"""The tab of goods: what waits for an approval, to leave, or to go back; below the register. Gives acts; decides nothing."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLineEdit

from cityops_desktop.duty.housewords import DIRECTIONS, GOODS_STATES
from cityops_desktop.link.duty.visits import Direction, GoodsInfo, GoodsPage
from cityops_desktop.texts import N_, tr
from ui.dialogs.houseforms import HouseForms
from ui.models.shown import moment
from ui.pages.cleaning.tab import HouseTab
from ui.pages.cleaning.visitstab import SEARCH, TYPED_MS
from ui.widgets.attachments import AttachmentsList
from ui.widgets.elided import ElidedLine
from ui.widgets.sheet import Cell, Row, Sign

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

NOT_WAITING = N_("this does not wait for an approval")
NOT_APPROVED = N_("nothing goes out before it is approved")
NOT_OWED = N_("these goods need not go back, or have gone back already")
OWN_GOODS = N_("who enters goods cannot approve them: another person does")
SIGNS = {"waiting": Sign.RING, "approved": Sign.DISC, "refused": Sign.CROSS, "passed": Sign.TICK}


class GoodsTab(HouseTab[GoodsPage]):
    """What somebody has to do something about stands above."""

    title = N_("Goods")
    path = "/api/v1/duty/goods"
    below = N_("Register of goods")

    def __init__(self, acts: "Acts", link: "Link", forms: HouseForms) -> None:
        super().__init__(acts, link, GoodsPage)
        self.forms = forms
        self.files = AttachmentsList(link)
        self.said = ElidedLine(colour="text_dim")
        self.files.said.connect(self.said.set_text)
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.search.setFixedWidth(SEARCH)
        self.search.setMaxLength(100)
        self.bar.addWidget(self.search)
        self.left.addWidget(self.files)
        self.left.addWidget(self.said)
        self._typed = QTimer(self, interval=TYPED_MS, singleShot=True)
        self._typed.timeout.connect(self._search)
        self.search.textChanged.connect(self._typed.start)
        self.search.returnPressed.connect(self._search)
        self.add_button(N_("Goods in…"), "goods.enter", lambda: forms.goods("in"))
        self.add_button(N_("Goods out…"), "goods.enter", lambda: forms.goods("out"))
        self.add_button(N_("Goes back…"), "goods.enter", self._back, lambda: self._why(_owed, NOT_OWED))
        self.add_button(N_("Approve"), "goods.decide", self._with(forms.approve), self._decide_why)
        self.add_button(N_("Not approved…"), "goods.decide", self._with(forms.refuse), self._decide_why)
        self.add_button(N_("Gone out…"), "goods.pass", self._with(forms.gone), lambda: self._why(_approved, NOT_APPROVED))
        self.former.chosen.connect(self._show_files)

    def chosen(self) -> GoodsInfo | None:
        """What is chosen above."""
        if self.told is None:
            return None
        return next((one for one in (*self.told.waiting, *self.told.loans) if one.id == self.sheet.chosen_id()), None)

    def query(self) -> dict[str, str | int | list[str] | None]:
        """With the words of the search."""
        return {"text": self.search.text().strip()}

    def now_told(self) -> int:
        """When the station told this."""
        return self.told.now if self.told else 0

    def retranslate(self) -> None:
        """The words in the language in force."""
        super().retranslate()
        self.search.setPlaceholderText(tr("Search: what, serial number, form, carrier"))
        self.search.setAccessibleName(tr("Search the register"))

    def show_all(self) -> None:
        """What stands, and the register."""
        if self.told is None:
            return
        late = sum(1 for one in self.told.loans if one.until < self._today())
        stands = [tr("To go out: {n}", n=len(self.told.waiting))] if self.told.waiting else []
        stands += [tr("To go back: {n}", n=len(self.told.loans))] if self.told.loans else []
        stands += [tr("overdue: {n}", n=late)] if late else []
        self.say(" · ".join(stands) or tr("Nothing waits, nothing is to go back."), bold=bool(late or self.told.waiting))
        titles = [tr("To do"), tr("Goods"), tr("Pieces"), tr("Serial number"), tr("Carried by"), tr("Entered by"), tr("Number")]
        rows = [self._row(one, self._to_do(one)) for one in (*self.told.waiting, *self.told.loans)]
        self.tell_rows(titles, rows, wide=1)
        titles = [
            tr("Time"),
            tr("In or out"),
            tr("Goods"),
            tr("Pieces"),
            tr("State"),
            tr("Form number"),
            tr("Carried by"),
            tr("Approved by"),
        ]
        self.tell_former(titles, [self._old_row(one) for one in self.told.goods], wide=2)
        self._show_files()

    def _today(self) -> str:
        return f"{moment(self.model.now(), self.model.zone):%Y-%m-%d}"

    def _to_do(self, one: GoodsInfo) -> Cell:
        if one.state != "passed":
            return Cell(tr(GOODS_STATES[one.state]), SIGNS[one.state], bold=one.state == "waiting")
        late = one.until < self._today()
        words = tr("goes out by {day}", day=one.until) if one.direction == "in" else tr("comes back by {day}", day=one.until)
        return Cell(words, Sign.TRIANGLE if late else Sign.RING, bold=late)

    def _row(self, one: GoodsInfo, to_do: Cell) -> Row:
        facts = (one.what, str(one.quantity), one.serial, one.carrier, one.actor_name, one.number)
        return Row(one.id, (to_do, *(Cell(text, tip=one.remark if n == 0 else "") for n, text in enumerate(facts))))

    def _old_row(self, one: GoodsInfo) -> Row:
        state, sign = tr(GOODS_STATES[one.state]), SIGNS[one.state]
        if one.until and one.state == "passed":
            state = tr("back on {time}", time=self.minute(one.settled)) if one.settled else tr("to go back by {day}", day=one.until)
            sign = sign if one.settled else Sign.TRIANGLE if one.until < self._today() else Sign.RING
        files = f"\n{tr('{n} files', n=len(one.attachments))}" if one.attachments else ""
        cells = (
            Cell(self.minute(one.passed or one.time)),
            Cell(tr(DIRECTIONS[one.direction])),
            Cell(one.what, tip=f"{one.serial}\n{one.remark}{files}".strip()),
            Cell(str(one.quantity)),
            Cell(state, sign, tip=one.reason),
            Cell(one.form),
            Cell(one.carrier),
            Cell(one.decided_name),
        )
        return Row(one.id, cells)

    def _show_files(self) -> None:
        found = next((one for one in self.told.goods if one.id == self.former.chosen_id()), None) if self.told else None
        self.files.fill(found.attachments if found else [])

    def _search(self) -> None:
        self._typed.stop()
        self.asking.ask()

    def _why(self, fits: Callable[[GoodsInfo], bool], words: str) -> str:
        one = self.chosen()
        return self.upper_and(one is not None and fits(one), words)

    def _decide_why(self) -> str:
        one = self.chosen()
        if one is not None and one.state == "waiting" and one.actor == self.forms.me():
            return tr(OWN_GOODS)
        return self._why(_waiting, NOT_WAITING)

    def _with(self, act: Callable[[GoodsInfo], None]) -> Callable[[], None]:
        def run() -> None:
            one = self.chosen()
            if one is not None:
                act(one)

        return run

    def _back(self) -> None:
        one = self.chosen()
        if one is not None:
            direction: Direction = "out" if one.direction == "in" else "in"
            self.forms.goods(direction, one)


def _waiting(one: GoodsInfo) -> bool:
    return one.state == "waiting"


def _approved(one: GoodsInfo) -> bool:
    return one.state == "approved"


def _owed(one: GoodsInfo) -> bool:
    return one.state == "passed" and one.settled is None and bool(one.until)
