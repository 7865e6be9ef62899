"""The console's window: banner, navigation, alarm bar and one page at a time. Puts the parts together; each does its own work."""

import contextlib
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLibraryInfo, QSize, Qt, QTimer, QTranslator, Signal
from PySide6.QtGui import QCloseEvent, QIcon, QKeyEvent, QKeySequence, QPaintEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from cityops_desktop.link import files
from cityops_desktop.link.messages import LevelInfo
from cityops_desktop.model.resources import buses_behind
from cityops_desktop.paths import RESOURCES
from cityops_desktop.texts import N_, language, pick, set_language, tr
from ui import theme
from ui.acts import Acts
from ui.attendance import Attendance
from ui.dialogs.approval import ApprovalStrip
from ui.dialogs.soundmenu import SoundMenu
from ui.frame.alarmbar import AlarmBar
from ui.frame.alertstrip import AlertStrip
from ui.frame.banner import LostBanner
from ui.frame.door import Door
from ui.frame.minutesstrip import MinutesStrip
from ui.frame.nav import Navigation
from ui.frame.pastbar import PastBar, Stand
from ui.frame.pastframe import PastFrame
from ui.link import Link
from ui.models.logcontext import LogContext
from ui.models.pastroom import PastRoom
from ui.models.pasttime import PastTime
from ui.models.room import RoomModel, looks_of
from ui.pages.page import Page
from ui.sound import Sound

if TYPE_CHECKING:
    from ui.frame.pointpanel import PointPanel

PAGES = (
    ("overview", N_("Overview")),
    ("floor", N_("Floor")),
    ("racks", N_("Racks")),
    ("power", N_("Power chain")),
    ("equipment", N_("Equipment")),
    ("trends", N_("Trends")),
    ("alarms", N_("Alarms")),
    ("duty", N_("Duty desk")),
    ("patrol", N_("Patrol")),
    ("orders", N_("Work orders")),
    ("cleaning", N_("Cleaning, visits")),
    ("reports", N_("Duty reports")),
    ("analysis", N_("Analysis")),
    ("statistics", N_("Statistics")),
    ("incidents", N_("Incidents")),
    ("alarmload", N_("Alarm load")),
    ("people", N_("People")),
    ("audit", N_("Audit")),
    ("logs", N_("Logs")),
    ("config", N_("Configuration")),
    ("wires", N_("Wires")),
    ("faults", N_("Faults (demo)")),
)
OFF_NAVIGATION = (("account", N_("My account")),)
"""Pages that other ways lead to."""
GAPS = ("analysis", "people", "faults")
"""Before these another kind of pages begins."""
ACTING = (
    *("trends", "alarms", "duty", "equipment", "incidents", "people", "account"),
    *("audit", "logs", "config", "reports", "orders", "patrol", "cleaning"),
)
"""Pages on which people do something."""
TRAVELS = ("floor", "racks", "power")
"""Pages that can show the room at another time."""
FOLLOWS = ("trends",)
"""Pages that show when that is, and stay what they are."""
NARROW = 1340
LEAST_WINDOW = QSize(800, 480)
"""A display of 1920 x 1080 at 200 % has 960 x 540 of these pixels."""
LEAST_PAGE = QSize(1180, 600)
"""What a page is given at least; in a smaller window it is scrolled, never cut."""
DEMO_PAGES = ("faults",)
"""Pages that only a demo room has."""
PROGRAM = "CityOps Desktop"
ICON = RESOURCES / "icons" / "cityops.png"


class Window(QWidget):
    """`painted` comes once, when the first page with values stands on the screen."""

    painted = Signal()
    languageChanged = Signal(str)
    closing = Signal()
    """Before it lets go of the station."""

    def __init__(self, model: RoomModel, link: Link, sound: Sound, *, asks: bool = True, drafts: Path | None = None) -> None:
        super().__init__()
        self._model, self._link, self._sound = model, link, sound
        self._values_seen = False
        self._qt_words = QTranslator(self)
        self._pages: dict[str, Page] = {}
        self._panel: PointPanel | None = None
        self._room_time: int | None = None
        self._followed: int | None = None
        self._levels: list[LevelInfo] = []
        self.acts = Acts(link, self.ask_login, self, drafts=drafts)
        self.attendance = Attendance(link, self)
        self.banner = LostBanner(model, link)
        self.minutes = MinutesStrip(model)
        self.alertness = AlertStrip(model)
        self.approvals = ApprovalStrip(link, self.acts)
        self.past = PastTime(model, parent=self)
        self.room = PastRoom(model, link, self)
        """What the pages of `TRAVELS` show: the live room, or that of another time."""
        self.past_bar = PastBar(self.past, self.room, model)
        names = [name for name, _ in PAGES]
        self.nav = Navigation(
            model, [title for _, title in PAGES], [names.index(one) for one in DEMO_PAGES], [names.index(one) for one in GAPS]
        )
        self.bar = AlarmBar(model, link, self.acts)
        self.door = Door(model, link, self.acts, self.bar, self, asks=asks)
        self.stack = QStackedWidget()
        self.area = QScrollArea()
        if ICON.exists():
            self.setWindowIcon(QIcon(str(ICON)))
        self._lay_out()
        self.nav.pageWanted.connect(lambda number: self.show_page(PAGES[number][0]))
        self.nav.pointsDropped.connect(lambda number, keys: self._drop(PAGES[number][0], keys))
        self.nav.languageWanted.connect(self.set_language)
        self.nav.themeWanted.connect(self.set_theme)
        self.bar.levelClicked.connect(self._show_level)
        self.bar.alarmClicked.connect(self._show_alarm)
        self.bar.quietClicked.connect(self._show_quiet)
        self.minutes.pointWanted.connect(self.show_point)
        self.bar.silenceClicked.connect(self._silence)
        self.bar.status.personClicked.connect(self.door.person)
        self.bar.status.changeClicked.connect(self.door.change)
        self.door.accountWanted.connect(lambda: self.show_page("account"))
        self.acts.dialogWanted.connect(self.door.open)
        self.sounds = SoundMenu(sound, self)
        self.nav.add_menu(self.sounds)
        sound.wordsChanged.connect(self.bar.status.set_sound)
        sound.retranslate()
        model.replaced.connect(self._replaced)
        QShortcut(QKeySequence("F4"), self).activated.connect(self.point_details)
        QShortcut(QKeySequence("F2"), self).activated.connect(self.write_entry)
        QShortcut(QKeySequence("Ctrl+T"), self).activated.connect(lambda: self.travel(None))
        self.past.changed.connect(self._time_changed)
        self.past.said.connect(lambda words: self.bar.status.say(words, True))
        self.room.arrived.connect(self._room_arrived)
        self.stack.currentChanged.connect(lambda _: self._panel is not None and self._panel.hide())
        self.set_language(language())
        self.show_page(PAGES[0][0])

    # pages

    @property
    def current(self) -> str:
        """The page that is shown."""
        return next(name for name, page in self._pages.items() if page is self.stack.currentWidget())

    def page(self, name: str) -> Page:
        """A page, built when first asked for."""
        if name not in self._pages:
            self._pages[name] = self._build(name)
            self.stack.addWidget(self._pages[name])
        return self._pages[name]

    def show_page(self, name: str) -> None:
        """Bring a page to the front."""
        page = self.page(name)
        self._stand_at(name)
        self.stack.setCurrentWidget(page)
        page.take_keyboard()
        self.nav.set_current(next((number for number, (key, _) in enumerate(PAGES) if key == name), None))

    def _build(self, name: str) -> Page:
        page = self._new_page(name)
        page.openAlarms.connect(self._show_alarm)
        page.openTrend.connect(self._show_trend)
        page.openTrendSpan.connect(self._show_trend_span)
        page.openRack.connect(self._show_rack)
        page.openPoint.connect(self.show_point)
        page.openDevice.connect(self._show_device)
        page.openLimit.connect(self._show_limit)
        page.openAudit.connect(self._show_audit)
        page.openLogs.connect(self._show_logs)
        page.openWire.connect(self._show_wire)
        page.openPast.connect(self.travel)
        page.openPage.connect(self._open_page)
        return page

    def _new_page(self, name: str) -> Page:
        """Imported when first asked for: the window must not wait for pages that nobody opens."""
        module = importlib.import_module(f"ui.pages.{name}.page")
        made: Callable[..., Page] = getattr(module, f"{name.capitalize()}Page")
        model = self.room if name in TRAVELS else self._model
        return made(model, self._link, self.acts) if name in ACTING else made(model, self._link)

    def _show_level(self, level: int) -> None:
        self.show_page("alarms")
        self.page("alarms").show_level(level)  # type: ignore[attr-defined]

    def _show_alarm(self, alarm: str) -> None:
        self.show_page("alarms")
        if alarm:
            self.page("alarms").show_alarm(alarm)  # type: ignore[attr-defined]
        else:
            self.page("alarms").show_level(0)  # type: ignore[attr-defined]

    def _show_quiet(self) -> None:
        self.show_page("alarms")
        self.page("alarms").show_quiet()  # type: ignore[attr-defined]

    def _show_trend(self, key: str) -> None:
        self.show_page("trends")
        self.page("trends").show_point(key)  # type: ignore[attr-defined]

    def _open_page(self, name: str, subject: str) -> None:
        """A page that an alarm's guidance names, or a strip leads to; where it can show the subject, it does."""
        if name == "equipment":
            self._show_equipment(subject)
        elif name == "wires":
            self._show_wire(subject)
        elif name == "trends" and subject in self._model.points:
            self._show_trend(subject)
        elif name in dict(PAGES):
            self.show_page(name)
            self._show_subject(name, subject)

    def _show_equipment(self, subject: str) -> None:
        """A point, a device, or the first device on what is lost."""
        if subject in self._model.points:
            self.show_point(subject)
            return
        lost = buses_behind(subject, self._model.buses.values())
        on_it = (device.id for device in self._model.devices.values() if device.bus in lost)
        self._show_device(subject if subject in self._model.devices else next(on_it, ""))

    def _show_subject(self, name: str, subject: str) -> None:
        page = self.page(name)
        point = self._model.points.get(subject)
        device = self._model.devices.get(point.device if point is not None else subject)
        kind, _, id = subject.partition(":")
        if name == "incidents" and kind == "warning":
            page.show_warning(id)  # type: ignore[attr-defined]
        elif name == "patrol" and kind == "patrol":
            page.show_round(id)  # type: ignore[attr-defined]
        elif name == "duty":
            page.show_subject(subject)  # type: ignore[attr-defined]
        elif name == "incidents" and kind == "incident":
            page.show_incident(id)  # type: ignore[attr-defined]
        elif name in ("orders", "cleaning"):
            page.show_subject(subject)  # type: ignore[attr-defined]
        elif device is not None and name == "racks" and (rack := self._model.rack_of(device.id)):
            page.show_rack(rack)  # type: ignore[attr-defined]
        elif device is not None and name in ("floor", "power"):
            page.show_device(device.id, subject if point is not None else "")  # type: ignore[attr-defined]

    def _show_trend_span(self, key: str, start: int, end: int) -> None:
        self._show_trend(key)
        self.page("trends").show_span(start, end)  # type: ignore[attr-defined]

    def _drop(self, name: str, keys: list[str]) -> None:
        """Points let go on a page's button: the chart takes them; any other page only comes."""
        self.show_page(name)
        if name == "trends":
            self.page(name).add_points(keys)  # type: ignore[attr-defined]

    def _show_rack(self, rack: str) -> None:
        self.show_page("racks")
        self.page("racks").show_rack(rack)  # type: ignore[attr-defined]

    def _show_device(self, device: str) -> None:
        self.show_page("equipment")
        self.page("equipment").show_device(device)  # type: ignore[attr-defined]

    def _show_wire(self, subject: str) -> None:
        """A device's frames; of a line, a gateway or the whole room those of the (first lost) line."""
        self.show_page("wires")
        page = self.page("wires")
        point = self._model.points.get(subject)
        behind = buses_behind(subject, self._model.buses.values())
        if behind:
            lost = (bus for bus in behind if self._model.index.of_key(f"bus:{bus}#lost") is not None)
            page.show_line(next(lost, behind[0]))  # type: ignore[attr-defined]
        else:
            page.show_device(point.device if point is not None else subject)  # type: ignore[attr-defined]

    def _show_limit(self, key: str) -> None:
        self.show_page("config")
        self.page("config").show_limit(key)  # type: ignore[attr-defined]

    def _show_logs(self, source: str, time: int) -> None:
        self.show_page("logs")
        self.page("logs").show_around(source, time)  # type: ignore[attr-defined]

    def _show_audit(self, since: int | None) -> None:
        self.show_page("audit")
        self.page("audit").show_since(since)  # type: ignore[attr-defined]

    def show_point(self, key: str) -> None:
        """The details of a point."""
        self.show_page("equipment")
        self.page("equipment").show_point(key)  # type: ignore[attr-defined]

    def point_details(self) -> None:
        """F4: all of the point that is meant now, over the page, or the question which; the same key takes it away."""
        if self._panel is None:
            from ui.frame.pointpanel import PointPanel

            self._panel = PointPanel(self.room, self._link, self.area)
            self._panel.openTrend.connect(self._show_trend)
            self._panel.openAlarms.connect(self._show_alarm)
            self._panel.openPoint.connect(self.show_point)
            self._panel.openWire.connect(self._show_wire)
            self._panel.openWrite.connect(self._set_value)
            self._panel.openService.connect(self._out_of_service)
        self._panel.toggle(self._pages[self.current].point())

    def write_entry(self) -> None:
        """F2: an entry of the log book, about what the page at hand is about."""
        page = self.stack.currentWidget()
        self.acts.entries.open(page.log_context() if isinstance(page, Page) else LogContext())

    def _out_of_service(self, key: str) -> None:
        from ui.dialogs.service import offer_service

        if self.room.past is not None:
            self.bar.status.say(tr("Nothing is set from the past: go back to live first (Esc)"), False)
        else:
            offer_service(self._link, self.acts, self._model, key)

    def _set_value(self, key: str) -> None:
        from ui.dialogs.setvalue import offer

        if self.room.past is not None:
            self.bar.status.say(tr("Nothing is set from the past: go back to live first (Esc)"), False)
            return
        detail = self._panel.watch.point(key) if self._panel is not None else None
        if detail is not None and detail.write is not None:
            offer(self.acts, self._model, key, detail.write)

    # the room at another time

    def travel(self, time: int | None) -> None:
        """The room at this time (UTC ms), None = somebody will say which; on the page at hand, or on the floor when that one cannot."""
        if self.current not in TRAVELS and (time is not None or self.current not in FOLLOWS):
            self.show_page(TRAVELS[0])
        self.past_bar.begin(time)

    def _time_changed(self) -> None:
        self._stand_at(self.current)

    def _stand_at(self, page: str) -> None:
        """Only a page that shows the past has the room of then, so that nothing else is ever taken for it."""
        time = self.past.time
        travels = page in TRAVELS
        self.past.watch(self.windowHandle() if time is not None else None)
        self.past_bar.set_stand(Stand.PAST if travels else Stand.FOLLOWS if page in FOLLOWS else Stand.LIVE)
        moved = (time if travels else None) != self._room_time
        if moved:
            self._room_time = time if travels else None
            self.room.travel(self._room_time, self.past.following)
        if time is not None and page in FOLLOWS and time != self._followed:
            self.page(page).follow(time)  # type: ignore[attr-defined]
        self._followed = time if page in FOLLOWS else None
        self._room_arrived()

    def _room_arrived(self) -> None:
        self.past.busy = self.room.waiting
        self.past_frame.set_shown(self.room.past is not None)

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
        frame = (self.sounds, self.nav, self.bar, self.banner, self.minutes, self.alertness, self.approvals, self.past_bar, self._sound)
        for part in (*frame, *self._pages.values()):
            part.retranslate()  # type: ignore[attr-defined]
        if self._panel is not None:
            self._panel.retranslate()
        self.stack.setAccessibleName(tr("Page"))
        self._show_title()

    def _show_title(self) -> None:
        room = self._model.room
        name = f"{pick(room.names)} · {PROGRAM}" if room else PROGRAM
        self.setWindowTitle(f"{name} · {tr('DEMO')}" if room and room.origin == "demo" else name)

    # people

    def ask_login(self, purpose: str = "", then: Callable[[], None] | None = None) -> None:
        """Ask who is there; `then` runs when the station has said yes, and what must be done first has been done."""
        self.door.log_in(purpose, then)

    def _silence(self) -> None:
        if not self._model.connected:
            with contextlib.suppress(OSError):  # another machine's directory, or a full disk: then the horn goes on
                files.silence_horn(self._link.data)
            if self._sound.mute_lost():
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
        self.closing.emit()
        self.acts.drafts.close()
        self._sound.stop()
        self._link.stop()
        super().closeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc and Home, which no part below had a use for, lead from the past to now."""
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Home) and self.past.time is not None:
            self.past.live()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little width (a large scale of the display) the navigation gives some of its own."""
        self.nav.set_narrow(self.width() < NARROW)
        super().resizeEvent(event)

    def _replaced(self) -> None:
        levels = self._model.room.levels if self._model.room is not None else []
        if levels != self._levels:
            self._levels = levels
            theme.show_levels(looks_of(levels))
            self.retranslate()
        self._show_title()
        self.update()

    def _lay_out(self) -> None:
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.bar)
        right.addWidget(self.banner)
        right.addWidget(self.minutes)
        right.addWidget(self.alertness)
        right.addWidget(self.approvals)
        right.addWidget(self.past_bar)
        self.stack.setMinimumSize(LEAST_PAGE)
        self.area.setWidget(self.stack)
        self.stack.setAutoFillBackground(False)  # an opaque stack is painted once for itself and once more with the window behind it
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        right.addWidget(self.area, 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.nav)
        whole.addLayout(right, 1)
        self.past_frame = PastFrame(self.area)
        self.setMinimumSize(LEAST_WINDOW)
