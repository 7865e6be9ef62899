"""All alarms: asked while seen, narrowed down by real keys, paged by scrolling, kept, shared and written to files."""

import csv
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from cityops_desktop.link.alarmquery import AlarmFilter, AlarmsPage, AlarmViewsPage
from cityops_desktop.link.messages import Change
from cityops_desktop.model.alarms import AlarmState, Cause, Hidden
from cityops_desktop.model.people import Role
from cityops_desktop.texts import set_language
from tests.ui.canned_station import CannedStation
from tests.ui.conftest import Desk
from tests.ui.desk import model_of
from tests.ui.pages.alarms.pastlinks import PastActs, PastLink, past_alarms
from tests.ui.rooms import NOW, copy_of_room
from ui.dialogs.share import ShareDialog
from ui.dialogs.viewname import ViewNameDialog
from ui.models.document import FileRun
from ui.models.loadmeter import LoadMeter
from ui.models.room import RoomModel
from ui.pages.alarms.page import AlarmsPage as Whole
from ui.pages.alarms.past import PastAlarms
from ui.pages.alarms.pasttable import Column
from ui.pages.alarms.pastviews import PastViews
from ui.paper.run import PaperRun


@pytest.fixture
def model(qtbot: QtBot) -> RoomModel:
    set_language("en")
    model = model_of(copy_of_room())
    model.set_connected(True)
    return model


class Seen:
    """The view on the screen, with its link."""

    def __init__(self, qtbot: QtBot, model: RoomModel, count: int = 250) -> None:
        self.model = model
        self.link = PastLink(model, count)
        self.acts = PastActs(self.link)
        self.view = PastAlarms(model, self.link, self.acts)  # type: ignore[arg-type]
        qtbot.addWidget(self.view)
        self.view.resize(1190, 600)

    def show(self) -> "Seen":
        self.view.show()
        return self

    @property
    def rows(self) -> list[str]:
        return [alarm.id for alarm in self.view.table.rows]

    def cell(self, row: int, column: Column) -> str:
        return str(self.view.table.index(row, column).data())


def choose(qtbot: QtBot, box: object, steps: int) -> None:
    """By the keyboard."""
    for _ in range(steps):
        qtbot.keyClick(box, Qt.Key.Key_Down)  # type: ignore[arg-type]


def test_it_asks_only_while_it_is_seen(qtbot: QtBot, model: RoomModel) -> None:
    seen = Seen(qtbot, model)
    assert seen.link.asked == []
    seen.show()
    assert len(seen.link.asked) == 1 and seen.link.asked[0]["from"] == model.now() - 86_400_000
    assert len(seen.rows) == 48 and seen.view.count_text() == "48 alarms"
    seen.view.hide()
    seen.view.begin()
    model.set_connected(False)
    model.set_connected(True)
    assert len(seen.link.asked) == 1


def test_rows_say_what_happened(qtbot: QtBot, model: RoomModel) -> None:
    seen = Seen(qtbot, model).show()
    assert (seen.cell(0, Column.LEVEL), seen.cell(0, Column.STATE), seen.cell(0, Column.LASTED)) == ("Critical", "unacknowledged", "1 min")
    assert seen.cell(4, Column.STATE) == "shelved" and seen.cell(6, Column.STATE) == "ended"
    assert seen.cell(6, Column.ACKNOWLEDGED).endswith("张工") and seen.cell(6, Column.RETURNED)
    assert (seen.cell(6, Column.PLACE) and "above" in seen.cell(6, Column.ALARM)) or "below" in seen.cell(6, Column.ALARM)


def test_the_table_goes_on_as_one_scrolls(qtbot: QtBot, model: RoomModel) -> None:
    seen = Seen(qtbot, model, 450).show()
    choose(qtbot, seen.view.filters.when, 4)
    assert seen.view.filters.when.currentText() == "All times"
    assert len(seen.rows) == 100 and seen.view.count_text() == "more than 300 alarms"
    seen.link.held = True
    seen.view.view.selectRow(0)
    for have in (100, 200):
        qtbot.keyClick(seen.view.view, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: len(seen.link.waiting) == 1)
        assert seen.link.asked[-1]["after"].endswith(f".{have}") and seen.view.query.busy
        qtbot.keyClick(seen.view.view, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
        seen.link.tell()
        assert len(seen.rows) == have + 100
    assert seen.view.count_text() == "more than 300 alarms", "the count is of all, not of what has come"
    assert len(set(seen.rows)) == 300


def test_every_filter_narrows(qtbot: QtBot, model: RoomModel) -> None:
    seen = Seen(qtbot, model).show()
    filters = seen.view.filters
    choose(qtbot, filters.level, 1)
    assert seen.link.asked[-1]["level"] == ["1", "2"]
    choose(qtbot, filters.level, 2)
    assert seen.link.asked[-1]["level"] == ["2"]
    choose(qtbot, filters.state, 4)
    assert seen.link.asked[-1]["state"] == ["normal"]
    choose(qtbot, filters.lasted, 2)
    assert seen.link.asked[-1]["least"] == 300 and "most" not in seen.link.asked[-1]
    choose(qtbot, filters.group, 1)
    assert seen.link.asked[-1]["group"] == [filters.group.currentData()]
    choose(qtbot, filters.device, 1)
    assert seen.link.asked[-1]["device"] == [filters.device.currentData()]
    qtbot.keyClicks(filters.person, "Wang")
    before = len(seen.link.asked)
    qtbot.keyClick(filters.person, Qt.Key.Key_Return)
    assert seen.link.asked[-1]["person"] == "Wang" and len(seen.link.asked) == before + 1
    qtbot.keyClicks(filters.text, "UPS")
    qtbot.waitUntil(lambda: seen.link.asked[-1].get("text") == "UPS")
    choose(qtbot, filters.state, 1)
    assert seen.link.asked[-1]["hidden"] == "true" and "state" not in seen.link.asked[-1]
    assert seen.view.nothing.isVisible() and seen.view.count_text() == "0 alarms"


def test_a_span_is_typed(qtbot: QtBot, model: RoomModel) -> None:
    seen = Seen(qtbot, model).show()
    filters = seen.view.filters
    choose(qtbot, filters.when, 5)
    assert filters.start.isVisible() and filters.start.text() == "2026-09-21 00:00"
    before = len(seen.link.asked)
    filters.end.setFocus()
    qtbot.keyClicks(filters.end, "nonsense")
    qtbot.keyClick(filters.end, Qt.Key.Key_Return)
    assert len(seen.link.asked) == before and "cannot be read" in seen.view.said.text()
    filters.end.clear()
    qtbot.keyClicks(filters.end, "2026-09-21 12:00")
    qtbot.keyClick(filters.end, Qt.Key.Key_Return)
    assert seen.link.asked[-1]["to"] - seen.link.asked[-1]["from"] == 12 * 3_600_000


def test_what_was_overtaken_is_not_shown(qtbot: QtBot, model: RoomModel) -> None:
    seen = Seen(qtbot, model)
    seen.link.held = True
    seen.show()
    choose(qtbot, seen.view.filters.level, 2)
    assert len(seen.link.waiting) == 3 and seen.rows == []
    seen.link.waiting.pop(2)()
    shown = seen.rows
    seen.link.waiting.pop(1)()
    seen.link.waiting.pop(0)()
    assert seen.rows == shown and {alarm.level for alarm in seen.view.table.rows} == {1}


def test_a_refusal_is_said_and_keeps_what_stands(qtbot: QtBot, model: RoomModel) -> None:
    seen = Seen(qtbot, model).show()
    seen.link.refused = "search_too_slow"
    qtbot.mouseClick(seen.view.refresh, Qt.MouseButton.LeftButton)
    assert len(seen.rows) == 48 and seen.view.said.text().startswith("refused")


def test_an_alarm_leads_to_its_point_curve_limit_and_time(qtbot: QtBot, model: RoomModel) -> None:
    seen = Seen(qtbot, model).show()
    view = seen.view
    assert not view.go.isEnabled() and not view.limit.isEnabled()
    view.view.selectRow(6)
    alarm = view.table.rows[6]
    assert view.point() == alarm.subject
    with qtbot.waitSignal(view.openPoint) as point:
        qtbot.keyClick(view.view, Qt.Key.Key_Return)
    with qtbot.waitSignal(view.openTrendSpan) as curve:
        qtbot.mouseClick(view.curve, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(view.openLimit) as limit:
        qtbot.mouseClick(view.limit, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(view.openPast) as then:
        qtbot.mouseClick(view.then, Qt.MouseButton.LeftButton)
    assert (point.args, limit.args, then.args) == ([alarm.subject], [alarm.key], [alarm.raised])
    assert curve.args is not None and curve.args[0] == alarm.subject and curve.args[1] < alarm.raised < curve.args[2] <= NOW + 10_000


def wish(qtbot: QtBot, button: PastViews, words: str) -> list[str]:
    """Choose this line of the menu by the keyboard; all lines that stood there."""
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert button.opened is not None
    texts = [action.text() for action in button.opened.actions()]
    action = next(one for one in button.opened.actions() if one.text() == words)
    assert action.isEnabled(), words
    button.opened.setActiveAction(action)
    qtbot.keyClick(button.opened, Qt.Key.Key_Return)
    button.opened.close()
    return texts


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_a_filter_is_kept_chosen_shared_and_deleted(qtbot: QtBot, model: RoomModel) -> None:
    seen = Seen(qtbot, model).show()
    choose(qtbot, seen.view.filters.level, 1)
    button = seen.view.views
    wish(qtbot, button, "Save as…")
    dialog = button.dialog
    assert isinstance(dialog, ViewNameDialog)
    qtbot.keyClicks(dialog.name, "urgent")
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert button.text() == "urgent" and button.all[0].content.levels == [1, 2]
    choose(qtbot, seen.view.filters.level, 2)
    assert button.text() == "Views", "another question stands than the view's"
    others = {"id": "v9", "own": False, "owner": "李", "name": "R&D", "roles": [Role.DUTY]}
    seen.link.views = [*button.all, button.all[0].model_copy(update=others)]
    button.ask()
    texts = wish(qtbot, button, "urgent")
    assert "R&&D · 李" in texts and "Shared with you" in texts
    assert seen.link.asked[-1]["level"] == ["1", "2"] and seen.view.filters.level.currentText() == "Two highest"
    wish(qtbot, button, "Share with…")
    share = button.dialog
    assert isinstance(share, ShareDialog)
    qtbot.keyClick(share.boxes[Role.VIEWER], Qt.Key.Key_Space)
    qtbot.keyClick(share, Qt.Key.Key_Return)
    assert button.all[0].roles == [Role.VIEWER]
    wish(qtbot, button, "Delete this view")
    assert "deleted" in seen.view.said.text() and button.text() == "Views"
    assert [view.id for view in button.all] == ["v9"]


def test_a_question_from_elsewhere_is_taken_over(qtbot: QtBot, model: RoomModel) -> None:
    seen = Seen(qtbot, model).show()
    key = seen.link.alarms[3].subject
    asked = len(seen.link.asked)
    seen.view.show_query({"points": [key], "states": [AlarmState.NORMAL], "least": 300, "back": 184 * 86_400})
    assert len(seen.link.asked) == asked + 1 and seen.link.asked[-1]["point"] == [key]
    assert {alarm.subject for alarm in seen.view.table.rows} == {key}
    wanted = seen.view.filters.question()
    assert wanted == AlarmFilter(points=[key], states=[AlarmState.NORMAL], least=300, back=184 * 86_400)
    qtbot.mouseClick(seen.view.filters.only, Qt.MouseButton.LeftButton)
    assert "point" not in seen.link.asked[-1] and not seen.view.filters.only.isVisible()


@pytest.mark.parametrize("form", ["csv", "xlsx", "pdf"])
def test_all_that_was_found_becomes_a_file(qtbot: QtBot, model: RoomModel, tmp_path: Path, form: str) -> None:
    seen = Seen(qtbot, model, 700).show()
    choose(qtbot, seen.view.filters.when, 4)
    target = tmp_path / f"alarms.{form}"
    seen.view.save(target)
    assert isinstance(seen.view.running, PaperRun if form == "pdf" else FileRun) and not seen.view.export.isEnabled()
    qtbot.waitUntil(lambda: seen.view.running is None)
    assert seen.view.said.text() == f"Saved: {target}"
    assert [query["limit"] for query in seen.link.asked[-2:]] == [500, 500], "all of them, not only what was scrolled to"
    if form == "csv":
        rows = list(csv.reader(target.read_text("utf-8-sig").splitlines()))
        head = next(n for n, row in enumerate(rows) if row[:2] == ["Level number", "Level"])
        assert len(rows) == head + 1 + 700 and rows[head + 1][3] == "2026-09-21 22:12:20+08:00"
        assert ["Note", "All times"] in rows and ["Note", "700 alarms"] in rows
    else:
        assert target.read_bytes()[:4] == (b"%PDF" if form == "pdf" else b"PK\x03\x04")


@pytest.mark.parametrize("lang", ["zh_CN", "en"])
def test_its_words_fit_their_places(qtbot: QtBot, model: RoomModel, lang: str) -> None:
    set_language(lang)
    seen = Seen(qtbot, model).show()
    seen.view.retranslate()
    for button in (seen.view.go, seen.view.curve, seen.view.limit, seen.view.then, seen.view.refresh, seen.view.export):
        assert button.fontMetrics().horizontalAdvance(button.text()) <= button.width() and button.toolTip()
    for box in seen.view.filters._boxes():
        assert box.accessibleName() and box.toolTip()
    assert seen.view.minimumSizeHint().width() <= 1190


def test_the_meter_counts_the_last_hour(qtbot: QtBot, model: RoomModel) -> None:
    meter, told = LoadMeter(model), PastLink(model, 1).alarms[0]
    before, now = meter.count, model.now()
    new = [told.model_copy(update={"id": f"new{n}", "raised": now - n * 60_000}) for n in range(7)]
    old = told.model_copy(update={"id": "old", "raised": now - 3_700_000})
    shelved = told.model_copy(update={"id": "shelved", "raised": now, "hidden": Hidden.SHELVED})
    test = told.model_copy(update={"id": "test", "raised": now, "cause": Cause.SELF_TEST})
    model.apply_change(Change(seq=9, now=now, alarms=[*new, old, shelved, test]))
    qtbot.waitUntil(lambda: meter.count == before + 7)
    assert meter.over() and str(meter.count) in meter.text() and "6" in meter.text()


def test_the_page_shows_it_and_asks_over_the_wire(qtbot: QtBot, canned: CannedStation, live_desk: Desk) -> None:
    told = past_alarms(live_desk.model, 3)
    canned.answers["/api/v1/alarms"] = (200, AlarmsPage(now=NOW, alarms=told, next=None, count=3, more=False))
    canned.answers["/api/v1/alarms/views"] = (200, AlarmViewsPage(views=[]))
    live_desk.window.show_page("alarms")
    page = live_desk.window.page("alarms")
    assert isinstance(page, Whole)
    assert not any(url.startswith("/api/v1/alarms") for _, url, _, _ in canned.requests)
    button = next(one for one in page.part_buttons if one.text() == "All alarms")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(page.past.table.rows) == 3)
    choose(qtbot, page.past.filters.level, 1)
    asked = lambda: [url for _, url, _, _ in canned.requests if url.startswith("/api/v1/alarms?")]  # noqa: E731
    qtbot.waitUntil(lambda: len(asked()) == 2)
    query = parse_qs(urlsplit(asked()[-1]).query)
    assert query["level"] == ["1", "2"] and query["limit"] == ["100"] and "to" not in query and "hidden" not in query
    choose(qtbot, page.past.filters.state, 5)
    qtbot.waitUntil(lambda: parse_qs(urlsplit(asked()[-1]).query).get("hidden") == ["true"])
    page.past.view.selectRow(1)
    with qtbot.waitSignal(page.openPast) as then:
        qtbot.mouseClick(page.past.then, Qt.MouseButton.LeftButton)
    assert then.args == [told[1].raised]
