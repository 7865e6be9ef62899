"""Says over every page that there is no station, since when and why, and that it keeps trying. Heals by itself."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout

from cityops_desktop.sentences import COMMAND_CODES
from cityops_desktop.texts import N_, tr
from ui import theme
from ui.link import Link, Trouble
from ui.models.room import RoomModel
from ui.models.shown import time_text
from ui.widgets.elided import ElidedLine

GRACE_MS = 1200
"""A console that has just been started looks for its station in peace for so long."""

WHY = {
    Trouble.NO_STATION: N_("No station runs in {data}."),
    Trouble.NO_ANSWER: N_("The station does not answer."),
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
        model.connectedChanged.connect(self._connected)
        link.troubleChanged.connect(self.refresh)
        theme.changes.themeChanged.connect(self._colours)
        self._colours()

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.refresh()

    def refresh(self) -> None:
        """Shown or not, and what it says."""
        if self._model.connected:
            self.hide()
            return
        if self._grace.isActive():
            return
        since = self._model.lost_since
        then = time_text(since, self._model.zone, self._model.now()) if since is not None else ""
        self.title.setText(tr("NO STATION since {time}", time=then))
        trouble = self._link.trouble
        why = tr(WHY[trouble], data=str(self._link.data)) if trouble in WHY else tr(COMMAND_CODES.get(self._link.detail, self._link.detail))
        trying = tr("All values are old. This console keeps trying.")
        self.why.set_text(f"{why} {trying}".strip().replace("。 ", "。"))
        self.setAccessibleName(self.title.text())
        self.setAccessibleDescription(self.why.text())
        self.show()

    def _connected(self, connected: bool) -> None:
        self._grace.stop()
        self.refresh()

    def _colours(self) -> None:
        now = theme.current()
        self.setStyleSheet(f"#lost{{background:{now.text};border-left:12px solid {now.critical}}}#lost QLabel{{color:{now.page}}}")
