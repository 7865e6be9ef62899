"""Says over every page that there is no station, since when and why, and that it keeps trying. Heals by itself.

While the station starts anew with a configuration that was applied here, that is said instead, calmly, and for a while only.
"""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout

from cityops_desktop.sentences import COMMAND_CODES
from cityops_desktop.texts import N_, tr
from ui import theme
from ui.feed import Trouble
from ui.link import Link
from ui.models.room import RoomModel
from ui.models.shown import time_text
from ui.widgets.elided import ElidedLine

LOOK_MS = 2000
"""So often it is looked whether the supervisor has said why there is no station."""
GRACE_MS = 1200
"""A console that has just been started looks for its station in peace for so long."""

WHY = {
    Trouble.NO_STATION: N_("No station runs in {data}."),
    Trouble.NOT_REACHED: N_("No station answers at {data}."),
    Trouble.NO_ANSWER: N_("The station does not answer."),
    Trouble.WRONG_CERTIFICATE: N_(
        "ANOTHER CERTIFICATE at {data}, perhaps a stranger's machine: nothing was sent. Compare fingerprints, then pair anew."
    ),
    Trouble.NO_TLS: N_("This console cannot encrypt: Qt finds no OpenSSL library. Install it (libssl3); see doctor."),
    Trouble.OTHER_VERSION: N_("The station speaks another version: update this console."),
}


class LostBanner(QFrame):
    """Hidden while all is well."""

    def __init__(self, model: RoomModel, link: Link) -> None:
        super().__init__()
        self._model, self._link = model, link
        self.setObjectName("lost")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.title = QLabel()
        self.title.setFont(theme.font(theme.TITLE, bold=True))
        self.why = ElidedLine(colour="page")
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.title)
        words.addWidget(self.why)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 16, 6)
        row.addLayout(words)
        self.hide()
        self._grace = QTimer(self, singleShot=True, interval=GRACE_MS)
        self._grace.timeout.connect(self.refresh)
        self._grace.start()
        self._effect = QTimer(self, singleShot=True)
        self._effect.timeout.connect(self.refresh)
        self._look = QTimer(self, interval=LOOK_MS)
        self._look.timeout.connect(self.refresh)
        model.connectedChanged.connect(self._connected)
        link.feed.troubleChanged.connect(self.refresh)
        theme.changes.themeChanged.connect(self._colours)
        self._colours()

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.refresh()

    def refresh(self) -> None:
        """Shown or not, and what it says."""
        if self._model.connected:
            self._look.stop()
            self.hide()
            return
        left = self._model.effect_left()
        self.setObjectName("effect" if left > 0 else "lost")
        self._colours()
        if left > 0:
            self._say_effect(left)
            return
        if self._grace.isActive():
            return
        since = self._model.lost_since
        then = time_text(since, self._model.zone, self._model.now()) if since is not None else ""
        title = tr("NO STATION since {time}", time=then)
        trouble, detail = self._link.feed.trouble, self._link.feed.detail
        why = tr(WHY[trouble], data=self._link.wire.place) if trouble in WHY else tr(COMMAND_CODES.get(detail, detail))
        if trouble is Trouble.NO_STATION:
            self._look.start()
            why = self._link.wire.not_starting() or why
        trying = tr("All values are old. This console keeps trying.")
        self._say(title, f"{why} {trying}".strip().replace("。 ", "。"))

    def _say_effect(self, left: float) -> None:
        self._effect.start(round(left * 1000) + 1)
        words = tr("The station starts anew with it. The values shown are from before; new ones come by themselves.")
        self._say(tr("Configuration {number} is taking effect", number=self._model.taking_effect), words)

    def _say(self, title: str, why: str) -> None:
        self.title.setText(title)
        self.why.set_text(why)
        self.setAccessibleName(self.title.text())
        self.setAccessibleDescription(self.why.text())
        self.show()

    def _connected(self, connected: bool) -> None:
        self._grace.stop()
        self.refresh()

    def _colours(self) -> None:
        now = theme.current()
        self.setStyleSheet(
            f"#lost{{background:{now.text};border-left:12px solid {now.critical}}}#lost QLabel{{color:{now.page}}}"
            f"#effect{{background:{now.text};border-left:12px solid {now.line}}}#effect QLabel{{color:{now.page}}}"
        )
