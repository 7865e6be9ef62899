"""Starts the console: fonts, theme, link, window. The only door into `ui` for the command line."""

import contextlib
import ctypes
import importlib.metadata
import logging
import platform
import signal
import socket
import sys
import time
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QSocketNotifier, QTimer
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication

from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.paths import FONTS
from cityops_desktop.texts import LANGUAGES, N_, set_language, system_language, tr
from ui import theme as look
from ui.border import Border
from ui.dialogs.soundmenu import SoundMenu, take
from ui.heartbeat import Heartbeat, shows
from ui.link import Link
from ui.models.room import RoomModel
from ui.preload import Preload
from ui.settings import Settings, default_settings
from ui.sound import VOICES, VOLUMES, Sound
from ui.speech import Speaker
from ui.wall.walls import Walls
from ui.window import PAGES, Window

log = logging.getLogger(__name__)

SETTLE_MS = 1500
"""From the first values to a picture: one round of little trends."""
LONGEST_WAIT_MS = 15_000
M_MMAP_THRESHOLD = -3
PICTURE_BYTES = 512 * 1024


def check_binding(version: str, python: tuple[int, int]) -> None:
    """Refuse PySide6 6.12 and later below Python 3.12: each call there loses a reference to None until the process aborts."""
    if tuple(int(part) for part in version.split(".")[:2]) >= (6, 12) and python < (3, 12):
        raise OperatorError(
            Problem(
                what=N_("PySide6 {version} ends the window after some minutes on Python {python}"),
                do=N_("install the versions of requirements.lock, or use Python 3.12 or later"),
                where="PySide6",
                params={"version": version, "python": ".".join(map(str, python))},
            )
        )


def load_fonts(folder: Path = FONTS) -> bool:
    """Load our own family; False, and a loud line in the log, when it is not there."""
    files = sorted(folder.glob("*.otf"))
    loaded = [file for file in files if QFontDatabase.addApplicationFont(str(file)) >= 0]
    if not loaded or look.FAMILY not in QFontDatabase.families():
        log.warning("the font %s is missing in %s: the system's fonts are used, and signs may be missing", look.FAMILY, folder)
        return False
    return True


def application() -> QApplication:
    """The one application of this process."""
    app = QApplication.instance()
    if isinstance(app, QApplication):
        return app
    app = QApplication(["cityops-desktop"])
    app.setApplicationName("cityops-desktop")
    app.setApplicationDisplayName("")
    app.setDesktopFileName("cityops-desktop")
    return app


def give_back() -> None:
    """Let every picture have memory of its own, which goes back to the system with it. glibc else raises its bound for that by itself
    to the largest picture that it has seen, and the holes that they leave in its heap make the process grow."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library has no such call
            ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, PICTURE_BYTES)


def run(
    data: Path,
    *,
    language: str | None = None,
    theme: str | None = None,
    page: str | None = None,
    size: tuple[int, int] | None = None,
    screenshot: Path | None = None,
    seconds: float | None = None,
    wall: bool = False,
    screens: tuple[int, ...] = (),
) -> int:
    """Show the console of the station in `data` until it is closed, or for `seconds`; `screenshot` saves a picture before the end.
    With `wall` only its wall displays, on these monitors.

    With `screenshot` alone it ends as soon as the picture has been taken. Returns an Exit code: NO_STATION when it ended by itself
    and no station was ever found. OperatorError when this PySide6 cannot be used.
    """
    began = time.monotonic()
    check_binding(importlib.metadata.version("PySide6_Essentials"), sys.version_info[:2])
    give_back()
    app = application()
    settings = Settings(default_settings())
    set_language(language or settings.word("language", LANGUAGES, system_language()))
    for key, chosen in (("language", language), ("theme", theme)):
        if chosen is not None:
            settings.remember(key, chosen)
    load_fonts()
    look.apply(app, look.THEMES[theme or settings.word("theme", tuple(look.THEMES), "light")])
    model = RoomModel()
    link = Link(data, model, secret=settings.secret())
    if wall:
        return _run_walls(app, model, link, settings, screens, seconds)
    sound = _sound(model, settings)
    window = Window(model, link, sound, asks=screenshot is None, drafts=settings.drafts())
    window.sounds.chosen.connect(settings.remember)
    window.languageChanged.connect(partial(settings.remember, "language"))
    look.changes.themeChanged.connect(lambda: settings.remember("theme", look.current().name))
    border = Border(lambda text: window.bar.status.say(tr("Fault of this console, see its log: {error}", error=text), False))
    border.stand()
    if page in dict(PAGES):
        window.show_page(page)
    if size is not None:
        window.resize(*size)
    elif not window.restoreGeometry(settings.geometry()):
        window.resize(1366, 768)
    window.painted.connect(Preload(window).begin)
    window.painted.connect(lambda: log.info("values on the screen after %.2f s", time.monotonic() - began))
    window.show()
    link.start()
    walls, heart = Walls(model, link, settings, "walls"), _heart_of(link, settings)
    heart.shows = partial(shows, model, sound)
    heart.used = window.attendance.take_used
    if screenshot is None:
        _with_walls(app, window, walls)
        heart.start()
    wakeup = _Wakeup(app)
    _plan_end(app, window, screenshot, seconds)
    app.exec()
    if screenshot is None:
        walls.close()
        heart.goodbye()
    wakeup.leave()
    border.leave()
    if size is None and screenshot is None:
        settings.remember_geometry(window.saveGeometry())
    settings.save()
    window.close()
    window.deleteLater()
    return int(Exit.OK if model.room is not None or (screenshot is None and seconds is None) else Exit.NO_STATION)


def _sound(model: RoomModel, settings: Settings) -> Sound:
    """As it was chosen at this console."""
    sound = Sound(model, speaker=Speaker())
    known = {SoundMenu.VOLUME: tuple(VOLUMES), SoundMenu.SPOKEN: VOICES, SoundMenu.LANGUAGE: ("window", *LANGUAGES)}
    usual = {SoundMenu.VOLUME: "middle", SoundMenu.SPOKEN: "clips", SoundMenu.LANGUAGE: "window"}
    for key, values in known.items():
        take(sound, key, settings.word(key, values, usual[key]))
    return sound


def _heart_of(link: Link, settings: Settings) -> Heartbeat:
    """That of the desk's window: others may cover it, so it tells that its loop turns."""
    return Heartbeat(link, settings.console(), "desk", platform.node() or "console")


def _with_walls(app: QApplication, window: Window, walls: Walls) -> None:
    walls.changed.connect(lambda: window.nav.set_walls(walls.choices()))
    window.nav.wallWanted.connect(walls.toggle)
    window.closing.connect(app.quit)
    walls.place()


def _run_walls(app: QApplication, model: RoomModel, link: Link, settings: Settings, screens: tuple[int, ...], seconds: float | None) -> int:
    """Wall displays alone, until the last one is closed."""
    settings.save()
    walls = Walls(model, link, settings, "wall-monitors")
    walls.want(screens)
    app.setQuitOnLastWindowClosed(False)  # a monitor that is unplugged takes its wall out of sight, not the program
    walls.lastClosed.connect(app.quit)
    walls.place()
    link.start()
    wakeup = _Wakeup(app)
    if seconds is not None:
        QTimer.singleShot(round(seconds * 1000), walls, app.quit)
    app.exec()
    walls.close()
    link.stop()
    wakeup.leave()
    return int(Exit.OK if model.room is not None or seconds is None else Exit.NO_STATION)


def _plan_end(app: QApplication, window: Window, screenshot: Path | None, seconds: float | None) -> None:
    def end() -> None:
        if screenshot is not None:
            _save(window, screenshot)
        app.quit()

    if seconds is not None:
        QTimer.singleShot(round(seconds * 1000), window, end)
    elif screenshot is not None:
        window.painted.connect(lambda: QTimer.singleShot(SETTLE_MS, window, end))
        QTimer.singleShot(LONGEST_WAIT_MS, window, end)


def _save(window: Window, picture: Path) -> None:
    if not window.grab().save(str(picture)):
        log.error("the picture could not be saved as %s", picture)


class _Wakeup(QObject):
    """Lets Python look at SIGINT and SIGTERM at once, without a timer that wakes the machine."""

    def __init__(self, app: QApplication) -> None:
        super().__init__()
        self._ours, self._theirs = socket.socketpair()
        for end in (self._ours, self._theirs):
            end.setblocking(False)
        self._before = {one: signal.signal(one, lambda *_: app.quit()) for one in (signal.SIGINT, signal.SIGTERM)}
        self._fd = signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        self._notifier = QSocketNotifier(self._ours.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(lambda: self._ours.recv(64))

    def leave(self) -> None:
        """As it was."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._fd)
        for one, handler in self._before.items():
            signal.signal(one, handler)
        self._ours.close()
        self._theirs.close()
