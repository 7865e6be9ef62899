"""The panel of the demo against a real simulator: what it offers, starts, shows and ends; and what it says when there is none."""

import json
import os
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtNetwork import QHostAddress, QTcpServer
from PySide6.QtWidgets import QApplication

from cityops_desktop.paths import ROOMS
from cityops_desktop.sim.faults import FaultKind
from tests.peers.sim import SimPeer
from tests.ui.rooms import copy_of_room
from tests.ui.walker import walk
from ui import theme
from ui.models.room import RoomModel
from ui.pages.faults.faults import Column
from ui.pages.faults.page import FaultsPage

PICTURES = os.environ.get("CITYOPS_PICTURES")


class StubLink:
    """What the page needs of the link: the data directory."""

    def __init__(self, data: Path) -> None:
        self.data = data


@pytest.fixture(scope="module")
def sim(tmp_path_factory):
    data = tmp_path_factory.mktemp("demo")
    with SimPeer(ROOMS / "demo.yaml", data / "sim") as running:
        running.data = data
        yield running


@pytest.fixture
def open_page(qtbot):
    made = []

    def opened(data):
        model = RoomModel()
        model.apply_copy(copy_of_room())
        page = FaultsPage(model, StubLink(data))
        qtbot.addWidget(page)
        page.resize(1214, 660)
        page.show()
        made.append(page)
        return page

    yield opened
    for page in made:
        page.sim.stop()
        page.hide()


@pytest.fixture
def page(sim, open_page, qtbot):
    page = open_page(sim.data)
    qtbot.waitUntil(lambda: page.sim.found and bool(page.sim.kinds), timeout=20000)
    page.sim.play_story(True)
    page.sim.stop()
    qtbot.waitUntil(lambda: page.sim.board.ordered == 0 and page.sim.board.story, timeout=20000)
    return page


def choose(qtbot, view, name: str) -> None:
    index = view.model().index(view.row_of(name), 0)
    view.scrollTo(index)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(index).center())


def start(qtbot, page, kind: str, subject: str = "") -> None:
    choose(qtbot, page.kinds, kind)
    choose(qtbot, page.subjects, subject)
    qtbot.mouseClick(page.begin, Qt.MouseButton.LeftButton)


def shown(page):
    return [[page.table.index(row, column).data() for column in Column] for row in range(page.table.rowCount())]


def test_it_offers_what_the_room_can_suffer(page, qtbot):
    assert page.body.currentIndex() == 0
    assert page.kinds.ids() == [kind.value for kind in FaultKind]
    choose(qtbot, page.kinds, "air_conditioner_fails")
    assert page.subjects.ids() == [f"crac{n}" for n in range(1, 5)]
    assert not page.begin.isEnabled() and not page.amount.isVisible() and page.hint.text()


def test_a_fault_is_started_with_the_mouse_and_ended_with_the_keyboard(page, qtbot):
    start(qtbot, page, "leak", "leak-rope")
    qtbot.waitUntil(lambda: page.sim.board.ordered == 1, timeout=10000)
    (row,) = shown(page)
    assert row[Column.AMOUNT] == "12.5 m" and "leak-rope" in page.table.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert page.end_all.isEnabled() and not page.end.isEnabled() and page.nothing.isHidden()
    page.view.setFocus()
    qtbot.keyClick(page.view, Qt.Key.Key_Down)
    page.view.selectRow(0)
    assert page.end.isEnabled()
    qtbot.keyClick(page.view, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: page.sim.board.ordered == 0, timeout=10000)
    assert not page.end_all.isEnabled()


def test_with_the_keyboard_alone(page, qtbot):
    page.kinds.choose_row(page.kinds.row_of("hot_spot"))
    page.kinds.setFocus()
    qtbot.keyClick(page.kinds, Qt.Key.Key_Return)
    qtbot.keyClicks(page.search, "B07")
    assert page.subjects.current() == "B07"
    page.amount.setValue(5.5)
    qtbot.keyClick(page.subjects, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [fault.amount for fault in page.sim.board.active if not fault.played] == [5.5], timeout=10000)


def test_a_fault_without_a_subject_and_end_all(page, qtbot):
    start(qtbot, page, "mains_loss")
    start(qtbot, page, "dead_slave", "th-a03")
    qtbot.waitUntil(lambda: page.sim.board.ordered == 2, timeout=10000)
    assert page.said.text()
    assert all(row[Column.SINCE] for row in shown(page))
    qtbot.mouseClick(page.end_all, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.sim.board.active == (), timeout=10000)
    assert page.said.text() == "" and not page.nothing.isHidden()


def test_what_is_started_elsewhere_is_seen_and_a_selection_stays(page, qtbot):
    start(qtbot, page, "door_open", "contacts.input_4")
    qtbot.waitUntil(lambda: page.sim.board.ordered == 1, timeout=10000)
    page.view.selectRow(0)
    page.sim._send({"fault": "start", "kind": "warm_return", "subject": "crac1"}, lambda _: None)
    qtbot.waitUntil(lambda: page.sim.board.ordered == 2, timeout=10000)
    assert [index.row() for index in page.view.selectionModel().selectedRows()] == [0]


def test_the_story_is_switched(page, qtbot):
    assert page.story.isChecked()
    qtbot.mouseClick(page.story, Qt.MouseButton.LeftButton, pos=page.story.rect().center() - page.story.rect().topRight() / 4)
    qtbot.waitUntil(lambda: not page.sim.board.story, timeout=10000)
    qtbot.keyClick(page.story, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page.sim.board.story, timeout=10000)


def test_a_refusal_is_said_with_what_to_do(page, qtbot):
    page.sim.start("hot_spot", "Z99", 3.0)
    qtbot.waitUntil(lambda: "Z99" in page.said.text(), timeout=10000)
    assert "→" in page.said.text()


def test_a_hidden_page_lets_the_simulator_alone(page, qtbot):
    page.hide()
    assert not page.sim._ask.isActive() and not page.sim.found
    page.show()
    qtbot.waitUntil(lambda: page.sim.found, timeout=10000)


def test_without_a_simulator_it_says_so(open_page, tmp_path, qtbot):
    page = open_page(tmp_path)
    assert not page.sim.found and page.body.currentWidget() is page.missing and page.missing.text()
    (tmp_path / "sim").mkdir()
    (tmp_path / "sim" / "control.json").write_text("{")
    page.sim._turn()
    assert not page.sim.found


@pytest.mark.parametrize("says", [b"nonsense\n", b'{"ok": true, "kinds": [{}]}\n', b"[]\n", b'{"ok": true, "kinds": 5}\n'])
def test_whatever_else_listens_there_is_no_simulator(open_page, tmp_path, qtbot, says):
    server = QTcpServer()
    assert server.listen(QHostAddress(QHostAddress.SpecialAddress.LocalHost), 0)
    (tmp_path / "sim").mkdir()
    (tmp_path / "sim" / "control.json").write_text(json.dumps({"port": server.serverPort(), "token": "x"}))
    page = open_page(tmp_path)
    qtbot.waitUntil(server.hasPendingConnections, timeout=10000)
    caller = server.nextPendingConnection()
    qtbot.waitUntil(lambda: caller.bytesAvailable() > 0, timeout=10000)
    caller.write(says)
    qtbot.waitUntil(lambda: caller.state() is caller.SocketState.UnconnectedState, timeout=10000)
    assert not page.sim.found and page.sim.kinds == ()
    page.hide()
    server.close()


def test_a_simulator_that_ends_is_gone_from_the_page(open_page, tmp_path, qtbot):
    with SimPeer(ROOMS / "demo.yaml", tmp_path / "sim"):
        page = open_page(tmp_path)
        qtbot.waitUntil(lambda: page.sim.found, timeout=20000)
    qtbot.waitUntil(lambda: not page.sim.found, timeout=20000)
    assert page.body.currentWidget() is page.missing


SIZES = [(1214, 660), (1768, 970)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_it_looks_right(page, qtbot, qapp: QApplication, language, colours, size):
    from cityops_desktop import texts

    before = texts.language()
    texts.set_language(language)
    theme.apply(qapp, theme.THEMES[colours])
    try:
        page.retranslate()
        page.resize(*size)
        start(qtbot, page, "gas_loss", "cylinders.pressure_2")
        start(qtbot, page, "slow_slave", "meter-row-a")
        qtbot.waitUntil(lambda: page.sim.board.ordered == 2, timeout=10000)
        faults = []
        for row in range(len(page.kinds.ids())):
            page.kinds.choose_row(row)
            qapp.processEvents()
            assert page.size() == QSize(*size)
            faults += walk(page, f"kind {row}").faults
        choose(qtbot, page.kinds, "mains_loss")
        if PICTURES:
            page.grab().save(str(Path(PICTURES) / f"faults-{language}-{colours}-{size[0]}.png"))
        assert not faults, "\n".join(faults)
    finally:
        texts.set_language(before)
