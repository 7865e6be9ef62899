"""The register of visitors as a file: CSV for a spreadsheet, PDF for paper. Asks nobody: what is listed is written."""

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QIODevice, QSaveFile

from cityops_desktop.duty.housewords import DOCUMENTS
from cityops_desktop.link.duty.visits import VisitInfo
from cityops_desktop.reports.blocks import Report, Table
from cityops_desktop.texts import N_, tr
from ui.models.spreadsheet import no_formula

SHARES = (1.0, 1.2, 1.4, 1.6, 1.4, 1.4, 0.7, 1.3, 1.3, 1.3)


TITLES = (
    N_("Number"),
    N_("Visitor"),
    N_("Firm"),
    N_("Purpose"),
    N_("Document shown"),
    N_("Escort"),
    N_("Visitor's badge"),
    N_("Came in"),
    N_("Went out"),
    N_("Signed by"),
)

DOCUMENT, OUT = 4, 8
"""Two of these columns: the document does not stand on the screen, only on paper; how the visitor went has a sign."""


def titles() -> tuple[str, ...]:
    """The columns of the register."""
    return tuple(tr(name) for name in TITLES)


def cells(one: VisitInfo, minute: Callable[[int | None], str]) -> tuple[str, ...]:
    """A visit, in that order."""
    document = f"{tr(DOCUMENTS[one.document])} …{one.masked}" if one.masked else tr(DOCUMENTS[one.document])
    signed = f"{one.gone_name} ({one.signed_why})" if one.signed_why else one.gone_name
    out = minute(one.gone) if one.gone is not None else tr("still inside")
    return (one.number, one.name, one.firm, one.purpose, document, one.escort_name, one.badge, minute(one.entered), out, signed)


def report(visits: Sequence[VisitInfo], minute: Callable[[int | None], str], demo: str) -> Report:
    """For paper."""
    title = tr("Register of visitors")
    return Report(title, demo, (Table(title, titles(), tuple(cells(one, minute) for one in visits), SHARES),))


def write_csv(path: Path, visits: Sequence[VisitInfo], minute: Callable[[int | None], str], demo: str) -> str:
    """The file is there whole or not at all; what became of it, in words."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    if demo:
        writer.writerow([demo])
    writer.writerow(titles())
    writer.writerows([no_formula(cell) for cell in cells(one, minute)] for one in visits)
    file = QSaveFile(str(path))
    if not file.open(QIODevice.OpenModeFlag.WriteOnly):
        return tr("{file} cannot be written: {why}", file=str(path), why=file.errorString())
    file.write(text.getvalue().encode("utf-8-sig"))
    if not file.commit():
        return tr("{file} cannot be written: {why}", file=str(path), why=file.errorString())
    return tr("Saved: {path}", path=str(path))
