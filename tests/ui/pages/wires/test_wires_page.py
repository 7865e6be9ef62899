"""The page of the wires: states by shape and word, the plan and its price, frames that come, stand still, are filtered and saved."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from cityops_desktop import texts
from cityops_desktop.link.wire_files import read
from cityops_desktop.model.readings import Reason
from tests.ui.desk import model_of
from tests.ui.pages.wires.wirerooms import DAMAGED, EXCEPTION, Wires, frame
from tests.ui.rooms import copy_of_room
from tests.ui.walker import walk
from ui import theme
from ui.models.room import RoomModel
from ui.pages.wires import frametable
from ui.pages.wires.page import WiresPage
from ui.widgets.sheet import Cell, Row, Sheet, Sign

PLAN, FRAMES, COUNTERS = range(3)


class Place:
    """The page on the made room."""

    def __init__(self, qtbot) -> None:
        self.model: RoomModel = model_of(copy_of_room())
        self.link = Wires(self.model)
        self.link.frames = [frame(n) for n in range(1, 5)]
        self.page = WiresPage(self.model, self.link)  # type: ignore[arg-type]
        self.page.resize(1214, 660)
        qtbot.addWidget(self.page)
        self.qtbot = qtbot

    def show(self, tab: int = PLAN) -> WiresPage:
        self.page.tabs.setCurrentIndex(tab)
        self.page.show()
        QApplication.processEvents()
        return self.page

    def click(self, row: int) -> None:
        """A line of the list."""
        place = self.page.list.visualRect(self.page.list.model().index(row, 0)).center()
        self.qtbot.mouseClick(self.page.list.viewport(), Qt.MouseButton.LeftButton, pos=place)

    def beat(self, *more) -> None:
        """A second later, and these frames with it."""
        self.link.frames += more
        self.model.beat.emit()


@pytest.fixture
def place(qtbot) -> Place:
    return Place(qtbot)


def test_the_lines_by_shape_and_word(place: Place):
    page = place.show()
    assert [row[1] for row in page.list.texts()] == ["in order", "1 silent", "lost", "in order"]
    assert [page.list._rows.rows[n].cells[1].sign for n in range(4)] == [Sign.TICK, Sign.TRIANGLE, Sign.CROSS, Sign.TICK]
    assert [row[2] for row in page.list.texts()] == ["42 %", "124 %", "—", "42 %"]
    told = page.head.toolTip()
    assert all(words in told for words in ("9600 baud", "a round takes 857 ms", "CRC 7", "3 polls skipped"))
    place.click(1)
    assert "load 124 % (too much)" in page.head.toolTip() and "1 of 8 devices silent" in page.head.toolTip()


def test_the_plan_and_its_price(place: Place):
    page = place.show()
    assert "16 questions read 32 points of 8 devices" in page.plan_words.text()
    assert "one request per value 4.20 times" in page.plan_words.text()
    first = page.requests.texts()[0]
    assert first[1:] == ["read holding registers 0 to 124", "2", "1 s", "8 + 255", "40.0 ms", "4.0 %"]
    assert page.more_words.text() == "Choose a row: what one more such device would cost."
    place.qtbot.mouseClick(page.requests.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(30, 10))
    assert "80 ms more a round, 4.8 % of the line; busy then 43 % of the time." in page.more_words.text()
    assert "refuses: holding 13" in page.more_words.text() and "begins to answer after 12 ms" in page.more_words.text()
    assert "used 38 %" in page.bar.toolTip() and "free 57 %" in page.bar.toolTip()


def test_counters(place: Place):
    page = place.show(COUNTERS)
    first, second, *_ = page.counters.texts()
    assert first[1:] == ["answers", "176367", "176300", "60", "0", "0", "0", "0", "21 ms", "300 ms"]
    assert second[1] == "no answer yet" and second[-2:] == ["—", "—"]


def test_frames_come_and_are_told_in_words(place: Place):
    page = place.show(FRAMES)
    table = page.frames.table
    assert [table.index(0, column).data() for column in range(2, 8)] == [
        "unit 3", "read holding registers 0 to 27", "right", "4.2", "—", "03 03 00 00 00 1C 44 3F",
    ]  # fmt: skip
    place.beat(frame(5), frame(6, **DAMAGED))
    assert table.rowCount() == 6 and table.index(5, 3).data() == "damaged reply: 30 of 61 bytes"
    assert table.index(5, 4).data() == "wrong" and Sign(table.index(5, 3).data(frametable.SIGN_ROLE)) is Sign.CROSS
    assert "6 of 6 frames, 1 not in order" in page.frames.count.toolTip()


def test_a_hidden_page_and_a_hidden_tab_ask_nothing(place: Place):
    place.beat()
    assert place.link.asked == []
    page = place.show(PLAN)
    assert not any(path.endswith("/frames") for path in place.link.asked)
    page.tabs.setCurrentIndex(FRAMES)
    assert place.link.asked[-1] == "/api/v1/buses/line1/frames"
    page.hide()
    asked = len(place.link.asked)
    place.beat()
    assert len(place.link.asked) == asked


def test_one_question_at_a_time(place: Place):
    place.link.held = []
    place.show(FRAMES)
    for _ in range(5):
        place.beat()
    assert sorted(set(place.link.asked)) == ["/api/v1/buses"]
    place.link.held.pop(0)()
    place.beat()
    assert place.link.asked.count("/api/v1/buses/line1/frames") == 1


def test_pause_and_go_on_without_a_hole(place: Place):
    page = place.show(FRAMES)
    place.qtbot.mouseClick(page.frames.pause, Qt.MouseButton.LeftButton)
    place.beat(frame(5), frame(6))
    assert page.frames.table.rowCount() == 4 and page.frames.count.toolTip().startswith("Paused")
    place.qtbot.mouseClick(page.frames.pause, Qt.MouseButton.LeftButton)
    assert [one.number for one in page.frames.table.kept] == [1, 2, 3, 4, 5, 6]


def test_what_came_meanwhile_comes_in_portions(place: Place):
    page = place.show(FRAMES)
    page.tabs.setCurrentIndex(PLAN)
    place.link.portion = 3
    place.link.frames += [frame(n) for n in range(5, 15)]
    page.tabs.setCurrentIndex(FRAMES)
    assert [one.number for one in page.frames.table.kept] == list(range(1, 15))


def test_only_what_is_not_in_order_and_only_one_device(place: Place):
    page = place.show(FRAMES)
    ours = page.frames.device.itemData(1)
    place.beat(frame(5, device=ours), frame(6, **EXCEPTION), frame(7, params={"unasked": 1, "n": 1}, words="reply, {n} registers"))
    place.qtbot.mouseClick(page.frames.only_wrong, Qt.MouseButton.LeftButton, pos=QPoint(8, 10))
    rows = [page.frames.table.index(n, 3).data() for n in range(page.frames.table.rowCount())]
    assert rows == ["exception 2 (illegal address)", "reply, 1 registers (nobody waits for it)"]
    page.frames.only_wrong.setChecked(False)
    page.show_device(ours)
    assert [one.number for one in page.frames.table.rows] == [5]


def test_who_reads_further_up_is_left_in_peace(place: Place):
    place.link.frames = [frame(n) for n in range(1, 301)]
    page = place.show(FRAMES)
    bar = page.frames.view.verticalScrollBar()
    assert bar.value() == bar.maximum() > 0, "at the newest"
    place.beat(*(frame(n) for n in range(301, 311)))
    assert bar.value() == bar.maximum()
    bar.setValue(500)
    place.beat(*(frame(n) for n in range(311, 321)))
    assert bar.value() == 500


def test_the_oldest_go_and_nothing_moves(place: Place, monkeypatch):
    monkeypatch.setattr(frametable, "MOST", 100)
    place.link.frames = [frame(n) for n in range(1, 106)]
    page = place.show(FRAMES)
    bar = page.frames.view.verticalScrollBar()
    bar.setValue(1200)
    top = page.frames.view.rowAt(0)
    seen = page.frames.table.rows[top].number
    place.beat(*(frame(n) for n in range(106, 121)))
    assert len(page.frames.table.kept) == 100
    assert page.frames.table.rows[page.frames.view.rowAt(0)].number == seen


def test_another_line_begins_anew(place: Place):
    page = place.show(FRAMES)
    place.link.frames = [frame(90), frame(91)]
    place.click(1)
    assert page.frames.bus == "line2" and [one.number for one in page.frames.table.kept] == [90, 91]


def test_copy_and_the_whole_frame(place: Place):
    page = place.show(FRAMES)
    view = page.frames.view
    place.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(page.frames.table.index(1, 3)).center())
    assert page.frames.detail.toPlainText().startswith("reply, 28 registers (61 bytes): 03 03 38 00")
    place.qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().split("\t")[3] == "reply, 28 registers"


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_saved_and_read_back(place: Place, tmp_path, suffix):
    page = place.show(FRAMES)
    path = tmp_path / f"frames.{suffix}"
    page.frames.save(path)
    assert [one.data.hex() for one in read(path.read_text("utf-8"))] == [one.hex for one in place.link.frames]
    assert str(path) in page.frames.count.toolTip()
    page.frames.save(tmp_path / "missing" / "frames.csv")
    assert "cannot be written" in page.frames.count.toolTip()


def test_without_a_station_it_is_said_and_stays(place: Place):
    page = place.show(FRAMES)
    place.model.set_connected(False)
    place.beat()
    assert "no station: these figures are old" in page.head.toolTip()
    assert page.frames.table.rowCount() == 4 and "No station" in page.frames.count.toolTip()
    assert {row[1:] == ["not known", "—"] for row in page.list.texts()} == {True}
    assert {row[1] for row in page.counters.texts()} == {"not known"}


def test_a_line_that_listens_first_says_so(place: Place, monkeypatch):
    page = place.show()
    wire = page.wires["line1"]
    starting = {"state": "starting", "reason": Reason.LISTENING, "settings": {"listen": 60.0, "timeout": 0.5}}
    page.wires["line1"] = wire.model_copy(update={"bus": wire.bus.model_copy(update=starting)})
    page._show()
    assert page.list.texts()[0][1:] == ["listening", "—"]
    assert "listening before we speak" in page.head.toolTip() and "nothing is sent" in page.head.toolTip()
    assert "listens 60 s first" in page.head.toolTip()


def test_a_line_on_which_nothing_is_heard_is_told_otherwise_than_a_point_that_nobody_asks_for(place: Place):
    page = place.show()
    wire = page.wires["line1"]
    page.wires["line1"] = wire.model_copy(update={"bus": wire.bus.model_copy(update={"state": "down", "reason": Reason.NOT_HEARD})})
    page._show()
    assert "lost: nothing at all is heard on it" in page.head.toolTip()


def test_of_a_line_that_is_only_listened_to_no_device_is_asked(place: Place):
    page = place.show(COUNTERS)
    wire = page.wires["line1"]
    settings = {"listen": 10.0, "listen_only": True}
    page.wires["line1"] = wire.model_copy(update={"bus": wire.bus.model_copy(update={"settings": settings})})
    page._show()
    assert page.counters.texts()[0][1:] == ["answers", *["—"] * 7, "21 ms", "300 ms"]
    assert "listens only" in page.head.toolTip() and "first" not in page.head.toolTip()


def test_a_banner_that_takes_room_leaves_the_newest_in_sight(place: Place):
    page = place.show(FRAMES)
    place.beat(*(frame(n) for n in range(5, 105)))
    QApplication.processEvents()
    bar = page.frames.view.verticalScrollBar()
    assert bar.value() == bar.maximum() > 0
    page.resize(1214, 500)
    QApplication.processEvents()
    assert bar.value() == bar.maximum()
    place.beat(frame(105))
    QApplication.processEvents()
    assert bar.value() == bar.maximum()


def test_a_station_that_does_not_answer(place: Place):
    place.link.refuse = True
    page = place.show()
    assert page.hint.isVisible() and page.hint.text() == "the station does not answer this question"


@pytest.mark.parametrize("size", [(1214, 660), (1768, 970)], ids=lambda size: str(size[0]))
@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_cut(place: Place, qapp: QApplication, monkeypatch, language, colours, size):
    monkeypatch.setattr(texts, "_current", language)
    theme.apply(qapp, theme.THEMES[colours])
    place.page.resize(*size)
    place.page.retranslate()
    faults, seen = [], 0
    place.link.frames += [
        frame(5, **DAMAGED),
        frame(6, **EXCEPTION),
        frame(7, device="ups-2", params={"other": 1, "n": 28}, words="reply, {n} registers"),
    ]
    for tab in (PLAN, FRAMES, COUNTERS):
        page = place.show(tab)
        for line in range(3):
            place.click(line)
            page.requests.selectRow(0)
            qapp.processEvents()
            found = walk(page, f"{tab} {line}")
            faults += found.faults
            seen += found.texts
    assert not faults, "\n".join(faults)
    assert seen > 300


def test_a_table_that_was_filled_while_it_was_narrow_has_room_again(qtbot):
    table = Sheet("other")
    qtbot.addWidget(table)
    table.resize(300, 200)
    table.show()
    table.tell(["Device", *"abcdefghij"], [Row("1", tuple(Cell("a long word") for _ in range(11)))])
    narrow = [table.columnWidth(column) for column in range(1, 11)]
    table.resize(1000, 200)
    wide = [table.columnWidth(column) for column in range(1, 11)]
    assert sum(wide) > sum(narrow) and all(after >= before for before, after in zip(narrow, wide, strict=True))
