"""The page Patrol at a station of canned answers, by the keyboard: a whole round, the loss of the station in its middle, drafts of others,
a scanner, pictures, paper, history, routes and templates."""

import base64
import errno
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.model.people import Outcome, Role
from tests.ui.pages.patrol import patrolrows as rows
from tests.ui.peoplerooms import session_of
from tests.ui.rooms import NOW
from tests.ui.test_walk import keep
from tests.ui.walker import walk
from ui import drafts as draft_files
from ui import theme
from ui.link import Link
from ui.models.room import RoomModel
from ui.pages.patrol import paper
from ui.pages.patrol.page import PatrolPage
from ui.pages.patrol.routemap import RouteMap
from ui.pages.patrol.wandform import show_wand_form
from ui.sound import Sound
from ui.window import Window

OPENS_A_PAGE = True
PATH = "/api/v1/duty/patrol"
GIVEN = ("/api/v1/commands", "/api/v1/duty/attachments")
KEYS = {"ok": Qt.Key.Key_1, "not ok": Qt.Key.Key_2, "not checked": Qt.Key.Key_3}


def acts(canned, kind: str = "") -> list[dict]:
    every = [body["act"] for verb, url, _, body in canned.requests if verb == "POST" and url in GIVEN]
    return [one for one in every if one["kind"].startswith(kind)]


def done(canned, **data: object) -> None:
    for path in GIVEN:
        canned.answers[path] = (200, CommandResult(id="x", outcome=Outcome.DONE, data=data))


@pytest.fixture
def station(canned):
    """One that knows the made patrol."""
    canned.answers[PATH] = (200, rows.page())
    canned.answers[f"{PATH}/sheet"] = (200, rows.sheet())
    canned.answers[f"{PATH}/rounds"] = (200, rows.rounds(next="more"))
    canned.answers[f"{PATH}/rounds/r2"] = (200, rows.detail())
    canned.answers[f"{PATH}/rounds/r1"] = (200, rows.detail())
    done(canned, number="2026-013", round="x", not_ok=0, unchecked=0, orders=0, again=0)
    return canned


def opened(qtbot, desk) -> PatrolPage:
    desk.link._set_session(session_of(Role.SHIFT_LEADER, Role.DUTY, Role.ENGINEER))
    desk.window.show_page("patrol")
    page = desk.window.page("patrol")
    assert isinstance(page, PatrolPage)
    qtbot.waitUntil(lambda: page.told is not None and "route-night-1" in page._sheets)
    return page


@pytest.fixture
def shown(qtbot, station, live_desk) -> PatrolPage:
    return opened(qtbot, live_desk)


@pytest.fixture
def second_start(qtbot, station) -> Iterator[Callable[[], tuple[Link, Window]]]:
    """Starts the console once more, over the same folder of drafts, with nobody logged in."""
    started: list[Window] = []

    def start() -> tuple[Link, Window]:
        model = RoomModel()
        link = Link(station.data, model)
        window = Window(model, link, Sound(model, players=()), asks=False)
        started.append(window)
        window.resize(1366, 768)
        qtbot.addWidget(window)
        window.show()
        return link, window

    yield start
    for window in started:
        window.close()


def has_keyboard() -> QWidget:
    focus = QApplication.focusWidget()
    assert focus is not None
    return focus


def press(qtbot, key: Qt.Key) -> None:
    qtbot.keyClick(has_keyboard(), key)


def type_in(qtbot, text: str, *, enter: bool = True) -> None:
    qtbot.keyClicks(has_keyboard(), text)
    if enter:
        press(qtbot, Qt.Key.Key_Return)


def say(qtbot, page: PatrolPage, words: str) -> None:
    """A digit at the item at hand, and the person waits until it is there."""
    number, view = page.walking.number, page.walking
    press(qtbot, KEYS[words])
    qtbot.waitUntil(lambda: view.walk.answer(number) is not None)


def begin(qtbot, page: PatrolPage) -> None:
    """Enter upon the first round that is due."""
    page.now_tab.board.setFocus()
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.sides.currentWidget() is page.walking)


def test_enter_upon_a_round_that_is_not_open_yet_says_when_it_opens(qtbot, shown):
    board = shown.now_tab.board
    board.setFocus()
    qtbot.waitUntil(board.hasFocus)
    while board.row() is not None and (board.row().due is None or board.row().due.state != "planned"):
        before = board.row()
        press(qtbot, Qt.Key.Key_Down)
        assert board.row() is not before, "a planned round stands on the board"
    press(qtbot, Qt.Key.Key_Return)
    assert shown.sides.currentWidget() is not shown.walking
    assert shown.said.text().startswith("it opens at ")


def first_stop(qtbot, page: PatrolPage) -> None:
    type_in(qtbot, "TAG-UPS-01")
    say(qtbot, page, "ok")
    press(qtbot, Qt.Key.Key_Right)
    press(qtbot, Qt.Key.Key_Return)
    type_in(qtbot, "91")
    type_in(qtbot, "batteries charge")
    type_in(qtbot, "20.4")


def the_rest(qtbot, page: PatrolPage, picture: Path) -> None:
    view = page.walking
    press(qtbot, Qt.Key.Key_Return)
    assert view.stop == 1
    say(qtbot, page, "not ok")
    type_in(qtbot, "red lamp at server 3")
    say(qtbot, page, "not checked")
    press(qtbot, Qt.Key.Key_Return)
    assert view.said.text() == "Say why it was not checked." and view.number == 5
    type_in(qtbot, "no key")
    view.take_photo(picture)
    qtbot.waitUntil(lambda: view.walk.answer(6) is not None)
    press(qtbot, Qt.Key.Key_Return)
    press(qtbot, Qt.Key.Key_Return)
    for stop in (2, 3):
        qtbot.waitUntil(lambda stop=stop: view.stop == stop)
        say(qtbot, page, "ok")
        type_in(qtbot, "nobody")
        press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.sides.currentWidget() is page.summary)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    image = QImage(2400, 1200, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.gray)
    path = tmp_path / "meter.png"
    assert image.save(str(path))
    return path


def test_a_new_person_finishes_a_patrol_with_the_keyboard_alone(qtbot, station, live_desk, shown, picture):
    begin(qtbot, shown)
    assert acts(station, "patrol.begin")[0]["due"] == rows.DUE
    first_stop(qtbot, shown)
    assert shown.walking.walk.answer(2).state == "not_ok" and shown.walking.said.text().startswith("This stop is done")
    the_rest(qtbot, shown, picture)
    summary = [cells[1] for cells in shown.summary.sheet.texts()]
    assert summary == [
        "not ok · 91 % · batteries charge",
        "not ok · red lamp at server 3",
        "not checked · no key",
        "scanned at the desk; expected: scanned on the spot",
    ]
    done(station, number="2026-013", round="x", orders=2, again=0)
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "2026-013" in shown.summary.outcome.text())
    assert "Work orders raised: 2." in shown.summary.outcome.text()
    [added], [told] = acts(station, "attachment.add"), acts(station, "patrol.submit")
    assert len(told["answers"]) == 11 and told["due"] == rows.DUE and told["route"] == "route-night-1" and told["entry"] == "console"
    found = {(one["stop"], one["item"]): one for one in told["answers"]}
    assert found["ups", "load"]["value"] == 91 and found["ups", "load"]["state"] == "not_ok"
    assert found["ups", "temperature"]["value"] == 20.4 and found["ups", "mode"]["choice"] == "eco"
    assert found["a01", "doors"]["why"] == "no key" and found["a01", "meter"]["photos"] == [added["id"]]
    image = QImage.fromData(base64.b64decode(added["content"]))
    assert (image.width(), image.height()) == (1600, 800)
    assert told["marks"] == [{"stop": "ups", "way": "desk", "code": "TAG-UPS-01", "time": told["marks"][0]["time"]}]
    press(qtbot, Qt.Key.Key_Return)
    assert shown.sides.currentWidget() is shown.tabs
    qtbot.waitUntil(lambda: not list((live_desk.link.data / "drafts").glob("*.draft")))
    assert not list((live_desk.link.data / "drafts").glob("*.file"))


def test_the_station_is_lost_in_the_middle_and_takes_the_round_once(qtbot, station, live_desk, shown, picture, second_start):
    begin(qtbot, shown)
    type_in(qtbot, "TAG-UPS-01")
    say(qtbot, shown, "ok")
    before = len(station.requests)
    station.stop()
    qtbot.waitUntil(lambda: not live_desk.model.connected)
    press(qtbot, Qt.Key.Key_Right)
    press(qtbot, Qt.Key.Key_Return)
    type_in(qtbot, "91")
    type_in(qtbot, "batteries charge")
    type_in(qtbot, "20.4")
    the_rest(qtbot, shown, picture)
    assert shown.summary.counts.text() == "8 ok · 2 not ok · 1 not checked"
    press(qtbot, Qt.Key.Key_Return)
    assert shown.summary.said.text().startswith("The station cannot be reached. The round is kept here")
    [draft] = shown.rounds.drafts()
    qtbot.waitUntil(lambda: live_desk.window.acts.drafts.is_kept(draft.id))
    live_desk.window.close()

    link, window = second_start()
    station.start()
    with qtbot.waitSignal(link.model.connectedChanged):
        link.start()
    window.show_page("patrol")
    page = window.page("patrol")
    qtbot.waitUntil(lambda: len(page.now_tab.drafts.texts()) == 1)
    assert page.now_tab.drafts.texts()[0][3] == "11 of 11 done" and not page.now_tab.discard.isEnabled()
    qtbot.keyClick(page.now_tab.submit, Qt.Key.Key_Space)
    assert window.door.dialog is not None and not acts(station, "patrol.submit"), "nothing is handed in by itself, or by nobody"
    window.door.dialog.reject()
    qtbot.keyClick(page.now_tab.go_on, Qt.Key.Key_Space)
    assert window.door.dialog is not None and page.sides.currentWidget() is page.tabs, "who can log in does so first"
    window.door.dialog.reject()
    link._set_session(session_of(Role.DUTY))
    qtbot.waitUntil(page.now_tab.submit.isEnabled)
    station.answers["/api/v1/commands"] = (500, b"")
    qtbot.keyClick(page.now_tab.submit, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page.said.text().startswith("Not handed in"))
    done(station, number="2026-013", round="x", orders=0, again=0)
    qtbot.keyClick(page.now_tab.submit, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page.said.text() == "The station has taken the round: 2026-013.")
    added, told = acts(station, "attachment.add"), acts(station, "patrol.submit")
    assert len(added) >= 2 and {one["id"] for one in added} == {added[0]["id"]}
    assert len({str(one) for one in told}) == 1 and told[0]["id"] == draft.id, "whatever is repeated is the same round"
    assert before and page.rounds.drafts() == []


def test_without_the_station_a_round_is_begun_by_whoever_is_logged_in(qtbot, station, live_desk, shown):
    live_desk.model.set_connected(False)
    begin(qtbot, shown)
    assert not shown.walking.walk.state.told and not acts(station), "the sheet was asked for beforehand; nothing is sent"
    qtbot.keyClick(shown.walking.card, Qt.Key.Key_Escape)
    live_desk.link._set_session(None)
    shown.rounds.drop(shown.rounds.drafts()[0].id)
    shown.now_tab.board.setFocus()
    press(qtbot, Qt.Key.Key_Return)
    assert shown.said.text().startswith("Nobody is logged in, and without the station nobody can.")
    assert shown.rounds.drafts() == []


def test_stops_at_one_spot_stand_beside_one_another(qtbot, live_desk):
    view = RouteMap(live_desk.model)
    qtbot.addWidget(view)
    view.resize(380, 220)
    stops = [rows.sheet().stops[0].model_copy(update={"x": 17.9, "y": 0.1}) for _ in range(14)]
    view.show_route(stops, 5, [number < 5 for number in range(14)])
    places = [rect for rect in view._spots.values() if rect.isValid()]
    assert len(places) == 14 and all(view.rect().contains(rect) for rect in places)
    assert not any(one.intersects(other) for n, one in enumerate(places) for other in places[:n])
    assert {text for _, text, _ in view.painted_texts()} == {str(n + 1) for n in range(14)}
    assert view.accessibleDescription().splitlines()[4:6] == ["5 UPS 1: done", "6 UPS 1: here"]


def test_a_round_that_was_handed_in_without_an_answer_is_frozen(qtbot, station, live_desk, shown):
    begin(qtbot, shown)
    walking = shown.walking.walk
    for number in range(11):
        walking.give(number, "unchecked", NOW, why="alarm in the hall")
    shown.walking.end.setFocus()
    press(qtbot, Qt.Key.Key_Return)
    station.answers["/api/v1/commands"] = (500, b"")
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown.summary.said.text().startswith("Not handed in"))
    sent = walking.state.sent
    assert sent is not None
    qtbot.keyClick(shown.summary, Qt.Key.Key_Escape)
    assert shown.sides.currentWidget() is shown.tabs, "there is no way back into it"
    assert shown.now_tab.drafts.texts()[0][3] == "handed in, no answer yet" and not shown.now_tab.discard.isEnabled()
    station.answers["/api/v1/commands"] = (200, CommandResult(id="x", outcome=Outcome.REFUSED, code="patrol_incomplete"))
    qtbot.mouseClick(shown.now_tab.submit, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: walking.state.sent is None)
    assert [one for one in acts(station, "patrol.submit") if one["id"] == walking.id][-1]["ended"] == sent.ended


def test_the_draft_of_another_person_is_shown_and_not_handed_in(qtbot, station, live_desk, shown):
    begin(qtbot, shown)
    walking = shown.walking.walk
    for number in range(11):
        walking.give(number, "unchecked", NOW, why="alarm in the hall")
    shown.walking.pause.setFocus()
    press(qtbot, Qt.Key.Key_Return)
    other = session_of(Role.DUTY)
    live_desk.link._set_session(other.model_copy(update={"person": other.person.model_copy(update={"id": "p9", "display": "李班长"})}))
    tab = shown.now_tab
    qtbot.waitUntil(lambda: tab.drafts.texts() != [] and not tab.go_on.isEnabled())
    assert tab.submit.toolTip() == "this is the round of 张工" == tab.discard.toolTip()
    shown.rounds.submit(walking.id)
    assert shown.said.text() == "This is the round of 张工: nobody else hands it in." and not acts(station, "patrol.submit")


def test_somebody_else_who_comes_does_not_go_on_with_the_round(qtbot, station, live_desk, shown):
    begin(qtbot, shown)
    say_first = shown.walking.walk
    live_desk.link._set_session(None)
    assert shown.sides.currentWidget() is shown.walking, "nobody is nobody else: what is typed stays"
    other = session_of(Role.DUTY)
    live_desk.link._set_session(other.model_copy(update={"person": other.person.model_copy(update={"id": "p9"})}))
    assert shown.sides.currentWidget() is shown.tabs and shown.rounds.drafts()[0].id == say_first.id


def test_a_full_disk_is_said_on_the_walk_and_what_is_typed_stays(qtbot, station, shown, monkeypatch):
    begin(qtbot, shown)

    def full(folder: Path, name: str, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    write = draft_files.write_whole
    monkeypatch.setattr(draft_files, "write_whole", full)
    type_in(qtbot, "TAG-UPS-01")
    say(qtbot, shown, "ok")
    qtbot.waitUntil(lambda: shown.walking.kept.text().startswith("The disk of this console is full"))
    assert shown.walking.walk.answer(0).state == "ok"
    monkeypatch.setattr(draft_files, "write_whole", write)
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shown.walking.kept.text().startswith("kept on this console at"))


def test_a_scanner_is_no_answer(qtbot, station, shown):
    """What comes faster than anybody types is the code of a tag, of whichever stop."""
    begin(qtbot, shown)
    press(qtbot, Qt.Key.Key_Return)
    view = shown.walking
    assert has_keyboard() is view.card and view.walk.mark(0) is None
    qtbot.keyClicks(view.card, "123")
    press(qtbot, Qt.Key.Key_Return)
    assert view.said.text() == "This code belongs to no stop of the route: 123" and view.walk.done() == 0
    qtbot.keyClicks(view.card, "TAG-HALL")
    press(qtbot, Qt.Key.Key_Return)
    assert view.stop == 2 and view.walk.mark(2).code == "TAG-HALL" and view.proof.text().startswith("Proved: scanned at the desk")
    view.way.setCurrentIndex(view.way.findData("spot"))
    view.way.activated.emit(view.way.currentIndex())
    view.show_item(2)
    type_in(qtbot, "TAG-UPS-01")
    assert view.stop == 0 and view.walk.mark(0).way == "spot" and view.walk.answer(2) is None and not view.walk.lacks(0)


def test_a_number_says_at_once_what_it_is_worth_and_how_far_from_the_live_value(qtbot, station, live_desk, shown):
    begin(qtbot, shown)
    view, card = shown.walking, shown.walking.card
    view.show_item(2)
    type_in(qtbot, "12x", enter=False)
    assert card.verdict.text() == "this is no number"
    press(qtbot, Qt.Key.Key_Backspace)
    assert card.verdict.text() == "within the limits" and view.walk.typed(2) == "12"
    type_in(qtbot, "0", enter=False)
    assert card.verdict.text() == "beyond the limits: not ok"
    view.show_item(3)
    live = live_desk.model.shown(rows.READING)
    assert card.live.text().startswith(f"Station: {live.value} °C · good · ")
    type_in(qtbot, f"{live.number + 2:.1f}", enter=False)
    assert card.difference.text() == "Difference: +2.0 °C · more than 1.5: read it once more"
    live_desk.model.set_connected(False)
    card._show_live()
    assert card.live.stale and "since" in card.live.text()
    view.show_item(2)
    assert card.field.text() == "120", "what was typed and not taken is still there"
    qtbot.keyClick(card.field, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    assert view.walk.answer(2).state == "unchecked" and has_keyboard() is card.why


def test_a_draft_is_kept_within_a_second_and_goes_on_where_it_was_left(qtbot, station, live_desk, shown):
    begin(qtbot, shown)
    type_in(qtbot, "TAG-UPS-01")
    say(qtbot, shown, "ok")
    id = shown.walking.walk.id
    drafts = live_desk.window.acts.drafts
    qtbot.waitUntil(lambda: len(drafts.draft(id).body["answers"]) == 1 and drafts.is_kept(id))
    qtbot.keyClick(shown.walking.card, Qt.Key.Key_Escape)
    assert shown.sides.currentWidget() is shown.tabs and shown.now_tab.drafts.texts()[0][3] == "1 of 11 done"
    begin(qtbot, shown)
    assert shown.walking.walk.id == id and shown.walking.number == 1 and len(acts(station, "patrol.begin")) == 1


def test_a_draft_is_discarded_with_a_reason_that_the_station_hears(qtbot, station, live_desk, shown):
    begin(qtbot, shown)
    qtbot.keyClick(shown.walking.card, Qt.Key.Key_Escape)
    id = shown.rounds.drafts()[0].id
    qtbot.mouseClick(shown.now_tab.discard, Qt.MouseButton.LeftButton)
    asked = dialog(qtbot, live_desk.window)
    qtbot.keyClicks(asked.why, "alarm in the hall")
    qtbot.keyClick(asked.why, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: acts(station, "patrol.abandon") == [{"kind": "patrol.abandon", "round": id, "why": "alarm in the hall"}])
    qtbot.waitUntil(lambda: shown.rounds.drafts() == [])


def dialog(qtbot, window) -> QDialog:
    qtbot.waitUntil(lambda: any(one.isVisible() for one in window.findChildren(QDialog)))
    return next(one for one in window.findChildren(QDialog) if one.isVisible())


def test_a_sheet_of_paper_is_printed_and_typed_in_later(qtbot, station, live_desk, shown, tmp_path):
    path = tmp_path / "sheet.pdf"
    shown.print_sheet(rows.sheet(), rows.DUE, path)
    qtbot.waitUntil(lambda: shown.said.text() == f"Saved: {path}")
    text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout
    assert "Patrol: Night round" in text and "1 UPS 1" in text and "not checked" in text and "ok from 5 to 80 %" in text
    code = paper.SheetCode("01900000-0000-7000-8000-000000000abc", "route-night-1", rows.DUE)
    qtbot.mouseClick(shown.now_tab.paper, Qt.MouseButton.LeftButton)
    form = dialog(qtbot, live_desk.window)
    qtbot.keyClicks(form.code, paper.code_text(code))
    assert form.wrong.text() == "The code was read." and not form.route.isEnabled()
    form.begun.setDateTime(form.begun.dateTime().addSecs(-7200))
    form.ended.setDateTime(form.ended.dateTime().addSecs(-3600))
    qtbot.keyClicks(form.walker, "Li")
    qtbot.mouseClick(form.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown.sides.currentWidget() is shown.walking)
    view = shown.walking
    assert view.walk.id == code.id and view.walk.paper and view.card._point == "" and view.time.isVisible()
    for number in range(11):
        view.walk.give(number, "unchecked", NOW, why="no key")
    view.time.clear()
    qtbot.keyClicks(view.time, "20:30")
    qtbot.keyClick(view.time, Qt.Key.Key_Return)
    view.end.setFocus()
    press(qtbot, Qt.Key.Key_Return)
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(acts(station, "patrol.submit")) == 1)
    [told] = acts(station, "patrol.submit")
    assert told["id"] == code.id and told["entry"] == "paper" and told["walker"] == "Li" and told["due"] == rows.DUE
    assert told["ended"] - told["begun"] == 3_600_000 and not acts(station, "patrol.begin")
    assert {one["time"] for one in told["answers"] if one["stop"] != "ups"} == {told["begun"]}
    assert all(told["begun"] <= one["time"] <= told["ended"] for one in told["answers"])


def test_missed_rounds_are_explained(qtbot, station, live_desk, shown):
    assert len(shown.now_tab.missed.texts()) == 1
    qtbot.mouseClick(shown.now_tab.explain, Qt.MouseButton.LeftButton)
    asked = dialog(qtbot, live_desk.window)
    qtbot.keyClicks(asked.edits["why"], "power cut, everybody was at the switchboard")
    qtbot.mouseClick(asked.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(acts(station, "patrol.missed")) == 1)
    [told] = acts(station, "patrol.missed")
    assert told["route"] == "night" and told["dues"] == [NOW - 27 * rows.HOUR]


def test_history_tells_findings_live_values_and_proofs_and_goes_back_page_by_page(qtbot, station, shown):
    shown.tabs.setCurrentIndex(1)
    tab = shown.history_tab
    qtbot.waitUntil(lambda: len(tab.answers.texts()) == 5)
    assert [row[0] for row in tab.sheet.texts()] == ["2026-012", "2026-011"]
    assert tab.sheet.texts()[0][8:] == ["1 doubt(s) · scanned at the desk", "late"]
    assert [row[2].split(" · ")[0] for row in tab.answers.texts()] == ["not ok", "not checked", "ok", "ok", "ok"]
    reading = next(row for row in tab.answers.texts() if row[4])
    assert reading[3] == "24.1 °C · 8 s old" and reading[4] == "+2.4" and reading[6] == "2026-031"
    assert "UPS 1: scanned at the desk" in tab.proofs.text() and "(weaker than expected)" in tab.proofs.text()
    assert tab.older.isEnabled() and tab.pictures.isVisible()
    station.answers[f"{PATH}/rounds"] = (200, rows.rounds().model_copy(update={"rounds": [rows.brief("r0", "2026-010")]}))
    qtbot.mouseClick(tab.older, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: [row[0] for row in tab.sheet.texts()] == ["2026-012", "2026-011", "2026-010"])
    assert not tab.older.isEnabled() and any(url.endswith("before=more&bad=0") for _, url, _, _ in station.requests)


def test_a_way_from_elsewhere_leads_to_a_round(qtbot, station, live_desk, shown):
    live_desk.window._open_page("patrol", "patrol:r2")
    assert shown.tabs.currentWidget() is shown.history_tab
    qtbot.waitUntil(lambda: shown.history_tab.detail is not None and shown.history_tab.about.text().startswith("2026-012 · Night round"))


def test_the_reason_given_last_stands_there_for_the_next_item(qtbot, station, shown):
    begin(qtbot, shown)
    view = shown.walking
    view.show_item(4)
    say(qtbot, shown, "not checked")
    type_in(qtbot, "no key")
    say(qtbot, shown, "not checked")
    assert has_keyboard() is view.card.why and view.card.why.text() == "no key" == view.walk.answer(5).why
    press(qtbot, Qt.Key.Key_Return)
    assert view.number == 6


def test_a_template_and_a_route_are_published_from_their_editors(qtbot, station, live_desk, shown):
    shown.tabs.setCurrentIndex(2)
    tab = shown.routes_tab
    qtbot.waitUntil(lambda: len(tab.routes.texts()) == 2 and tab.map._spots != {})
    qtbot.mouseClick(tab.new_template, Qt.MouseButton.LeftButton)
    form = dialog(qtbot, live_desk.window)
    form.zh.setText("柴油发电机")
    for edit, text in ((form.code, "generator"), (form.en, "Generator"), (form.why, "new set")):
        qtbot.keyClicks(edit, text)
    form.table.item(0, 2).setText("Oil level")
    qtbot.mouseClick(form.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(acts(station, "patrol.template")) == 1)
    [told] = acts(station, "patrol.template")
    assert told["content"]["items"][0]["id"] == "oil-level" and told["content"]["items"][0]["kind"] == "check"
    tab.routes.choose("route-night-1")
    qtbot.mouseClick(tab.edit_route, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog(qtbot, live_desk.window).windowTitle() == "Change the route")
    form = dialog(qtbot, live_desk.window)
    assert form.content() == rows.ROUTE, "an editor that changes nothing publishes the same"
    form.plan_fields[0].setText("02:00, 4:30")
    form._move(1)
    qtbot.keyClicks(form.why, "earlier")
    qtbot.mouseClick(form.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len([one for one in acts(station) if one["kind"] == "patrol.route"]) == 1)
    [told] = [one for one in acts(station) if one["kind"] == "patrol.route"]
    assert told["content"]["plan"]["times"] == ["02:00", "04:30"] and [one["id"] for one in told["content"]["stops"]][:2] == ["a01", "ups"]


def test_the_lines_of_a_wand_are_looked_at_and_given_to_the_station(qtbot, station, live_desk, shown, tmp_path):
    path = tmp_path / "wand.csv"
    path.write_text("卡号,时间,巡更棒\nTAG-UPS-01,2026-09-21 21:55:00,W1\nTAG-HALL,nonsense,W1\n", "gb18030")
    assert show_wand_form(live_desk.window.acts, path) == ""
    asked = dialog(qtbot, live_desk.window)
    assert asked.wrong.text().startswith("1 lines can be read, 1 cannot. Line 3:")
    qtbot.mouseClick(asked.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(acts(station, "patrol.scans")) == 1)
    [told] = acts(station, "patrol.scans")
    assert told["source"] == "wand.csv" and told["scans"] == [{"code": "TAG-UPS-01", "time": 1789998900000, "reader": "W1", "person": ""}]
    assert show_wand_form(live_desk.window.acts, tmp_path / "none.csv").startswith("none.csv cannot be read")


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_cut(qtbot, qapp, station, live_desk, language, colours, size):
    theme.apply(qapp, theme.THEMES[colours])
    window = live_desk.window
    window.set_language(language)
    window.resize(*size)
    page = opened(qtbot, live_desk)
    seen = []

    def look(name: str, widget: QWidget = window) -> None:
        qapp.processEvents()
        keep(widget, f"patrol-{name}-{language}-{colours}-{size[0]}")
        seen.append(walk(widget, name))

    look("due")
    round = page.rounds._make(rows.sheet(), rows.DUE)
    round.give(2, "not_ok", NOW, note=rows.LONG, value=91.0)
    round.give(4, "not_ok", NOW, note=rows.LONG)
    round.prove(0, "TAG-UPS-01", NOW)
    page._walk(round)
    for number in (0, 1, 3, 5, 6, 8):
        page.walking.show_item(number)
        look(f"walk-{number}")
    page._sum_up()
    look("summary")
    page.summary.show_taken(round, CommandResult(id="x", outcome=Outcome.DONE, data={"number": "2026-013", "orders": 2, "again": 1}))
    look("taken")
    page.leave_walk()
    look("drafts")
    page._walk(page.rounds.enter(rows.sheet(), rows.DUE, NOW - 7_200_000, NOW - 3_600_000, "", "01900000-0000-7000-8000-000000000abc"))
    look("paper")
    page.leave_walk()
    page.tabs.setCurrentIndex(1)
    qtbot.waitUntil(lambda: len(page.history_tab.answers.texts()) == 5)
    look("history")
    page.tabs.setCurrentIndex(2)
    qtbot.waitUntil(lambda: page.routes_tab.map._spots != {})
    look("routes")
    faults = [fault for one in seen for fault in one.faults]
    assert not faults, "\n".join(faults)
    assert sum(one.texts for one in seen) > 300
