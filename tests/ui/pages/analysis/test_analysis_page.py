"""The page of trend analysis: the most urgent first, every figure with its interval and what it rests on, unknown with its reason."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from cityops_desktop import texts
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.analysis import AnalysisInfo, ChartInfo, CurveInfo, FigureInfo, FindingInfo
from cityops_desktop.link.messages import PointInfo
from cityops_desktop.model.analysis import Method, Why
from cityops_desktop.model.people import Outcome
from tests.ui.desk import NOW, model_of, point, room_copy
from tests.ui.rooms import names
from tests.ui.walker import walk
from ui import theme
from ui.models.room import RoomModel
from ui.pages.analysis import words
from ui.pages.analysis.page import ALL, MATTERS, ORDER, PATH, UNKNOWN, AnalysisPage

DAY = 86_400_000
HOT, GAS, LOAD, TIME, VOLTS, USUAL, SENSOR = "hot.t", "gas.p", "ups.load", "ups.time", "ups.volts", "cold.t", "s5.t"
UNITS = {GAS: "MPa", LOAD: "%", TIME: "s", VOLTS: "V"}


def figure(value: float, low: float | None, high: float | None) -> FigureInfo:
    return FigureInfo(value=value, low=low, high=high)


def due(days: float, low: float, high: float | None) -> FigureInfo:
    return figure(NOW + days * DAY, NOW + low * DAY, None if high is None else NOW + high * DAY)


def finding(method: Method, key: str, rank: int, **more: Any) -> FindingInfo:
    told = {
        "id": f"{method.value}:{key}",
        "method": method,
        "point": key,
        "rank": rank,
        "start": NOW - 60 * DAY,
        "end": NOW,
        "samples": 1441,
    }
    return FindingInfo.model_validate(told | more)


def findings() -> list[FindingInfo]:
    minute = 1 / 1440
    return [
        finding(
            Method.LIMIT,
            HOT,
            0,
            figure=figure(0.312, 0.28, 0.35),
            due=due(12 * minute, 10 * minute, 17 * minute),
            limit=32.0,
            level=1,
            start=NOW - 180_000,
            samples=18,
            facts={"now": 28.3},
        ),
        finding(Method.CYLINDER, GAS, 1, figure=figure(-0.006, -0.007, -0.005), due=due(75, 64, 90), limit=13.5, facts={"now": 14.0}),
        finding(Method.DISCHARGE, VOLTS, 1, figure=figure(75.9, 74.6, 77.8), since=NOW - 20 * DAY, facts={"begin": NOW - 20.0 * DAY}),
        finding(
            Method.PROFILE, USUAL, 1, figure=figure(6.1, 5.0, 7.2), since=NOW - 10_800_000, facts={"days": 20, "split": 1, "now": 29.0}
        ),
        finding(Method.DRIFT, SENSOR, 1, figure=figure(1.32, 1.24, 1.4), since=NOW - 30 * DAY, facts={"neighbours": 8}),
        finding(Method.RUNTIME, TIME, 2, figure=figure(-2.0, -2.1, -1.9), due=due(420, 400, None), limit=300, facts={"reference": 52.0}),
        finding(Method.GROWTH, LOAD, 3, figure=figure(0.001, -0.002, 0.003), why=Why.NOT_MOVING),
        finding(Method.CYLINDER, HOT, 4, why=Why.NO_METHOD, start=0, end=0, samples=0),
        finding(Method.DRIFT, LOAD, 4, why=Why.FEW, samples=12),
    ]


def chart(id: str) -> ChartInfo:
    x = [float(NOW - 60 * DAY + n * DAY) for n in range(60)]
    measured = CurveInfo(role="measured", x=x, y=[20 + 0.1 * n for n in range(60)])
    return ChartInfo(
        id=id, axis="time", unit="°C", decimals=1, curves=[measured, CurveInfo(role="line", x=[x[0], x[-1]], y=[20, 26])], limits=[27]
    )


class Station:
    """A link that answers with the findings, or with nothing."""

    person = None

    def __init__(self) -> None:
        self.findings = findings()
        self.reckoned: int | None = NOW
        self.origin = "real"
        self.answers = True
        self.asked: list[str] = []

    def ask(self, path: str, kind: Any, callback: Callable[[Any], None], query: Any = None, *, wait_ms: int = 0) -> None:
        self.asked.append(query["id"] if query else path)
        if not self.answers:
            callback(CommandResult(id="", outcome=Outcome.REFUSED, code="no_such_finding"))
        elif query:
            callback(chart(query["id"]))
        else:
            told = {"now": NOW, "origin": self.origin, "total": 9, "reckoned": self.reckoned, "findings": self.findings}
            callback(AnalysisInfo.model_validate(told))


def room() -> list[PointInfo]:
    long = names("三号机房东侧冷通道温度", "Cold aisle east side of room three, temperature")
    return [
        point(key, unit=UNITS.get(key, "°C"), **({"names": long} if key == USUAL else {}))
        for key in (HOT, GAS, LOAD, TIME, VOLTS, USUAL, SENSOR)
    ]


class Place:
    """The page on a made room."""

    def __init__(self, qtbot) -> None:
        self.model: RoomModel = model_of(room_copy(room()))
        self.station = Station()
        self.page = AnalysisPage(self.model, self.station)  # type: ignore[arg-type]
        self.page.resize(1214, 660)
        qtbot.addWidget(self.page)
        self.qtbot = qtbot

    def show(self) -> AnalysisPage:
        self.page.show()
        QApplication.processEvents()
        return self.page


@pytest.fixture
def place(qtbot) -> Place:
    return Place(qtbot)


def test_the_most_urgent_first_with_figure_interval_time_and_what_it_rests_on(place: Place):
    rows = place.show().list.texts()
    assert len(rows) == 6, "what is in order or not known is not in the way"
    assert rows[0] == [
        "Time to the limit · Cooler hot · Temperature t\n+0.312 °C/min (0.280 to 0.350)",
        "32.0 °C in 12 min (10 to 17)\n18 values in 3 min",
    ]
    assert "-0.180 MPa/month (-0.210 to -0.150)" in rows[1][0]
    assert rows[1][1] == "13.5 MPa on 2026-12-05 (11-24 to 12-20)\n1441 values in 60 d"
    assert "75.9 % (74.6 to 77.8) of the reference" in rows[2][0] and "last on 2026-09-01" in rows[2][1]
    assert "+6.1 °C (5.0 to 7.2) from the usual" in rows[3][0] and "since 19:13" in rows[3][1]
    assert "+1.32 °C (1.24 to 1.40) from its neighbours" in rows[4][0] and "step on 2026-08-22" in rows[4][1]
    assert "300.0 s on 2027-11-15 (10-26 or later)" in rows[5][1]


def test_unknown_and_in_order_are_said_with_their_reason(place: Place):
    page = place.show()
    page.which.setCurrentIndex(UNKNOWN)
    assert [row[0].split("\n")[1] for row in page.list.texts()] == [
        "no temperature correction is known for this agent",
        "too few values yet: 14 days are needed",
    ]
    assert page.steps.text() == "Nothing is reckoned: no temperature correction is known for this agent."
    page.which.setCurrentIndex(ORDER)
    assert page.list.texts()[0][0].endswith("no change is proven: +0.007 %/week (-0.014 to 0.021)")
    page.which.setCurrentIndex(ALL)
    assert len(page.list.texts()) == 9
    page.method.setCurrentIndex(1 + list(Method).index(Method.DRIFT))
    assert len(page.list.texts()) == 2
    assert page.said.text() == "6 to look at, 1 in order, 2 not known · reckoned at 22:13:20"


def test_the_chosen_finding_with_its_chart_and_how_it_is_reckoned(place: Place):
    page = place.show()
    assert page.chart.chart is not None and page.chart.chart.id == "limit:hot.t"
    assert page.figure.text() == "Time to the limit: 32.0 °C in 12 min (10 to 17)", "the time is what is asked for"
    assert page.due.text() == "+0.312 °C/min (0.280 to 0.350)"
    assert "18 averages from 22:10:20 to 22:13:20" in page.steps.text() and "stands at 28.3 °C" in page.steps.text()
    place.qtbot.keyClick(page.list, Qt.Key.Key_Down)
    assert page.chart.chart is not None and page.chart.chart.id == "cylinder:gas.p"
    assert page.point() == GAS
    assert page.figure.text() == "Cylinder pressure: -0.180 MPa/month (-0.210 to -0.150)"
    assert "robust line" in page.chart.toolTip()


def test_every_method_says_how_it_is_reckoned_in_two_sentences(place: Place):
    for one in findings():
        told = words.told(place.model, one)
        assert told.steps and told.where and told.result
        if one.figure is not None:
            assert told.steps.count(". ") >= 1
    assert set(words.METHODS) == set(words.STEPS) == set(Method) and set(words.WHYS) == set(Why)


def test_it_leads_to_the_trends_of_the_time_that_was_looked_at(place: Place):
    page = place.show()
    came: list[tuple[str, int, int]] = []
    page.openTrendSpan.connect(lambda *told: came.append(told))
    place.qtbot.keyClick(page.list, Qt.Key.Key_Down)
    place.qtbot.mouseClick(page.trend_button, Qt.MouseButton.LeftButton)
    assert came == [(GAS, NOW - 60 * DAY, NOW)]
    page.which.setCurrentIndex(UNKNOWN)
    keys: list[str] = []
    page.openTrend.connect(keys.append)
    place.qtbot.mouseClick(page.trend_button, Qt.MouseButton.LeftButton)
    assert keys == [HOT]


def test_the_table_as_a_file(place: Place, tmp_path: Path):
    place.station.origin = "demo"
    page = place.show()
    page.save(tmp_path / "a.csv")
    rows = list(csv.reader((tmp_path / "a.csv").read_text("utf-8-sig").splitlines()))
    assert rows[0] == ["DEMO", "simulated data, not of a real room"]
    head = rows[3]
    gas = dict(zip(head, rows[5], strict=True))
    assert (gas["figure"], gas["low"], gas["high"], gas["limit"]) == ("-0.006", "-0.007", "-0.005", "13.5")
    assert gas["Finding"].startswith("'-0.180"), "a spreadsheet shall not reckon it"
    assert gas["due"].startswith("2026-12-05") and gas["values"] == "1441" and gas["state"] == "needs a look"
    assert len(rows) == 4 + 6
    assert page.said.text() == "a.csv was written"
    page.save(tmp_path / "nowhere" / "a.csv")
    assert "could not be written" in page.said.text()


def test_asked_while_it_is_seen_and_more_often_while_it_is_reckoned(place: Place):
    place.model.beat.emit()
    assert place.station.asked == []
    place.station.reckoned = None
    page = place.show()
    assert "still reckoning: 9 of 9" in page.said.text()
    before = place.station.asked.count(PATH)
    for _ in range(6):
        place.model.beat.emit()
    assert place.station.asked.count(PATH) == before + 2
    place.station.reckoned = NOW
    for _ in range(3):
        place.model.beat.emit()
    before = place.station.asked.count(PATH)
    for _ in range(20):
        place.model.beat.emit()
    assert place.station.asked.count(PATH) <= before + 1
    page.hide()
    before = len(place.station.asked)
    for _ in range(40):
        place.model.beat.emit()
    assert len(place.station.asked) == before


def test_nothing_found_no_answer_and_no_station_are_told(place: Place):
    place.station.findings = findings()[6:]
    page = place.show()
    assert page.list.texts() == [] and page.hint.text().startswith("Nothing here. 0 to look at, 1 in order, 2 not known")
    assert page.chart.painted_texts()[0][1] == "Choose a finding"
    place.model.set_connected(False)
    assert page.said.text() == "No station: nothing can be reckoned"


def test_the_chart_is_that_of_the_words_beside_it(place: Place):
    page = place.show()
    first = page._finding()
    assert first is not None
    charts = place.station.asked.count(first.id)
    page._came(page.info)  # type: ignore[arg-type]  # reckoned, and the same as before
    assert place.station.asked.count(first.id) == charts
    place.station.findings = [one.model_copy(update={"end": NOW + 60_000}) if one.id == first.id else one for one in place.station.findings]
    for _ in range(40):
        place.model.beat.emit()
    assert page.info is not None and page.info.findings[0].end == NOW + 60_000
    assert place.station.asked.count(first.id) == charts + 1


def test_a_chart_that_does_not_come_is_said(place: Place):
    page = place.show()
    place.station.answers = False
    place.qtbot.keyClick(page.list, Qt.Key.Key_Down)
    assert page.chart.painted_texts()[0][1] == "the station does not answer this question"


@pytest.mark.parametrize("which", [MATTERS, ALL])
@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("colours", list(theme.THEMES))
@pytest.mark.parametrize("size", [(1214, 660), (1768, 990)])
def test_no_text_is_cut_and_nothing_overlaps(place: Place, which: int, language: str, colours: str, size: tuple[int, int]):
    texts.set_language(language)
    app = QGuiApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app, theme.THEMES[colours])
    try:
        page = place.show()
        page.resize(*size)
        page.retranslate()
        page.which.setCurrentIndex(which)
        for row in range(len(page.shown())):
            page.list.selectRow(row)
            QApplication.processEvents()
            seen = walk(page, f"{language} {colours} {size} {row}")
            assert seen.faults == []
            assert seen.texts > 10
    finally:
        texts.set_language("en")
        theme.apply(app, theme.LIGHT)
