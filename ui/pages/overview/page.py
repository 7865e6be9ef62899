"""What a duty person sees at 03:00: what needs me now, how each equipment group does, the key points. Asks for no act."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from cityops_desktop.link.messages import PointInfo
from cityops_desktop.model.points import Group, Kind
from cityops_desktop.sentences import GROUPS
from cityops_desktop.texts import tr
from ui import theme
from ui.models.groups import group_points, group_states, key_points
from ui.models.identitywords import waiting_device
from ui.models.needs import Need, calm_text, needs, usable
from ui.models.room import RoomModel
from ui.pages.overview.groupstrip import GroupStrip
from ui.pages.overview.needslist import ROW, NeedsList
from ui.pages.overview.sparkline import BUCKETS, SECONDS, Spark
from ui.pages.overview.tile import Tile, new_spark
from ui.pages.overview.tileboard import TileBoard
from ui.pages.overview.warningstrip import WarningStrip
from ui.pages.page import Page
from ui.widgets.elided import ElidedLine

if TYPE_CHECKING:
    from cityops_desktop.model.envelope import Past
    from ui.link import Link

LARGE = 820
"""Px of height from which there is room for more than the fewest lines of what needs somebody."""
FEW_ROWS, MORE_ROWS, MOST_ROWS = 4, 6, 14
RETRY_MS = 5000
ASK = 64
"""Points in one question for history."""


class OverviewPage(Page):
    """What needs somebody, the groups, the key points."""

    def __init__(self, model: RoomModel, link: "Link", parent: QWidget | None = None) -> None:
        super().__init__(model, link, parent)
        self._group: Group | None = None
        self._sparks: dict[str, Spark] = {}
        self._dirty = True
        self._built: tuple[str, str] | None = None
        self._unanswered: set[str] = set()
        self._retry = QTimer(self, interval=RETRY_MS, singleShot=True)
        self._retry.timeout.connect(self._ask_again)
        self._title = ElidedLine(size=theme.TITLE, bold=True)
        self._more = QPushButton()
        policy = self._more.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._more.setSizePolicy(policy)
        self.warnings = WarningStrip(model)
        self.needs = NeedsList(model)
        self.strip = GroupStrip()
        self._points_title = ElidedLine(size=theme.TITLE, bold=True)
        self._back = QPushButton()
        self.board = TileBoard(model)
        self._scroll = _Scroll(self.board)
        self._lay_out()
        self._more.clicked.connect(lambda: self.openAlarms.emit(""))
        self._back.clicked.connect(lambda: self.show_group(None))
        self.warnings.chosen.connect(lambda id: self.openPage.emit("incidents", f"warning:{id}"))
        self.needs.chosen.connect(self._open_need)
        self.strip.chosen.connect(self.show_group)
        self._scroll.sized.connect(self._fit_rows, Qt.ConnectionType.QueuedConnection)  # not while the layout is at work
        self.board.activated.connect(self.openTrend)
        model.replaced.connect(self._rebuild)
        model.changed.connect(self._live_changed)
        model.alarmsChanged.connect(lambda _: self._state_changed())
        model.stationChanged.connect(self._state_changed)
        model.connectedChanged.connect(self._connection_changed)
        model.beat.connect(self._tick)
        theme.changes.themeChanged.connect(self.retranslate)
        self.retranslate()

    def _lay_out(self) -> None:
        head, points_head = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._more)
        points_head.addWidget(self._points_title, 1)
        points_head.addWidget(self._back)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP // 2, theme.GAP, theme.GAP)
        layout.setSpacing(theme.GAP - 2)
        layout.addWidget(self.warnings)
        layout.addLayout(head)
        layout.addWidget(self.needs)
        layout.addWidget(self.strip)
        layout.addLayout(points_head)
        layout.addWidget(self._scroll, 1)

    def retranslate(self) -> None:
        """The language or the theme is another one."""
        self._back.setText(tr("Back to the key points"))
        self._write_points_title()
        self.strip.retranslate()
        self.board.retranslate()
        self._state_changed()

    def show_group(self, group: Group | None) -> None:
        """All points of this group instead of the key points; None goes back."""
        if group is not self._group:
            self._group = group
            self.strip.set_chosen(group)
            self._scroll.verticalScrollBar().setValue(0)
            self._fill_board()

    def point(self) -> str:
        """The tile with the focus, else the one under the mouse."""
        tiles = self.board.tiles.values()
        return next((tile.key for meant in (QWidget.hasFocus, QWidget.underMouse) for tile in tiles if meant(tile)), "")

    # what the model says

    def _rebuild(self) -> None:
        if not self.isVisible():
            self._dirty = True
            return
        if self._group is not None and not group_points(self._model, self._group):
            self._group = None
            self.strip.set_chosen(None)
        room = self._model.room
        version = (room.id, room.version) if room else None
        if version == self._built:
            self._ask_history(list(self._sparks))
        else:
            self._built = version
            self._sparks.clear()
            self._fill_board()
        self._state_changed()

    def _live_changed(self, keys: frozenset[str]) -> None:
        if not self.isVisible():
            self._dirty = True
            return
        for key in keys & self._sparks.keys():
            self._feed(key)
        self.board.refresh(keys)
        self._count()

    def _feed(self, key: str) -> None:
        live = self._model.live.get(key)
        if live is not None:
            value = live.value if usable(live) and self._model.connected and not isinstance(live.value, str) else None
            self._sparks[key].add(live.time if value is not None else self._model.now(), value)

    def _state_changed(self) -> None:
        if self.isVisible():
            self.warnings.refresh()
            self.board.refresh()
            self._count()

    def _connection_changed(self, connected: bool) -> None:
        if connected and self.isVisible():
            self._ask_history(list(self._sparks))
        self._state_changed()

    def _tick(self) -> None:
        if self.isVisible():
            self.warnings.refresh()
            self.board.refresh()
            self._tell_needs()

    def _count(self) -> None:
        self.strip.set_states(group_states(self._model))
        self._tell_needs()

    def _tell_needs(self) -> None:
        found = needs(self._model) if self._model.room else []
        self.needs.set_needs(found, calm_text(self._model))
        alarms = sum(count.open for count in self._model.index.counts().values())
        more = alarms - sum(1 for need in self.needs.shown if need.alarm)
        self._more.setVisible(more > 0)
        self._more.setText(tr("{n} more: all alarms", n=more))
        if alarms < len(found):
            self._title.set_text(tr("What needs me now ({n} alarms, {u} unknown)", n=alarms, u=len(found) - alarms))
        else:
            self._title.set_text(tr("What needs me now ({n})", n=alarms) if found else tr("What needs me now"))

    def _open_need(self, need: Need) -> None:
        alarm = self._model.alarms.get(need.alarm)
        device = waiting_device(self._model, alarm) if alarm is not None else ""
        if device:
            self.openDevice.emit(device)
        elif need.alarm or not need.point:
            self.openAlarms.emit(need.alarm)
        else:
            self.openTrend.emit(need.point)

    # the tiles

    def _points(self) -> list[PointInfo]:
        return key_points(self._model) if self._group is None else group_points(self._model, self._group)

    def _fill_board(self) -> None:
        points = self._points()
        fresh = [point.key for point in points if point.kind is Kind.ANALOG and point.key not in self._sparks]
        for key in fresh:
            self._sparks[key] = new_spark(self._model.points[key])
            self._feed(key)
        self.board.show_points(points, self._sparks)
        self._write_points_title()
        self._fit_rows()
        self._ask_history(fresh)

    def _write_points_title(self) -> None:
        if self._group is not None:
            self._points_title.set_text(tr("{group}: all points", group=tr(GROUPS[self._group])))
        self._points_title.setVisible(self._group is not None)
        self._back.setVisible(self._group is not None)

    def _ask_history(self, keys: list[str]) -> None:
        for start in range(0, len(keys), ASK):
            self._ask_part(keys[start : start + ASK])

    def _ask_part(self, keys: list[str]) -> None:
        now = self._model.now()
        self._link.history(keys, now - SECONDS * 1000, now, BUCKETS, lambda past: self._seed(keys, past))

    def _ask_again(self) -> None:
        keys = [key for key in self._unanswered if key in self._sparks]
        self._unanswered.clear()
        if self.isVisible() and self._model.connected:
            self._ask_history(keys)

    def _seed(self, keys: list[str], past: "Past | None") -> None:
        if past is None:
            self._unanswered.update(keys)
            self._retry.start()
            return
        for key, strip in past.strips.items():
            if key in self._sparks:
                self._sparks[key].seed(strip.time.tolist(), strip.low.tolist())
                self._sparks[key].seed(strip.time.tolist(), strip.high.tolist())
        if self.isVisible():
            self.board.refresh()

    # the window

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._dirty:
            self._dirty = False
            self._rebuild()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._dirty = True

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_rows()

    def _fit_rows(self) -> None:
        """A large window that has room below the key points gives it to what needs somebody; the same for as long as both stay."""
        large = self.height() >= LARGE
        rows = MORE_ROWS if large else FEW_ROWS
        if large and self._group is not None:
            return
        if large:
            room = self._scroll.viewport().height() + (self.needs.rows - rows) * ROW - self.board.height()
            rows += min(MOST_ROWS - rows, max(0, room // ROW))
        if rows != self.needs.rows:
            self.needs.set_rows(rows)
            layout = self.layout()
            if layout is not None:
                layout.activate()
        self._tell_needs()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._group is not None:
            self.show_group(None)
        else:
            super().keyPressEvent(event)


class _Scroll(QScrollArea):
    """The tiles' window: as wide as there is room, scrolls when there are many."""

    sized = Signal()

    def __init__(self, board: TileBoard) -> None:
        super().__init__()
        self._board = board
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(board)
        self.verticalScrollBar().valueChanged.connect(lambda _: board.refresh())
        board.moved.connect(self._follow)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.viewport().width() != self._board.width():
            self._board.setFixedWidth(self.viewport().width())
            self._board.arrange()
        self._board.refresh()
        self.sized.emit()

    def _follow(self, tile: Tile) -> None:
        self.ensureWidgetVisible(tile, 0, 30)
