"""Blocks of a report (cityops_desktop.reports) as pages: titles, texts, tables with their head on each page. Asks nobody."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPen

from cityops_desktop.reports.blocks import Block, Facts, Report, Text
from ui.paper import sheet
from ui.paper.run import Paint
from ui.paper.sheet import BODY, FAINT, INK, SMALL, broken, write

LINE = 110
TITLE = 105
GAP = 70
FACTS = (1.0, 3.5)


def pages_of(report: Report, *, landscape: bool) -> list[list[Paint]]:
    """The whole report."""
    pages = _Pages(landscape)
    for block in report.blocks:
        _put(pages, block)
    return pages.pages


class _Pages:
    """Lines from the top down; what does not fit begins the next page."""

    def __init__(self, landscape: bool) -> None:
        self.whole = sheet.area(landscape=landscape)
        self.pages: list[list[Paint]] = [[]]
        self.y = self.whole.top()

    def need(self, high: float) -> bool:
        """A new page, unless so much is left; is it one?"""
        if self.y + high <= self.whole.bottom() or self.y <= self.whole.top():
            return False
        self.pages.append([])
        self.y = self.whole.top()
        return True

    def add(self, paint: Paint) -> None:
        """On this page."""
        self.pages[-1].append(paint)


def _put(pages: _Pages, block: Block) -> None:
    pages.need(TITLE * 1.5 + 3 * LINE)
    pages.y += GAP if pages.y > pages.whole.top() else 0
    for line in broken(block.title, pages.whole.width(), TITLE, bold=True):
        pages.add(partial(_write, QRectF(pages.whole.left(), pages.y, pages.whole.width(), TITLE * 1.4), line, TITLE, True))
        pages.y += TITLE * 1.6
    if isinstance(block, Text):
        for part in block.text.splitlines() or [""]:
            for line in broken(part, pages.whole.width(), BODY):
                pages.need(LINE)
                pages.add(partial(_write, QRectF(pages.whole.left(), pages.y, pages.whole.width(), LINE), line, BODY, False))
                pages.y += LINE
        return
    head, shares = ((), FACTS) if isinstance(block, Facts) else (block.head, block.shares)
    if head:
        _row(pages, head, shares, bold=True)
    for row in block.rows:
        _row(pages, row, shares, head=head)


def _row(pages: _Pages, cells: Sequence[str], shares: Sequence[float], *, bold: bool = False, head: Sequence[str] = ()) -> None:
    """One row; on a new page after the head. A row that is higher than a page goes on on the next one."""
    wide = [pages.whole.width() * share / sum(shares) for share in shares]
    told = [
        [line for part in (text.splitlines() or [""]) for line in broken(part, width - 40, SMALL, bold=bold)]
        for text, width in zip(cells, wide, strict=True)
    ]
    high = max(len(lines) for lines in told)
    if pages.need(min(high * LINE, pages.whole.height() / 2)) and head:
        _row(pages, head, shares, bold=True)
    done = 0
    while done < high:
        fits = max(1, int((pages.whole.bottom() - pages.y) // LINE))
        x = pages.whole.left()
        for lines, width in zip(told, wide, strict=True):
            for number, line in enumerate(lines[done : done + fits]):
                pages.add(partial(_write, QRectF(x, pages.y + number * LINE, width - 20, LINE), line, SMALL, bold))
            x += width
        pages.y += min(fits, high - done) * LINE
        done += fits
        if done < high:
            pages.need(pages.whole.height())
            if head:
                _row(pages, head, shares, bold=True)
    pages.add(partial(_rule, pages.whole.left(), pages.y, pages.whole.width()))
    pages.y += 4


def _write(rect: QRectF, text: str, size: int, bold: bool, painter: QPainter) -> None:
    write(painter, rect, text, size, bold=bold, ink=INK)


def _rule(left: float, y: float, wide: float, painter: QPainter) -> None:
    painter.setPen(QPen(FAINT, 3))
    painter.drawLine(int(left), int(y), int(left + wide), int(y))
