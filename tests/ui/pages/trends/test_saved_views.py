"""The saved views at a station of canned answers: own and shared ones, saved, replaced, renamed, shared, deleted, taken over."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.trends import ViewContent, ViewInfo, ViewsPage
from cityops_desktop.model.people import Outcome, Role
from tests.ui.canned_station import CannedStation
from tests.ui.conftest import Desk
from tests.ui.peoplerooms import session_of
from ui.dialogs.share import ShareDialog
from ui.dialogs.viewname import ViewNameDialog
from ui.pages.trends.oldviews import OldViews
from ui.pages.trends.page import TrendsPage
from ui.pages.trends.timebar import DAY
from ui.pages.trends.views import View
from ui.settings import Settings
from ui.widgets.menubutton import MenuButton

OPENS_A_PAGE = True

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
PATH, ACTS = "/api/v1/trends/views", "/api/v1/commands"
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
POINTS = ["ups-1.load", "it-1.temperature"]


def info(n: int, name: str, *, own: bool = True, roles: tuple[Role, ...] = (), **content: object) -> ViewInfo:
    told = ViewContent.model_validate({"points": POINTS, "span": 7200} | content)
    return ViewInfo(id=f"v{n}", name=name, content=told, roles=list(roles), own=own, owner="张工" if own else "李班长")


VIEWS = [info(1, "night", compare=1, heights={"°C": 2.0}), info(2, "cold & hot", roles=(Role.DUTY,)), info(3, "UPS room", own=False)]


def acts(canned: CannedStation) -> list[dict]:
    return [body["act"] for verb, url, _, body in canned.requests if verb == "POST" and url == ACTS]


def asked(canned: CannedStation) -> int:
    return sum(url.partition("?")[0] == PATH for _, url, _, _ in canned.requests)


@pytest.fixture
def page(qtbot: QtBot, canned: CannedStation, live_desk: Desk) -> TrendsPage:
    canned.answers[PATH] = (200, ViewsPage(views=VIEWS))
    canned.answers[ACTS] = (200, CommandResult(id="x", outcome=Outcome.DONE, data={"view": "v9"}))
    live_desk.link._set_session(session_of(Role.SHIFT_LEADER))
    live_desk.window.show_page("trends")
    page = live_desk.window.page("trends")
    assert isinstance(page, TrendsPage)
    qtbot.waitUntil(lambda: len(page.views_button.views.all) == 3)
    return page


def lines(qtbot: QtBot, button: MenuButton) -> list[str]:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert button.opened is not None
    return [action.text() for action in button.opened.actions() if action.text()]


def choose(qtbot: QtBot, button: MenuButton, words: str) -> None:
    lines(qtbot, button)
    assert button.opened is not None
    action = next(one for one in button.opened.actions() if one.text().startswith(words))
    assert action.isEnabled(), words
    button.opened.setActiveAction(action)
    qtbot.keyClick(button.opened, Qt.Key.Key_Return)
    button.opened.close()


def test_own_views_stand_before_shared_ones_each_with_its_key(qtbot: QtBot, page: TrendsPage) -> None:
    found = lines(qtbot, page.views_button)
    assert found[:4] == ["night\tCtrl+Shift+1", "cold && hot · shared\tCtrl+Shift+2", "Shared with you", "UPS room · 李班长\tCtrl+Shift+3"]


def test_a_view_brings_back_points_span_heights_and_comparison(qtbot: QtBot, page: TrendsPage) -> None:
    choose(qtbot, page.views_button, "night")
    assert page.keys == POINTS and page.live and page.views_button.text() == "night"
    assert page.plot.end - page.plot.start == 7_200_000 and page.plot.shift == DAY * 1000
    assert page.plot.heights == {"°C": 2.0}
    page.clear()
    page.window().activateWindow()
    page.plot.setFocus()
    qtbot.waitUntil(page.plot.hasFocus)
    qtbot.keyClick(page.plot, Qt.Key.Key_3, CONTROL | SHIFT)
    assert page.keys == POINTS and page.views_button.name == "UPS room"
    qtbot.keyClick(page.plot, Qt.Key.Key_9, CONTROL | SHIFT)
    assert page.views_button.name == "UPS room", "there are three"


def save_as(qtbot: QtBot, page: TrendsPage, name: str) -> ViewNameDialog:
    choose(qtbot, page.views_button, "Save as")
    dialog = page.views_button.dialog
    assert isinstance(dialog, ViewNameDialog)
    dialog.name.clear()
    qtbot.keyClicks(dialog.name, name)
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    return dialog


def test_what_is_on_the_chart_is_saved_at_the_station(qtbot: QtBot, canned: CannedStation, page: TrendsPage) -> None:
    page.clear()
    page.add_points(POINTS[:1])
    page.set_span(300)
    before = asked(canned)
    save_as(qtbot, page, "Cold  aisle")
    qtbot.waitUntil(lambda: asked(canned) > before + 1)
    content = {"points": POINTS[:1], "span": 300, "compare": 0, "heights": {}}
    [act] = acts(canned)
    assert {name: act[name] for name in ("kind", "id", "name", "content")} == {
        "kind": "view.save",
        "id": "",
        "name": "Cold aisle",
        "content": {**act["content"], **content},
    }
    assert page.views_button.name == "Cold aisle"


def test_a_view_needs_a_name_and_another_own_one_of_the_same_name_is_asked_about(
    qtbot: QtBot, canned: CannedStation, page: TrendsPage
) -> None:
    dialog = save_as(qtbot, page, "   ")
    assert dialog.isVisible() and not dialog.save.isEnabled() and dialog.said.text() == "A view needs a name."
    qtbot.keyClicks(dialog.name, "night")
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    assert dialog.said.text() == "There is a view of this name. Replace it?" and dialog.save.text() == "Replace" and not acts(canned)
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(acts(canned)))
    assert acts(canned)[0]["replace"] is True
    save_as(qtbot, page, "UPS room")
    qtbot.waitUntil(lambda: len(acts(canned)) == 2)


def test_a_refusal_is_said_and_the_view_is_not_called_so(qtbot: QtBot, canned: CannedStation, page: TrendsPage) -> None:
    canned.answers[ACTS] = (200, CommandResult(id="x", outcome=Outcome.REFUSED, code="too_many_views", params={"most": 100}))
    save_as(qtbot, page, "one more")
    qtbot.waitUntil(lambda: "100 views is the most" in page._said.text())
    assert page.views_button.name == ""


def test_own_views_are_renamed_shared_and_deleted(qtbot: QtBot, canned: CannedStation, page: TrendsPage) -> None:
    button = page.views_button
    choose(qtbot, button, "cold")
    choose(qtbot, button, "Rename")
    dialog = button.dialog
    assert isinstance(dialog, ViewNameDialog) and dialog.name.text() == "cold & hot"
    qtbot.keyClicks(dialog.name, "nights")
    qtbot.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(acts(canned)) == 1)
    assert (acts(canned)[0]["id"], acts(canned)[0]["name"]) == ("v2", "nights")
    qtbot.waitUntil(lambda: button.name == "nights")
    choose(qtbot, button, "cold")
    choose(qtbot, button, "Share with")
    share = button.dialog
    assert isinstance(share, ShareDialog)
    assert [role for role, box in share.boxes.items() if box.isChecked()] == [Role.DUTY]
    qtbot.keyClick(share.boxes[Role.AUDITOR], Qt.Key.Key_Space)
    qtbot.mouseClick(share.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(acts(canned)) == 2)
    assert acts(canned)[1] == {"kind": "view.share", "view": "v2", "roles": ["duty", "auditor"]}
    choose(qtbot, button, "Delete")
    qtbot.waitUntil(lambda: len(acts(canned)) == 3)
    assert acts(canned)[2] == {"kind": "view.delete", "view": "v2"}
    qtbot.waitUntil(lambda: "“Save as” brings it back" in page._said.text())
    assert button.name == "" and page.keys == POINTS


def test_views_of_others_are_neither_renamed_nor_deleted_here(qtbot: QtBot, live_desk: Desk, page: TrendsPage) -> None:
    button = page.views_button
    choose(qtbot, button, "UPS")
    lines(qtbot, button)
    assert button.opened is not None
    states = {action.text().partition("…")[0]: action.isEnabled() for action in button.opened.actions()}
    assert (states["Rename"], states["Delete this view"], states["Share with"]) == (False, False, True)
    live_desk.link._set_session(session_of(Role.DUTY))
    button.opened.close()
    lines(qtbot, button)
    states = {action.text().partition("…")[0]: action.isEnabled() for action in button.opened.actions()}
    assert states["Share with"] is False


def test_another_person_has_other_views(qtbot: QtBot, canned: CannedStation, live_desk: Desk, page: TrendsPage) -> None:
    canned.answers[PATH] = (200, ViewsPage(views=VIEWS[2:]))
    live_desk.link._set_session(None)
    qtbot.waitUntil(lambda: [view.name for view in page.views_button.views.all] == ["UPS room"])


def test_without_a_person_saving_asks_for_the_login_first(
    qtbot: QtBot, canned: CannedStation, live_desk: Desk, page: TrendsPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    live_desk.link._set_session(None)
    purposes: list[str] = []
    monkeypatch.setattr(live_desk.window.acts, "_ask_login", lambda purpose, then: purposes.append(purpose))
    save_as(qtbot, page, "one")
    assert purposes == ["Save the view: log in with the password."] and not acts(canned)


# views of before


def old(folder: Path, *views: str) -> Settings:
    settings = Settings(folder / "console.ini")
    kept = [f'{{"name": "{name}", "points": ["a.x"], "span": 900, "compare": 7, "heights": {{"°C": 2.0}}}}' for name in views]
    settings.remember("trends/room1", f"[{', '.join(kept)}]")
    settings.save()
    return settings


def test_views_of_this_console_are_taken_over_once(qtbot: QtBot, canned: CannedStation, page: TrendsPage, tmp_path: Path) -> None:
    button = page.views_button
    assert not any("Take over" in line for line in lines(qtbot, button)), "there are none"
    assert button.opened is not None
    button.opened.close()
    settings = old(tmp_path, "night", "own")
    button._settings, button._old = settings, None
    choose(qtbot, button, "Take over 2 views")
    qtbot.waitUntil(lambda: len(acts(canned)) == 2)
    assert [(act["name"], act["replace"]) for act in acts(canned)] == [("night 2", False), ("own", False)]
    assert acts(canned)[0]["content"]["compare"] == 7
    qtbot.waitUntil(lambda: page._said.text() == "The views of this console are the station's now")
    assert not any("Take over" in line for line in lines(qtbot, button)) and Settings(tmp_path / "console.ini").text("trends/room1") == ""


def test_what_the_station_refuses_stays_with_the_console(qtbot: QtBot, canned: CannedStation, page: TrendsPage, tmp_path: Path) -> None:
    canned.answers[ACTS] = (200, CommandResult(id="x", outcome=Outcome.REFUSED, code="busy"))
    settings = old(tmp_path, "a", "b")
    page.views_button._settings, page.views_button._old = settings, None
    choose(qtbot, page.views_button, "Take over 2 views")
    qtbot.waitUntil(lambda: "the station is busy" in page._said.text())
    assert len(OldViews(settings, "room1").all) == 2 and len(acts(canned)) == 1


def test_old_views_belong_to_their_room_and_a_spoilt_file_costs_only_them(tmp_path: Path, expected_log) -> None:
    settings = old(tmp_path, "a 冷")
    assert OldViews(settings, "room1").all == [View("a 冷", ("a.x",), 900, 7, {"°C": 2.0})] and OldViews(settings, "r2").all == []
    expected_log("cannot be read")
    whole = '{"name": "a", "points": [], "span": 1e999, "compare": 0, "heights": {}}'
    for spoilt in ('[{"name": 1}]', f"[{whole}]", "[" * 100_000):
        settings.remember("trends/room1", spoilt)
        assert OldViews(settings, "room1").all == []


def test_a_view_beyond_what_the_station_takes_is_cut_to_it() -> None:
    view = View("x", tuple(f"a.{n}" for n in range(100)), 10**9, 0, {"°C": 5000.0, "%": 1.5})
    content = view.content()
    assert len(content.points) == 64 and content.span == 366 * DAY and content.heights == {"%": 1.5}


def test_the_button_never_grows_beyond_its_place(page: TrendsPage, qapp: QApplication) -> None:
    page.views_button.set_name("a very long name of a view that nobody wants to read")
    assert "…" in page.views_button.text() and page.views_button.toolTip().endswith("wants to read")
