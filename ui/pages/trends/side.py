"""The side of the chart: the points to choose from, and below them the legend of those chosen. Chooses nothing itself."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QSplitter, QVBoxLayout, QWidget

from cityops_desktop.texts import tr
from ui.pages.trends.legend import Legend
from ui.pages.trends.picker import Picker
from ui.widgets.elided import ElidedLine

WIDE = 300
HEIGHTS = [260, 380]


class Side(QSplitter):
    """`title` says of which time the values in the legend are; `clear_button` takes all curves off."""

    def __init__(self, picker: Picker, legend: Legend) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self.title = ElidedLine(bold=True)
        self.clear_button = QPushButton()
        scroll = _Scroll()
        scroll.setWidget(legend)
        legend.moved.connect(lambda y, high: scroll.ensureVisible(0, y + high // 2, 0, high // 2))
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        lower = QWidget()
        below = QVBoxLayout(lower)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(4)
        heading = QHBoxLayout()
        heading.addWidget(self.title, 1)
        heading.addWidget(self.clear_button)
        below.addLayout(heading)
        below.addWidget(scroll, 1)
        self.setChildrenCollapsible(False)
        self.addWidget(picker)
        self.addWidget(lower)
        self.setSizes(HEIGHTS)
        self.setFixedWidth(WIDE)

    def retranslate(self) -> None:
        """The words in the language in force; the title is the page's."""
        self.clear_button.setText(tr("Take all off"))


class _Scroll(QScrollArea):
    """Stays where it is when the focus goes through it: its one child is taller than the window onto it."""

    def focusNextPrevChild(self, next: bool) -> bool:
        return QWidget.focusNextPrevChild(self, next)
