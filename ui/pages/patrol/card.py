"""The one item that is looked at now, large: what is to be seen, the field for it, its three answers. Tells what was typed; keeps nothing.

Keys: 1 ok, 2 not ok, 3 not checked; in a field the same with Alt. Several signs that come faster than anybody types are a scanner's.
"""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout

from cityops_desktop.duty.patrolcontent import NUMBERS, Item, ItemKind
from cityops_desktop.duty.patrolitems import State, judged
from cityops_desktop.link.duty.patrol import Answer
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.models.room import RoomModel
from ui.models.shown import figure
from ui.pages.patrol.words import STATES, limits_text, number_text
from ui.pages.patrol.wrapped import Typing, Wrapped
from ui.widgets.elided import ElidedLine

NAME = 20
BIG = 22
NUMBER = 170
MOST_TEXT, MOST_WHY, MOST_CODE = 4000, 500, 64
BURST_MS = 40
"""A scanner types its next sign sooner than this, a person does not."""
LEAST_CODE = 3
KEYS: dict[int, State] = {Qt.Key.Key_1: "ok", Qt.Key.Key_2: "not_ok", Qt.Key.Key_3: "unchecked"}
_TYPED = (ItemKind.NUMBER, ItemKind.READING, ItemKind.TEXT)


class LiveLine(ElidedLine):
    """What the station knows beside a reading; hatched while that is not the state of the world."""

    def __init__(self) -> None:
        super().__init__(size=theme.TITLE)
        self.stale = False

    def tell(self, text: str, *, stale: bool) -> None:
        """Show this."""
        if stale is not self.stale:
            self.stale = stale
            self.update()
        self.set_text(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The hatch below the words."""
        if self.stale:
            painter = QPainter(self)
            theme.paint_stale(painter, self.rect())
            painter.end()
        super().paintEvent(event)


class Card(QFrame):
    """`show_item` first; what a person says comes out as signals, and the page shows it again by `show_item`."""

    answered = Signal(str)
    """One of the three states, for the item shown."""
    numberGiven = Signal(float)
    choiceGiven = Signal(str)
    textGiven = Signal(str)
    typed = Signal(str)
    """The field holds this now; nothing is taken yet."""
    wordsTyped = Signal(str)
    """What is wrong, or why it was not checked."""
    photoWanted = Signal()
    scanned = Signal(str)
    """A code came from a scanner."""
    onward = Signal()
    """To the next item that is open."""
    stepped = Signal(int)
    """One item up (-1) or down (1)."""

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self._model = model
        self.item: Item | None = None
        self._point = ""
        self._answer: Answer | None = None
        self._chosen = 0
        self._burst = ""
        self._pause = QTimer(self, interval=BURST_MS, singleShot=True)
        self._pause.timeout.connect(self._burst_over)
        self.head = ElidedLine(size=theme.SMALL, colour="text_dim")
        self.name = Wrapped(2, NAME, bold=True)
        self.hint = Wrapped(2)
        self.field = Typing()
        self.unit = QLabel()
        self.limits = QLabel()
        self.verdict = QLabel()
        self.live = LiveLine()
        self.difference = ElidedLine()
        self.choices = QHBoxLayout()
        self.choice_buttons: list[QPushButton] = []
        self.photo = QPushButton()
        self.photos = ElidedLine()
        self.buttons: dict[str, QPushButton] = {state: QPushButton() for state in KEYS.values()}
        self.why_label = QLabel()
        self.why = Typing()
        self._lay_out()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        for edit in (self.field, self.why):
            edit.installEventFilter(self)
        self.field.textEdited.connect(self._field_typed)
        self.field.returnPressed.connect(self._take_field)
        self.why.textEdited.connect(self.wordsTyped)
        self.why.returnPressed.connect(self.onward)
        self.photo.clicked.connect(self.photoWanted)
        for state, button in self.buttons.items():
            button.clicked.connect(lambda _=False, one=state: self._say(one))
        model.beat.connect(self._show_live)
        model.changed.connect(self._values_changed)

    def _lay_out(self) -> None:
        self.field.setFont(theme.font(BIG))
        self.field.setMinimumHeight(38)
        self.unit.setFont(theme.font(BIG))
        self.photo.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.why.setMaxLength(MOST_WHY)
        row = QHBoxLayout()
        row.addWidget(self.field)
        row.addWidget(self.unit)
        row.addSpacing(8)
        row.addWidget(self.limits)
        row.addSpacing(8)
        row.addWidget(self.verdict)
        row.addStretch(1)
        picture = QHBoxLayout()
        picture.addWidget(self.photo)
        picture.addWidget(self.photos, 1)
        said = QHBoxLayout()
        for button in self.buttons.values():
            button.setCheckable(True)
            button.setMinimumHeight(38)
            button.setFont(theme.font(theme.TITLE))
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            said.addWidget(button, 1)
        because = QHBoxLayout()
        because.addWidget(self.why_label)
        because.addWidget(self.why, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(6)
        column.addWidget(self.head)
        column.addWidget(self.name)
        column.addWidget(self.hint)
        column.addStretch(1)
        column.addLayout(row)
        column.addWidget(self.live)
        column.addWidget(self.difference)
        column.addLayout(self.choices)
        column.addLayout(picture)
        column.addStretch(1)
        column.addLayout(said)
        column.addLayout(because)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def retranslate(self) -> None:
        """The words in the language in force."""
        for key, state in KEYS.items():
            self.buttons[state].setText(f"{key - Qt.Key.Key_0}   {tr(STATES[state])}")
        self.photo.setText(tr("Picture… (P)"))

    # what is shown

    def show_item(self, item: Item, point: str, answer: Answer | None, head: str, *, typed: str | None, names: list[str]) -> None:
        """This one; the field keeps what is being typed into it."""
        other = item is not self.item
        self.item, self._point, self._answer = item, point, answer
        self.head.set_text(head)
        self.name.tell(pick(item.name))
        self.hint.tell(pick(item.hint) if item.hint is not None else "")
        self.setAccessibleName(pick(item.name))
        self._show_field(item, answer, typed, other)
        self._show_choices(item, answer)
        self.photos.set_text(", ".join(names))
        self.photo.setVisible(item.kind not in _TYPED or bool(names))
        self.photos.setVisible(self.photo.isVisibleTo(self))
        self._show_state(other)
        self._show_live()

    def _show_field(self, item: Item, answer: Answer | None, typed: str | None, other: bool) -> None:
        number = item.kind in NUMBERS
        for part in (self.field, self.unit, self.limits, self.verdict):
            part.setVisible(item.kind in _TYPED)
        self.field.setMaxLength(MOST_CODE if number else MOST_TEXT)
        self.field.setFixedWidth(NUMBER) if number else self.field.setFixedWidth(560)
        self.field.setAccessibleName(pick(item.name))
        self.unit.setText(item.unit)
        self.limits.setText(limits_text(item))
        given = ("" if answer is None or answer.value is None else number_text(answer.value)) if number else answer.text if answer else ""
        if other or self.field.text() != (given if typed is None else typed):
            self.field.setText(given if typed is None else typed)
        self._judge()

    def _show_choices(self, item: Item, answer: Answer | None) -> None:
        ids = [one.id for one in item.choices]
        while self.choices.count():
            self.choices.takeAt(0)
        for button in self.choice_buttons:
            button.hide()
            button.deleteLater()
        self.choice_buttons = []
        self._chosen = ids.index(answer.choice) if answer is not None and answer.choice in ids else 0
        for number, one in enumerate(item.choices):
            button = QPushButton(pick(one.name))
            button.setCheckable(True)
            button.setMinimumHeight(36)
            button.setFont(theme.font(theme.TITLE))
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _=False, place=number: self._choose(place, take=True))
            self.choices.addWidget(button)
            self.choice_buttons.append(button)
        if item.choices:
            self.choices.addStretch(1)
        self._mark_choice()

    def _choose(self, place: int, *, take: bool = False) -> None:
        self._chosen = place % max(1, len(self.choice_buttons))
        self._mark_choice()
        if take and self.item is not None:
            self.choiceGiven.emit(self.item.choices[self._chosen].id)

    def chosen_choice(self) -> str:
        """The id of the word that the arrows stand on; "" = there are none."""
        return self.item.choices[self._chosen].id if self.item is not None and self.choice_buttons else ""

    def _mark_choice(self) -> None:
        for number, button in enumerate(self.choice_buttons):
            button.setChecked(number == self._chosen)

    def _show_state(self, other: bool) -> None:
        state = self._answer.state if self._answer is not None else ""
        for name, button in self.buttons.items():
            button.setChecked(name == state)
        asks = state in ("not_ok", "unchecked")
        label = tr("Why not checked") if state == "unchecked" else tr("What is wrong") if asks else tr("Note")
        self.why_label.setText(label)
        self.why.setAccessibleName(label)
        self.why.setEnabled(asks)
        words = "" if self._answer is None else self._answer.why if state == "unchecked" else self._answer.note
        if other or self.why.text() != words:
            self.why.setText(words)

    def _values_changed(self, keys: frozenset[str]) -> None:
        if self._point in keys:
            self._show_live()

    def _show_live(self) -> None:
        reading = self.item is not None and self.item.kind is ItemKind.READING
        self.live.setVisible(reading)
        self.difference.setVisible(reading)
        if not reading or not self.isVisible():
            return
        if self._point not in self._model.points:
            self.live.tell(tr("The station knows no value beside this one."), stale=False)
            self.difference.set_text("")
            return
        shown = self._model.shown(self._point)
        told = {"value": f"{shown.value} {shown.unit}".strip(), "quality": shown.reason or tr("good")}
        if shown.stale:
            self.live.tell(tr("Station: {value} · {quality} · {since}", since=shown.since_text, **told), stale=True)
        else:
            self.live.tell(tr("Station: {value} · {quality} · {age} old", age=shown.age_text, **told), stale=False)
        self._show_difference()

    def _show_difference(self) -> None:
        """Of what is typed, while it is typed."""
        number, words = self._number(), ""
        point = self._model.points.get(self._point)
        if self.item is not None and number is not None and point is not None:
            shown = self._model.shown(self._point)
            if shown.number is not None and not shown.stale:
                apart = number - shown.number
                value = f"{'+' if apart >= 0 else ''}{figure(apart, max(point.decimals, 1))} {point.unit}".strip()
                words = tr("Difference: {value}", value=value)
                if self.item.tolerance is not None and abs(apart) > self.item.tolerance:
                    words += " · " + tr("more than {tolerance}: read it once more", tolerance=number_text(self.item.tolerance))
        self.difference.set_text(words, bold="·" in words)

    # the field

    def _number(self) -> float | None:
        text = self.field.text().strip().replace(",", ".").replace("，", ".").replace("。", ".").replace("−", "-")
        try:
            value = float(text)
        except ValueError:
            return None
        return value if abs(value) < 1e15 and value == value else None

    def _field_typed(self, text: str) -> None:
        self._judge()
        self._show_difference()
        self.typed.emit(text)

    def _judge(self) -> None:
        words = ""
        if self.item is not None and self.item.kind in NUMBERS and self.field.text().strip():
            number = self._number()
            if number is None:
                words = tr("this is no number")
            else:
                found = judged(self.item, number, "")
                words = tr("beyond the limits: not ok") if found == "not_ok" else tr("within the limits") if limits_text(self.item) else ""
        self.verdict.setText(words)
        self.verdict.setFont(theme.font(theme.BODY, bold=words not in ("", tr("within the limits"))))

    def _take_field(self) -> None:
        text = self.field.text().strip()
        if self.item is None:
            return
        if self.item.kind in NUMBERS:
            number = self._number()
            if number is not None:
                self.numberGiven.emit(number)
            elif len(text) >= LEAST_CODE:
                self.scanned.emit(text)
            elif not text and self._answer is not None:
                self.onward.emit()
        elif text:
            self.textGiven.emit(text)
        elif self._answer is not None:
            self.onward.emit()

    def unscan(self) -> None:
        """What stood in the field was a code: it goes from there."""
        self.field.clear()
        self.typed.emit("")
        self._judge()

    # keys

    def take_keyboard(self) -> None:
        """Where the next key belongs: the field, the reason that is missing, or the card itself."""
        if self.item is not None and self.item.kind in _TYPED and not (self._answer is not None and self._answer.state == "unchecked"):
            self.field.setFocus()
            self.field.selectAll()
        else:
            self.setFocus()

    def ask_why(self) -> None:
        """The words are typed now."""
        self.why.setFocus()
        self.why.selectAll()

    def _say(self, state: str) -> None:
        """Ok is what is in the field, or chosen; whether it is, the limits say."""
        kind = self.item.kind if self.item is not None else ItemKind.CHECK
        for button in self.buttons.values():
            button.setChecked(self._answer is not None and button is self.buttons[self._answer.state])
        if state == "ok" and kind in _TYPED and self.field.text().strip():
            self._take_field()
        elif state == "ok" and kind is ItemKind.CHOICE:
            self._choose(self._chosen, take=True)
        elif state != "ok" or kind not in NUMBERS:
            self.answered.emit(state)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In the fields: Alt and a digit answers, up and down go to another item, Esc leaves the words."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            if alt and event.key() in KEYS:
                self._say(KEYS[event.key()])
                return True
            if alt and event.key() == Qt.Key.Key_P:
                self.photoWanted.emit()
                return True
            if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                self.stepped.emit(-1 if event.key() == Qt.Key.Key_Up else 1)
                return True
            if event.key() == Qt.Key.Key_Escape and watched is self.why:
                self.take_keyboard()
                return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Digits answer, arrows choose, and what comes too fast is a code."""
        key, text = event.key(), event.text()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.stepped.emit(-1 if key == Qt.Key.Key_Up else 1)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self.choice_buttons:
            self._choose(self._chosen + (-1 if key == Qt.Key.Key_Left else 1))
        elif text and text.isprintable() and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._burst += text
            self._pause.start()
        else:
            super().keyPressEvent(event)

    def _enter(self) -> None:
        burst, self._burst = self._burst, ""
        self._pause.stop()
        if len(burst) >= LEAST_CODE:
            self.scanned.emit(burst)
        elif self.choice_buttons:
            self._choose(self._chosen, take=True)
        else:
            self.onward.emit()

    def _burst_over(self) -> None:
        """A pause: one sign was a key, several were a code whose scanner sends no Enter."""
        burst, self._burst = self._burst, ""
        if len(burst) >= LEAST_CODE:
            self.scanned.emit(burst)
            return
        for sign in burst:
            if sign in "123":
                self._say(KEYS[Qt.Key.Key_0 + int(sign)])
            elif sign in "pP":
                self.photoWanted.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The edge says so."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The edge says so."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground and its edge."""
        painter = QPainter(self)
        now = theme.current()
        painter.fillRect(self.rect(), QColor(now.panel))
        inside = self.hasFocus() or self.field.hasFocus() or self.why.hasFocus()
        theme.paint_edge(painter, self.rect(), QColor(now.accent if inside else now.line))
        painter.end()
