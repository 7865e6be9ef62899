"""A report as a PDF file, in a process without a window: text that can be found, our own fonts, numbered pages. Asks no station."""

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSaveFile
from PySide6.QtGui import QFontDatabase, QGuiApplication, QPainter, QPdfWriter

from cityops_desktop.paths import FONTS
from cityops_desktop.reports.blocks import Report
from cityops_desktop.reports.paper import Printed
from ui.paper import blocks, sheet
from ui.paper.sheet import Heading


def write_pdf(report: Report, on: Printed, path: Path, told: Callable[[float], None]) -> None:
    """Write it, A4 upright; `told` hears how far it is (0 to 1). The file is there whole or not at all. OSError."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QGuiApplication.instance() or QGuiApplication(["cityops-desktop"])
    for font in sorted(FONTS.glob("*.otf")):
        QFontDatabase.addApplicationFont(str(font))
    heading = Heading(title=on.title, room=on.room, domain=on.domain, when=on.when, program=on.program, demo=on.demo)
    pages = blocks.pages_of(report, landscape=False)
    file = QSaveFile(str(path))
    if not file.open(QSaveFile.OpenModeFlag.WriteOnly):
        raise OSError(file.errorString())
    writer = QPdfWriter(file)
    sheet.set_up(writer, heading, landscape=False)
    painter = QPainter(writer)
    for number, page in enumerate(pages, 1):
        if number > 1:
            writer.newPage()
        sheet.paint_heading(painter, heading, number, len(pages), landscape=False)
        for paint in page:
            paint(painter)
        told(number / len(pages))
    painter.end()
    application.processEvents()
    if not file.commit():
        raise OSError(file.errorString())
