"""The report to the authority: whole, honest about what it was graded by, and the same in every form of file."""

from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from docx import Document
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.link.incidents import EntryInfo, HappenedInfo, IncidentDetail, IncidentInfo, SiteInfo
from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.reports import docx
from cityops_desktop.reports.blocks import Facts, Table, Text
from cityops_desktop.reports.incident import MOST_ROWS, About, report
from cityops_desktop.reports.page import html

NOW = 1_790_000_000_000
ABOUT = About((("Room", "Room 1"),), "", UTC, lambda alarm: f"sentence of {alarm.key}", {"p1": "COOL-1"})


def incident(**more: object) -> IncidentInfo:
    told = {"id": "i1", "number": "2026-001", "title": "cooling lost", "text": "what happened", "begun": NOW, "found": NOW, "opened": NOW}
    told |= {"actor_name": "Zhang", "state": "opened", "edition": "gbz-20986-2007", "sort": "facility", "part": "support"}
    told |= {"importance": "special", "loss": "serious", "impact": 0, "grade": 2, "reporter": "cii", "alarms": [], "recovered": None}
    told |= {"closed": None, "closed_by": "", "reason": "", "actions": "", "lessons": "", "dues": []}
    return IncidentInfo.model_validate(told | more)


def detail(happened: list[HappenedInfo], **more: object) -> IncidentDetail:
    return IncidentDetail(now=NOW, site=SiteInfo(), incident=incident(**more), happened=happened, start=NOW, end=NOW, acts=True)


def entry(n: int, text: str = "x") -> HappenedInfo:
    told = EntryInfo(id=str(n), kind="plan", time=NOW + n, written=NOW, actor_name="Zhang", text=text, plan="p1")  # type: ignore[arg-type]
    return HappenedInfo(time=NOW + n, actor_name="Zhang", entry=told)


def raised(n: int) -> HappenedInfo:
    told = {"id": str(n), "key": "a.temp#high", "subject": "a.temp", "cause": "high", "level": 1, "state": "normal", "raised": NOW}
    return HappenedInfo(time=NOW + n, actor_name="", kind="alarm.raised", subject=f"alarm:{n}", alarm=AlarmInfo.model_validate(told))


def words(block: Facts | Text | Table) -> str:
    if isinstance(block, Text):
        return block.text
    return "\n".join(" | ".join(row) for row in block.rows)


def block(made: IncidentDetail, title: str, about: About = ABOUT) -> str:
    return words(next(one for one in report(made, about).blocks if one.title == title))


def test_it_says_by_which_edition_it_was_graded_and_whether_that_was_compared() -> None:
    sound = block(detail([]), "Class and grade")
    assert "II, serious" in sound and "GB/Z 20986-2007" in sound and "not compared" not in sound
    assert "not compared" in block(detail([], edition="gbt-20986-2023"), "Class and grade")
    assert "not graded yet" in block(detail([], grade=None, sort=""), "Class and grade")


def test_an_act_upon_the_incident_itself_is_told_without_its_id() -> None:
    acts = [HappenedInfo(time=NOW, actor_name="Li", kind="incident.closed", subject="incident:i1"), entry(1), raised(2)]
    told = block(detail(acts), "Time line").splitlines()
    assert told[0].endswith("| incident closed |  | Li") and "plan started · COOL-1 | x | Zhang" in told[1]
    assert told[2].endswith("| alarm raised | sentence of a.temp#high | station")


@given(st.integers(0, 600), st.integers(0, 450))
def test_a_flood_of_alarms_crowds_no_entry_out(alarms: int, entries: int) -> None:
    happened = [raised(n) for n in range(alarms)] + [entry(1000 + n) for n in range(entries)]
    table = next(one for one in report(detail(happened), ABOUT).blocks if one.title == "Time line")
    assert isinstance(table, Table)
    written = [row for row in table.rows if "plan started" in row[1]]
    assert len(written) == entries and len(table.rows) <= max(MOST_ROWS, entries) + 1
    assert (alarms + entries > len(table.rows)) <= any(row[1] == "left out" for row in table.rows)


def test_what_people_wrote_stays_text_on_the_page() -> None:
    page = html(report(detail([entry(1, "<script>alert(1)</script>")], title="<b>x</b>"), ABOUT), "en")
    assert "<script>" not in page and "<b>x</b>" not in page and "&lt;script&gt;" in page


@pytest.mark.parametrize("demo", ["", "DEMO: simulated"])
def test_the_docx_has_every_block_and_says_that_a_demo_is_one(tmp_path: Path, demo: str) -> None:
    about = replace(ABOUT, demo=demo)
    made = report(detail([entry(1), raised(2)]), about)
    path = tmp_path / "r.docx"
    docx.write(made, path)
    read = Document(str(path))
    titles = [part.text for part in read.paragraphs if part.style is not None and part.style.name == "Heading 1"]
    assert titles == [one.title for one in made.blocks] and (demo in [part.text for part in read.paragraphs]) is True
    assert [one.name for one in tmp_path.iterdir()] == ["r.docx"]
    cells = [cell.text for table in read.tables for cell in table._cells]
    assert "sentence of a.temp#high" in cells and "what happened" in [part.text for part in read.paragraphs]
