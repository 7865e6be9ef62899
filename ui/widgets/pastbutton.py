"""The button in a page's head that leads to the room at another time. Knows no time itself."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from cityops_desktop.texts import tr


class PastButton(QPushButton):
    """Words, for a clock alone would be taken for the time of day."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.setText(tr("Past…"))
        self.setToolTip(tr("The room at another time  Ctrl+T"))
        self.setAccessibleName(tr("The room at another time"))
