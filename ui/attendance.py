"""Is the person still at this console? Keys and mouse tell; the station is told now and then, and the person goes when nobody is there.

Sees that something was pressed or moved, never what.
"""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QGuiApplication, QWindow

from ui.link import Link

TOUCH_MS = 20_000
"""At most so often the station is told."""
SIGNS = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
    }
)


class Attendance(QObject):
    """One for the application. Watches the window that has the keyboard, where input arrives before any widget gets it: a filter for
    every event of every widget would cost each paint. All times are the station's (the model's clock), which every beat carries on."""

    def __init__(self, link: Link, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self._seen = 0
        self._told = 0
        self.used = False
        """Keys or mouse were used, by whomever, since it was taken."""
        self._session = ""
        self._window: QWindow | None = None
        link.sessionChanged.connect(self._session_changed)
        link.model.beat.connect(self._look)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.focusWindowChanged.connect(self.watch)
            self.watch(app.focusWindow())

    def watch(self, window: QWindow | None) -> None:
        """The window that has the keyboard now."""
        if self._window is not None:
            self._window.removeEventFilter(self)
        self._window = window
        if window is not None:
            window.installEventFilter(self)
            window.destroyed.connect(self._gone)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Lets everything through."""
        if event.type() in SIGNS:
            self.used = True
            if self._link.session is not None:
                self._used()
        return False

    def take_used(self) -> bool:
        """Were keys or mouse used, by whomever, since this was asked before?"""
        used, self.used = self.used, False
        return used

    def _gone(self, window: QObject) -> None:
        if self._window is window:
            self._window = None

    def _used(self) -> None:
        self._seen = self._link.model.now()
        if self._seen - self._told >= TOUCH_MS:
            self._told = self._seen
            self._link.touch()

    def _session_changed(self) -> None:
        session = self._link.session
        if session is not None and session.id != self._session:
            self._seen = self._told = self._link.model.now()
        self._session = session.id if session is not None else ""

    def _look(self) -> None:
        session = self._link.session
        if session is not None and session.idle_seconds and self._link.model.now() - self._seen >= session.idle_seconds * 1000:
            self._link.lock()
