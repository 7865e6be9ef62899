"""The sheet of a route for a round on paper: boxes, places for readings and times, the code by which it is known when typed in later."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from cityops_desktop.duty.patrolcontent import NUMBERS, Expected, ItemKind
from cityops_desktop.link.duty.patrol import PatrolSheet, SheetItem, SheetStop
from cityops_desktop.texts import pick, tr
from ui.models.room import RoomModel
from ui.models.shown import time_text
from ui.pages.patrol.words import PROOFS, STATES, limits_text
from ui.paper import sheet
from ui.paper.run import Paint
from ui.paper.sheet import BODY, FAINT, GREY, INK, SMALL, Heading, broken, metrics, write

MARK = "CITYOPS-PATROL"
LINE = 120
ROW = 200
BOX = 85
STOP = 210
CODE = 780
"""Side of the code."""
NAME, FIELD = 0.47, 0.25
"""Shares of a row: what is looked at, the place for a value; the rest are the boxes."""


class SheetCode(NamedTuple):
    """What the code of a printed sheet says: the id of its round, the version of the route, when it is due (None = beside the plan)."""

    id: str
    route: str
    due: int | None


def code_text(code: SheetCode) -> str:
    """As a scanner types it."""
    return f"{MARK} {code.id} {code.route} {code.due or 0}"


def read_code(text: str) -> SheetCode | None:
    """What was scanned; None = it is the code of something else."""
    parts = text.split()
    if len(parts) != 4 or parts[0].upper() != MARK or not parts[3].isdecimal():
        return None
    return SheetCode(parts[1].lower(), parts[2], int(parts[3]) or None)


def heading_of(model: RoomModel, told: PatrolSheet) -> Heading:
    """What stands on each page."""
    return sheet.heading_of(model, tr("Patrol: {route}", route=pick(told.route.content.name)))


def pages_of(model: RoomModel, told: PatrolSheet, code: SheetCode) -> list[list[Paint]]:
    """The whole sheet."""
    pages = _Pages()
    _put_head(pages, model, told, code)
    for number, stop in enumerate(told.stops):
        _put_stop(pages, number, stop)
    _put_end(pages)
    return pages.pages


class _Pages:
    """From the top down; what does not fit begins the next page."""

    def __init__(self) -> None:
        self.whole = sheet.area(landscape=False)
        self.pages: list[list[Paint]] = [[]]
        self.y = self.whole.top()

    def need(self, high: float) -> None:
        """A new page, unless so much is left."""
        if self.y + high > self.whole.bottom():
            self.pages.append([])
            self.y = self.whole.top()

    def text(self, left: float, wide: float, text: str, size: int = BODY, *, bold: bool = False, high: float = LINE) -> None:
        """At the height at hand."""
        rect = QRectF(left, self.y, wide, high)
        self.pages[-1].append(lambda painter: write(painter, rect, text, size, bold=bold))

    def add(self, paint: Paint) -> None:
        """On this page."""
        self.pages[-1].append(paint)


def _put_head(pages: _Pages, model: RoomModel, told: PatrolSheet, code: SheetCode) -> None:
    whole = pages.whole
    pages.add(partial(_paint_code, code_text(code), QRectF(whole.right() - CODE, pages.y, CODE, CODE)))
    wide = whole.width() - CODE - 100
    due = tr("Due: {time}", time=time_text(code.due, model.zone, 0)[:-3]) if code.due is not None else tr("Due: beside the plan")
    lines = [due, tr("Walked by: {line}", line="_" * 30), tr("Begun: {line}", line="_" * 12) + "    " + tr("Ended: {line}", line="_" * 12)]
    for text in lines:
        pages.text(whole.left(), wide, text, BODY, high=ROW)
        pages.y += ROW
    words = tr(
        "Tick one box in each row. A row without a tick counts as not checked: write why. Type the sheet in later: scan its code first."
    )
    for text in broken(words, wide, SMALL):
        pages.text(whole.left(), wide, text, SMALL)
        pages.y += LINE
    pages.y = max(pages.y, whole.top() + CODE + 60)


def _put_stop(pages: _Pages, number: int, stop: SheetStop) -> None:
    whole = pages.whole
    pages.need(STOP + LINE + 2 * ROW)
    pages.y += 40
    title = f"{number + 1}  {pick(stop.stop.name)}"
    pages.text(whole.left(), whole.width() * 0.55, title, 105, bold=True, high=STOP - 40)
    right = tr("Time: {line}", line="_" * 10)
    if stop.stop.expects is not Expected.NONE:
        right += "   " + tr("Proof: {way} {line}", way=tr(PROOFS[stop.stop.expects.value]), line="_" * 12)
    pages.text(whole.left() + whole.width() * 0.5, whole.width() * 0.5, right, SMALL, high=STOP - 40)
    pages.y += STOP - 40
    for part in stop.parts:
        pages.need(LINE + ROW)
        pages.text(whole.left(), whole.width(), pick({"zh": part.name_zh, "en": part.name_en}), SMALL, bold=True)
        pages.y += LINE
        for item in part.items:
            _put_item(pages, item)


def _put_item(pages: _Pages, told: SheetItem) -> None:
    whole, item = pages.whole, told.item
    name = broken(pick(item.name), whole.width() * NAME - 40, BODY)
    hint = broken(pick(item.hint), whole.width() * NAME - 40, SMALL) if item.hint is not None else []
    words = _choice_lines([pick(one.name) for one in item.choices], whole.width() * FIELD - 40)
    high = max(ROW, (len(name) + len(hint)) * LINE + 50, len(words) * LINE + 50)
    pages.need(high)
    for place, text in enumerate([*name, *hint]):
        rect = QRectF(whole.left(), pages.y + 25 + place * LINE, whole.width() * NAME - 40, LINE)
        pages.add(partial(_line, rect, text, BODY if place < len(name) else SMALL))
    left = whole.left() + whole.width() * NAME
    if item.kind in NUMBERS:
        limits = limits_text(item)
        pages.add(partial(_line, QRectF(left, pages.y + 15, whole.width() * FIELD, LINE), f"{'_' * 12} {item.unit}", BODY))
        pages.add(partial(_line, QRectF(left, pages.y + 20 + LINE * 0.8, whole.width() * FIELD, LINE * 0.8), limits, SMALL - 8))
    elif item.kind is ItemKind.CHOICE:
        for place, line in enumerate(words):
            _put_boxes(pages, left, pages.y + 25 + place * LINE, line)
    elif item.kind is ItemKind.TEXT:
        pages.add(partial(_line, QRectF(left, pages.y + 25, whole.width() * FIELD, LINE), "_" * 24, BODY))
    elif item.kind is ItemKind.PHOTO:
        pages.add(partial(_line, QRectF(left, pages.y + 25, whole.width() * FIELD, LINE), tr("picture no. {line}", line="_" * 8), BODY))
    _put_boxes(pages, whole.left() + whole.width() * (NAME + FIELD), pages.y + 25, [tr(words) for words in STATES.values()])
    pages.y += high
    pages.add(partial(_rule, pages.y - 8))


def _choice_lines(words: Sequence[str], wide: float) -> list[list[str]]:
    lines: list[list[str]] = [[]]
    x = 0.0
    for text in words:
        needs = BOX + 110 + metrics(SMALL).horizontalAdvance(text)
        if lines[-1] and x + needs > wide:
            lines.append([])
            x = 0.0
        lines[-1].append(text)
        x += needs
    return lines


def _put_boxes(pages: _Pages, left: float, top: float, words: Sequence[str]) -> None:
    for text in words:
        wide = metrics(SMALL).horizontalAdvance(text)
        pages.add(partial(_box, QRectF(left, top + 15, BOX, BOX)))
        pages.add(partial(_line, QRectF(left + BOX + 30, top, wide + 20, LINE), text, SMALL))
        left += BOX + 110 + wide


def _put_end(pages: _Pages) -> None:
    pages.need(5 * ROW)
    pages.y += 60
    for text in (tr("What was wrong, why something was not checked:"), "_" * 96, "_" * 96, tr("Signature: {line}", line="_" * 30)):
        pages.text(pages.whole.left(), pages.whole.width(), text, BODY, high=ROW)
        pages.y += ROW


def _line(rect: QRectF, text: str, size: int, painter: QPainter) -> None:
    write(painter, rect, text, size)


def _box(rect: QRectF, painter: QPainter) -> None:
    painter.setPen(QPen(INK, 8))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(rect)


def _rule(y: float, painter: QPainter) -> None:
    whole = sheet.area(landscape=False)
    painter.setPen(QPen(FAINT, 3))
    painter.drawLine(int(whole.left()), int(y), int(whole.right()), int(y))


def _paint_code(text: str, place: QRectF, painter: QPainter) -> None:
    """A QR code, black on white."""
    import segno  # takes 20 ms, and a sheet is rarely printed

    rows = [[bool(module & 1) for module in row] for row in segno.make(text, error="m", micro=False).matrix]
    side = (place.height() - LINE) / len(rows)
    for y, row in enumerate(rows):
        for x, module in enumerate(row):
            if module:
                painter.fillRect(QRectF(place.left() + x * side, place.top() + y * side, side + 1, side + 1), INK)
    write(painter, QRectF(place.left(), place.bottom() - LINE, place.width(), LINE), tr("Code of this sheet"), SMALL, ink=GREY)
