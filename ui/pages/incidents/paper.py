"""An incident's report on paper (PDF): the blocks of cityops_desktop.reports as pages. Asks the station nothing."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPen

from cityops_desktop.link.incidents import IncidentDetail
from cityops_desktop.reports.blocks import Block, Facts, Text
from cityops_desktop.reports.incident import About, report
from cityops_desktop.texts import tr
from ui.models.room import RoomModel
from ui.paper import sheet
from ui.paper.run import Paint
from ui.paper.sheet import BODY, FAINT, INK, SMALL, Heading, broken, write

LINE = 110
TITLE = 105
GAP = 70


def heading_of(model: RoomModel, detail: IncidentDetail) -> Heading:
    """What stands on each page."""
    return sheet.heading_of(model, tr("Incident report {number}", number=detail.incident.number))


def pages_of(detail: IncidentDetail, about: About) -> list[list[Paint]]:
    """The whole report."""
    pages = _Pages()
    for block in report(detail, about).blocks:
        _put(pages, block)
    return pages.pages


class _Pages:
    """Lines from the top down; what does not fit begins the next page."""

    def __init__(self) -> None:
        self.whole = sheet.area(landscape=True)
        self.pages: list[list[Paint]] = [[]]
        self.y = self.whole.top()

    def need(self, high: float) -> None:
        """A new page, unless so much is left."""
        if self.y + high > self.whole.bottom():
            self.pages.append([])
            self.y = self.whole.top()

    def add(self, paint: Paint) -> None:
        """On this page."""
        self.pages[-1].append(paint)


def _put(pages: _Pages, block: Block) -> None:
    pages.need(TITLE * 1.5 + 3 * LINE)
    pages.y += GAP if pages.y > pages.whole.top() else 0
    pages.add(partial(_write, QRectF(pages.whole.left(), pages.y, pages.whole.width(), TITLE * 1.4), block.title, TITLE, True))
    pages.y += TITLE * 1.6
    if isinstance(block, Text):
        for part in block.text.splitlines() or [""]:
            for line in broken(part, pages.whole.width(), BODY):
                pages.need(LINE)
                pages.add(partial(_write, QRectF(pages.whole.left(), pages.y, pages.whole.width(), LINE), line, BODY, False))
                pages.y += LINE
        return
    head, shares = ((), (1.0, 3.5)) if isinstance(block, Facts) else (block.head, block.shares)
    if head:
        _row(pages, head, shares, True)
    for row in block.rows:
        high = LINE * max(len(broken(text, _wide(pages, share, shares) - 40, SMALL)) for text, share in zip(row, shares, strict=True))
        if head and pages.y + high > pages.whole.bottom():
            pages.need(pages.whole.height())
            _row(pages, head, shares, True)
        _row(pages, row, shares, False)


def _wide(pages: _Pages, share: float, shares: Sequence[float]) -> float:
    return pages.whole.width() * share / sum(shares)


def _row(pages: _Pages, cells: Sequence[str], shares: Sequence[float], bold: bool) -> None:
    told = [broken(text, _wide(pages, share, shares) - 40, SMALL, bold=bold) for text, share in zip(cells, shares, strict=True)]
    high = max(len(lines) for lines in told) * LINE
    pages.need(high)
    x = pages.whole.left()
    for lines, share in zip(told, shares, strict=True):
        wide = _wide(pages, share, shares)
        for number, line in enumerate(lines):
            pages.add(partial(_write, QRectF(x, pages.y + number * LINE, wide - 20, LINE), line, SMALL, bold))
        x += wide
    pages.y += high
    pages.add(partial(_rule, pages.whole.left(), pages.y, pages.whole.width()))
    pages.y += 4


def _write(rect: QRectF, text: str, size: int, bold: bool, painter: QPainter) -> None:
    write(painter, rect, text, size, bold=bold, ink=INK)


def _rule(left: float, y: float, wide: float, painter: QPainter) -> None:
    painter.setPen(QPen(FAINT, 3))
    painter.drawLine(int(left), int(y), int(left + wide), int(y))
