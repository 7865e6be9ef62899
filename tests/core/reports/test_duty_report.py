"""The report of duty: as its template says, unknown said as unknown; the same in a workbook; rows of duty in two languages."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from cityops_desktop import texts
from cityops_desktop.duty.reportforms import read_template, shipped
from cityops_desktop.duty.reports import Kind
from cityops_desktop.link.duty.sheet import SheetRow, SheetSection
from cityops_desktop.reports import sheets, xlsx
from cityops_desktop.reports.blocks import Facts, Report, Table, Text
from cityops_desktop.reports.duty import About, Air, AreaTime, Level, Load, Material, Meter, report, span_text
from cityops_desktop.reports.figures import FIGURES, value_text

ZONE = ZoneInfo("Asia/Shanghai")
BEGIN, END = 1_793_462_400_000, 1_796_054_400_000
HOUR = 3_600_000
ABOUT = About((("Room", "Room 1"),), "DEMO", ZONE, "the office", "", (("Head of the change log", "7: ab"),))
PATROL = SheetSection(
    id="patrol",
    title="Patrols",
    rows=[SheetRow(words="{name} missed, due {due_at}", params={"name": "night", "name_zh": "夜巡", "due_at": BEGIN}, time=BEGIN + HOUR)],
)
QUIET = SheetSection(id="visitors", title="Visitors")
FOUND = Material(
    begin=BEGIN,
    end=END,
    made=END + HOUR,
    watched=None,
    lines=[("line 1", 0.5, 12)],
    air=[Air("hall", "°C", 3, None, None, None, 1)],
    areas=[AreaTime("hall", 0.0, 0.0, 720.0)],
    meters=[Meter("main", None, 0, 30, 0), Meter("side", 0.0, 30, 30, 1)],
    loads=[Load("UPS 1", 10.0, 45.5, 30.25)],
    levels=[Level("Critical", 0, 0, None, None)],
    top=[("supply air above …", 3, 2 * HOUR)],
    unnamed=2,
    incidents=[{"number": "2026-001", "title": "cooling lost", "grade": 3, "found": BEGIN, "state": "recovered"}],
    problems=[],
    changes=[(BEGIN, "config.applied", "3 · limits", "")],
    gaps=[(BEGIN, BEGIN + 90 * 60_000)],
    reckoned=0.5,
    figures={"running.share": None, "alarms.count": 0.0, "readings.complete": 0.9999, "own.thing": 2.0},
    sheet=[PATROL, QUIET],
    more={"patrol": 7},
    evaluation=None,
)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    texts.set_language("en")
    yield
    texts.set_language("en")


def table(made: Report, title: str) -> Table:
    [found] = [one for one in made.blocks if isinstance(one, Table) and one.title == title]
    return found


def test_unknown_is_said_and_zero_is_a_zero():
    made = report(shipped(Kind.MONTH), FOUND, ABOUT)
    assert made.title == "Monthly report 2026-11" and made.demo == "DEMO"
    [summary] = [one for one in made.blocks if isinstance(one, Facts) and one.title == "Summary"]
    assert dict(summary.rows) == {"Station running": "unknown", "Readings that came": "99.99 %", "Alarms": "0"}
    assert table(made, "Availability").rows == (("Station running", "unknown", ""), ("line 1", "50.00 %", "12"))
    assert table(made, "Environment").rows[0][3:] == ("unknown", "unknown", "unknown")
    assert table(made, "Environment · limits").rows[0][1:] == ("unknown", "0.0", "0.0", "720.0")
    assert [row[1] for row in table(made, "Energy and load").rows] == ["unknown", "0.0 kWh"]
    assert table(made, "Energy and load · load").rows == (("UPS 1", "10.0 %", "30.2 %", "45.5 %"),)
    assert table(made, "Serious problems").rows[0][0] == "none"
    assert table(made, "Gaps in the record").rows == (("2026-11-01 00:00", "2026-11-01 01:30", "1 h 30 min"),)
    [about] = [one for one in made.blocks if isinstance(one, Facts) and one.title == "About this report"]
    assert ("Reckoned", "50.00 % of the past; the rest counts as unknown") in about.rows and ("Made for", "the office") in about.rows


def test_alarms_of_sensitive_devices_are_counted_and_not_named():
    rows = table(report(shipped(Kind.MONTH), FOUND, ABOUT), "Alarms · the most frequent").rows
    assert rows == (("supply air above …", "3", "2 h 00 min"), ("of devices marked sensitive: counted, not named", "2", ""))


def test_what_areas_tell_stands_there_and_who_is_silent_is_named():
    made = report(shipped(Kind.MONTH), FOUND, ABOUT)
    assert table(made, "Patrols").rows == (("2026-11-01 01:00", "night missed, due 2026-11-01 00:00"), ("", "and 7 more"))
    assert Text("Nothing to tell", "Visitors") in made.blocks
    texts.set_language("zh_CN")
    assert sheets.sentence(PATROL.rows[0], ZONE).startswith("夜巡 ")


def test_a_template_chooses_names_and_limits():
    head = "kind: day\nnames: {zh: 日, en: Ours}\nsections:\n  - id: duty\n    areas: [visitors]\n"
    text = f"{head}  - id: changes\n    names: {{zh: 改, en: Edits}}\n    top: 1\n"
    found = replace(FOUND, changes=[*FOUND.changes, (END, "config.reset", "", "Zhang")])
    made = report(read_template(text), found, ABOUT)
    assert [one.title for one in made.blocks] == ["About this report", "Nothing to tell", "Edits"]
    assert table(made, "Edits").rows[1][1] == "and 1 more"


def test_a_span_is_told_as_days_or_with_its_times():
    assert span_text(BEGIN, BEGIN + 24 * HOUR, ZONE) == "2026-11-01"
    assert span_text(BEGIN + 8 * HOUR, BEGIN + 16 * HOUR, ZONE) == "2026-11-01 08:00 … 16:00"
    assert span_text(BEGIN + 20 * HOUR, BEGIN + 28 * HOUR, ZONE) == "2026-11-01 20:00 … 11-02 04:00"
    assert span_text(BEGIN + 24 * HOUR, BEGIN + 8 * 24 * HOUR, ZONE) == "2026-11-02 … 11-08"
    assert span_text(BEGIN - 31 * 24 * HOUR, BEGIN + 61 * 24 * HOUR, ZONE) == "2026-10 … 12"
    assert span_text(BEGIN + 56 * 24 * HOUR, BEGIN + 63 * 24 * HOUR, ZONE) == "2026-12-27 … 2027-01-02"


def test_a_workbook_has_numbers_as_numbers_and_formulas_as_words(tmp_path: Path):
    rows = (("=1+1", "12"), ("007", "99.50 %"), ("-3.5", "—"))
    made = Report("Title", "DEMO", (Facts("a/b", (("name", "5"),)), Table("a/b", ("x", "y"), rows, (1.0, 1.0))))
    xlsx.write(made, tmp_path / "a.xlsx")
    book = load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["a b", "a b 2"]
    cells = [[(cell.value, cell.data_type) for cell in row] for row in book["a b 2"].iter_rows(min_row=2)]
    assert cells == [[("=1+1", "s"), (12, "n")], [("007", "s"), (0.995, "n")], [(-3.5, "n"), ("—", "s")]]
    assert book["a b 2"]["B3"].number_format == "0.00%" and list(tmp_path.iterdir()) == [tmp_path / "a.xlsx"]


@pytest.mark.parametrize("figure", sorted(FIGURES))
def test_every_figure_says_when_it_is_unknown(figure: str):
    assert value_text(figure, None) == "unknown" and value_text(figure, 0.0)[0] == "0"
