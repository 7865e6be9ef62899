"""Rounds that were walked, the newest first, page by page; of the chosen one its answers with the live values, its proofs, its pictures."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QHBoxLayout, QLabel, QMenu, QPushButton, QSplitter, QVBoxLayout, QWidget

from cityops_desktop.duty.patrolcontent import Item
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty.patrol import AnswerInfo, MarkInfo, PatrolPage, RoundBrief, RoundDetail, RoundsPage
from cityops_desktop.model.people import Outcome
from cityops_desktop.texts import pick, tr
from ui.actions.outcome import result_text
from ui.models.shown import figure, span_text, time_text
from ui.pages.patrol.words import DOUBTS, PROOFS, STATE_SIGNS, answer_text
from ui.widgets.elided import ElidedLine
from ui.widgets.sheet import Cell, Row, Sheet, Sign

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

PATH = "/api/v1/duty/patrol/rounds"
PICTURE = 900
ORDER = {"not_ok": 0, "unchecked": 1, "ok": 2}


class HistoryTab(QWidget):
    """Asks when it is shown, and for older ones when somebody wants them."""

    def __init__(self, acts: "Acts", link: "Link") -> None:
        super().__init__()
        self._acts, self._link, self._model = acts, link, acts.model
        self._page: PatrolPage | None = None
        self.rounds: list[RoundBrief] = []
        self.detail: RoundDetail | None = None
        self._next = ""
        self._asked = ""
        self._wanted = ""
        self._number = 0
        self._buffer: QBuffer | None = None
        self.route, self.bad = QComboBox(), QCheckBox()
        self.older = QPushButton()
        self.said = ElidedLine(colour="text_dim")
        self.sheet, self.answers = Sheet("rounds"), Sheet("answers")
        self.about, self.proofs, self.note = ElidedLine(bold=True), ElidedLine(), ElidedLine()
        self.pictures = QPushButton()
        self.menu = QMenu(self)
        self.pictures.setMenu(self.menu)
        self._lay_out()
        self.route.activated.connect(lambda _: self.begin())
        self.bad.clicked.connect(self.begin)
        self.older.clicked.connect(self._ask_older)
        self.sheet.chosen.connect(self._ask_detail)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        for widget in (self.route, self.bad):
            head.addWidget(widget)
        head.addWidget(self.said, 1)
        head.addWidget(self.older)
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 4, 0, 0)
        line = QHBoxLayout()
        line.addWidget(self.about, 1)
        line.addWidget(self.pictures)
        column.addLayout(line)
        column.addWidget(self.proofs)
        column.addWidget(self.note)
        column.addWidget(self.answers, 1)
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.sheet)
        split.addWidget(below)
        split.setSizes([240, 330])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(8, 8, 8, 8)
        whole.addLayout(head)
        whole.addWidget(split, 1)

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.bad.setText(tr("only with something not ok or not checked"))
        self.older.setText(tr("Older rounds"))
        self.pictures.setText(tr("Pictures"))
        self.route.setAccessibleName(tr("Round"))
        self._show_routes()
        self._show()
        self._show_detail()

    # the list

    def tell(self, page: PatrolPage) -> None:
        """The newest answer of the station: names of routes; a round has come when the newest one is another."""
        newest = page.rounds[0].id if page.rounds else ""
        before = self._page.rounds[0].id if self._page is not None and self._page.rounds else ""
        again = self._page is None or newest != before
        self._page = page
        self._show_routes()
        if again:
            self.begin()

    def show_round(self, id: str) -> None:
        """This one, now or when the station has told of it."""
        self._wanted = id
        self._show()
        if self.sheet.chosen_id() != id:
            self._ask(id)

    def begin(self) -> None:
        """From the newest on."""
        if self.isVisible():
            self._ask_page("")

    def _ask_older(self) -> None:
        if self._next:
            self._ask_page(self._next)

    def _ask_page(self, before: str) -> None:
        self._number += 1
        number = self._number
        query: dict[str, str | int | list[str] | None] = {"route": self.route.currentData() or "", "before": before}
        query["bad"] = 1 if self.bad.isChecked() else 0
        self._link.ask(PATH, RoundsPage, lambda told: self._came(number, before, told), query)

    def _came(self, number: int, before: str, told: RoundsPage | CommandResult) -> None:
        if number != self._number:
            return
        if isinstance(told, CommandResult):
            self.said.set_text(result_text(told))
            return
        self.rounds = [*self.rounds, *told.rounds] if before else told.rounds
        self._next = told.next
        self._show()

    def _show_routes(self) -> None:
        chosen = self.route.currentData()
        self.route.blockSignals(True)
        self.route.clear()
        self.route.addItem(tr("All rounds"), "")
        for one in self._page.routes if self._page is not None else []:
            self.route.addItem(pick(one.content.name), one.content.code)
        self.route.setCurrentIndex(max(0, self.route.findData(chosen)))
        widest = max(self.route.fontMetrics().horizontalAdvance(self.route.itemText(n)) for n in range(self.route.count()))
        self.route.setMinimumWidth(widest + 44)
        self.route.blockSignals(False)

    def _show(self) -> None:
        titles = [tr("Number"), tr("Round"), tr("Was due"), tr("Walked"), tr("Walked by"), tr("Items"), tr("Not ok"), tr("Not checked")]
        titles += [tr("Proof"), ""]
        self.sheet.tell(titles, [self._row(one) for one in self.rounds], wide=1)
        self.sheet.describe(tr("Rounds"))
        self.older.setEnabled(bool(self._next))
        self.said.set_text("" if self.rounds else tr("No round was walked yet."))
        if any(one.id == self._wanted for one in self.rounds):
            self.sheet.choose(self._wanted)
            self._wanted = ""
        if not self.sheet.chosen_id() and self.rounds and not self._wanted:
            self.sheet.choose(self.rounds[0].id)

    def _name(self, code: str) -> str:
        found = next((one for one in self._page.routes if one.content.code == code), None) if self._page is not None else None
        return pick(found.content.name) if found is not None else code

    def _time(self, ms: int | None) -> str:
        return "" if ms is None else time_text(ms, self._model.zone, self._model.now())[:-3]

    def _row(self, one: RoundBrief) -> Row:
        wrong = bool(one.not_ok or one.unchecked)
        marks = [tr("late")] if one.late else []
        marks += [tr("paper")] if one.entry == "paper" else []
        marks += [tr("once more")] if one.again else []
        marks += [tr("incident")] if one.incident else []
        proof = tr(PROOFS[one.presence]) if one.presence else ""
        if one.doubts:
            proof = tr("{n} doubt(s) · {proof}", n=one.doubts, proof=proof)
        cells = (
            Cell(one.number),
            Cell(self._name(one.route), Sign.CROSS if one.not_ok else Sign.DASH if one.unchecked else Sign.TICK, bold=wrong),
            Cell(self._time(one.due)),
            Cell(self._time(one.begun)),
            Cell(one.walker or one.actor_name),
            Cell(str(one.items)),
            Cell(str(one.not_ok), bold=bool(one.not_ok)),
            Cell(str(one.unchecked), bold=bool(one.unchecked)),
            Cell(proof, Sign.TRIANGLE if one.doubts else Sign.NONE),
            Cell(", ".join(marks)),
        )
        return Row(one.id, cells)

    # one round

    def _ask_detail(self) -> None:
        id = self.sheet.chosen_id()
        if id and self.isVisible():
            self._ask(id)

    def _ask(self, id: str) -> None:
        if id == self._asked and self.detail is not None and self.detail.round.id == id:
            return
        self._asked = id
        self._link.ask(f"{PATH}/{id}", RoundDetail, lambda told: self._detail_came(id, told))

    def _detail_came(self, id: str, told: RoundDetail | CommandResult) -> None:
        if id != self._asked:
            return
        self.detail = told if isinstance(told, RoundDetail) else None
        if isinstance(told, CommandResult):
            self._asked = ""
            self.said.set_text(result_text(told))
        self._show_detail()

    def _show_detail(self) -> None:
        detail = self.detail
        self.pictures.setVisible(False)
        if detail is None:
            for line in (self.about, self.proofs, self.note):
                line.set_text("")
            self.answers.tell([""], [])
            return
        one = detail.round
        told = {"number": one.number, "route": pick(detail.route.content.name), "version": detail.route.version}
        words = tr("{number} · {route} (version {version})", **told)
        walked = tr("walked from {begun} to {ended} ({span}) by {name}", begun=self._time(one.begun), ended=self._time(one.ended),
                    span=span_text((one.ended - one.begun) / 1000), name=one.walker or one.actor_name)  # fmt: skip
        taken = tr("taken at {time} from {name}", time=self._time(one.time), name=one.actor_name)
        if one.entry == "paper":
            taken = tr("entered later from paper, {taken}", taken=taken)
        self.about.set_text(f"{words} · {walked}, {taken}")
        names = {stop.id: pick(stop.name) for stop in detail.route.content.stops}
        proofs = "; ".join(self._proof(mark, names) for mark in detail.marks)
        self.proofs.set_text(tr("Proofs: {list}", list=proofs or tr("none is expected")))
        self.note.set_text(tr("Remark: {text}", text=detail.note) if detail.note else "")
        self.note.setVisible(bool(detail.note))
        items = {(template.content.code, item.id): item for template in detail.templates for item in template.content.items}
        ordered = sorted(detail.answers, key=lambda answer: ORDER[answer.state])
        titles = [tr("Where"), tr("Looked at"), tr("Result"), tr("Station then"), tr("Difference"), tr("When"), tr("Work order")]
        rows = [self._answer_row(n, each, names, items.get((each.template, each.item))) for n, each in enumerate(ordered)]
        self.answers.tell(titles, rows, wide=2, most=320)
        self.answers.describe(tr("Answers of the round"))
        self._offer_pictures(detail)

    def _proof(self, mark: MarkInfo, names: dict[str, str]) -> str:
        words = f"{names.get(mark.stop, mark.stop)}: {tr(PROOFS[mark.way])} {self._time(mark.time)}".strip()
        return f"{words} ({tr(DOUBTS.get(mark.doubt, mark.doubt))})" if mark.doubt else words

    def _answer_row(self, number: int, one: AnswerInfo, names: dict[str, str], item: Item | None) -> Row:
        wrong = one.state != "ok"
        live = apart = ""
        if item is not None and one.live is not None:
            live = f"{figure(one.live, 1)} {item.unit}".strip()
            if one.live_time is not None:
                live += " · " + tr("{age} old", age=span_text(max(0, one.time - one.live_time) / 1000))
            if one.quality not in ("", "good"):
                live += f" · {tr('uncertain') if one.quality == 'uncertain' else tr('not usable')}"
        if one.difference is not None:
            apart = f"{'+' if one.difference >= 0 else ''}{figure(one.difference, 1)}"
        order = self.detail.orders.get(one.order, "") if self.detail is not None else ""
        cells = (
            Cell(names.get(one.stop, one.stop), dim=not wrong),
            Cell(pick(item.name) if item is not None else one.item, STATE_SIGNS[one.state], dim=not wrong),
            Cell(answer_text(item, one) if item is not None else one.state, bold=wrong),
            Cell(live, dim=not wrong),
            Cell(apart, dim=not wrong),
            Cell(time_text(one.time, self._model.zone), dim=not wrong),
            Cell(order),
        )
        return Row(str(number), cells)

    # pictures

    def _offer_pictures(self, detail: RoundDetail) -> None:
        self.menu.clear()
        items = {(template.content.code, item.id): item for template in detail.templates for item in template.content.items}
        for one in detail.answers:
            item = items.get((one.template, one.item))
            for number, photo in enumerate(one.photos):
                words = f"{pick(item.name) if item is not None else one.item} {number + 1}"
                self.menu.addAction(words).triggered.connect(lambda _=False, id=photo, title=words: self.show_picture(id, title))
        self.pictures.setVisible(bool(self.menu.actions()))

    def show_picture(self, id: str, title: str) -> None:
        """In a window of its own, as soon as it has come."""
        self._buffer = buffer = QBuffer(self)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)

        def came(result: CommandResult) -> None:
            image = QImage.fromData(buffer.data())
            if result.outcome is Outcome.DONE and not image.isNull():
                self._acts.show(Picture(image, title))
            else:
                self.said.set_text(result_text(result) if result.outcome is not Outcome.DONE else tr("This picture cannot be shown."))

        self._link.fetch(f"/api/v1/duty/attachments/{id}", buffer, came)


class Picture(QDialog):
    """A picture of a round."""

    def __init__(self, image: QImage, title: str) -> None:
        super().__init__()
        self.setWindowTitle(title)
        label = QLabel()
        label.setAccessibleName(title)
        most = image.scaled(PICTURE, PICTURE * 2 // 3, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation)
        label.setPixmap(QPixmap.fromImage(most if image.width() > PICTURE or image.height() > PICTURE * 2 // 3 else image))
        close = QPushButton(tr("Close"))
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.addWidget(label)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
