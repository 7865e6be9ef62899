"""The roster at a station of canned answers: who is on duty, the month, holes, coming and going, plans and changes, files."""

import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import Change
from cityops_desktop.model.people import Outcome, Role, Way
from tests.ui.pages.duty.rosterrows import CREW, at, duty, page
from tests.ui.peoplerooms import session_of
from tests.ui.rooms import NOW, copy_of_room
from tests.ui.test_walk import keep
from tests.ui.walker import walk
from ui import theme
from ui.pages.duty.page import DutyPage
from ui.pages.duty.rostertab import RosterTab

OPENS_A_PAGE = True
PATH = "/api/v1/duty/roster"


def acts(canned) -> list[dict]:
    return [body["act"] for verb, url, _, body in canned.requests if verb == "POST" and url == "/api/v1/commands"]


@pytest.fixture
def night(canned):
    copy = copy_of_room().model_copy(deep=True)
    copy.station.duty = duty()
    canned.greeting[0] = ("copy", copy)
    canned.answers[PATH] = (200, page())
    return canned


def opened(qtbot, desk) -> RosterTab:
    desk.window.show_page("duty")
    made = desk.window.page("duty")
    assert isinstance(made, DutyPage)
    tab = made.every[0]
    assert isinstance(tab, RosterTab)
    qtbot.waitUntil(lambda: tab.turn.turn.text() != "")
    return tab


@pytest.fixture
def tab(qtbot, night, live_desk) -> RosterTab:
    live_desk.link._set_session(session_of(Role.SHIFT_LEADER, Role.DUTY))
    made = opened(qtbot, live_desk)
    qtbot.waitUntil(lambda: made.told is not None)
    return made


def dialog(qtbot, window, title: str) -> QDialog:
    qtbot.waitUntil(lambda: any(one.isVisible() and one.windowTitle() == title for one in window.findChildren(QDialog)))
    return next(one for one in window.findChildren(QDialog) if one.isVisible() and one.windowTitle() == title)


def press(qtbot, button) -> None:
    assert button.isEnabled(), button.toolTip()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def choose(box, text: str) -> None:
    """What an input method would type: the choice that holds this."""
    box.setFocus()
    box.setCurrentIndex(next(n for n in range(box.count()) if text in box.itemText(n)))


def done(canned) -> None:
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="x", outcome=Outcome.DONE))


def words(board) -> list[str]:
    return [text for _, text, _ in board.painted_texts()]


def test_who_is_on_duty_is_there_for_everybody_and_the_month_for_persons(qtbot, night, live_desk):
    tab = opened(qtbot, live_desk)
    qtbot.waitUntil(lambda: tab.turn.turn.text() == "夜班 20:00–08:00")
    assert tab.turn.times.text() == "since 09-21 20:00 · 乙班"
    people = [["李班长", "Watch", "22:03"], ["孙立", "Watch", "not here yet"], ["李班长", "Duty leader", ""]]
    assert tab.turn.people.texts() == people
    assert tab.refused.text().startswith("Nobody is logged in.") and tab.sides.currentIndex() == 0
    assert not [url for _, url, _, _ in night.requests if urlsplit(url).path == PATH]
    status = live_desk.window.bar.status
    assert status.duty.text() == "On duty: 李班长" and "孙立 · Watch · 乙班 · 09-21 20:00–08:00 · not signed in" in status.duty.toolTip()


def test_a_post_without_anybody_stands_there_with_a_sign_and_a_word(qtbot, night, live_desk):
    tab = opened(qtbot, live_desk)
    left = duty().model_copy(update={"people": [], "uncovered": ["机房值班"]})
    station = live_desk.model.station.model_copy(update={"duty": left})
    night.send("change", Change(seq=3, now=NOW + 2000, station=station))
    qtbot.waitUntil(lambda: tab.turn.people.texts() == [["nobody", "机房值班", "uncovered"]])
    assert live_desk.window.bar.status.duty.text() == "On duty: nobody"


def test_a_room_without_a_roster_says_so_and_leads_to_one(qtbot, night, live_desk):
    night.answers[PATH] = (200, page(published=False))
    live_desk.link._set_session(session_of(Role.SHIFT_LEADER))
    tab = opened(qtbot, live_desk)
    qtbot.waitUntil(lambda: tab.told is not None)
    assert tab.holes.texts() == [["no roster has been published yet", ""]] and not tab.post.isVisible()
    assert tab.buttons["publish"].isEnabled() and not tab.buttons["end"].isEnabled() and not tab.paper.isEnabled()


def test_the_month_says_who_has_which_turn_and_where_nobody_has(qtbot, night, live_desk, tab):
    told = words(tab.board)
    assert "21 · today" in told and "夜 nobody" in told and "白 张工, 钱明" in told
    qtbot.mouseClick(tab.board, Qt.MouseButton.LeftButton, pos=tab.board._rect(datetime.date(2026, 9, 24)).center())
    assert tab.said.text() == "2026-09-24 Thu: 白班 08:00–20:00 丙班 王工, 周正 · 夜班 20:00–08:00 丁班 nobody"
    qtbot.keyClick(tab.board, Qt.Key.Key_Right)
    assert "白班 08:00–20:00 丙班 王工, 孙立" in tab.said.text(), "the swap"
    assert tab.holes.texts() == [["09-24 20:00–08:00", "机房值班 夜班"]]
    assert [row[:2] for row in tab.changes.texts()] == [
        ["周正 with 孙立", "swap"],
        ["吴晓梅", "away"],
        ["赵工", "away"],
    ]
    assert tab.turn.following.text() == "Next: 09-22 08:00 白班 赵工, 吴晓梅"


def test_keys_go_through_the_days_and_the_months_are_asked_for(qtbot, night, live_desk, tab):
    tab.board.setFocus()
    qtbot.keyClick(tab.board, Qt.Key.Key_End)
    assert tab.board.day == datetime.date(2026, 9, 30)
    qtbot.keyClick(tab.board, Qt.Key.Key_Down)
    assert tab.board.day == datetime.date(2026, 9, 30), "no day below"
    night.answers[PATH] = (200, page(at(1, "00:00", 10), at(1, "00:00", 11)))
    qtbot.keyClick(tab.board, Qt.Key.Key_PageDown)
    qtbot.waitUntil(lambda: tab.board.first == datetime.date(2026, 10, 1) and tab.told is not None and tab.told.begin == at(1, "00:00", 10))
    asked = [parse_qs(urlsplit(url).query) for _, url, _, _ in night.requests if urlsplit(url).path == PATH]
    assert asked[-1] == {"from": [str(at(1, "00:00", 10))], "to": [str(at(1, "00:00", 11))]}
    assert any(entry for day in tab.board.days.values() for entry in day.entries)
    night.answers[PATH] = (200, page())
    press(qtbot, tab.now)
    qtbot.waitUntil(lambda: tab.told is not None and tab.told.begin == at(1, "00:00"))


def test_the_leaders_are_a_post_of_their_own(qtbot, night, live_desk, tab):
    assert [tab.post.itemText(n) for n in range(tab.post.count())] == ["机房值班", "领导带班"]
    tab.post.setFocus()
    qtbot.keyClick(tab.post, Qt.Key.Key_Down)
    assert tab.board.said() == "2026-09-21 Mon: 带班 08:00–08:00 李班长"


def test_somebody_signs_in_by_a_session_that_a_pin_opened(qtbot, night, live_desk):
    live_desk.link._set_session(session_of(Role.DUTY, way=Way.PIN))
    tab = opened(qtbot, live_desk)
    qtbot.waitUntil(lambda: tab.told is not None)
    done(night)
    press(qtbot, tab.turn.sign_in)
    asked = dialog(qtbot, live_desk.window, "Sign in")
    assert "does not name you" in asked.purpose.text(), "this night belongs to others"
    qtbot.keyClicks(asked.edits["why"], "for Sun")
    qtbot.keyClick(asked.edits["why"], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: acts(night) == [{"kind": "duty.sign_in", "post": CREW, "why": "for Sun"}])


def test_who_is_planned_signs_in_with_one_press_and_out_by_naming_the_relief(qtbot, night, live_desk):
    session = session_of(Role.SHIFT_LEADER, Role.DUTY)
    for id, name in (("b", "孙立"), ("p2", "李班长")):
        person = session.person.model_copy(update={"id": id, "display": name})
        live_desk.link._set_session(session.model_copy(update={"id": f"of {id}", "person": person}))
        tab = opened(qtbot, live_desk)
        qtbot.waitUntil(lambda: tab.told is not None)  # noqa: B023
        tab._look()
        if id == "b":
            assert not tab.turn.sign_out.isEnabled() and tab.turn.sign_out.toolTip() == "You have not signed in."
            done(night)
            press(qtbot, tab.turn.sign_in)
            qtbot.waitUntil(lambda: acts(night) == [{"kind": "duty.sign_in", "post": CREW, "why": ""}])
    press(qtbot, tab.turn.sign_out)
    asked = dialog(qtbot, live_desk.window, "Sign out")
    qtbot.keyClicks(asked.edits["why"], "ill")
    press(qtbot, asked.send)
    qtbot.waitUntil(lambda: acts(night)[-1] == {"kind": "duty.sign_out", "post": CREW, "relief": "", "why": "ill"})


def test_a_plan_is_chosen_by_its_pattern_shown_beforehand_and_published(qtbot, night, live_desk, tab):
    done(night)
    press(qtbot, tab.buttons["publish"])
    choice = dialog(qtbot, live_desk.window, "Publish a roster")
    choice.pattern.setFocus()
    for _ in range(4):
        qtbot.keyClick(choice.pattern, Qt.Key.Key_Down)
    assert choice.pattern.currentText() == "Four crews, two turns"
    press(qtbot, choice.send)
    qtbot.waitUntil(lambda: dialog(qtbot, live_desk.window, "Publish a roster") is not choice)
    asked = dialog(qtbot, live_desk.window, "Publish a roster")
    assert asked.typed("cycle") == "DDNN----" and asked.typed("offsets") == "0 2 4 6" and asked.typed("since") == "2026-09-22"
    crews = asked.edits["crews"]
    crews.selectAll()
    crews.insertPlainText("A: 张工、钱明\nB：李班长\nC: 王工 周正\nD: 赵工")
    qtbot.keyClicks(crews, "x")
    assert asked.wrong.text() == "There is no account of this name: 赵工x"
    qtbot.keyClick(crews, Qt.Key.Key_Backspace)
    assert asked.wrong.text().splitlines()[0] == "09-22  D A  N B"
    press(qtbot, asked.send)
    qtbot.waitUntil(lambda: len(acts(night)) == 1)
    plan = acts(night)[0]["plan"]
    assert (plan["post"], plan["name"], plan["since"], plan["epoch"], plan["cycle"]) == (
        CREW,
        "机房值班",
        "2026-09-22",
        "2026-09-22",
        "DDNN----",
    )
    assert [(crew["name"], crew["offset"], crew["members"]) for crew in plan["crews"]] == [
        ("A", 0, ["p1", "a"]),
        ("B", 2, ["p2"]),
        ("C", 4, ["p3", "c"]),
        ("D", 6, ["p7"]),
    ]
    assert [(slot["sign"], slot["begin"], slot["end"]) for slot in plan["slots"]] == [("D", "08:00", "20:00"), ("N", "20:00", "08:00")]


def test_a_list_of_holidays_takes_the_turns_of_the_crew(qtbot, night, live_desk, tab):
    done(night)
    press(qtbot, tab.buttons["publish"])
    choice = dialog(qtbot, live_desk.window, "Publish a roster")
    for box, text in ((choice.post, "another"), (choice.pattern, "List of")):
        choose(box, text)
    press(qtbot, choice.send)
    qtbot.waitUntil(lambda: dialog(qtbot, live_desk.window, "Publish a roster") is not choice)
    asked = dialog(qtbot, live_desk.window, "Publish a roster")
    qtbot.keyClicks(asked.edits["name"], "National Day")
    days = asked.edits["listed"]
    days.selectAll()
    days.insertPlainText("2026-10-01: 张工、李班长\n2026-10-02 夜: 王工")
    qtbot.keyClicks(asked.edits["why"], "holidays")
    press(qtbot, asked.send)
    qtbot.waitUntil(lambda: len(acts(night)) == 1)
    plan = acts(night)[0]["plan"]
    assert plan["replaces"] == CREW and plan["post"].startswith("post-")
    assert plan["listed"] == [
        {"day": "2026-10-01", "sign": "", "members": ["p1", "p2"]},
        {"day": "2026-10-02", "sign": "夜", "members": ["p3"]},
    ]


def test_leave_stand_in_swap_and_their_withdrawal(qtbot, night, live_desk, tab):
    done(night)
    press(qtbot, tab.buttons["leave"])
    asked = dialog(qtbot, live_desk.window, "Leave of absence")
    for key, text in (("begin", "2026-09-28 08:00"), ("end", "2026-09-29"), ("why", "course")):
        qtbot.keyClicks(asked.edits[key], text)
    choose(asked.edits["account"], "王工")
    press(qtbot, asked.send)
    qtbot.waitUntil(lambda: len(acts(night)) == 1)
    act = acts(night)[0]
    assert (act["sort"], act["account"], act["begin"], act["end"]) == ("leave", "p3", at(28, "08:00"), at(29, "00:00"))
    press(qtbot, tab.buttons["stand_in"])
    asked = dialog(qtbot, live_desk.window, "Stand-in")
    choose(asked.edits["other"], "钱明")
    qtbot.keyClicks(asked.edits["why"], "ill")
    press(qtbot, asked.send)
    qtbot.waitUntil(lambda: len(acts(night)) == 2)
    act = acts(night)[1]
    assert (act["sort"], act["post"], act["account"], act["other"], act["begin"]) == ("stand_in", CREW, "p2", "a", at(21, "20:00"))
    press(qtbot, tab.buttons["swap"])
    asked = dialog(qtbot, live_desk.window, "Swap")
    choose(asked.edits["other"], "09-22 20:00")
    qtbot.keyClicks(asked.edits["why"], "wedding")
    press(qtbot, asked.send)
    qtbot.waitUntil(lambda: len(acts(night)) == 3)
    act = acts(night)[2]
    assert (act["account"], act["other"], act["begin"], act["other_begin"]) == ("p2", "p1", at(21, "20:00"), at(22, "20:00"))
    assert not tab.buttons["withdraw"].isEnabled()
    row = tab.changes.visualRect(tab.changes.model().index(0, 0))
    qtbot.mouseClick(tab.changes.viewport(), Qt.MouseButton.LeftButton, pos=row.center())
    press(qtbot, tab.buttons["withdraw"])
    asked = dialog(qtbot, live_desk.window, "Withdraw a change")
    assert "周正 with 孙立" in asked.purpose.text()
    qtbot.keyClicks(asked.edits["why"], "not needed")
    press(qtbot, asked.send)
    qtbot.waitUntil(lambda: acts(night)[-1] == {"kind": "duty.withdraw", "change": "c3", "why": "not needed"})


def test_the_turns_of_one_person_are_a_calendar_file(qtbot, night, live_desk, tab, tmp_path: Path):
    tab.save_calendar(CREW, "p1", tmp_path / "a.ics")
    qtbot.waitUntil(lambda: tab.said.text().startswith("Saved"))
    text = (tmp_path / "a.ics").read_bytes().decode()
    assert text.count("BEGIN:VEVENT") == len(
        [turn for turn in page().turns if turn.post == CREW and any("p1" in one.holders for one in turn.places)]
    )
    assert "DTSTART:20260921T000000Z" in text, "08:00 in the room"
    tab.save_calendar(CREW, "", tmp_path / "none" / "a.ics")
    qtbot.waitUntil(lambda: tab.said.text().startswith("Not saved"))


def test_the_month_is_printed(qtbot, night, live_desk, tab, tmp_path: Path):
    tab.save_paper(tmp_path / "month.pdf")
    qtbot.waitUntil(lambda: tab.running is None)
    assert (tmp_path / "month.pdf").read_bytes().startswith(b"%PDF") and tab.said.text().startswith("Saved")


def test_without_a_right_the_buttons_say_why(qtbot, night, live_desk):
    live_desk.link._set_session(session_of(Role.VIEWER))
    tab = opened(qtbot, live_desk)
    qtbot.waitUntil(lambda: tab.told is not None)
    assert not any(button.isEnabled() for button in tab.buttons.values())
    assert "no right" in tab.buttons["publish"].toolTip() and not tab.turn.sign_in.isEnabled()


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)], ids=["small", "large"])
def test_nothing_is_cut(qtbot, qapp: QApplication, night, live_desk, tab, size):
    for language, colours in (("zh_CN", "dark"), ("en", "light")):
        theme.apply(qapp, theme.THEMES[colours])
        live_desk.window.set_language(language)
        live_desk.window.resize(*size)
        qapp.processEvents()
        seen = walk(live_desk.window, f"roster, {language}")
        keep(live_desk.window, f"roster-{language}-{colours}-{size[0]}")
        assert not seen.faults, "\n".join(seen.faults)
