"""The walk: one stop at a time, its items, one of them large; the route upon the plan. The keyboard alone does all of it.

Changes the walk that it was given and says so by `edited`; keeps nothing and sends nothing.
"""

from datetime import datetime
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from cityops_desktop.duty.patrolcontent import NUMBERS, Expected, ItemKind
from cityops_desktop.link.duty.patrol import Answer
from cityops_desktop.model.ids import uuid7
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.drafts import Drafts
from ui.models.room import RoomModel
from ui.models.shown import moment, span_text, time_text
from ui.pages.patrol.card import Card
from ui.pages.patrol.photo import KINDS, PhotoTaking
from ui.pages.patrol.routemap import RouteMap
from ui.pages.patrol.walk import Photo, Walk
from ui.pages.patrol.words import PROOFS, STATE_SIGNS, WAYS, answer_text
from ui.pages.patrol.wrapped import Typing
from ui.widgets import lettering
from ui.widgets.elided import ElidedLine
from ui.widgets.lettering import Lettering
from ui.widgets.sheet import Cell, Row, Sheet, Sign

LIST_WIDE = 380
STRIP = 22
CODE = 170
BESIDE = 44


class Progress(QWidget):
    """A piece for each stop, filled as far as it is done; the one at hand has an edge."""

    def __init__(self) -> None:
        super().__init__()
        self._walk: Walk | None = None
        self._at = 0
        self.setFixedHeight(STRIP)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changes.themeChanged.connect(self.update)

    def show_walk(self, walk: Walk, at: int) -> None:
        """How far it is."""
        self._walk, self._at = walk, at
        self.setAccessibleName(tr("Progress"))
        self.setAccessibleDescription(tr("{n} of {m} done", n=walk.done(), m=len(walk.places)))
        self.setToolTip("\n".join(f"{n + 1} {pick(one.stop.name)}" for n, one in enumerate(walk.stops)))
        self.update()

    def _pieces(self) -> list[QRect]:
        count = len(self._walk.stops) if self._walk is not None else 0
        edges = [round(self.width() * n / count) for n in range(count + 1)] if count else []
        return [QRect(a, 0, b - a - 2, STRIP) for a, b in pairwise(edges)]

    def paintEvent(self, event: QPaintEvent) -> None:
        """The pieces."""
        if self._walk is None:
            return
        painter = QPainter(self)
        now = theme.current()
        for number, piece in enumerate(self._pieces()):
            of = max(1, len(self._walk.of_stop(number)))
            painter.fillRect(piece, QColor(now.track))
            painter.fillRect(QRectF(piece.left(), 0, piece.width() * self._walk.done_at(number) / of, STRIP), QColor(now.band))
            if number == self._at:
                theme.paint_edge(painter, piece, QColor(now.accent))
                theme.paint_edge(painter, piece.adjusted(1, 1, -1, -1), QColor(now.accent))
        lettering.paint(painter, self._letterings())
        painter.end()

    def _letterings(self) -> list[Lettering]:
        told = []
        for number, piece in enumerate(self._pieces()):
            text, bold = str(number + 1), number == self._at
            wide = lettering.width(text, theme.SMALL, bold) + 1
            if wide < piece.width() - 2:
                told.append(Lettering(QRect(piece.center().x() - wide // 2, 3, wide, STRIP - 6), text, theme.SMALL, bold))
        return told

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._letterings())


class WalkView(QWidget):
    """`show_walk` begins or goes on; `paused` and `ended` are the two ways out."""

    edited = Signal()
    paused = Signal()
    ended = Signal()

    def __init__(self, model: RoomModel, drafts: Drafts) -> None:
        super().__init__()
        self._model, self._drafts = model, drafts
        self.walk: Walk | None = None
        self.stop = 0
        self.number = 0
        self._why = ""
        self._dialog: QFileDialog | None = None
        self._takings: list[PhotoTaking] = []
        self.title = ElidedLine(size=theme.TITLE, bold=True)
        self.left_time = ElidedLine(right=True)
        self.kept = ElidedLine(size=theme.SMALL, colour="text_dim", right=True)
        self.progress = Progress()
        self.items = Sheet("items of the stop")
        self.map = RouteMap(model)
        self.code_label, self.code = QLabel(), Typing()
        self.way_label, self.way = QLabel(), QComboBox()
        self.time_label, self.time = QLabel(), Typing()
        self.proof = ElidedLine()
        self.card = Card(model)
        self.said = ElidedLine(bold=True)
        self.keys = ElidedLine(size=theme.SMALL, colour="text_dim")
        self.back, self.onward, self.pause, self.end = QPushButton(), QPushButton(), QPushButton(), QPushButton()
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.title, 3)
        head.addWidget(self.left_time, 2)
        code = QHBoxLayout()
        self.code.setFixedWidth(CODE)
        self.code.setMaxLength(64)
        self.time.setFixedWidth(70)
        for widget in (self.code_label, self.code, self.way_label, self.way):
            code.addWidget(widget)
        code.addStretch(1)
        proof = QHBoxLayout()
        for widget in (self.time_label, self.time):
            proof.addWidget(widget)
        proof.addWidget(self.proof, 1)
        left = QVBoxLayout()
        left.addWidget(self.items, 3)
        left.addWidget(self.map, 2)
        side = QWidget()
        side.setMinimumWidth(LIST_WIDE)
        side.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        right = QVBoxLayout()
        right.addLayout(code)
        right.addLayout(proof)
        right.addWidget(self.card, 1)
        right.addWidget(self.said)
        middle = QHBoxLayout()
        middle.addWidget(side, 2)
        middle.addLayout(right, 5)
        buttons = QHBoxLayout()
        for button in (self.back, self.onward):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.kept, 1)
        for button in (self.pause, self.end):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(head)
        column.addWidget(self.progress)
        column.addLayout(middle, 1)
        column.addWidget(self.keys)
        column.addLayout(buttons)

    def _connect(self) -> None:
        card = self.card
        card.answered.connect(self._answered)
        card.numberGiven.connect(lambda value: self._give("ok", value=value))
        card.choiceGiven.connect(lambda choice: self._give("ok", choice=choice))
        card.textGiven.connect(lambda text: self._give("ok", text=text))
        card.typed.connect(self._typed)
        card.wordsTyped.connect(self._words_typed)
        card.photoWanted.connect(self.ask_photo)
        card.scanned.connect(self.scan)
        card.onward.connect(self.go_on)
        card.stepped.connect(self._step)
        self.items.chosen.connect(self._picked)
        self.map.stopChosen.connect(self.show_stop)
        self.code.returnPressed.connect(self._code_entered)
        self.way.activated.connect(self._way_chosen)
        self.time.editingFinished.connect(self._time_entered)
        self.back.clicked.connect(lambda: self.show_stop(self.stop - 1))
        self.onward.clicked.connect(self._to_next_stop)
        self.pause.clicked.connect(self.paused)
        self.end.clicked.connect(self.ended)
        self._model.beat.connect(self._show_time)
        self._drafts.changed.connect(self._show_kept)
        self._drafts.kept.connect(lambda *_: self._show_kept())

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.card.retranslate()
        self.code_label.setText(tr("Code of the tag here"))
        self.code.setAccessibleName(self.code_label.text())
        self.code.setPlaceholderText(tr("scan it, Enter"))
        self.way_label.setText(tr("Codes are scanned"))
        self.way.setAccessibleName(self.way_label.text())
        self.time_label.setText(tr("Time at this stop"))
        self.time.setAccessibleName(self.time_label.text())
        chosen = self.way.currentData()
        self.way.clear()
        for way, words in WAYS.items():
            self.way.addItem(tr(words), way.value)
        self.way.setMinimumWidth(max(self.way.fontMetrics().horizontalAdvance(tr(words)) for words in WAYS.values()) + BESIDE)
        self.way.setCurrentIndex(max(0, self.way.findData(chosen)))
        self.back.setText(tr("Previous stop (PgUp)"))
        self.pause.setText(tr("Pause (Esc)"))
        self.end.setText(tr("To the end (F3)"))
        if self.walk is not None:
            self.map.retranslate()
            self._show_all()

    # which item

    def show_walk(self, walk: Walk) -> None:
        """Begin, or go on where something is open."""
        self.walk, self._why = walk, ""
        self.say("")
        self.way.setCurrentIndex(max(0, self.way.findData(walk.state.way.value)))
        first = next((n for n in range(len(walk.stops)) if walk.done_at(n) < len(walk.of_stop(n))), 0)
        self.show_stop(first)

    def show_stop(self, stop: int) -> None:
        """This one; its code first, where one is expected and has not come."""
        if self.walk is None or not 0 <= stop < len(self.walk.stops):
            return
        self.stop = stop
        found = self.walk.next_open(self.walk.of_stop(stop)[0] - 1, stop)
        self.number = found if found is not None else self.walk.of_stop(stop)[0]
        self.code.clear()
        self._show_all()
        if self.walk.lacks(stop):
            self.code.setFocus()
        else:
            self.take_keyboard()

    def show_item(self, number: int) -> None:
        """This item, wherever it is."""
        if self.walk is not None:
            self.number, self.stop = number, self.walk.places[number].stop
            self._show_all()
            self._next_key()

    def take_keyboard(self) -> None:
        """Where the next key belongs."""
        if self.walk is not None and self.walk.done_at(self.stop) == len(self.walk.of_stop(self.stop)):
            self._to_button()
        else:
            self.card.take_keyboard()

    def go_on(self) -> None:
        """The next open item of this stop; when there is none, the button that leads on."""
        if self.walk is None:
            return
        here = self.walk.answer(self.number)
        if here is not None and self.walk.is_open(self.number) and self.card.why.hasFocus():
            self.say(tr("Say why it was not checked.") if here.state == "unchecked" else tr("Say what is wrong."))
            return
        found = self.walk.next_open(self.number, self.stop)
        if found is None:
            self._show_all()
            self._to_button()
            return
        self.number = found
        self.say("")
        self._show_all()
        self._next_key()

    def _next_key(self) -> None:
        assert self.walk is not None
        one = self.walk.answer(self.number)
        if one is not None and self.walk.is_open(self.number) and one.state != "ok":
            self.card.ask_why()
        else:
            self.card.take_keyboard()

    def _to_button(self) -> None:
        assert self.walk is not None
        done = self.walk.open_stop(self.stop) is None
        (self.end if done else self.onward).setFocus()
        words = tr("All stops are done: Enter leads to the summary.") if done else tr("This stop is done: Enter leads to the next one.")
        self.say(words)

    def _to_next_stop(self) -> None:
        if self.walk is not None:
            found = self.walk.open_stop(self.stop)
            self.show_stop(found if found is not None and self.onward.hasFocus() else (self.stop + 1) % len(self.walk.stops))

    def _step(self, way: int) -> None:
        """One item up or down, into the neighbouring stop at an end."""
        if self.walk is not None and 0 <= self.number + way < len(self.walk.places):
            self.number += way
            self.stop = self.walk.places[self.number].stop
            self._show_all()
            self.card.take_keyboard()

    def _picked(self) -> None:
        """A row was clicked."""
        id = self.items.chosen_id()
        if id and self.items.hasFocus() and int(id) != self.number:
            self.number = int(id)
            self._show_all()
            self.card.take_keyboard()

    # what a person says

    def say(self, words: str) -> None:
        """One sentence below the card."""
        self.said.set_text(words)

    def _give(self, state: str, **more: object) -> None:
        walk = self.walk
        if walk is None:
            return
        walk.give(self.number, state, self._model.now(), **more)  # type: ignore[arg-type]
        self.edited.emit()
        one = walk.answer(self.number)
        assert one is not None
        if one.state == "not_ok" and more:
            self.say(tr("Beyond what is allowed: not ok. Say what is wrong, Enter goes on."))
        elif one.state == "ok" and walk.is_open(self.number):
            self.say(tr("A picture is asked for here (P)."))
        if one.state == "ok":
            self._show_all()
            self.card.take_keyboard() if walk.is_open(self.number) else self.go_on()
            return
        self._show_all()
        self.card.ask_why()

    def _answered(self, state: str) -> None:
        self.say("")
        number = self.number
        place = self.walk.places[self.number] if self.walk is not None else None
        none = place is not None and state == "unchecked" and (place.item.kind in NUMBERS or place.item.kind is ItemKind.CHOICE)
        chosen = {"choice": self.card.chosen_choice()} if place is not None and state == "not_ok" and place.item.choices else {}
        before = self.walk.answer(number) if self.walk is not None else None
        if state == "unchecked" and (before is None or not before.why):
            chosen = {"why": self._why}  # the same reason often keeps somebody from a whole stop; it stands there to be changed
        self._give(state, **(chosen | {"value": None, "choice": ""} if none else chosen))

    def _typed(self, text: str) -> None:
        if self.walk is not None:
            self.walk.type(self.number, text)
            self.edited.emit()

    def _words_typed(self, text: str) -> None:
        if self.walk is not None:
            self.walk.write(self.number, text)
            one = self.walk.answer(self.number)
            if one is not None and one.state == "unchecked":
                self._why = one.why
            self.say("")
            self._show_list()
            self.edited.emit()

    # proof of presence

    def _code_entered(self) -> None:
        text = self.code.text().strip()
        self.code.clear()
        if text:
            self.scan(text)
        else:
            self.take_keyboard()

    def scan(self, code: str) -> None:
        """The code of a tag: of this stop, or of another, which is then the one at hand."""
        if self.walk is None:
            return
        found = self.walk.stop_of_code(code)
        self.card.unscan()
        if found is None:
            self.say(tr("This code belongs to no stop of the route: {code}", code=code))
            return
        self.walk.prove(found, code, self._model.now())
        self.edited.emit()
        if found != self.stop:
            self.show_stop(found)
        else:
            self._show_all()
            self.take_keyboard()

    def _way_chosen(self) -> None:
        if self.walk is not None:
            self.walk.state.way = Expected(self.way.currentData())
            self.edited.emit()
            self._show_all()

    def _time_entered(self) -> None:
        if self.walk is None or not self.walk.paper:
            return
        start = moment(self.walk.state.begun, self._model.zone)
        text = self.time.text().strip().replace("：", ":")
        try:
            typed = datetime.strptime(text, "%H:%M").replace(tzinfo=start.tzinfo).time()
        except ValueError:
            self.say(tr("The time of the stop as HH:MM, please: {text}", text=text))
            return
        at = round(datetime.combine(start.date(), typed, start.tzinfo).timestamp() * 1000)
        last = self.walk.state.ended or at
        if at < self.walk.state.begun - 59_999:
            at += 86_400_000
        if not self.walk.state.begun - 59_999 <= at <= last + 59_999:
            self.say(tr("This is not between the beginning and the end of the round: {text}", text=text))
            return
        at = min(max(at, self.walk.state.begun), last)
        self.walk.at_stop(self.stop, at)
        self.edited.emit()

    # pictures

    def ask_photo(self) -> None:
        """Which file?"""
        self._dialog = QFileDialog(self, tr("A picture"), "", f"{tr('Pictures')} ({KINDS})")
        self._dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        self._dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        self._dialog.fileSelected.connect(lambda path: self.take_photo(Path(path)))
        self._dialog.open()

    def take_photo(self, path: Path) -> None:
        """This one, for the item at hand."""
        if self.walk is None:
            return
        walk, number = self.walk, self.number
        one = walk.answer(number)
        if one is not None and len(one.photos) >= 6:
            self.say(tr("There are six pictures already."))
            return
        taking = PhotoTaking(path, self)
        self._takings.append(taking)
        taking.ended.connect(lambda data, why: self._photo_came(taking, walk, number, data, why))
        taking.start()

    def _photo_came(self, taking: PhotoTaking, walk: Walk, number: int, data: bytes | None, why: str) -> None:
        self._takings.remove(taking)
        if data is None:
            self.say(why)
            return
        photo = Photo(id=uuid7(self._model.now()), name=taking.path.name)
        walk.add_photo(number, photo, self._drafts.save_file(photo.id, data), self._model.now())
        if walk is self.walk:
            self.say(tr("Kept: {name}", name=taking.path.name))
            self.edited.emit()
            self._show_all()
            self.card.take_keyboard()

    # painting

    def _show_all(self) -> None:
        if self.walk is None:
            return
        walk, stop = self.walk, self.walk.stops[self.stop]
        route = pick(walk.state.sheet.route.content.name)
        told = {"route": route, "n": self.stop + 1, "m": len(walk.stops), "name": pick(stop.stop.name)}
        self.title.set_text(tr("{route} · stop {n} of {m}: {name}", **told))
        self.progress.show_walk(walk, self.stop)
        self.map.show_route(walk.stops, self.stop, [walk.done_at(n) == len(walk.of_stop(n)) for n in range(len(walk.stops))])
        self.onward.setText(tr("Next stop (PgDn)"))
        self._show_list()
        self._show_proof()
        self._show_card()
        self._show_time()
        self._show_kept()

    def _show_list(self) -> None:
        walk = self.walk
        if walk is None:
            return
        rows = []
        for number in walk.of_stop(self.stop):
            place, one = walk.places[number], walk.answer(number)
            waits = one is None or walk.is_open(number)
            sign = Sign.RING if one is None else STATE_SIGNS[one.state]
            words = answer_text(place.item, one)
            wrong = one is not None and one.state != "ok"
            rows.append(Row(str(number), (Cell(pick(place.item.name), sign, bold=waits), Cell(words, bold=wrong))))
        self.items.tell([tr("Items of this stop"), tr("Result")], rows, wide=0, most=140)
        self.items.describe(tr("Items of this stop"))
        self.items.choose(str(self.number))

    def _show_proof(self) -> None:
        walk = self.walk
        if walk is None:
            return
        stop, mark = walk.stops[self.stop].stop, walk.mark(self.stop)
        shown = bool(stop.code)
        for part in (self.code_label, self.code, self.way_label, self.way):
            part.setVisible(shown)
        for part in (self.time_label, self.time):
            part.setVisible(walk.paper)
        if walk.paper and not self.time.hasFocus():
            at = walk.state.times.get(stop.id, walk.state.begun)
            self.time.setText(f"{moment(at, self._model.zone):%H:%M}")
        expects = tr(PROOFS[stop.expects.value])
        if mark is None:
            words = tr("Not proved yet. Expected: {way}.", way=expects) if stop.expects is not Expected.NONE else ""
        else:
            told = {"way": tr(PROOFS[mark.way.value]), "time": "" if mark.time is None else time_text(mark.time, self._model.zone)}
            words = tr("Proved: {way} {time}", **told).strip()
            if walk.lacks(self.stop):
                words += " · " + tr("weaker than expected: {way}", way=expects)
        self.proof.set_text(words if shown else "", bold=walk.lacks(self.stop))

    def _show_card(self) -> None:
        walk = self.walk
        if walk is None:
            return
        place, one = walk.places[self.number], walk.answer(self.number)
        numbers = walk.of_stop(self.stop)
        part = walk.stops[self.stop].parts[place.part]
        name = pick({"zh": part.name_zh, "en": part.name_en})
        words = tr("Item {n} of {m} · {part}", n=numbers.index(self.number) + 1, m=len(numbers), part=name)
        names = [walk.photo_name(id) for id in one.photos] if one is not None else []
        point = "" if walk.paper else place.point
        self.card.show_item(place.item, point, one, words, typed=walk.typed(self.number), names=names)
        self.keys.set_text(_keys(place.item.kind))

    def _show_time(self) -> None:
        walk = self.walk
        if walk is None or not self.isVisible():
            return
        told = tr("{n} of {m} done", n=walk.done(), m=len(walk.places))
        plan = walk.state.sheet.route.content.plan
        if walk.paper:
            told += " · " + tr("typed in from paper")
        elif walk.state.due is not None and plan is not None:
            until = walk.state.due + plan.window * 60_000
            left = (until - self._model.now()) / 1000
            clock = time_text(until, self._model.zone, self._model.now())[:-3]
            words = tr("until {time}, {span} left", time=clock, span=span_text(left)) if left >= 0 else ""
            told += " · " + (words or tr("was due by {time}, late by {span}", time=clock, span=span_text(-left)))
        self.left_time.set_text(told)

    def _show_kept(self) -> None:
        walk = self.walk
        if walk is None:
            return
        draft = self._drafts.draft(walk.id)
        if self._drafts.trouble:
            self.kept.set_text(self._drafts.trouble, bold=True)
        elif draft is not None and self._drafts.is_kept(walk.id):
            self.kept.set_text(tr("kept on this console at {time}", time=time_text(draft.saved, self._model.zone)), bold=False)
        else:
            self.kept.set_text(tr("being kept…"), bold=False)

    # keys

    def sizeHint(self) -> QSize:
        """All of the page."""
        return QSize(1180, 600)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Stops by PgUp and PgDn, out by Esc and F3; Enter presses the button that has the keyboard."""
        focus = self.focusWidget()
        if event.key() == Qt.Key.Key_PageUp:
            self.show_stop(self.stop - 1)
        elif event.key() == Qt.Key.Key_PageDown:
            self.show_stop(self.stop + 1)
        elif event.key() == Qt.Key.Key_Escape:
            self.paused.emit()
        elif event.key() == Qt.Key.Key_F3:
            self.ended.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focus, QPushButton):
            focus.click()
        else:
            super().keyPressEvent(event)


def _keys(kind: ItemKind) -> str:
    """Which keys are of use at such an item."""
    more = tr("Up and Down: another item · PgUp and PgDn: another stop")
    if kind in NUMBERS:
        return tr("Type the number, Enter takes it · Alt+2 not ok · Alt+3 not checked · Alt+P picture") + " · " + more
    if kind is ItemKind.TEXT:
        return tr("Type the words, Enter takes them · Alt+2 not ok · Alt+3 not checked · Alt+P picture") + " · " + more
    if kind is ItemKind.CHOICE:
        return tr("Left and Right choose, Enter takes it · 2 not ok · 3 not checked · P picture") + " · " + more
    return tr("1 ok · 2 not ok · 3 not checked · P picture") + " · " + more


def found_words(walk: Walk, number: int) -> tuple[str, Answer | None]:
    """Where an item is, in one line, and what was found."""
    place = walk.places[number]
    return f"{place.stop + 1} {pick(walk.stops[place.stop].stop.name)} · {pick(place.item.name)}", walk.answer(number)
