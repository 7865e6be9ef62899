"""The page Patrol on a real station, by the keyboard: templates taken over, a route published, walked, kept while the station cannot be
reached, handed in, and found in the history as it was walked."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog

from tests.peers.station import PASSWORD, slave, station
from ui.link import Link
from ui.models.room import RoomModel
from ui.pages.patrol.page import PatrolPage
from ui.sound import Sound
from ui.window import Window

PATH = "/api/v1/duty/patrol"
ROLES = {"zhang": ["duty"], "wang": ["engineer"]}


@pytest.fixture
def window(qtbot, tmp_path: Path) -> Iterator[Window]:
    with slave() as device, station(tmp_path, device.port) as peer:
        peer.first_administrator()
        root = peer.login("root")
        for name, roles in ROLES.items():
            account = {"kind": "account.create", "name": name, "display": name, "password": PASSWORD, "roles": roles}
            assert peer.act(root, account)["outcome"] == "done"
        model = RoomModel()
        link = Link(peer.data, model, secret="k" * 43)
        made = Window(model, link, Sound(model, players=()), asks=False)
        made.resize(1366, 768)
        qtbot.addWidget(made)
        made.show()
        link.start()
        qtbot.waitUntil(lambda: model.connected and model.room is not None)
        yield made
        made.close()


def log_in(qtbot, window: Window, name: str) -> None:
    window._link.log_out()
    window.ask_login()
    dialog = window.door.dialog
    qtbot.keyClicks(dialog.name, name)
    qtbot.keyClicks(dialog.password, PASSWORD)
    qtbot.keyClick(dialog.password, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window._link.session is not None)


def asked(qtbot, window: Window, title: str) -> QDialog:
    def found() -> QDialog | None:
        return next((one for one in window.findChildren(QDialog) if one.isVisible() and one.windowTitle() == title), None)

    qtbot.waitUntil(lambda: found() is not None)
    return found()


def press(qtbot, key: Qt.Key) -> None:
    focus = QApplication.focusWidget()
    assert focus is not None
    qtbot.keyClick(focus, key)


def publish(qtbot, window: Window, page: PatrolPage) -> None:
    """Templates of the program, and a route of two stops with one of them."""
    page.tabs.setCurrentIndex(2)
    tab = page.routes_tab
    qtbot.waitUntil(tab.take_over.isEnabled)
    qtbot.keyClick(tab.take_over, Qt.Key.Key_Space)
    qtbot.mouseClick(asked(qtbot, window, "Take over templates").send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(tab.templates.texts()) > 5)
    qtbot.keyClick(tab.new_route, Qt.Key.Key_Space)
    form = asked(qtbot, window, "New route")
    for edit, text in ((form.code, "night"), (form.zh, "Night"), (form.en, "Night round"), (form.why, "first route")):
        qtbot.keyClicks(edit, text)
    for number in range(2):
        form._add_stop()
        form.where.setCurrentIndex(next(n for n in range(form.where.count()) if tuple(form.where.itemData(n)) == ("device", "a")))
        form.where.activated.emit(form.where.currentIndex())
        wanted = next(item for item in form._templates() if item.data(Qt.ItemDataRole.UserRole) == "air-conditioning")
        wanted.setCheckState(Qt.CheckState.Checked)
        qtbot.keyClicks(form.code_of, f"TAG-{number}")
    qtbot.mouseClick(form.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(tab.routes.texts()) == 1)


def answer_all(qtbot, page: PatrolPage) -> None:
    """Every item by the keys that its card names; one thing is not ok, one not checked."""
    view = page.walking
    while page.sides.currentWidget() is view:
        focus = QApplication.focusWidget()
        if focus is view.code:
            qtbot.keyClicks(focus, view.walk.stops[view.stop].stop.code)
            qtbot.keyClick(focus, Qt.Key.Key_Return)
        elif focus is view.card.field:
            shown = view._model.shown(view.walk.places[view.number].point)
            qtbot.keyClicks(focus, "21" if shown.number is None else f"{shown.number:.1f}")
            qtbot.keyClick(focus, Qt.Key.Key_Return)
        elif focus is view.card.why:
            qtbot.keyClicks(focus, "seen at night")
            qtbot.keyClick(focus, Qt.Key.Key_Return)
        elif focus is view.card and view.card.choice_buttons:
            qtbot.keyClick(focus, Qt.Key.Key_Return)
        elif focus is view.card:
            number = view.number
            bad, left = view.walk.in_state("not_ok"), view.walk.in_state("unchecked")
            qtbot.keyClick(focus, Qt.Key.Key_2 if not bad else Qt.Key.Key_3 if not left else Qt.Key.Key_1)
            qtbot.waitUntil(lambda number=number: view.walk.answer(number) is not None)
        else:
            press(qtbot, Qt.Key.Key_Return)


def test_a_patrol_from_its_template_to_its_history(qtbot, window):
    log_in(qtbot, window, "wang")
    window.show_page("patrol")
    page = window.page("patrol")
    assert isinstance(page, PatrolPage)
    qtbot.waitUntil(lambda: page.told is not None)
    publish(qtbot, window, page)
    log_in(qtbot, window, "zhang")
    page.tabs.setCurrentIndex(0)
    qtbot.waitUntil(lambda: page.now_tab.board.row() is not None and len(page._sheets) == 1)
    page.now_tab.board.setFocus()
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.sides.currentWidget() is page.walking)
    assert page.walking.walk.state.told
    answer_all(qtbot, page)
    assert page.sides.currentWidget() is page.summary and page.summary.submit.isEnabled()
    id, items = page.summary.walk.id, len(page.summary.walk.places)
    window._model.set_connected(False)
    press(qtbot, Qt.Key.Key_Return)
    assert page.summary.said.text().startswith("The station cannot be reached"), "offline a round is kept, not handed in"
    window._model.set_connected(True)
    press(qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.summary.outcome.text().startswith("The station has taken the round: "))
    assert "Work orders raised: 1." in page.summary.outcome.text()
    press(qtbot, Qt.Key.Key_Return)
    assert page.rounds.drafts() == []
    page.show_round(id)
    tab = page.history_tab
    qtbot.waitUntil(lambda: tab.detail is not None and tab.detail.round.id == id)
    qtbot.waitUntil(lambda: len(tab.answers.texts()) == items)
    assert [row[2].split(" · ")[0] for row in tab.answers.texts()][:3] == ["not ok", "not checked", "ok"]
    assert tab.answers.texts()[0][6], "with the number of its work order"
