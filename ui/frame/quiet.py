"""How many alarms are kept quiet, always in sight: shelved, out of service, consequences of others. A button that leads to them."""

from collections.abc import Mapping

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from cityops_desktop.model.alarms import Hidden
from cityops_desktop.texts import N_, tr
from ui import theme
from ui.widgets import lettering

SIGN = 16
ORDER = (Hidden.SHELVED, Hidden.OUT_OF_SERVICE, Hidden.SUPPRESSED)
WORDS = {Hidden.SHELVED: N_("Shelved"), Hidden.OUT_OF_SERVICE: N_("Off"), Hidden.SUPPRESSED: N_("Folded")}
"""Short ones; the tool tip has the long ones."""
WHOLE = {
    Hidden.SHELVED: N_("{n} shelved by a person"),
    Hidden.OUT_OF_SERVICE: N_("{n} of what is out of service"),
    Hidden.SUPPRESSED: N_("{n} consequences, folded under their cause"),
}


class QuietCount(QAbstractButton):
    """Three figures in three places that never move; grey, for none of them wants anybody."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: dict[Hidden, int] = dict.fromkeys(Hidden, 0)
        self._narrow = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.changes.themeChanged.connect(self.update)
        self.retranslate()

    def set_counts(self, counts: Mapping[Hidden, int]) -> None:
        """By why."""
        if counts != self._counts:
            self._counts = dict(counts)
            self.retranslate()

    def set_narrow(self, narrow: bool) -> None:
        """Where there is little room all of them are one figure; the tool tip tells them apart."""
        if narrow != self._narrow:
            self._narrow = narrow
            self.updateGeometry()
            self.update()

    def retranslate(self) -> None:
        """The words in the language in force."""
        words = tr("Kept quiet:") + "\n" + "\n".join(tr(WHOLE[why], n=self._counts[why]) for why in ORDER)
        self.setToolTip(words)
        self.setAccessibleName(words)
        self.updateGeometry()
        self.update()

    def _wide(self) -> int:
        words = max(lettering.width(tr(word), theme.SMALL) for word in WORDS.values())
        return max(SIGN + 4 + lettering.width("999", theme.BODY, True), words)

    def sizeHint(self) -> QSize:
        """Three columns of a sign, three digits and a word."""
        if self._narrow:
            return QSize(lettering.width("999", theme.SMALL, True) + 10, 48)
        return QSize(len(ORDER) * (self._wide() + 10) + 6, 48)

    def _columns(self) -> list[tuple[Hidden, QRect]]:
        wide = self._wide()
        return [(why, QRect(8 + n * (wide + 10), 0, wide, self.height())) for n, why in enumerate(ORDER)]

    def _letterings(self) -> list[lettering.Lettering]:
        if self._narrow:
            total = sum(self._counts.values())
            place = QRect(4, 26, self.width() - 6, 18)
            return [
                lettering.Lettering(place, str(total) if total < 1000 else "999", theme.SMALL, bool(total), "text" if total else "text_dim")
            ]
        told = []
        for why, place in self._columns():
            count = self._counts[why]
            colour = "text" if count else "text_dim"
            number, top = str(count) if count < 1000 else "999+", QRect(place.left() + SIGN + 4, 4, place.width() - SIGN, 22)
            told.append(lettering.Lettering(top, number, theme.BODY, bool(count), colour))
            below = QRect(place.left(), 27, place.width() + 6, 18)
            told.append(lettering.Lettering(below, tr(WORDS[why]), theme.SMALL, False, colour))
        return told

    def paintEvent(self, event: QPaintEvent) -> None:
        """Box, signs, figures, words."""
        now = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(now.panel))
        theme.paint_edge(painter, self.rect(), QColor(now.accent if self.hasFocus() or self.underMouse() else now.line))
        if self._narrow:
            worst = next((why for why in ORDER if self._counts[why]), None)
            if worst is not None:
                theme.paint_quiet(painter, QRect((self.width() - SIGN) // 2, 6, SIGN, SIGN), worst)
        else:
            for why, place in self._columns():
                if self._counts[why]:
                    theme.paint_quiet(painter, QRect(place.left(), 7, SIGN, SIGN), why)
        lettering.paint(painter, self._letterings())
        painter.end()

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._letterings())
