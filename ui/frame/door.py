"""Who stands at this console: log-in, quick change, the person's menu, the first start, and what a session must do first. One dialog at
a time. It asks; the station decides."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QMenu, QWidget

from cityops_desktop.model.people import Limited
from cityops_desktop.sentences import WAYS
from cityops_desktop.texts import tr
from ui.acts import Acts
from ui.frame.firststart import FirstStartDialog
from ui.frame.login import LoginDialog
from ui.frame.quick import QuickDialog
from ui.link import Link
from ui.models.room import RoomModel
from ui.models.shown import span_text

if TYPE_CHECKING:
    from ui.frame.alarmbar import AlarmBar

Then = Callable[[], None]


class Door(QObject):
    """One for the window. Key F6 is the quick change everywhere; F8 silences while any dialog asks."""

    accountWanted = Signal()

    def __init__(self, model: RoomModel, link: Link, acts: Acts, bar: "AlarmBar", window: QWidget, *, asks: bool) -> None:
        """`asks`: a new station's first accounts are asked for without being told to."""
        super().__init__(window)
        self._model, self._link, self._acts, self._bar, self._window = model, link, acts, bar, window
        self._asks = asks
        self._asked_setup = False
        self.dialog: QDialog | None = None
        QShortcut(QKeySequence("F6"), window, context=Qt.ShortcutContext.WindowShortcut).activated.connect(self.change)
        model.stationChanged.connect(self._ask_setup)

    # coming

    def log_in(self, purpose: str = "", then: Then | None = None, name: str = "") -> None:
        """Ask for name and password."""
        dialog = LoginDialog(self._link, purpose, lambda password: self._came(password, then), self._window)
        dialog.quickWanted.connect(lambda: self.quick(purpose, then))
        self.open(dialog)
        if name:
            dialog.name.setText(name)
            dialog.password.setFocus()

    def change(self) -> None:
        """Another person, or the same one again, by PIN or badge."""
        station = self._model.station
        if station is not None and station.setup_required:
            self.first_start()
        else:
            self.quick()

    def quick(self, purpose: str = "", then: Then | None = None) -> None:
        """The quick change."""
        dialog = QuickDialog(self._link, purpose, lambda password: self._came(password, then), self._window)
        dialog.passwordWanted.connect(lambda name: self.log_in(purpose, then, name))
        self.open(dialog)

    def first_start(self) -> None:
        """The first accounts of a new station."""
        self.open(FirstStartDialog(self._link, self._made, self._window))

    def _made(self, name: str) -> None:
        self.log_in(tr("The account was made. Log in with it."), None, name)

    def _ask_setup(self) -> None:
        station = self._model.station
        if self._asks and station is not None and station.setup_required and not self._asked_setup:
            self._asked_setup = True
            self.first_start()

    # what must be done first

    def _came(self, password: str, then: Then | None) -> None:
        """Somebody is logged in: straight to what the session must do first, and then to what the person wanted."""
        session = self._link.session
        limited = session.limited if session is not None else Limited.NOTHING
        if limited is Limited.NOTHING:
            if then is not None:
                then()
            return
        from ui.widgets.owndialogs import FactorDialog, password_dialog

        def again(password: str) -> None:
            self._link.renew_limits(lambda: self._came(password, then))

        zone = self._model.zone
        if limited is Limited.CHANGE_PASSWORD:
            purpose = tr("First another password, which only you know: at least ten characters, three of: small, capital, digit, sign.")
            asked = password_dialog(self._acts, zone, purpose=purpose, old=password, then=lambda _result: again(asked.typed("new")))
            self.open(asked)
        else:
            purpose = tr("This station asks for a second factor. Any TOTP app on your phone will do (RFC 6238).")
            self.open(FactorDialog(self._acts, zone, "totp", purpose=purpose, password=password, then=lambda: again("")))

    # the person here

    def person(self) -> None:
        """The button of the status line: the menu of the person, or the way in."""
        station = self._model.station
        if station is not None and station.setup_required:
            self.first_start()
        elif self._link.session is None:
            self.log_in()
        else:
            self._menu()

    def _menu(self) -> None:
        session = self._link.session
        if session is None:
            return
        menu = QMenu(self._window)
        menu.setObjectName("person menu")
        menu.addSection(f"{session.person.display} ({session.person.name})")
        left = span_text((session.expires - self._model.now()) / 1000)
        told = menu.addAction(tr("Logged in {way}, {left} left", way=tr(WAYS[session.way]), left=left))
        told.setEnabled(False)
        if session.limited is not Limited.NOTHING:
            menu.addAction(tr("Do first what the station asks…")).triggered.connect(lambda: self._came("", None))
        menu.addAction(tr("My account")).triggered.connect(self.accountWanted)
        menu.addAction(tr("Change person") + "\tF6").triggered.connect(self.change)
        menu.addAction(tr("Log out")).triggered.connect(self._acts.log_out)
        menu.aboutToHide.connect(menu.deleteLater)
        button = self._bar.status.person
        menu.popup(button.mapToGlobal(button.rect().bottomRight()) - QPoint(menu.sizeHint().width() - 1, -1))

    # dialogs

    def open(self, dialog: QDialog) -> None:
        """Show it instead of the one before."""
        if self.dialog is not None:
            before, self.dialog = self.dialog, None
            before.done(QDialog.DialogCode.Rejected)
        self.dialog = dialog
        if dialog.parentWidget() is None:
            dialog.setParent(self._window, dialog.windowFlags())
        for key, act in (("F7", self._acknowledge), ("F8", self._bar.silence.click), ("F9", self._bar.show_newest)):
            QShortcut(QKeySequence(key), dialog, act)
        dialog.finished.connect(lambda _result: self._closed(dialog))
        dialog.open()

    def _acknowledge(self) -> None:
        """F7 over a dialog: at once by whoever is logged in; a log-in would throw the dialog away, so it is not asked for."""
        if self._link.session is not None:
            self._bar.acknowledge.click()
        else:
            self._bar.status.say(tr("Acknowledge: log in first (close this dialog with Esc)"), False)

    def _closed(self, dialog: QDialog) -> None:
        if self.dialog is dialog:
            self.dialog = None
            self._window.activateWindow()  # the next key, F7 for one, is meant for it
        dialog.deleteLater()
