"""A sheet of paper: its measures, fonts, heading and foot, and text that is never lost at the edge of its place. Knows no rack.

All measures are tenths of a point (1/720 inch), which are the pixels of the PDF writer.
"""

from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import QMarginsF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPageLayout, QPageSize, QPainter, QPdfWriter, QPen

from cityops_desktop.texts import pick, tr
from ui import theme
from ui.models.room import RoomModel
from ui.models.shown import moment

DPI = 720
MARGIN = 320
HEAD, FOOT = 330, 170
INK, GREY, FAINT = QColor("#000000"), QColor("#444444"), QColor("#999999")
BODY = 80
SMALL = 70
TITLE = 130
NOT_FIRST = "）】》，。、；：)],;:%"
"""Signs that no line begins with."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands on every page: what it is, which room, when, and from which program."""

    title: str
    room: str
    domain: str
    when: str
    program: str
    demo: str


def heading_of(model: RoomModel, title: str) -> Heading:
    """The heading of a paper about this room, at this moment of the station's clock."""
    room, station = model.room, model.station
    when = moment(model.now(), model.zone)
    offset = f"{when:%z}"
    return Heading(
        title=title if model.past is None else tr("{title} · PAST, not live", title=title),
        room=pick(room.names) if room else "",
        domain=room.domain if room else "",
        when=f"{when:%Y-%m-%d %H:%M:%S} (UTC{offset[:3]}:{offset[3:]} {room.timezone if room else ''})",
        program=f"CityOps Desktop {station.program if station else ''}".strip(),
        demo=tr("DEMO: simulated") if room is not None and room.origin == "demo" else "",
    )


@cache
def font(size: int = BODY, bold: bool = False) -> QFont:
    """Our family; not hinted, so that what is measured is what is printed. Do not modify."""
    result = QFont()
    result.setFamilies(list(theme.FAMILIES))
    result.setPixelSize(size)
    result.setBold(bold)
    result.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return result


@cache
def metrics(size: int = BODY, bold: bool = False) -> QFontMetricsF:
    """The metrics of `font`."""
    return QFontMetricsF(font(size, bold))


def set_up(writer: QPdfWriter, heading: Heading, *, landscape: bool) -> None:
    """A4, without margins of its own."""
    writer.setResolution(DPI)
    writer.setTitle(f"{heading.title} · {heading.room} · {heading.when}")
    writer.setCreator(heading.program)
    way = QPageLayout.Orientation.Landscape if landscape else QPageLayout.Orientation.Portrait
    writer.setPageLayout(QPageLayout(QPageSize(QPageSize.PageSizeId.A4), way, QMarginsF(0, 0, 0, 0)))


def area(*, landscape: bool) -> QRectF:
    """What is left of an A4 page between heading and foot."""
    wide, high = (8419, 5953) if landscape else (5953, 8419)
    return QRectF(MARGIN, MARGIN + HEAD, wide - 2 * MARGIN, high - 2 * MARGIN - HEAD - FOOT)


def write(
    painter: QPainter, rect: QRectF, text: str, size: int = BODY, *, bold: bool = False, right: bool = False, ink: QColor = INK
) -> None:
    """One line, cut with "…" where its place ends; what must not be lost is written by `wrapped`."""
    measure = metrics(size, bold)
    if measure.horizontalAdvance(text) > rect.width():
        text = measure.elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.setFont(font(size, bold))
    painter.setPen(ink)
    across = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    painter.drawText(rect, int(across | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), text)


def broken(text: str, wide: float, size: int = BODY, *, bold: bool = False) -> list[str]:
    """The text in lines that fit, broken at a blank where there is one, else anywhere (Chinese has none)."""
    measure = metrics(size, bold)
    lines: list[str] = []
    rest = text.strip()
    while rest and (fits := _fits(measure, rest, wide)) < len(rest):
        blank = rest.rfind(" ", 1, fits + 1)
        cut = blank if blank > fits // 2 else fits - 1 if fits > 1 and rest[fits] in NOT_FIRST else fits
        lines.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*lines, rest]


def _fits(measure: QFontMetricsF, text: str, wide: float) -> int:
    """How many signs from the first on have room, at least one. A long text is not measured as a whole for each of its lines."""
    most = 32
    while most < len(text) and measure.horizontalAdvance(text[:most]) <= wide:
        most *= 2
    low, high = 1, min(most, len(text))
    while low < high:
        middle = (low + high + 1) // 2
        if measure.horizontalAdvance(text[:middle]) <= wide:
            low = middle
        else:
            high = middle - 1
    return low


def paint_heading(painter: QPainter, heading: Heading, page: int, pages: int, *, landscape: bool) -> None:
    """Heading and foot of a page."""
    wide, high = (8419, 5953) if landscape else (5953, 8419)
    left, room = MARGIN, wide - 2 * MARGIN
    title = f"{heading.title} · {heading.room}"
    write(painter, QRectF(left, MARGIN - 40, room * 0.6, 180), title, TITLE, bold=True)
    if heading.demo:
        box = QRectF(left + room - 1500, MARGIN - 30, 1500, 170)
        painter.setPen(QPen(INK, 12))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        painter.setFont(font(100, True))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), heading.demo)
    write(painter, QRectF(left, MARGIN + 145, room * 0.55, 110), tr("State at {when}", when=heading.when), BODY)
    write(
        painter, QRectF(left + room * 0.55, MARGIN + 145, room * 0.45, 110), tr("Domain: {domain}", domain=heading.domain), BODY, right=True
    )
    painter.setPen(QPen(INK, 6))
    painter.drawLine(left, MARGIN + HEAD - 50, left + room, MARGIN + HEAD - 50)
    foot = high - MARGIN - 90
    painter.drawLine(left, foot - 20, left + room, foot - 20)
    write(painter, QRectF(left, foot, room / 2, 100), heading.program, SMALL, ink=GREY)
    write(painter, QRectF(left + room / 2, foot, room / 2, 100), tr("Page {n} of {m}", n=page, m=pages), SMALL, right=True)
