"""The console's window: banner, navigation, alarm bar and one page at a time. Puts the parts together; each does its own work."""

from collections.abc import Callable

from PySide6.QtCore import QLibraryInfo, QPoint, QTimer, QTranslator, Signal
from PySide6.QtGui import QCloseEvent, QIcon, QKeySequence, QPaintEvent, QShortcut
from PySide6.QtWidgets import QApplication, QDialog, QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from cityops_desktop.paths import RESOURCES
from cityops_desktop.texts import N_, language, pick, set_language, tr
from ui import theme
from ui.acts import Acts
from ui.link import Link
from ui.models.room import RoomModel
from ui.sound import Sound
from ui.widgets.alarmbar import AlarmBar
from ui.widgets.banner import LostBanner
from ui.widgets.dialogs import FirstAdministratorDialog, LoginDialog
from ui.widgets.nav import Navigation

PAGES = (("overview", N_("Overview")), ("trends", N_("Trends")), ("alarms", N_("Alarms")))
PROGRAM = "CityOps Desktop"
ICON = RESOURCES / "icons" / "cityops.png"


class Window(QWidget):
    """`painted` comes once, when the first page with values stands on the screen."""

    painted = Signal()
    languageChanged = Signal(str)

    def __init__(self, model: RoomModel, link: Link, sound: Sound, *, asks: bool = True) -> None:
        super().__init__()
        self._model, self._link, self._sound = model, link, sound
        self._asks = asks
        self._asked_setup = False
        self._values_seen = False
        self._qt_words = QTranslator(self)
        self._pages: dict[str, QWidget] = {}
        self._dialog: QDialog | None = None
        self.acts = Acts(link, self.ask_login, self)
        self.banner = LostBanner(model, link)
        self.nav = Navigation(model, [title for _, title in PAGES])
        self.bar = AlarmBar(model, link, self.acts)
        self.stack = QStackedWidget()
        if ICON.exists():
            self.setWindowIcon(QIcon(str(ICON)))
        self._lay_out()
        self.nav.pageWanted.connect(lambda number: self.show_page(PAGES[number][0]))
        self.nav.languageWanted.connect(self.set_language)
        self.nav.themeWanted.connect(self.set_theme)
        self.bar.levelClicked.connect(self._show_level)
        self.bar.alarmClicked.connect(self._show_alarm)
        self.bar.silenceClicked.connect(self._silence)
        self.bar.status.personClicked.connect(self._person)
        sound.wordsChanged.connect(self.bar.status.set_sound)
        sound.retranslate()
        model.replaced.connect(self._replaced)
        model.stationChanged.connect(self._ask_setup)
        self.set_language(language())
        self.show_page(PAGES[0][0])

    # pages

    @property
    def current(self) -> str:
        """The page that is shown."""
        return next(name for name, page in self._pages.items() if page is self.stack.currentWidget())

    def page(self, name: str) -> QWidget:
        """A page, built when first asked for."""
        if name not in self._pages:
            self._pages[name] = self._build(name)
            self.stack.addWidget(self._pages[name])
        return self._pages[name]

    def show_page(self, name: str) -> None:
        """Bring a page to the front."""
        page = self.page(name)
        self.stack.setCurrentWidget(page)
        page.setFocus()
        self.nav.set_current([key for key, _ in PAGES].index(name))

    def _build(self, name: str) -> QWidget:
        if name == "overview":
            from ui.pages.overview import OverviewPage

            overview = OverviewPage(self._model, self._link)
            overview.openAlarms.connect(self._show_alarm)
            overview.openTrend.connect(self._show_trend)
            return overview
        if name == "trends":
            from ui.pages.trends import TrendsPage

            return TrendsPage(self._model, self._link)
        from ui.pages.alarms import AlarmsPage

        return AlarmsPage(self._model, self.acts)

    def _show_level(self, level: int) -> None:
        self.show_page("alarms")
        self.page("alarms").show_level(level)  # type: ignore[attr-defined]

    def _show_alarm(self, alarm: str) -> None:
        self.show_page("alarms")
        if alarm:
            self.page("alarms").show_alarm(alarm)  # type: ignore[attr-defined]
        else:
            self.page("alarms").show_level(0)  # type: ignore[attr-defined]

    def _show_trend(self, key: str) -> None:
        self.show_page("trends")
        self.page("trends").show_point(key)  # type: ignore[attr-defined]

    # language and colours

    def set_language(self, name: str) -> None:
        """Everything in this language, at once."""
        changed = name != language()
        set_language(name)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.removeTranslator(self._qt_words)
            folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
            if name == "zh_CN" and self._qt_words.load("qtbase_zh_CN", folder):
                app.installTranslator(self._qt_words)
        self.retranslate()
        if changed:
            self.languageChanged.emit(name)

    def set_theme(self, name: str) -> None:
        """Light or dark, at once."""
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, theme.THEMES[name])

    def retranslate(self) -> None:
        """The words of every part in the language in force."""
        for part in (self.nav, self.bar, self.banner, self._sound, *self._pages.values()):
            part.retranslate()  # type: ignore[attr-defined]
        self._show_title()

    def _show_title(self) -> None:
        room = self._model.room
        name = f"{pick(room.names)} · {PROGRAM}" if room else PROGRAM
        self.setWindowTitle(f"{name} · {tr('DEMO')}" if room and room.origin == "demo" else name)

    # people

    def ask_login(self, purpose: str = "", then: Callable[[], None] | None = None) -> None:
        """Ask who is there; `then` runs when the station has said yes."""
        self._open(LoginDialog(self._link, purpose, then, self))

    def _person(self) -> None:
        station, person = self._model.station, self._link.person
        if station is not None and station.setup_required:
            self._open(FirstAdministratorDialog(self._link, self._made, self))
        elif person is None:
            self.ask_login()
        else:
            menu = QMenu(self)
            menu.addSection(f"{person.display} ({person.name})")
            menu.addAction(tr("Log out")).triggered.connect(self.acts.log_out)
            menu.aboutToHide.connect(menu.deleteLater)
            button = self.bar.status.person
            menu.popup(button.mapToGlobal(button.rect().bottomRight()) - QPoint(menu.sizeHint().width() - 1, -1))

    def _made(self, name: str) -> None:
        dialog = LoginDialog(self._link, tr("The account was made. Log in with it."), None, self)
        dialog.name.setText(name)
        self._open(dialog)
        dialog.password.setFocus()

    def _ask_setup(self) -> None:
        station = self._model.station
        if self._asks and station is not None and station.setup_required and not self._asked_setup:
            self._asked_setup = True
            self._open(FirstAdministratorDialog(self._link, self._made, self))

    def _open(self, dialog: QDialog) -> None:
        if self._dialog is not None:
            self._dialog.reject()
        self._dialog = dialog
        QShortcut(QKeySequence("F8"), dialog).activated.connect(self.bar.silence.click)
        dialog.finished.connect(lambda _result: self._closed(dialog))
        dialog.open()

    def _closed(self, dialog: QDialog) -> None:
        if self._dialog is dialog:
            self._dialog = None
        dialog.deleteLater()

    def _silence(self) -> None:
        if not self._model.connected and self._sound.mute_lost():
            return
        self.acts.silence()

    # the window itself

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tells, once, that values stand on the screen: after this paint has been carried out."""
        super().paintEvent(event)
        if self._model.room is not None and self._model.live and not self._values_seen:
            self._values_seen = True
            QTimer.singleShot(0, self.painted.emit)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Quiet, and let go of the station."""
        self._sound.stop()
        self._link.stop()
        super().closeEvent(event)

    def _replaced(self) -> None:
        self._show_title()
        self.update()

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.bar)
        right.addWidget(self.banner)
        right.addWidget(self.stack, 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.nav)
        whole.addLayout(right, 1)
        self.setMinimumSize(1024, 640)
