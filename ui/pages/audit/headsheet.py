"""The head of the change log on one sheet of paper, to be signed by two persons and filed: from then on nothing before it can change
unnoticed. Written in one go; holds no secret."""

from pathlib import Path

from PySide6.QtCore import QRectF, QSaveFile
from PySide6.QtGui import QPainter, QPdfWriter, QPen

from cityops_desktop.link.audit import HeadInfo
from cityops_desktop.texts import tr
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.audit.words import grouped
from ui.paper import sheet
from ui.paper.sheet import BODY, GREY, INK, SMALL, broken, write

TITLES = 1250
LINE = 130
LARGE = 150
QR = 1900
QUIET = 4
GROUPS_A_LINE = 8
"""Of four digits: a hash of 64 takes two lines, which can be compared by eye."""


def print_head(path: Path, model: RoomModel, head: HeadInfo) -> str:
    """Write the sheet; what went wrong, "" when it is there. A file appears whole or not at all."""
    file = QSaveFile(str(path))
    if not file.open(QSaveFile.OpenModeFlag.WriteOnly):
        return file.errorString()
    heading = sheet.heading_of(model, tr("Head of the change log"))
    writer = QPdfWriter(file)
    sheet.set_up(writer, heading, landscape=False)
    painter = QPainter(writer)
    sheet.paint_heading(painter, heading, 1, 1, landscape=False)
    _paint(painter, model, head)
    painter.end()
    return "" if file.commit() else file.errorString()


def facts(model: RoomModel, head: HeadInfo) -> list[tuple[str, list[str], int]]:
    """Title, lines, size: what stands on the sheet."""
    when = moment(head.time, model.zone)
    offset = f"{when:%z}"
    words = grouped(head.hash).split(" ")
    hash_lines = ["  ".join(words[n : n + GROUPS_A_LINE]) for n in range(0, len(words), GROUPS_A_LINE)]
    room = model.room
    return [
        (tr("Station"), [head.station], BODY),
        (tr("Domain"), [room.domain if room else ""], BODY),
        (tr("Row number"), [f"{head.seq}"], LARGE),
        (tr("Hash"), hash_lines, LARGE),
        (tr("Time"), [f"{when:%Y-%m-%d %H:%M:%S} (UTC{offset[:3]}:{offset[3:]})"], BODY),
        (tr("Signature"), [grouped(head.signature)], SMALL),
        (tr("Key fingerprint"), [grouped(head.key)], SMALL),
    ]


def qr_text(head: HeadInfo) -> str:
    """What the QR code holds: the text that was signed, with signature and key; `audit verify --head` reads it."""
    return f"{head.text}key {head.key}\nsignature {head.signature}\n"


def _paint(painter: QPainter, model: RoomModel, head: HeadInfo) -> None:
    whole = sheet.area(landscape=False)
    y = whole.top() + 60
    purpose = tr(
        "Whoever files this sheet can prove later that no row up to this one was changed: row number and hash must be the same. "
        "Compare both with the screen before signing."
    )
    for line in broken(purpose, whole.width(), BODY):
        write(painter, QRectF(whole.left(), y, whole.width(), LINE), line)
        y += LINE
    y += 120
    for title, lines, size in facts(model, head):
        write(painter, QRectF(whole.left(), y, TITLES - 60, size * 1.6), title, BODY, ink=GREY)
        for text in lines:
            for line in broken(text, whole.width() - TITLES, size):
                write(painter, QRectF(whole.left() + TITLES, y, whole.width() - TITLES, size * 1.6), line, size, bold=size == LARGE)
                y += size * 1.6
        y += 70
    _paint_qr(painter, qr_text(head), QRectF(whole.left() + TITLES, y + 60, QR, QR))
    hint = tr("The same as a QR code, for: cityops-desktop audit verify --head FILE")
    write(painter, QRectF(whole.left() + TITLES, y + QR + 90, whole.width() - TITLES, LINE), hint, SMALL, ink=GREY)
    y = whole.bottom() - 900
    for n, who in enumerate((tr("First person"), tr("Second person"))):
        left = whole.left() + n * (whole.width() / 2)
        for row, title in enumerate((who, tr("Name in print"), tr("Signature by hand"), tr("Date"))):
            top = y + row * 230
            write(painter, QRectF(left, top, 1000, LINE), title, BODY, bold=row == 0)
            if row:
                painter.setPen(QPen(INK, 4))
                painter.drawLine(int(left + 900), int(top + LINE), int(left + whole.width() / 2 - 150), int(top + LINE))


def _paint_qr(painter: QPainter, text: str, place: QRectF) -> None:
    import segno  # takes 20 ms, and few ever print

    matrix = [[bool(module & 1) for module in row] for row in segno.make(text, error="m", micro=False).matrix]
    side = place.width() / (len(matrix) + 2 * QUIET)
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            if dark:
                painter.fillRect(QRectF(place.left() + (x + QUIET) * side, place.top() + (y + QUIET) * side, side + 0.5, side + 0.5), INK)
