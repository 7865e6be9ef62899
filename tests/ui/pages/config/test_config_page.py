"""The page Configuration at a station of canned answers: versions, differences, review, roll back, limits at run time."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.replay import ReplayedInfo, ReplayInfo
from cityops_desktop.model.people import Outcome, Role
from tests.ui.pages.config.configrows import DIGEST, ID, POINT, review, wrong
from tests.ui.pages.config.configrows import page as told
from tests.ui.peoplerooms import session_of
from tests.ui.test_accessible import describe, focusable, spoken, walked
from tests.ui.test_walk import keep
from tests.ui.walker import walk
from ui import theme
from ui.pages.config.page import CLOSED, REVIEW, SHOWN, ConfigPage

OPENS_A_PAGE = True

PATH = "/api/v1/config"
REPLAY = f"{PATH}/replay"
DONE = CommandResult(id="1", outcome=Outcome.DONE, data={"version": 4})


def acts(canned) -> list[dict]:
    return [body["act"] for verb, url, _, body in canned.requests if verb == "POST" and url == "/api/v1/commands"]


@pytest.fixture
def page(qtbot, canned, live_desk) -> ConfigPage:
    canned.answers[PATH] = (200, told())
    canned.answers["/api/v1/commands"] = (200, DONE)
    for number in (1, 2, 3):
        canned.answers[f"{PATH}/versions/{number}/diff"] = (200, review())
    canned.answers[f"{PATH}/draft"] = (200, review())
    live_desk.link._set_session(session_of(Role.ENGINEER))
    live_desk.window.show_page("config")
    page = live_desk.window.page("config")
    assert isinstance(page, ConfigPage)
    qtbot.waitUntil(lambda: page.config is not None)
    qtbot.waitUntil(lambda: page._difference is not None)
    return page


@pytest.fixture
def room_file(tmp_path: Path) -> Path:
    folder = tmp_path / "room"
    for name, text in {
        "my-room.yaml": "devices: [{profile: good, type: dell-r740}]",
        "profiles/good.yaml": "a",
        "profiles/unused.yaml": "b",
        "device-types/Dell/R740.yaml": "manufacturer: Dell\nslug: dell-r740\n",
        "device-types/Dell/other.yaml": "slug: dell-other\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder / "my-room.yaml"


def test_versions_with_who_when_why_and_what_differs(page):
    assert page.title.text().startswith("Configuration 3 is in force since ")
    assert page.list.texts()[0][:3] == ["3 in force", "limit changed", "王管理"] and page.list.texts()[0][4] == "summer"
    assert page.list.chosen_id() == "3"
    assert page.summary.text() == "Version 3 against version 2: 12 points added, 1 limit changed, 1 file changed"
    rows = page.differences.texts()
    assert rows[1][0].startswith("limit changed: ") and rows[1][0].endswith(", above (Major)")
    assert [part.strip() for part in rows[2]] == ["value", "32.4", "36"]
    assert [part.strip() for part in rows[3]] == ["level", "Major", "Critical"]


def test_another_version_is_compared_with_the_one_before_or_any(qtbot, canned, page):
    qtbot.keyClick(page.list, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: canned.requests[-1][1] == f"{PATH}/versions/2/diff?with=1")
    page.other.setCurrentIndex(page.other.findData(3))
    qtbot.waitUntil(lambda: canned.requests[-1][1] == f"{PATH}/versions/2/diff?with=3")
    page.list.choose("1")
    page.other.setCurrentIndex(0)
    qtbot.waitUntil(lambda: page.summary.text() == "Version 1 is the first one.")


def test_a_reviewed_file_is_applied_with_a_reason(qtbot, canned, page, room_file):
    page.review(room_file)
    qtbot.waitUntil(lambda: page.sides.currentIndex() == REVIEW)
    sent = next(body for verb, url, _, body in canned.requests if verb == "PUT")
    assert sorted(sent["files"]) == ["device-types/Dell/R740.yaml", "profiles/good.yaml", "room.yaml"]
    screen = page.reviewing
    assert screen.summary.text() == "12 points added, 1 limit changed, 1 file changed"
    assert not screen.apply.isEnabled() and screen.apply.toolTip() == "say why first"
    qtbot.keyClicks(screen.why, "second row")
    qtbot.mouseClick(screen.apply, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.sides.currentIndex() == SHOWN)
    assert acts(canned) == [{"kind": "config.apply", "digest": DIGEST, "base": 3, "why": "second row"}]


def test_problems_with_their_lines_and_no_way_to_apply(qtbot, canned, page, room_file):
    canned.answers[f"{PATH}/draft"] = (200, wrong())
    page.review(room_file)
    qtbot.waitUntil(lambda: page.sides.currentIndex() == REVIEW)
    screen = page.reviewing
    assert screen.summary.text() == "It cannot be applied: 1 problems"
    assert screen.sheet.texts()[0][:2] == ["room.yaml:16", "unknown key “orign”"]
    assert screen.apply.isHidden() and screen.why.isHidden()
    qtbot.keyClick(screen.back, Qt.Key.Key_Space)
    assert page.sides.currentIndex() == SHOWN and not acts(canned)


def test_refused_stays_on_the_review_and_says_why(qtbot, canned, page, room_file):
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="1", outcome=Outcome.REFUSED, code="base_changed"))
    page.review(room_file)
    qtbot.waitUntil(lambda: page.sides.currentIndex() == REVIEW)
    qtbot.keyClicks(page.reviewing.why, "x")
    qtbot.keyClick(page.reviewing.why, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "the configuration has changed in between" in page.reviewing.said.text())
    assert page.sides.currentIndex() == REVIEW


def test_a_file_that_cannot_be_read_is_said(qtbot, live_desk, page, tmp_path: Path):
    page.review(tmp_path / "nothing.yaml")
    qtbot.waitUntil(lambda: "The file cannot be read" in live_desk.window.bar.status.message.text())
    assert page.review_file.isEnabled() and page.sides.currentIndex() == SHOWN


def test_rolling_back_shows_first_what_it_changes(qtbot, canned, page):
    assert not page.back.isEnabled()
    page.list.choose("1")
    qtbot.mouseClick(page.back, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.sides.currentIndex() == REVIEW)
    assert canned.requests[-1][1] == f"{PATH}/versions/1/diff?with=3" and not acts(canned)
    assert page.reviewing.title.text() == "Back to version 1: nothing has changed yet"
    qtbot.keyClicks(page.reviewing.why, "wrong row")
    qtbot.mouseClick(page.reviewing.apply, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: acts(canned) == [{"kind": "config.rollback", "number": 1, "base": 3, "why": "wrong row"}])


def test_a_limit_is_changed_with_a_reason_and_only_what_differs_is_sent(qtbot, canned, live_desk, page):
    page.tabs.setCurrentIndex(2)
    qtbot.keyClicks(page.limits.search, "air-conditioning-1 temperature")
    assert page.limits.sheet.texts()[0][1] == "above 32.4 °C"
    assert page.limits.sheet.texts()[0][4] == "changed at run time"
    page.limits.sheet.choose(ID)
    qtbot.mouseClick(page.limits.change, Qt.MouseButton.LeftButton)
    dialog = live_desk.window.door.dialog
    qtbot.keyClicks(dialog.edits["why"], "summer")
    qtbot.mouseClick(dialog.send, Qt.MouseButton.LeftButton)
    assert dialog.wrong.text() == "nothing is changed yet"
    for typed, wrong_words in (("hot", "value: this is no number: hot"), ("36", "sent…")):
        dialog.edits["value"].selectAll()
        qtbot.keyClicks(dialog.edits["value"], typed)
        qtbot.mouseClick(dialog.send, Qt.MouseButton.LeftButton)
        assert dialog.wrong.text() == wrong_words
    qtbot.waitUntil(lambda: acts(canned) == [{"kind": "config.override", "id": ID, "value": {"value": 36.0}, "base": 3, "why": "summer"}])


def test_a_limit_that_is_shown_from_elsewhere_asks_for_its_new_figures_at_once(live_desk, page):
    live_desk.window.page("statistics").openLimit.emit(ID.removeprefix("limit:"))
    assert live_desk.window.current == "config" and page.tabs.currentWidget() is page.limits
    assert page.limits.sheet.chosen_id() == ID
    assert live_desk.window.door.dialog.edits["value"].text() == "32.4"


def test_a_limit_is_shown_when_its_reader_has_logged_in(qtbot, canned, live_desk, page):
    live_desk.link._set_session(None)
    qtbot.waitUntil(lambda: page.sides.currentIndex() == CLOSED)
    page.show_limit(ID.removeprefix("limit:"))
    live_desk.link._set_session(session_of(Role.DUTY))
    qtbot.waitUntil(lambda: page.limits.sheet.chosen_id() == ID)
    assert live_desk.window.door.dialog is None, "who may not change it is only shown it"


def test_what_a_limit_would_have_done_is_said_before_it_is_changed(qtbot, canned, live_desk, page):
    def told(after: int, **more: object) -> ReplayInfo:
        then, now = (ReplayedInfo(raised=n, seconds=n * 60.0, longest=60.0) for n in (212, after))
        span = {"since": 1_000, "until": 1_000 + 30 * 86_400_000}
        return ReplayInfo(**{"limit": ID, "days": 30, **span, "samples": 9, "cut": False, "before": then, "after": now, **more})

    canned.answers[REPLAY] = (200, told(212))
    page.tabs.setCurrentIndex(2)
    qtbot.keyClicks(page.limits.search, "air-conditioning-1 temperature")
    page.limits.sheet.choose(ID)
    qtbot.mouseClick(page.limits.change, Qt.MouseButton.LeftButton)
    dialog = live_desk.window.door.dialog
    qtbot.waitUntil(lambda: dialog.past.text() == "Recorded 30 d 0 h: raised 212 times, 3 h 32 min in alarm.")
    canned.answers[REPLAY] = (200, told(4, cut=True))
    dialog.edits["value"].selectAll()
    qtbot.keyClicks(dialog.edits["value"], "36")
    qtbot.waitUntil(
        lambda: dialog.past.text().startswith("Recorded 30 d 0 h: would have been raised 4 times instead of 212, 4 min in alarm")
    )
    assert dialog.past.text().endswith("Only a part could be looked at in time.")
    assert f"{REPLAY}?limit={ID.replace(':', '%3A').replace('#', '%23')}&days=30&value=36.0" in [path for _, path, _, _ in canned.requests]
    canned.answers[REPLAY] = (200, told(0, since=None, until=None))
    qtbot.keyClicks(dialog.edits["deadband"], "0")
    qtbot.waitUntil(lambda: dialog.past.text().startswith("There is no record of this point yet"))
    qtbot.keyClicks(dialog.edits["deadband"], "x")
    qtbot.waitUntil(lambda: not dialog.past.text())
    canned.answers.pop(REPLAY)
    dialog.edits["deadband"].setText("1")
    qtbot.waitUntil(lambda: bool(dialog.past.text()))
    assert "Recorded" not in dialog.past.text()


def test_what_is_changed_at_run_time_is_reset_to_the_file(qtbot, canned, live_desk, page):
    page.tabs.setCurrentIndex(1)
    rows = page.overrides.sheet.texts()
    assert rows[0][1:3] == ["value 36", "value 32.4"] and rows[1][2] == "the room has no such limit now"
    assert not page.overrides.reset.isEnabled()
    page.overrides.sheet.choose(ID)
    qtbot.mouseClick(page.overrides.reset, Qt.MouseButton.LeftButton)
    dialog = live_desk.window.door.dialog
    qtbot.keyClicks(dialog.edits["why"], "autumn")
    qtbot.mouseClick(dialog.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: acts(canned) == [{"kind": "config.reset", "id": ID, "base": 3, "why": "autumn"}])


def test_buttons_are_those_of_the_right(live_desk, page):
    page.tabs.setCurrentIndex(2)
    page.limits.search.setText(POINT)
    page.limits.sheet.choose(ID)
    assert page.limits.change.isEnabled() and page.review_file.isEnabled()
    live_desk.link._set_session(session_of(Role.AUDITOR))
    page._show_all()
    assert not page.limits.change.isEnabled() and not page.review_file.isEnabled() and page.review_file.toolTip()


def test_without_the_right_it_says_who_may(qtbot, live_desk, page):
    live_desk.link._set_session(session_of(Role.VIEWER))
    qtbot.waitUntil(lambda: page.sides.currentIndex() == CLOSED)
    assert "Everybody but viewers may see the configuration" in page.refused.text() and page.config is None


def test_a_station_that_takes_another_configuration_is_no_trouble_for_a_while(qtbot, canned, live_desk, page, room_file):
    page.review(room_file)
    qtbot.waitUntil(lambda: page.sides.currentIndex() == REVIEW)
    qtbot.keyClicks(page.reviewing.why, "x")
    qtbot.mouseClick(page.reviewing.apply, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: live_desk.model.taking_effect == 4)
    canned.greeting.clear()
    canned.drop()
    banner = live_desk.window.banner
    qtbot.waitUntil(banner.isVisible)
    assert banner.title.text() == "Configuration 4 is taking effect"
    live_desk.model.index.replace([], live_desk.model.points)
    live_desk.model.replaced.emit()
    live_desk.model.beat.emit()
    assert live_desk.sound.level == 0
    live_desk.model._effect_until = 0.0
    banner.refresh()
    live_desk.model.beat.emit()
    assert banner.title.text().startswith("NO STATION since") and live_desk.sound.level == 1


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)])
@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_cut(qtbot, qapp, canned, live_desk, page, language, colours, size):
    theme.apply(qapp, theme.THEMES[colours])
    live_desk.window.set_language(language)
    live_desk.window.resize(*size)
    faults = []
    for tab in range(3):
        page.tabs.setCurrentIndex(tab)
        qapp.processEvents()
        faults += walk(live_desk.window, f"config {tab}").faults
        keep(live_desk.window, f"config-{tab}-{language}-{colours}-{size[0]}")
    for name, one in (("review", review()), ("wrong", wrong())):
        page.reviewing.tell(one, lambda: ("Review", "Apply"), lambda: "")
        page.sides.setCurrentIndex(REVIEW)
        qapp.processEvents()
        faults += walk(live_desk.window, f"config {name}").faults
        keep(live_desk.window, f"config-{name}-{language}-{colours}-{size[0]}")
    assert live_desk.window.size().toTuple() == size
    assert not faults, "\n".join(faults)


def test_everything_has_a_name_and_is_reached_by_tab(qtbot, live_desk, page):
    for tab in range(3):
        page.tabs.setCurrentIndex(tab)
        found = [one for one in focusable(live_desk.window) if page.isAncestorOf(one) and one.focusProxy() is None]
        assert len(found) >= 3 and not [describe(one) for one in found if not spoken(one)]
        reached = walked(qtbot, live_desk.window)
        assert not [describe(one) for one in found if one not in reached]
