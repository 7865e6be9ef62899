"""A report as a DOCX file: A4, headings, tables with their head repeated on each page. Gets blocks, asks nobody."""

from pathlib import Path

from docx import Document
from docx.document import Document as DocxDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from cityops_desktop.reports.blocks import Facts, Report, Text

FONT, ASIAN = "Noto Sans", "SimSun"
WIDE_CM = 17.0


def write(report: Report, path: Path) -> None:
    """Whole or not at all: beside it first, then in its place. OSError."""
    draft = path.with_name(f".{path.name}.part")
    try:
        document(report).save(str(draft))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def document(report: Report) -> DocxDocument:
    """The report as python-docx holds it."""
    made = Document()
    _set_up(made)
    title = made.add_heading(report.title, level=0)
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if report.demo:
        made.add_paragraph(report.demo).alignment = WD_ALIGN_PARAGRAPH.CENTER
    for block in report.blocks:
        made.add_heading(block.title, level=1)
        if isinstance(block, Text):
            for line in block.text.splitlines() or [""]:
                made.add_paragraph(line)
        elif isinstance(block, Facts):
            _table(made, (), block.rows, (1.0, 2.6))
        else:
            _table(made, block.head, block.rows, block.shares)
    return made


def _set_up(made: DocxDocument) -> None:
    page = made.sections[0]
    page.page_width, page.page_height = Cm(21.0), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2.0)
    for name in ("Normal", "Heading 1", "Title"):
        style = made.styles[name]
        style.font.name = FONT
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), ASIAN)
    made.styles["Normal"].font.size = Pt(10)


def _table(made: DocxDocument, head: tuple[str, ...], rows: tuple[tuple[str, ...], ...], shares: tuple[float, ...]) -> None:
    table = made.add_table(rows=0, cols=len(shares))
    table.style = "Table Grid"
    table.autofit = False
    for cells in (head, *rows) if head else rows:
        row = table.add_row()
        for cell, text, share in zip(row.cells, cells, shares, strict=True):
            cell.width = Cm(WIDE_CM * share / sum(shares))
            run = cell.paragraphs[0].add_run(text)
            run.font.size = Pt(9)
            run.bold = bool(head) and cells is head
    if head:
        mark = OxmlElement("w:tblHeader")
        table.rows[0]._tr.get_or_add_trPr().append(mark)
    made.add_paragraph()
