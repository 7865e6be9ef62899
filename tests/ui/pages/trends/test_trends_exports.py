"""What the trends page writes: every sample in each kind of file, the fault that began before the span, a report on paper."""

import csv
from pathlib import Path
from threading import Event

import numpy as np
import openpyxl
import pyarrow.parquet
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from cityops_desktop.model.envelope import samples
from cityops_desktop.model.readings import QUALITY_CODES, Quality, Reason
from tests.ui.desk import NOW, Past, model_of, point, room_copy, state, texts
from tests.ui.rooms import names
from ui.pages.trends import parquetfile, xlsxfile
from ui.pages.trends.page import TrendsPage
from ui.pages.trends.samplefile import About, GivenUp, about
from ui.settings import Settings

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

ROOM = room_copy([point("a.x", names=names("=温度", "=Temperature")), point("b.y"), state("l.w")])
BAD = QUALITY_CODES[Quality.BAD]
HOUR = 3_600_000


def told(key: str, seconds: int) -> object:
    """a.x a sample a second; b.y fell silent nine hours ago, which is recorded once; l.w changes once a minute."""
    if key == "b.y":
        times = np.array([NOW - 9 * HOUR - 1000, NOW - 9 * HOUR], np.int64)
        values, why = np.array([20.0, np.nan]), np.array([0, 1], np.uint8)
        return samples(times, values, np.array([0, BAD], np.uint8), why, ((None, ""), (Reason.NO_ANSWER, "")))
    times = np.arange(NOW - seconds * 1000, NOW, 1000, dtype=np.int64)
    values = np.full(len(times), 22.25) if key == "a.x" else (times // 60_000 % 2).astype(float)
    return samples(times, values, np.zeros(len(times), np.uint8))


def page_of(qtbot: QtBot, tmp_path: Path, *keys: str, demo: bool = False) -> TrendsPage:
    copy = ROOM.model_copy(update={"room": ROOM.room.model_copy(update={"origin": "demo" if demo else "real"})})
    page = TrendsPage(model_of(copy), Past(told), settings=Settings(tmp_path / "console.ini"))  # type: ignore[arg-type]
    qtbot.addWidget(page)
    page.resize(1214, 660)
    page.clear()
    with qtbot.waitExposed(page):
        page.show()
    for key in keys:
        page.add_point(key)
    page.show_span(NOW - 120_000, NOW)
    return page


def written(qtbot: QtBot, page: TrendsPage, path: Path) -> Path:
    qtbot.waitUntil(lambda: page._said.text() == f"written: {path}", timeout=60_000)
    assert page.export_button.running is None and not path.with_name(path.name + ".part").exists()
    return path


def test_a_fault_that_began_long_before_the_span_stands_first(qtbot: QtBot, tmp_path: Path) -> None:
    page = page_of(qtbot, tmp_path, "a.x", "b.y")
    page.export_button.save_values(tmp_path / "out.csv")
    text = written(qtbot, page, tmp_path / "out.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.reader(text.splitlines()))
    assert rows[5][:2] == ["2026-09-21 13:13:20.000+08:00", "b.y"] and rows[5][3] == "" and rows[5][5] == "bad"
    assert len(rows) == 5 + 1 + 120


def test_a_workbook_has_a_sheet_for_each_point_and_one_that_says_what_it_is(qtbot: QtBot, tmp_path: Path) -> None:
    page = page_of(qtbot, tmp_path, "a.x", "b.y", "l.w", demo=True)
    assert page.curves.subtract("a.x", "b.y") == ""
    page._show_lines()
    page.export_button.save_book(tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(written(qtbot, page, tmp_path / "out.xlsx"))
    assert book.sheetnames == ["about", "1 =Temperature", "2 Temperature y", "3 Temperature w"], "a difference is not a point"
    head = [[cell.value for cell in row] for row in book["about"].iter_rows()]
    assert head[0][:2] == ["DEMO", "simulated data, not of a real room"] and head[3][:2] == ["Time zone", "Asia/Shanghai"]
    assert head[5] == ["1 a.x", "Cooler a · =Temperature", "°C"] and book["about"]["B6"].data_type == "s"
    sheet = book["1 =Temperature"]
    assert [cell.value for cell in sheet[1]] == ["time (Asia/Shanghai)", "value °C", "quality", "reason"]
    assert sheet["A2"].value.isoformat() == "2026-09-21T22:11:20" and sheet["B2"].value == 22.25 and sheet["C2"].value == "good"
    assert sheet["B2"].number_format == "0.0" and sheet.max_row == 121
    fault = [cell.value for cell in book["2 Temperature y"][2]]
    assert fault[0].isoformat() == "2026-09-21T13:13:20" and fault[1] is None and fault[2] == "bad" and fault[3]
    assert {row[1].value for row in book["3 Temperature w"].iter_rows(min_row=2)} == {"Dry", "Wet"}


def test_more_rows_than_a_sheet_holds_go_on_in_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsxfile, "MOST_ROWS", 50)
    writer, of = xlsxfile.XlsxFile(), about_of("a.x")
    writer.open(tmp_path / "part", of)
    strip = told("a.x", 120)
    assert isinstance(strip, xlsxfile.Strip)
    writer.write({"a.x": strip}, Event())
    writer.close(Event())
    (tmp_path / "part").rename(tmp_path / "out.xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert book.sheetnames[1:] == ["1 =Temperature", "1 =Temperature (2)", "1 =Temperature (3)"]
    assert sum(sheet.max_row - 1 for sheet in book.worksheets[1:]) == 120


def about_of(*keys: str) -> About:
    model = model_of(ROOM)
    return about(model, [model.points[key] for key in keys], NOW - 120_000, NOW)


@pytest.mark.parametrize("kind", [xlsxfile.XlsxFile, parquetfile.ParquetFile])
def test_a_writer_gives_up_when_it_is_told_to(tmp_path: Path, kind: type[xlsxfile.XlsxFile | parquetfile.ParquetFile]) -> None:
    writer, stop = kind(), Event()
    writer.open(tmp_path / "part", about_of("a.x"))
    stop.set()
    strip = told("a.x", 120)
    assert isinstance(strip, xlsxfile.Strip)
    with pytest.raises(GivenUp):
        writer.write({"a.x": strip}, stop)
    writer.abandon()


def test_parquet_holds_every_sample_in_utc(qtbot: QtBot, tmp_path: Path) -> None:
    page = page_of(qtbot, tmp_path, "a.x", "b.y", demo=True)
    page.export_button.save_parquet(tmp_path / "out.parquet")
    table = pyarrow.parquet.read_table(written(qtbot, page, tmp_path / "out.parquet"))
    assert table.num_rows == 121 and table.schema.field("time").type.tz == "UTC"
    assert table.schema.metadata[b"origin"] == b"demo" and table.schema.metadata[b"unit.a.x"] == "°C".encode()
    first = table.slice(0, 1).to_pylist()[0]
    assert (first["point"], first["value"], first["quality"], first["reason"]) == ("b.y", None, "bad", Reason.NO_ANSWER.value)
    assert table.column("value").to_pylist()[1:] == [22.25] * 120


def test_without_pyarrow_the_menu_says_what_to_install(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.pages.trends.export.possible", lambda: False)
    page = page_of(qtbot, tmp_path, "a.x")
    qtbot.mouseClick(page.export_button, Qt.MouseButton.LeftButton)
    menu = page.export_button.opened
    assert menu is not None
    action = next(one for one in menu.actions() if "Parquet" in one.text())
    assert not action.isEnabled() and "pyarrow" in action.text()
    assert [one.text() for one in menu.actions() if one.isEnabled()] == [
        "Picture (PNG)…",
        "Report with statistics (PDF)…",
        "Values (CSV)…",
        "Values, a sheet for each point (XLSX)…",
    ]
    menu.close()


def test_the_report_is_a_pdf_with_our_font_and_the_figures(qtbot: QtBot, tmp_path: Path) -> None:
    page = page_of(qtbot, tmp_path, "a.x", "b.y", "l.w", demo=True)
    page.compare_button.choose(1)
    page.export_button.save_paper(tmp_path / "out.pdf")
    written(qtbot, page, tmp_path / "out.pdf")
    paper = (tmp_path / "out.pdf").read_bytes()
    assert paper.startswith(b"%PDF") and paper.rstrip().endswith(b"%%EOF")
    assert b"CityOpsSans" in paper and b"/FontFile" in paper and b"/Subtype /Image" not in paper, "letters and lines, not a picture"
    assert not page.stats.isVisible() and texts(page.plot)


def test_a_report_that_cannot_be_written_is_said(qtbot: QtBot, tmp_path: Path) -> None:
    page = page_of(qtbot, tmp_path, "a.x")
    page.export_button.save_paper(tmp_path / "nowhere" / "out.pdf")
    qtbot.waitUntil(lambda: page._said.text().startswith("out.pdf could not be written"), timeout=60_000)
