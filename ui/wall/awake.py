"""Keeps the screen from going dark while a wall is shown, by every way that this system has, and says honestly which one took it.

Nothing here waits: D-Bus is asked asynchronously. What the system grants ends with this process, however it ends.

- X11: XScreenSaverSuspend (extension MIT-SCREEN-SAVER): the server's own saver and, with it, DPMS' timers.
- A desktop: org.freedesktop.ScreenSaver.Inhibit on the session bus.
- systemd-logind: an idle inhibitor on the system bus, so that an idle machine is not suspended.
- Windows: SetThreadExecutionState. Written after its documentation, never run.
"""

import ctypes
import logging
import os
import sys
from enum import StrEnum
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher, QDBusUnixFileDescriptor
from PySide6.QtGui import QGuiApplication

log = logging.getLogger(__name__)

PROGRAM = "cityops-desktop"
WHY = "Wall display of a machine room"
SAVER = ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver")
LOGIND = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager")
ES_CONTINUOUS, ES_SYSTEM_REQUIRED, ES_DISPLAY_REQUIRED = 0x80000000, 0x1, 0x2


class Way(StrEnum):
    """How the screen is kept awake."""

    X11 = "X11"
    DESKTOP = "D-Bus"
    LOGIND = "logind"
    WINDOWS = "Windows"


class Awake(QObject):
    """`hold` and `release` as often as wished. `ways` are those that the system has granted up to now."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._held = False
        self._saver: _XSaver | None = None
        self._lock: QDBusUnixFileDescriptor | None = None
        self._asked: list[QDBusPendingCallWatcher] = []
        self._connections: list[str] = []
        self.ways: frozenset[Way] = frozenset()

    @property
    def screen_stays(self) -> bool:
        """Is the screen itself kept lit? (logind alone keeps the machine, not the screen.)"""
        return bool(self.ways - {Way.LOGIND})

    def hold(self) -> None:
        """From now on."""
        if self._held:
            return
        self._held = True
        if sys.platform == "win32":
            self._windows(ES_CONTINUOUS | ES_SYSTEM_REQUIRED | ES_DISPLAY_REQUIRED)
            return
        if QGuiApplication.platformName() == "xcb":
            self._saver = _XSaver.open()
            if self._saver is not None:
                self._saver.suspend(True)
                self._grant(Way.X11)
        self._ask(Way.DESKTOP, QDBusConnection.BusType.SessionBus, SAVER, [PROGRAM, WHY])
        self._ask(Way.LOGIND, QDBusConnection.BusType.SystemBus, LOGIND, ["idle", PROGRAM, WHY, "block"])

    def release(self) -> None:
        """As it was."""
        if not self._held:
            return
        self._held = False
        self._asked.clear()
        if sys.platform == "win32":
            self._windows(ES_CONTINUOUS)
        if self._saver is not None:
            self._saver.close()
            self._saver = None
        self._lock = None  # the inhibitor of logind ends when its descriptor is closed, that of the desktop with its connection
        for name in self._connections:
            QDBusConnection.disconnectFromBus(name)
        self._connections.clear()
        if self.ways:
            self.ways = frozenset()
            self.changed.emit()

    def _ask(self, way: Way, kind: QDBusConnection.BusType, service: tuple[str, str, str], words: list[str]) -> None:
        if not _bus_there(kind):
            return
        name = f"cityops-awake-{way.lower()}-{id(self)}"
        bus = QDBusConnection.connectToBus(kind, name)
        self._connections.append(name)
        if not bus.isConnected():
            log.info("%s does not keep the screen awake: %s", way, bus.lastError().message())
            return
        message = QDBusMessage.createMethodCall(*service, "Inhibit")
        message.setArguments(words)
        watcher = QDBusPendingCallWatcher(bus.asyncCall(message))
        self._asked.append(watcher)

        def finished(done: QDBusPendingCallWatcher) -> None:
            if done not in self._asked:
                return
            self._asked.remove(done)
            reply = done.reply()
            if reply.type() is QDBusMessage.MessageType.ReplyMessage and reply.arguments():
                given = reply.arguments()[0]
                self._lock = given if isinstance(given, QDBusUnixFileDescriptor) else self._lock
                self._grant(way)
            else:
                log.info("%s does not keep the screen awake: %s", way, reply.errorMessage())

        watcher.finished.connect(finished)

    def _grant(self, way: Way) -> None:
        self.ways |= {way}
        self.changed.emit()

    def _windows(self, state: int) -> None:
        """Per thread, so it is called on the GUI's own; Windows ends it with the process."""
        if ctypes.windll.kernel32.SetThreadExecutionState(ctypes.c_uint(state)) and state != ES_CONTINUOUS:  # type: ignore[attr-defined]
            self._grant(Way.WINDOWS)


def _bus_there(kind: QDBusConnection.BusType) -> bool:
    """Looked for before it is asked: a client that finds no session bus starts a program to make one, and waits for it."""
    if kind is QDBusConnection.BusType.SessionBus:
        return bool(os.environ.get("DBUS_SESSION_BUS_ADDRESS")) or Path(os.environ.get("XDG_RUNTIME_DIR", "/nowhere"), "bus").exists()
    return bool(os.environ.get("DBUS_SYSTEM_BUS_ADDRESS")) or Path("/run/dbus/system_bus_socket").exists()


class _XSaver:
    """A connection of our own to the X server: what it has suspended ends when it is closed, by us or by the end of the process."""

    def __init__(self, x11: ctypes.CDLL, xss: ctypes.CDLL, display: int) -> None:
        self._x11, self._xss, self._display = x11, xss, display

    @classmethod
    def open(cls) -> "_XSaver | None":
        """None where the libraries, the server or its extension are missing."""
        try:
            x11, xss = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXss.so.1")
        except OSError as error:
            log.info("X11 does not keep the screen awake: %s", error)
            return None
        x11.XOpenDisplay.restype, x11.XOpenDisplay.argtypes = ctypes.c_void_p, [ctypes.c_char_p]
        for function in (x11.XCloseDisplay, x11.XFlush):
            function.argtypes = [ctypes.c_void_p]
        pointer = ctypes.POINTER(ctypes.c_int)
        xss.XScreenSaverQueryExtension.argtypes = [ctypes.c_void_p, pointer, pointer]
        xss.XScreenSaverSuspend.argtypes = [ctypes.c_void_p, ctypes.c_int]
        display = x11.XOpenDisplay(None)
        if not display:
            log.info("X11 does not keep the screen awake: no connection to the display")
            return None
        numbers = ctypes.c_int(), ctypes.c_int()
        if not xss.XScreenSaverQueryExtension(display, *map(ctypes.byref, numbers)):
            x11.XCloseDisplay(display)
            log.info("X11 does not keep the screen awake: the server has no MIT-SCREEN-SAVER")
            return None
        return cls(x11, xss, display)

    def suspend(self, suspended: bool) -> None:
        """The server's saver is held back, or not."""
        self._xss.XScreenSaverSuspend(self._display, int(suspended))
        self._x11.XFlush(self._display)

    def close(self) -> None:
        """No longer, and no connection either."""
        self.suspend(False)
        self._x11.XCloseDisplay(self._display)
