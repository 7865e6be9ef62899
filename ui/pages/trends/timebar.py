"""The row of times above the chart: how long a span, live or not, to a time that is typed, the room at that time. Moves nothing itself."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from cityops_desktop.texts import N_, tr

DAY = 86_400
SPANS = (
    *((300, N_("5 min")), (900, N_("15 min")), (3600, N_("1 h")), (7200, N_("2 h"))),
    *((8 * 3600, N_("8 h")), (DAY, N_("24 h")), (7 * DAY, N_("7 d")), (30 * DAY, N_("30 d")), (184 * DAY, N_("184 d"))),
)


class TimeBar(QWidget):
    """What a person wants: `spanWanted` (seconds), `liveWanted`, `timeTyped` (as it was typed), `roomWanted`."""

    spanWanted = Signal(int)
    liveWanted = Signal()
    timeTyped = Signal(str)
    roomWanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.spans = {seconds: QPushButton() for seconds, _ in SPANS}
        self.live_button = QPushButton()
        self.room_button = QPushButton()
        self.goto = QLineEdit()
        self.goto.setAcceptDrops(False)
        self.goto.setFixedWidth(190)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for button in (*self.spans.values(), self.live_button):
            button.setCheckable(True)
            button.setStyleSheet("padding:4px 8px")
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.room_button)
        row.addWidget(self.goto)
        for seconds, button in self.spans.items():
            button.clicked.connect(lambda _=False, s=seconds: self.spanWanted.emit(s))
        self.live_button.clicked.connect(self.liveWanted)
        self.room_button.clicked.connect(self.roomWanted)
        self.goto.returnPressed.connect(lambda: self.timeTyped.emit(self.goto.text()))

    def retranslate(self) -> None:
        """The words in the language in force."""
        for seconds, name in SPANS:
            self.spans[seconds].setText(tr(name))
        self.spans[184 * DAY].setToolTip(tr("half a year"))
        self.live_button.setText(tr("Live"))
        self.room_button.setText(tr("Room then  R"))
        self.room_button.setToolTip(tr("Floor, racks and power chain at the time of the cross-hair; without one where the chart ends"))
        self.goto.setPlaceholderText(tr("Go to: 14:30, 11-22 14:30"))
        self.goto.setAccessibleName(tr("Go to a time"))
        self.goto.setToolTip(tr("A time such as 14:30, 11-22 14:30 or 2026-11-22 14:30, then Enter"))

    def show_state(self, shown: int, live: bool) -> None:
        """So much time is shown (ms), and whether it follows the time."""
        for seconds, button in self.spans.items():
            button.setChecked(abs(seconds * 1000 - shown) < 1000)
        self.live_button.setChecked(live)
        if live and not self.goto.hasFocus():
            self.goto.clear()  # the time that was gone to is not what is shown any more

    def ask_time(self) -> None:
        """Let a person type a time."""
        self.goto.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.goto.selectAll()
