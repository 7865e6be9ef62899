"""Recovery codes on one sheet of paper, for the envelope of the person whose they are. The file is for its owner's eyes only."""

from pathlib import Path

from PySide6.QtCore import QFileDevice, QRectF, QSaveFile
from PySide6.QtGui import QPainter, QPdfWriter

from cityops_desktop.texts import tr
from ui.models.room import RoomModel
from ui.paper import sheet
from ui.paper.sheet import BODY, INK, broken, write

LINE = 130
CODE = 190
STEP = 420
BOX = 130
OWNER = QFileDevice.Permission.ReadOwner | QFileDevice.Permission.WriteOwner


def print_codes(path: Path, model: RoomModel, person: str, codes: list[str]) -> str:
    """Write the sheet; what went wrong, "" when it is there. A file appears whole or not at all."""
    file = QSaveFile(str(path))
    if not file.open(QSaveFile.OpenModeFlag.WriteOnly):
        return file.errorString()
    file.setPermissions(OWNER)
    heading = sheet.heading_of(model, tr("Recovery codes"))
    writer = QPdfWriter(file)
    sheet.set_up(writer, heading, landscape=False)
    painter = QPainter(writer)
    sheet.paint_heading(painter, heading, 1, 1, landscape=False)
    _paint(painter, person, codes)
    painter.end()
    return "" if file.commit() else file.errorString()


def _paint(painter: QPainter, person: str, codes: list[str]) -> None:
    whole = sheet.area(landscape=False)
    y = whole.top() + 60
    write(painter, QRectF(whole.left(), y, whole.width(), CODE), person, CODE * 3 // 4, bold=True)
    y += CODE + 80
    words = tr(
        "Each code lets you in once, after name and password, when the phone or the USB key is not there. "
        "Tick off the ones that you used. Seal the sheet in an envelope and lock it away, not beside the console."
    )
    for line in broken(words, whole.width()):
        write(painter, QRectF(whole.left(), y, whole.width(), LINE), line, BODY)
        y += LINE
    y += 160
    for number, code in enumerate(codes):
        left, top = whole.left() + number % 2 * whole.width() / 2, y + number // 2 * STEP
        painter.setPen(INK)
        painter.drawRect(QRectF(left, top + (CODE * 1.5 - BOX) / 2, BOX, BOX))
        write(painter, QRectF(left + BOX + 120, top, whole.width() / 2 - BOX - 160, CODE * 1.5), code, CODE, bold=True)
