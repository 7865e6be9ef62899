"""A report on paper: the head of a table on every page that it goes on, pages numbered, nothing lost at an edge, our own fonts in it."""

import subprocess
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from cityops_desktop.reports.blocks import Facts, Report, Table, Text
from cityops_desktop.reports.paper import Printed
from ui.paper import blocks, sheet
from ui.paper.printing import write_pdf

ON = Printed("Monthly report 2026-11", "一号机房", "city/district/site/room1", "2026-12-01 08:00:00", "CityOps Desktop", "演示")
LONG = "漏水" * 2000


@pytest.fixture
def made(qapp: QApplication) -> Report:
    rows = tuple((f"row {n:03}", "精密空调" * (n % 9), f"{n}") for n in range(200))
    several = (
        Facts("About", (("Room", "一号机房"), ("Head", "a" * 64))),
        Table("Alarms", ("Alarm", "What it says", "Times"), rows, (1.0, 3.0, 0.5)),
        Text("Remarks", "第一行\nsecond line"),
        Table("Log", ("Time", "Entry"), (("08:00", LONG), ("09:00", "the last row")), (1.0, 4.0)),
    )
    return Report(ON.title, ON.demo, several)


def told(path: Path) -> list[str]:
    done = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.split("\f")[:-1]


def test_every_page_says_what_it_is(made: Report, tmp_path: Path) -> None:
    parts: list[float] = []
    write_pdf(made, ON, tmp_path / "a.pdf", parts.append)
    pages = told(tmp_path / "a.pdf")
    assert len(pages) >= 5 and parts[-1] == 1.0 and len(parts) == len(pages)
    for number, page in enumerate(pages, 1):
        assert ON.title in page and "一号机房" in page and "演示" in page and f"Page {number} of {len(pages)}" in page
        if "row " in page:
            assert "What it says" in page, f"page {number} has no head"
    whole = "".join("".join(pages).split())
    assert all(f"row{n:03}" in whole for n in range(200)) and "第一行" in whole and "thelastrow" in whole
    assert whole.count("漏水") >= 1950, "a row that is higher than a page goes on on the next one"
    fonts = subprocess.run(["pdffonts", str(tmp_path / "a.pdf")], capture_output=True, text=True, check=True, timeout=60).stdout
    for line in fonts.splitlines()[2:]:
        assert "CityOpsSans" in line
        assert (line.split()[-5], line.split()[-3]) == ("yes", "yes"), "embedded, and found as text"


def test_nothing_is_painted_outside_of_its_page(made: Report) -> None:
    for landscape in (False, True):
        whole = sheet.area(landscape=landscape)
        for page in blocks.pages_of(made, landscape=landscape):
            for paint in page:
                rect = paint.args[0]  # type: ignore[attr-defined]
                if not isinstance(rect, float):
                    assert whole.top() <= rect.top() and rect.bottom() <= whole.bottom() + blocks.TITLE, rect
                    assert whole.left() <= rect.left() and rect.right() <= whole.right() + 1, rect


def test_a_folder_that_is_not_there_is_said(made: Report, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        write_pdf(made, ON, tmp_path / "gone" / "a.pdf", lambda part: None)
