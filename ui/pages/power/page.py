"""The power chain on one page: single-line picture from the mains to the racks, and whether the rest bears a failure. Acts on nothing."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from cityops_desktop.texts import tr
from ui import theme
from ui.models.room import RoomModel
from ui.pages.page import Page
from ui.pages.power.chain import Group, Speaker, chain_of, groups_of, keys_of
from ui.pages.power.oneline import OneLine
from ui.widgets.elided import ElidedLine
from ui.widgets.pastbutton import PastButton

if TYPE_CHECKING:
    from ui.link import Link


class PowerPage(Page):
    """A sentence that says whether a failure is safe, and the picture."""

    def __init__(self, model: RoomModel, link: "Link", parent: QWidget | None = None) -> None:
        super().__init__(model, link, parent)
        self._dirty = True
        self._keys: frozenset[str] = frozenset()
        self._groups: dict[str, Group] = {}
        self._chip = QLabel()
        self._chip.setTextFormat(Qt.TextFormat.PlainText)
        self._verdict = ElidedLine(size=theme.TITLE, bold=True)
        self._notes = ElidedLine(colour="text_dim")
        self._nothing = QLabel()
        self._nothing.setWordWrap(True)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.past = PastButton()
        self.picture = OneLine()
        self._scroll = QScrollArea()
        self._scroll.setWidget(self.picture)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._lay_out()
        self.past.clicked.connect(lambda: self.openPast.emit(None))
        self.picture.opened.connect(self._open)
        self.picture.reached.connect(lambda box: self._scroll.ensureWidgetVisible(box))
        self.picture.trendWanted.connect(lambda name: self.openTrend.emit(self.picture.boxes[name].words.key))
        model.replaced.connect(self._replaced)
        model.changed.connect(self._changed)
        model.alarmsChanged.connect(lambda _: self._refresh())
        model.connectedChanged.connect(lambda _: self._refresh())
        model.stationChanged.connect(self._refresh)
        model.beat.connect(self._refresh)
        theme.changes.themeChanged.connect(self.retranslate)
        self.retranslate()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(theme.GAP)
        head.addWidget(self._chip)
        head.addWidget(self._verdict, 1)
        head.addWidget(self.past)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP // 2, theme.GAP, theme.GAP)
        layout.setSpacing(theme.GAP // 2)
        layout.addLayout(head)
        layout.addWidget(self._notes)
        layout.addWidget(self._nothing, 1)
        layout.addWidget(self._scroll, 1)

    def retranslate(self) -> None:
        """The words in the language in force, the colours of the theme in force."""
        now = theme.current()
        self.past.retranslate()
        self._chip.setText(tr("not safe"))
        self._chip.setStyleSheet(f"background:{now.major};color:{now.on_major};padding:2px 8px;font-weight:bold")
        self._nothing.setText(
            tr("The room file says nothing of the power chain: write its section “power:” (mains, UPS, panels) and the racks' “feeds:”.")
        )
        self._replaced()

    def show_device(self, device: str, key: str) -> None:
        """The keyboard goes to the box of this point, else of its device; nothing where neither is in the chain."""
        self.picture.choose(device, key)

    def point(self) -> str:
        """The point of the box with the focus, else of the one under the mouse."""
        box = self.picture.current()
        return box.words.key if box is not None else ""

    def _replaced(self) -> None:
        self._keys = keys_of(self._model)
        self._refresh()

    def _changed(self, keys: frozenset[str]) -> None:
        if keys & self._keys:
            self._refresh()

    def _refresh(self) -> None:
        if not self.isVisible():
            self._dirty = True
            return
        self._dirty = False
        room = self._model.room
        known = room is not None and bool(room.power)
        self._nothing.setVisible(room is not None and not known)
        for part in (self._scroll, self._verdict, self._notes):
            part.setVisible(known)
        if room is None or not known:
            self._chip.hide()
            return
        chain = chain_of(self._model)
        groups = groups_of(chain, room.racks)
        self._groups = {group.id: group for group in groups}
        speaker = Speaker(self._model, chain)
        sentence, warning = speaker.verdict()
        self._verdict.set_text(sentence)
        self._chip.setVisible(warning)
        self._notes.set_text(speaker.notes())
        self.picture.show_chain(chain, groups, speaker)

    def _open(self, name: str) -> None:
        words = self.picture.boxes[name].words
        if words.rack:
            self.openRack.emit(words.rack)
        elif words.device:
            self.openDevice.emit(words.device)
        elif words.key:
            self.openTrend.emit(words.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right) and not self.picture.focus_first():
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        if self._dirty:
            self._refresh()
