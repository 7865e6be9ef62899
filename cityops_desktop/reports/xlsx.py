"""A report as a workbook (XLSX): a sheet with what it is, one for each table. Words are words, numbers are numbers. Asks nobody."""

import importlib
import re
from pathlib import Path
from typing import Any

from cityops_desktop.reports.blocks import Block, Facts, Report, Text

MOST_NAME = 28
"""Of the 31 signs that a spreadsheet allows; a number may follow."""
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,11})(\.[0-9]+)?")
_SHARE = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?) %")


def write(report: Report, path: Path) -> None:
    """Beside its place first, then there. OSError."""
    draft = path.with_name(f"{path.name}.draft")
    book = importlib.import_module("openpyxl").Workbook(write_only=True)
    names: set[str] = set()
    for number, block in enumerate(report.blocks):
        page = book.create_sheet(_name(block.title, names))
        if not number:
            _row(page, (report.title,))
            if report.demo:
                _row(page, (report.demo,))
            _row(page, ())
        for row in _rows(block):
            _row(page, row)
    try:
        book.save(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _rows(block: Block) -> list[tuple[str, ...]]:
    if isinstance(block, Text):
        return [(line,) for line in block.text.splitlines()]
    return list(block.rows) if isinstance(block, Facts) else [block.head, *block.rows]


def _row(page: Any, cells: tuple[str, ...]) -> None:
    page.append([_cell(page, text) for text in cells])


def _cell(page: Any, text: str) -> Any:
    made = importlib.import_module("openpyxl.cell").WriteOnlyCell
    share = _SHARE.fullmatch(text)
    if share is not None:
        cell = made(page, float(share[1]) / 100)
        cell.number_format = "0.00%"
        return cell
    if _NUMBER.fullmatch(text):
        return made(page, float(text) if "." in text else int(text))
    cell = made(page, text.strip("\n"))
    cell.data_type = "s"
    return cell


def _name(title: str, names: set[str]) -> str:
    short = _FORBIDDEN.sub(" ", title).strip()[:MOST_NAME] or "-"
    name, number = short, 2
    while name.casefold() in names:
        name, number = f"{short[: MOST_NAME - 3]} {number}", number + 1
    names.add(name.casefold())
    return name
