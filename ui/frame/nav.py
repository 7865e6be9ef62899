"""The way between the pages, the room's name and the settings. Left of everything; builds no page."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QActionGroup, QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QFrame, QMenu, QPushButton, QScrollArea, QVBoxLayout, QWidget

from cityops_desktop.texts import language, pick, tr
from ui import theme
from ui.models.room import RoomModel
from ui.widgets.carry import carried
from ui.widgets.elided import ElidedLine

WIDTH = 152
NARROW_WIDTH = 100
GAP = 14
PADDING = (2, 9)
"""Pixels above and below the words of a page's button: as many as the window's height allows, so that all are seen if they can be."""
KEYS = 9
"""Ctrl+1 to Ctrl+9."""
HOVER_MS = 350
"""So long points are held over a page's button until that page comes."""
LANGUAGES = (("zh_CN", "中文"), ("en", "English"))


class Navigation(QWidget):
    """One button a page, Ctrl+1 to Ctrl+9. Points that the mouse carries over a button bring its page, or are let go on it."""

    pageWanted = Signal(int)
    languageWanted = Signal(str)
    themeWanted = Signal(str)
    pointsDropped = Signal(int, list)
    """The number of a page, and the keys of the points that were let go on its button."""
    wallWanted = Signal(str)
    """The id of a monitor (see ui.wall.walls.Walls.choices): a wall display there, or none any more."""

    def __init__(self, model: RoomModel, titles: Sequence[str], demo: Collection[int] = (), gaps: Collection[int] = ()) -> None:
        """`demo` are the numbers of the pages that only a demo room has; before those of `gaps` another kind of pages begins."""
        super().__init__()
        self._model, self._titles, self._demo = model, titles, demo
        self.setObjectName("nav")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(WIDTH)
        self._narrow = False
        self._padding = PADDING[1]
        self.room = ElidedLine(bold=True, colour="nav_text")
        self.demo = ElidedLine(size=theme.SMALL, colour="nav_text")
        self.settings = QPushButton()
        self.menu = QMenu(self)
        self.settings.setMenu(self.menu)
        self._walls: list[tuple[str, str, bool, bool]] = []
        self._menus: list[QMenu] = []
        self.group = QButtonGroup(self)
        self._over = -1
        self._hover = QTimer(self, interval=HOVER_MS, singleShot=True)
        self._hover.timeout.connect(lambda: self.pageWanted.emit(self._over))
        self.setAcceptDrops(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 8)
        column.setSpacing(0)
        for line in (self.room, self.demo):
            line.setContentsMargins(0, 0, 0, 0)
            box = QVBoxLayout()
            box.setContentsMargins(14, 0, 8, 0)
            box.addWidget(line)
            column.addLayout(box)
        column.addSpacing(10)
        pages = QWidget()
        pages.setObjectName("pages")
        rows = QVBoxLayout(pages)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        self._gaps = len(gaps)
        for number in range(len(titles)):
            if number in gaps:
                rows.addSpacing(GAP)
            button = QPushButton()
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            self.group.addButton(button, number)
            rows.addWidget(button)
            if number < KEYS:
                shortcut = QShortcut(QKeySequence(f"Ctrl+{number + 1}"), self, context=Qt.ShortcutContext.ApplicationShortcut)
                shortcut.activated.connect(button.click)
        rows.addStretch(1)
        self.area = QScrollArea()
        self.area.setWidget(pages)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.installEventFilter(self)
        self.area.verticalScrollBar().rangeChanged.connect(lambda *_: self._show_current())
        column.addWidget(self.area, 1)
        column.addWidget(self.settings)
        self.group.idClicked.connect(self.pageWanted)
        model.replaced.connect(self._show_room)
        theme.changes.themeChanged.connect(self._colours)
        self._colours()
        self.retranslate()

    def set_narrow(self, narrow: bool) -> None:
        """Small letters and little room, or the usual ones."""
        if narrow is not self._narrow:
            self._narrow = narrow
            self.setFixedWidth(NARROW_WIDTH if narrow else WIDTH)
            self._colours()
            self._fit()

    def set_current(self, number: int | None) -> None:
        """Mark the page that is shown; None = one that has no button."""
        if number is not None:
            self.group.button(number).setChecked(True)
            self._show_current()
        elif (checked := self.group.checkedButton()) is not None:
            self.group.setExclusive(False)
            checked.setChecked(False)
            self.group.setExclusive(True)

    def _show_current(self) -> None:
        """In a window too low for all of them, the page that is shown can be seen in the list."""
        button = self.group.checkedButton()
        if button is not None:
            self.area.ensureWidgetVisible(button, 0, 0)

    # what is carried over it

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Points are on their way."""
        if carried(event.mimeData()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Held over a page's button."""
        over = self._number_at(event.position().toPoint())
        if over != self._over:
            self._over = over
            self._hover.stop()
            if over >= 0:
                self._hover.start()
        event.setAccepted(over >= 0)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Gone on."""
        self._over = -1
        self._hover.stop()

    def dropEvent(self, event: QDropEvent) -> None:
        """Let go on a button."""
        self._over = -1
        self._hover.stop()
        number, keys = self._number_at(event.position().toPoint()), carried(event.mimeData())
        if number >= 0 and keys:
            event.acceptProposedAction()
            self.pointsDropped.emit(number, keys)

    def _number_at(self, place: QPoint) -> int:
        numbers = (self.group.id(one) for one in self.group.buttons() if one.isVisible())
        return next((number for number in numbers if self.place_of(number).contains(place)), -1)

    def place_of(self, number: int) -> QRect:
        """Where the button of a page stands on the navigation."""
        button = self.group.button(number)
        return QRect(button.mapTo(self, QPoint(0, 0)), button.size())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The list of pages has another height: as much room for each as there is."""
        if watched is self.area and event.type() is QEvent.Type.Resize:
            self._fit()
        return False

    def _fit(self) -> None:
        shown = [button for button in self.group.buttons() if not button.isHidden()]
        if not shown:
            return
        words = shown[0].sizeHint().height() - 2 * self._padding
        each = (self.area.height() - GAP * self._gaps) // len(shown)
        padding = min(max((each - words) // 2, PADDING[0]), PADDING[1])
        if padding != self._padding:
            self._padding = padding
            self._colours()

    def retranslate(self) -> None:
        """The words in the language in force."""
        for number, title in enumerate(self._titles):
            button = self.group.button(number)
            button.setText(tr(title))
            button.setToolTip(f"{tr(title)}  Ctrl+{number + 1}" if number < KEYS else tr(title))
        self.settings.setText(tr("Settings"))
        self.settings.setAccessibleName(tr("Settings"))
        self.setAccessibleName(tr("Pages"))
        self._build_menu()
        self._show_room()

    def _build_menu(self) -> None:
        self.menu.clear()
        self._add_choice(tr("Language"), LANGUAGES, language(), self.languageWanted.emit)
        themes = (("light", tr("Light (day)")), ("dark", tr("Dark (night)")))
        self._add_choice(tr("Colours"), themes, theme.current().name, self.themeWanted.emit)
        for menu in self._menus:
            self.menu.addSeparator()
            self.menu.addMenu(menu)
        if self._walls:
            self._add_walls()

    def add_menu(self, menu: QMenu) -> None:
        """One more menu below the settings."""
        self._menus.append(menu)
        self._build_menu()

    def set_walls(self, choices: list[tuple[str, str, bool, bool]]) -> None:
        """The monitors that may bear a wall display: id, title, does it, is the monitor there."""
        self._walls = choices
        self._build_menu()

    def _add_walls(self) -> None:
        self.menu.addSection(tr("Wall display"))
        for number, (key, title, wanted, there) in enumerate(self._walls, 1):
            words = tr("On monitor {n}: {title}", n=number, title=title) if there else tr("On {title} (not connected)", title=title)
            action = self.menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(wanted)
            action.triggered.connect(lambda checked=False, key=key: self.wallWanted.emit(key))

    def _add_choice(self, title: str, choices: Sequence[tuple[str, str]], now: str, chosen: object) -> None:
        self.menu.addSection(title)
        group = QActionGroup(self.menu)
        for key, words in choices:
            action = self.menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(key == now)
            action.setData(key)
            group.addAction(action)
        group.triggered.connect(lambda action: chosen(action.data()))  # type: ignore[operator]

    def _show_room(self) -> None:
        room = self._model.room
        self.room.set_text(pick(room.names) if room else tr("No room yet"))
        demo = room is not None and room.origin == "demo"
        self.demo.set_text(tr("DEMO: simulated") if demo else "")
        for number in self._demo:
            self.group.button(number).setVisible(demo)
        self._fit()

    def _colours(self) -> None:
        now = theme.current()
        room = f"padding:{self._padding}px 3px;font-size:{theme.SMALL}px" if self._narrow else f"padding:{self._padding}px 10px"
        self.setStyleSheet(
            f"#nav,#nav #pages,#nav QScrollArea{{background:{now.nav}}}"
            f"#nav QScrollBar:vertical{{width:4px}}"
            f"#nav QPushButton{{background:transparent;color:{now.nav_text};border:0;border-left:4px solid transparent;border-radius:0;"
            f"text-align:left;{room}}}"
            f"#nav QPushButton:hover{{border-left-color:{now.line}}}#nav QPushButton:focus{{text-decoration:underline}}"
            f"#nav QPushButton:checked{{background:{now.nav_current};border-left-color:{now.nav_text};font-weight:bold}}"
        )
        self._build_menu()
