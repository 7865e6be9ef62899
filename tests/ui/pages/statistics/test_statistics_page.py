"""The page of the statistics: what is asked and when, tables and charts in words, the calendar by mouse and keys, the files."""

import csv
from pathlib import Path

import pytest
from openpyxl import load_workbook
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from cityops_desktop import texts
from cityops_desktop.model.statistics import Measure, Subject
from tests.ui.desk import assert_clean, model_of
from tests.ui.pages.statistics.statisticsrooms import DAY, Statistics
from tests.ui.rooms import copy_of_room
from tests.ui.walker import walk
from ui import theme
from ui.models.room import RoomModel
from ui.pages.statistics import calendar
from ui.pages.statistics.calendar import NAMES, ROW, worst
from ui.pages.statistics.page import StatisticsPage
from ui.pages.statistics.span import FREE, HALF, LAST, QUARTER
from ui.pages.statistics.tables import drawn_columns

CALENDAR = len(Subject)


class Place:
    """The page on the made room; NOW is 2026-09-21 in Shanghai."""

    def __init__(self, qtbot) -> None:
        self.qtbot = qtbot
        self.model: RoomModel = model_of(copy_of_room())
        self.link = Statistics(self.model)
        self.page = StatisticsPage(self.model, self.link)  # type: ignore[arg-type]
        self.page.resize(1214, 660)
        qtbot.addWidget(self.page)

    def show(self, tab: int = 0, span: str = "") -> StatisticsPage:
        if span:
            self.page.span.which.setCurrentIndex(self.page.span.which.findData(span))
        self.page.tabs.setCurrentIndex(tab)
        self.page.show()
        QApplication.processEvents()
        return self.page

    def cell(self, row: int, day: int) -> QPoint:
        board = self.page.calendar.board
        left, right = board._scale().edges(day)
        return QPoint((left + right) // 2, row * ROW + ROW // 2)


@pytest.fixture
def place(qtbot) -> Place:
    return Place(qtbot)


def test_a_hidden_page_asks_nothing_and_each_tab_once(place: Place):
    assert place.link.asked == []
    page = place.show()
    page.tabs.setCurrentIndex(1)
    page.tabs.setCurrentIndex(0)
    assert [subject for subject, _ in place.link.asked] == ["business", "service"]
    page.span.by.setCurrentIndex(2)
    assert place.link.asked[-1][0] == "business" and place.link.asked[-1][1]["by"] == "month"
    place.link.sessionChanged.emit()
    assert [subject for subject, _ in place.link.asked] == ["business", "service", "business", "business"], (
        "another person may read other tables"
    )


@pytest.mark.parametrize(
    ("span", "first", "days"),
    [("month", "2026-09-01", 21), (LAST, "2026-08-01", 31), (QUARTER, "2026-07-01", 83), (HALF, "2026-03-22", 184)],
)
def test_the_spans_are_days_of_the_room(place: Place, span: str, first: str, days: int):
    page = place.show(span=span)
    asked = place.link.asked[-1][1]
    assert (asked["to"] - asked["from"]) / DAY == days
    assert page.said.text().startswith(first)


def test_two_days_that_a_person_types(place: Place):
    page = place.show(span=FREE)
    edit = page.span.first
    assert edit.isVisible() and page.span.last.text() == "2026-09-21"
    edit.selectAll()
    place.qtbot.keyClicks(edit, "2026-09-20")
    place.qtbot.keyClick(edit, Qt.Key.Key_Return)
    asked = place.link.asked[-1][1]
    assert (asked["to"] - asked["from"]) / DAY == 2
    many = len(place.link.asked)
    edit.selectAll()
    place.qtbot.keyClicks(edit, "2026-09-31")
    place.qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert "Type two days" in page.said.text() and len(place.link.asked) == many
    edit.selectAll()
    place.qtbot.keyClicks(edit, "2024-01-01")
    place.qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert "400 days" in page.said.text()


def test_a_station_that_still_reckons_is_asked_to_go_on(place: Place):
    place.link.ready = 0.43
    page = place.show(2)
    assert "Reckoning: 43 %" in page.said.text()
    asked = len(place.link.asked)
    place.link.ready = 1.0
    place.qtbot.waitUntil(lambda: len(place.link.asked) > asked)
    assert "Reckoning" not in page.said.text()


def test_an_answer_to_what_was_wanted_before_is_forgotten(place: Place):
    place.link.held = True
    page = place.show()
    page.span.which.setCurrentIndex(1)
    place.link.tell()
    assert page.subjects[Subject.BUSINESS].info is None
    place.link.tell()
    info = page.subjects[Subject.BUSINESS].info
    assert info is not None and (info.end - info.start) / DAY == 31


def test_a_refusal_is_told(place: Place):
    place.link.refused = "busy"
    page = place.show()
    assert "the station is busy" in page.said.text() and not page.export_button.isEnabled()
    place.model.set_connected(False)
    place.link.refused = ""
    page.span.which.setCurrentIndex(1)
    assert "No station" in page.said.text()


def test_a_table_its_chart_and_what_it_rests_on(place: Place):
    page = place.show(1)
    tab = page.subjects[Subject.SERVICE]
    assert tab.list.texts()[0] == ["Alarms and their handling by period"]
    assert tab.sheet.texts()[0][0] == "2026-09-01" and "Rests on the alarms" in tab.notes.text()
    assert tab.chart.chart.upright and len(tab.chart.chart.bars) == 21
    place.qtbot.keyClick(tab.list, Qt.Key.Key_Down)
    assert tab.sheet.texts()[0][0] == "Critical" and not tab.chart.chart.upright
    tab.column.setCurrentIndex(2)
    assert tab.chart.chart.title.endswith("acknowledged after: median") and "min" in tab.chart.chart.bars[0].text
    assert_clean(tab.chart)


def test_bars_by_keys_and_mouse_choose_their_row(place: Place):
    page = place.show(1)
    tab = page.subjects[Subject.SERVICE]
    tab.chart.setFocus()
    place.qtbot.keyClick(tab.chart, Qt.Key.Key_Right)
    place.qtbot.keyClick(tab.chart, Qt.Key.Key_Right)
    assert tab.chart.at == 1 and tab.sheet.chosen_id().startswith(tab.table.rows[1].id)
    assert tab.chart.painted_texts()[1][1].startswith("2026-09-02: ")
    place.qtbot.mouseMove(tab.chart, tab.chart._box(4).center())
    assert tab.chart.at == 4
    place.qtbot.keyClick(tab.chart, Qt.Key.Key_End)
    assert tab.chart.at == 20
    place.qtbot.keyClick(tab.chart, Qt.Key.Key_Escape)
    assert tab.chart.at == -1


def test_what_is_not_known_is_hatched_and_called_so(place: Place):
    page = place.show(2)
    tab = page.subjects[Subject.PERFORMANCE]
    assert [row[1] for row in tab.sheet.texts()[:3]] == ["unknown", "unknown", "96.0 %"]
    assert [bar.value for bar in tab.chart.chart.bars[:2]] == [None, None]
    assert "Recorded since 2026-09-03" in tab.notes.text() and "Days recorded in the span: 21" in tab.notes.text()
    tab.list.choose("pue")
    assert tab.table.code == "pue" and not tab.chart.isVisible()
    assert "the power of the mains supply is not measured" in tab.notes.text() and "Nothing to tell" in tab.notes.text()


def test_who_may_not_read_the_log_is_told_no_persons(place: Place):
    place.link.personal = False
    page = place.show(1)
    assert "after they have logged in" in page.said.text()
    assert page.subjects[Subject.SERVICE].list.texts()[-1] == ["Acknowledged by post"]


def test_a_row_leads_to_its_device(place: Place):
    page = place.show(1)
    tab = page.subjects[Subject.SERVICE]
    tab.list.choose("alarms_by_device")
    index = tab.sheet.model().index(0, 0)
    tab.sheet.setCurrentIndex(index)
    with place.qtbot.waitSignal(page.openDevice) as opened:
        tab.sheet.setFocus()
        place.qtbot.keyClick(tab.sheet, Qt.Key.Key_Return)
    assert opened.args == [tab.table.rows[0].id]


# the calendar


def test_half_a_year_of_days_is_seen_at_once(place: Place):
    page = place.show(CALENDAR, HALF)
    board, info = page.calendar.board, page.calendar.info
    assert len(info.days) == 184 and board.width() <= 1214
    left, right = board._scale().edges(183)
    assert right <= board.width() - calendar.SHARES and right - left >= 4
    assert len(board.lines) == len(place.model.devices)
    assert page.calendar.worst.text().startswith("Worst: ") and "nothing came" in page.calendar.worst.text()
    assert [share for *_, share in worst(info, 3)] == [0, 412, 412]


def test_a_click_on_a_day_opens_its_curves(place: Place):
    page = place.show(CALENDAR, HALF)
    with place.qtbot.waitSignal(page.openTrendSpan) as opened:
        place.qtbot.mouseClick(page.calendar.board, Qt.MouseButton.LeftButton, pos=place.cell(3, 12))
    key, start, end = opened.args
    assert key.startswith(page.calendar.info.devices[3].id) and (start, end - start) == (page.calendar.info.days[12], DAY)
    assert "nothing came" in page.calendar.said.text()


def test_a_name_opens_its_points_and_a_point_its_own_curve(place: Place):
    page = place.show(CALENDAR, HALF)
    board = page.calendar.board
    devices = len(board.lines)
    place.qtbot.mouseClick(board, Qt.MouseButton.LeftButton, pos=QPoint(60, 2 * ROW + 4))
    assert len(board.lines) == devices + 4 and board.lines[3].point and board.lines[3].device == board.lines[2].id
    with place.qtbot.waitSignal(page.openTrendSpan) as opened:
        place.qtbot.mouseClick(board, Qt.MouseButton.LeftButton, pos=place.cell(4, 100))
    assert opened.args[0] == board.lines[4].id
    place.qtbot.mouseClick(board, Qt.MouseButton.LeftButton, pos=QPoint(60, 2 * ROW + 4))
    assert len(board.lines) == devices
    assert NAMES > 60


def test_the_calendar_by_keys(place: Place):
    page = place.show(CALENDAR, HALF)
    board = page.calendar.board
    board.setFocus()
    place.qtbot.keyClick(board, Qt.Key.Key_Down)
    place.qtbot.keyClick(board, Qt.Key.Key_Left)
    place.qtbot.keyClick(board, Qt.Key.Key_Space)
    assert board.lines[board.row].device in board.opened
    place.qtbot.keyClick(board, Qt.Key.Key_Home)
    assert board.day == 0 and "nothing was recorded yet" in board.accessibleDescription()
    with place.qtbot.waitSignal(page.openTrendSpan) as opened:
        place.qtbot.keyClick(board, Qt.Key.Key_Return)
    assert opened.args[1] == page.calendar.info.days[0]
    for _ in range(6):
        place.qtbot.keyClick(board, Qt.Key.Key_PageDown)
    assert board.row == len(board.lines) - 1 and page.calendar.area.verticalScrollBar().value() > 0


def test_the_window_leads_to_the_day(desk, qtbot):
    desk.window.show_page("statistics")
    page = desk.window.page("statistics")
    start = desk.model.now() - 20 * DAY
    page.openTrendSpan.emit("ups-1.load", start, start + DAY)
    trends = desk.window.page("trends")
    assert desk.window.current == "trends" and "ups-1.load" in trends.keys
    assert (trends.plot.start, trends.plot.end) == (start, start + DAY) and not trends.live


# files


def saved(place: Place, path: Path) -> StatisticsPage:
    page = place.page
    page.save(path)
    place.qtbot.waitUntil(lambda: page.running is None, timeout=20_000)
    assert page.said.text() == f"Saved: {path}"
    return page


def test_tables_as_csv(place: Place, tmp_path: Path):
    place.show(1)
    page = saved(place, tmp_path / "service.csv")
    rows = list(csv.reader((tmp_path / "service.csv").read_text("utf-8-sig").splitlines()))
    assert rows[0] == ["Statistics · Service process"] and ["DEMO", "simulated data, not of a real room"] in rows
    assert ["Time zone", "Asia/Shanghai"] in rows
    head = next(n for n, row in enumerate(rows) if row[:2] == ["period", "alarms"])
    assert rows[head][7] == "acknowledged after: median (s)"
    table = page.subjects[Subject.SERVICE].table
    assert rows[head + 1][:2] == ["2026-09-01", str(table.rows[0].cells[0])]
    median = table.rows[0].cells[6]
    assert rows[head + 1][7] == (f"{median / 1000:g}" if median is not None else "")


def test_tables_as_a_spreadsheet_are_figures_and_no_formulas(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(place.model.devices["ups-1"].names, "en", "=1+1")
    place.show(2)
    saved(place, tmp_path / "performance.xlsx")
    book = load_workbook(tmp_path / "performance.xlsx")
    assert book.sheetnames == ["Completeness by period", "Availability by device", "Hours within the limits by", "PUE"]
    by_day = book["Completeness by period"]
    told = {row[0].value: row[1].value for row in by_day.iter_rows() if len(row) > 1}
    assert told["2026-09-01"] is None and told["2026-09-03"] == 96
    cells = [cell for row in book["Availability by device"].iter_rows() for cell in row if cell.value == "=1+1"]
    assert [cell.data_type for cell in cells] == ["s"]


@pytest.mark.parametrize("tab", [1, CALENDAR])
def test_pages_with_charts(place: Place, tmp_path: Path, tab: int):
    place.show(tab, HALF)
    saved(place, tmp_path / "pages.pdf")
    data = (tmp_path / "pages.pdf").read_bytes()
    assert data.startswith(b"%PDF") and len(data) > 20_000


def test_the_calendar_as_a_file_holds_every_point(place: Place, tmp_path: Path):
    page = place.show(CALENDAR, HALF)
    saved(place, tmp_path / "days.csv")
    rows = list(csv.reader((tmp_path / "days.csv").read_text("utf-8-sig").splitlines()))
    head = next(n for n, row in enumerate(rows) if row[:2] == ["device", "point"])
    assert len(rows[head]) == 186 and len(rows) - head - 1 == len(page.calendar.info.devices) + len(page.calendar.info.points)
    assert rows[head + 1][2:5] == ["", "", "100"] or rows[head + 1][4] in ("99.9", "99.8")


def test_a_folder_that_cannot_be_written(place: Place, tmp_path: Path):
    page = place.show(1)
    page.save(tmp_path / "none" / "service.csv")
    place.qtbot.waitUntil(lambda: page.running is None)
    assert "cannot be written" in page.said.text()


@pytest.mark.parametrize("size", [(1214, 660), (1768, 970)], ids=["small", "large"])
@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_cut(qtbot, qapp: QApplication, language: str, colours: str, size: tuple[int, int]):
    theme.apply(qapp, theme.THEMES[colours])
    texts.set_language(language)
    try:
        place = Place(qtbot)
        place.page.resize(*size)
        faults, seen = [], 0
        for span in ("month", HALF, FREE):
            place.show(0, span)
            for tab in range(CALENDAR + 1):
                place.page.tabs.setCurrentIndex(tab)
                subject = place.page.subject
                codes = [table.code for table in place.page.subjects[subject].info.tables] if subject is not None else [""]
                for code in codes:
                    if subject is not None:
                        place.page.subjects[subject].list.choose(code)
                    else:
                        place.page.calendar.board.toggle("ups-2")
                        place.page.calendar.board.select(3, 9)
                    qapp.processEvents()
                    found = walk(place.page, f"{span} {tab} {code}")
                    faults += found.faults
                    seen += found.texts
        assert not faults, "\n".join(faults)
        assert seen > 1000
    finally:
        texts.set_language("en")


def test_every_measure_has_a_place(place: Place):
    page = place.show(3)
    table = page.subjects[Subject.CONFIGURATION].info.tables[1]
    assert drawn_columns(table) == [] and {column.measure for column in table.columns} == {Measure.TEXT, Measure.MOMENT}
