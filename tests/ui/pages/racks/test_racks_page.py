"""The racks page: what is painted, how it follows the room, keys, mouse, search, zoom."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPixmap, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from cityops_desktop import texts as language
from cityops_desktop.link.messages import Copy
from cityops_desktop.model.alarms import AlarmState, Cause
from cityops_desktop.model.readings import Quality, Reason
from tests.ui.desk import NOW, Past, live, model_of, tell, texts
from tests.ui.pages.racks.rackrooms import rack_room
from tests.ui.rooms import alarm, copy_of_room, names
from tests.ui.walker import walk
from ui import theme
from ui.models.room import RoomModel
from ui.pages.racks import view as rackview
from ui.pages.racks.face import Key, Part, RackPicture, shortened
from ui.pages.racks.page import RacksPage
from ui.pages.racks.state import RackState
from ui.pages.racks.view import FULL_UNIT, Selection
from ui.widgets import lettering


@dataclass
class Racks:
    """A shown page with the made room."""

    model: RoomModel
    page: RacksPage

    def item(self, rack: str, name: str) -> Selection:
        watch = next(one for one in self.page.board.watches if one.rack.id == rack)
        number = next(n for n, one in enumerate(watch.rack.items) if one.names.en == name)
        stand = watch.elevation.stand_of(number, watch.rack.items[number].face)
        assert stand is not None
        return Selection(rack, watch.rack.items[number].face, number, stand.bottom)

    def spot(self, selection: Selection) -> QPoint:
        return self.page.board.rect_of(selection).center()

    def sensor(self, place: int, number: int) -> QPoint:
        board = self.page.board
        picture = board.pictures[place]
        assert picture.state is not None
        rect = picture._figure_rect("front", picture.state.warmth["front"][number])
        return rect.center() + board.column(place).topLeft()


def page_of(qtbot: QtBot, copy: Copy, size: tuple[int, int] = (1214, 675)) -> Racks:
    model = model_of(copy)
    page = RacksPage(model, Past())  # type: ignore[arg-type]
    qtbot.addWidget(page)
    page.resize(*size)
    with qtbot.waitExposed(page):
        page.show()
    page.board.setFocus()
    return Racks(model, page)


@pytest.fixture
def racks(qtbot: QtBot) -> Iterator[Racks]:
    yield page_of(qtbot, rack_room())


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which parts of which racks have been written anew."""
    seen: list[str] = []
    write = RackPicture._write

    def counted(self: RackPicture, key: Key, state: RackState) -> Part:
        seen.append(f"{self.rack.id} {key[0]}")
        return write(self, key, state)

    monkeypatch.setattr(RackPicture, "_write", counted)
    return seen


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)], ids=lambda size: f"{size[0]}")
@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("words", ["zh_CN", "en"])
def test_the_page_in_the_window(qtbot, qapp: QApplication, desk, words: str, colours: str, size: tuple[int, int]) -> None:
    theme.apply(qapp, theme.THEMES[colours])
    window = desk.window
    window.resize(*size)
    window.show_page("racks")
    page = window.page("racks")
    window.set_language(words)
    faults: list[str] = []
    for state in ("full", "few", "lost"):
        desk.model.apply_copy(copy_of_room() if state == "few" else rack_room())
        desk.model.set_connected(state != "lost")
        for view in page.views.buttons() if state == "full" else [page.views.button(2)]:
            qtbot.mouseClick(view, Qt.MouseButton.LeftButton)
            qapp.processEvents()
            seen = walk(page, f"{state} {view.text()}")
            assert seen.texts > (100 if state == "full" else 10)
            faults += seen.faults
        assert page.board.unit() >= (11 if state == "lost" else 12)
    assert not faults, "\n".join(faults[:20])
    assert window.size().toTuple() == size


def test_42_units_fit_the_small_window_without_scrolling(racks: Racks) -> None:
    board, pane = racks.page.board, racks.page.pane
    assert board.unit() >= 12 and len(board.pictures) == 8
    assert board.height() <= pane.viewport().height() and board.width() <= pane.viewport().width()


def test_a_rack_says_its_power_state_and_free_units(racks: Racks) -> None:
    told = texts(racks.page.board)
    for words in ("A01", "3.40 kW", "Critical", "A 1.70 B 1.70", "not metered", "In °C", "11 U free", "4 U free"):
        assert words in told, words
    assert "22.1" in told and "42" in told
    assert told.count("3.40 kW") == 6 and told.count("—") == 1


def test_the_row_in_one_line(racks: Racks) -> None:
    line = racks.page._summary.text()
    assert line.startswith("8 racks · ") and "U free · largest run 5 U (A08 U1–5)" in line
    assert "20.40 kW in 6 of 7 racks, the rest unknown" in line
    tell(racks.model, live("pdu-A04.B", 1.71))
    assert "23.80 kW in the 7 metered racks" in racks.page._summary.text() or "23.81 kW" in racks.page._summary.text()


def test_only_what_changed_is_drawn_anew(racks: Racks, drawn: list[str]) -> None:
    tell(racks.model, live("pdu-A01.w2", 777.0))
    assert drawn == ["A01 stand"] and "777 W" in texts(racks.page.board)
    drawn.clear()
    tell(racks.model, live("pdu-A01.w2", 777.0, ago=0.2))
    tell(racks.model, live("pdu-B01.w0", 5.0))
    assert drawn == []
    tell(racks.model, live("pdu-A02.A", 2.0))
    assert drawn == ["A02 head"]
    tell(racks.model, alarms=[alarm(9, "th-A02-0.t", 1, AlarmState.UNACKNOWLEDGED)])
    assert drawn == ["A02 head", "A02 head", "A02 strip"]


def test_a_part_drawn_anew_looks_as_if_all_had_been(racks: Racks) -> None:
    board = racks.page.board
    board.grab()
    old = live("pdu-A01.A", None, Quality.STALE, reason=Reason.OLD, last_value=1.0, last_time=NOW - 60_000)
    tell(
        racks.model,
        old,
        live("pdu-A01.w2", 1777.0),
        live("th-A01-1.t", 31.0),
        live("srv-A01-2.cpu", None, Quality.BAD, reason=Reason.WAITING),
        live("th-A02-1.t", None, Quality.BAD, reason=Reason.NO_ANSWER, last_value=21.0, last_time=NOW - 60_000),
        alarms=[alarm(9, "srv-A01-4", 3, AlarmState.UNACKNOWLEDGED, cause=Cause.DEVICE_LOST, points=1)],
    )
    parts = board.grab().toImage()
    board.redraw()
    assert board.grab().toImage() == parts


def test_a_hidden_page_does_nothing_and_catches_up(racks: Racks, drawn: list[str]) -> None:
    racks.page.hide()
    tell(racks.model, live("pdu-A01.w2", 777.0))
    assert drawn == []
    racks.page.show()
    assert drawn == ["A01 stand"] and "777 W" in texts(racks.page.board)


def test_a_stale_power_stays_with_its_age_and_a_lost_sum_is_none(racks: Racks) -> None:
    gone = live("pdu-A01.A", None, Quality.BAD, reason=Reason.NO_ANSWER, last_value=1.7, last_time=NOW - 60_000)
    tell(racks.model, gone)
    tip = racks.page.board.hover_tip(racks.page.board.column(0).topLeft() + QPoint(40, 8))
    assert "Power: — · stale" in tip and "Feed A: 1.70 kW · stale · 1 min ago" in tip and "Feed B: 1.70 kW · 0 s ago" in tip
    assert "Feed A power: 1.70 kW · device does not answer" in tip


def test_the_tool_tip_tells_all(racks: Racks, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _place, text, _widget: told.append(text))
    board = racks.page.board
    server = racks.item("A01", "Database server 00")
    place = racks.spot(server)
    QApplication.sendEvent(board, QHelpEvent(QEvent.Type.ToolTip, place, board.mapToGlobal(place)))
    (tip,) = told
    for words in ("Database server 00", "A01 · U1–2 · Front · 2 U · full depth", "PowerEdge R740", "dell-poweredge-r740", "srv-A01-0"):
        assert words in tip, words
    assert "State: Critical, unacknowledged" in tip and "CPU temperature above 28.0 °C: 31.4 °C · since" in tip
    assert "Power: 263 W · 0 s ago" in tip and "Rated at most 750 W" in tip
    assert "Inlet air · 1.10 m above the floor" in board.hover_tip(racks.sensor(0, 1))
    assert "2 U free" in board.tip(Selection("A01", "front", -1, 7.0))


def test_back_and_side(racks: Racks, qtbot: QtBot) -> None:
    qtbot.mouseClick(racks.page.views.button(1), Qt.MouseButton.LeftButton)
    board = racks.page.board
    assert board.faces == ("rear",) and any(text.startswith("back: ") for text in texts(board))
    assert "Out °C" in texts(board)
    pdu = next(n for n, item in enumerate(board.watches[0].rack.items) if item.height == 0)
    rect = board.pictures[0].item_rect("rear", pdu)
    tip = board.hover_tip(rect.center() + board.column(0).topLeft())
    assert "A01 vertical PDU" in tip and "A01 · 0U · Rear" in tip


def test_arrows_go_through_units_faces_and_racks(racks: Racks, qtbot: QtBot) -> None:
    board = racks.page.board
    qtbot.keyClick(board, Qt.Key.Key_Down)
    assert board.selection is not None and (board.selection.rack, board.selection.height) == ("A01", 41)
    qtbot.keyClick(board, Qt.Key.Key_End)
    assert board.selection == racks.item("A01", "Database server 00")
    qtbot.keyClick(board, Qt.Key.Key_Up)
    assert board.selection == racks.item("A01", "Access switch 01")
    qtbot.keyClick(board, Qt.Key.Key_Right)
    assert board.selection.rack == "A02" and board.selection.item >= 0
    qtbot.keyClick(board, Qt.Key.Key_Left)
    assert board.selection == racks.item("A01", "Access switch 01")
    assert "Access switch 01" in racks.page._said.text() and "Access switch 01" in board.accessibleDescription()
    qtbot.mouseClick(racks.page.views.button(2), Qt.MouseButton.LeftButton)
    qtbot.keyClick(board, Qt.Key.Key_Right)
    assert (board.selection.rack, board.selection.face) == ("A01", "rear")
    qtbot.keyClick(board, Qt.Key.Key_Home)
    assert board.watches[0].rack.items[board.selection.item].height == 0


def test_click_selects_enter_and_double_click_open(racks: Racks, qtbot: QtBot) -> None:
    page, board = racks.page, racks.page.board
    server, storage = racks.item("A01", "Database server 00"), racks.item("A01", "Storage array 12")
    qtbot.mouseClick(board, Qt.MouseButton.LeftButton, pos=racks.spot(server))
    assert board.selection == server
    with qtbot.waitSignal(page.openDevice) as opened:
        qtbot.keyClick(board, Qt.Key.Key_Return)
    assert opened.args == ["srv-A01-0"]
    with qtbot.waitSignal(page.openTrend) as trend:
        qtbot.mouseDClick(board, Qt.MouseButton.LeftButton, pos=racks.spot(storage))
    assert trend.args == ["pdu-A01.w2"]
    with qtbot.waitSignal(page.openTrend) as sensor:
        qtbot.mouseDClick(board, Qt.MouseButton.LeftButton, pos=racks.sensor(0, 1))
    assert sensor.args == ["th-A01-1.t"]


def test_the_point_that_is_meant(racks: Racks, qtbot: QtBot) -> None:
    page, board = racks.page, racks.page.board
    assert page.point() == ""
    board.select(racks.item("A01", "Storage array 12"))
    assert page.point() == "pdu-A01.w2"
    board.select(racks.item("A01", "Database server 00"))
    assert page.point() == "srv-A01-0.cpu"


def test_metered_items_and_sensors_are_taken_along(racks: Racks, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    board = racks.page.board
    taken: list[list[str]] = []
    monkeypatch.setattr(rackview, "carry", lambda _source, keys: taken.append(keys))

    def drag(start: QPoint) -> None:
        qtbot.mousePress(board, Qt.MouseButton.LeftButton, pos=start)
        qtbot.mouseMove(board, start + QPoint(40, 5))
        qtbot.mouseRelease(board, Qt.MouseButton.LeftButton, pos=start + QPoint(40, 5))

    drag(racks.spot(racks.item("A01", "Storage array 12")))
    drag(racks.sensor(0, 0))
    drag(board.column(0).topLeft() + QPoint(60, 8))
    drag(racks.spot(racks.item("A01", "Access switch 01")))
    assert taken == [["pdu-A01.w2"], ["th-A01-0.t"], ["pdu-A01.A", "pdu-A01.B"]]


def test_zoom_by_keys_wheel_and_buttons(racks: Racks, qtbot: QtBot) -> None:
    page, board = racks.page, racks.page.board
    fit = board.unit()
    qtbot.keyClick(board, Qt.Key.Key_Plus)
    assert board.unit() > fit and not page.fit.isChecked()
    qtbot.keyClick(board, Qt.Key.Key_Minus)
    qtbot.keyClick(board, Qt.Key.Key_0)
    assert board.unit() == fit and page.fit.isChecked()
    qtbot.mouseClick(page.full, Qt.MouseButton.LeftButton)
    assert board.unit() == FULL_UNIT and board.height() > page.pane.viewport().height()
    where = QPointF(50, 50)
    for turn, larger in ((120, True), (-120, False)):
        before = board.unit()
        wheel = QWheelEvent(
            where, board.mapToGlobal(where), QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton, Qt.KeyboardModifier.ControlModifier,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(board, wheel)
        assert (board.unit() > before) is larger


def test_search_leads_through_all_rows(racks: Racks, qtbot: QtBot) -> None:
    page, board = racks.page, racks.page.board
    qtbot.keyClick(board, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert page.search.hasFocus()
    qtbot.keyClicks(page.search, "srv-B02-2")
    assert page.row.currentText() == "Row B (8)" and page.count.text() == "1 of 1"
    assert board.selection is not None and board.selection.rack == "B02"
    page.search.clear()
    qtbot.keyClicks(page.search, "R740 12")
    assert page.count.text() == "nothing found"
    page.search.clear()
    page.search.insert("存储 02")
    count = len(page._found)
    assert page.count.text() == f"1 of {count}" and count > 2
    first = board.selection
    qtbot.keyClick(page.search, Qt.Key.Key_Return)
    assert page.count.text() == f"2 of {count}" and board.selection != first
    qtbot.keyClick(page.search, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert board.selection == first
    qtbot.keyClick(page.search, Qt.Key.Key_Escape)
    assert page.search.text() == "" and board.hasFocus() and not page._found


def test_a_search_turns_to_the_face_where_the_thing_is(racks: Racks, qtbot: QtBot) -> None:
    qtbot.keyClicks(racks.page.search, "A03 vertical")
    assert racks.page.board.faces == ("rear",)
    selection = racks.page.board.selection
    assert selection is not None and racks.page.board.tip(selection).startswith("A03 vertical PDU")


def test_show_rack_leads_to_its_row_even_before_the_page_is_seen(qtbot: QtBot) -> None:
    model = model_of(rack_room())
    page = RacksPage(model, Past())  # type: ignore[arg-type]
    qtbot.addWidget(page)
    page.show_rack("B07")
    page.resize(1214, 675)
    page.show()
    assert page.row.currentText() == "Row B (8)"
    assert page.board.selection is not None and page.board.selection.rack == "B07"
    page.show_rack("N1")
    assert page.row.currentText() == "Without a row (1)"
    assert "24" in texts(page.board) and page.board.watches[0].elevation.printed(1) == 24
    page.show_rack("gone")
    assert page.row.currentText() == "Without a row (1)"


def test_all_rows_at_once(racks: Racks, qtbot: QtBot) -> None:
    page = racks.page
    page.row.setFocus()
    qtbot.keyClick(page.row, Qt.Key.Key_End)
    assert page.row.currentText() == "All rows (17)" and len(page.board.pictures) == 17
    assert page.board.width() > page.pane.viewport().width() and page.board.unit() >= 11


def test_a_room_without_racks_says_so(qtbot: QtBot) -> None:
    copy = copy_of_room(calm=True)
    copy.room.racks = []
    racks = page_of(qtbot, copy)
    assert texts(racks.page.board) == ["The room file names no racks"]
    qtbot.keyClick(racks.page.board, Qt.Key.Key_Down)
    assert racks.page.point() == "" and racks.page.board.selection is None


def test_a_new_version_of_the_room_replaces_the_racks(racks: Racks) -> None:
    racks.page.board.select(racks.item("A08", "Storage array 12"))
    copy = rack_room(per_row=2)
    copy.room.version = "smaller"
    racks.model.apply_copy(copy)
    assert [one.rack.id for one in racks.page.board.watches] == ["A01", "A02"]
    assert racks.page.board.selection is None


def test_both_languages_and_colours_at_once(racks: Racks, qapp: QApplication) -> None:
    language.set_language("zh_CN")
    racks.page.retranslate()
    before = racks.page.board.grab().toImage()
    theme.apply(qapp, theme.DARK)
    assert racks.page.board.grab().toImage() != before
    assert any("存储阵列12" in text for text in texts(racks.page.board))


def test_twelve_racks_stand_beside_each_other_on_a_large_screen(qtbot: QtBot) -> None:
    page = page_of(qtbot, rack_room(per_row=12, rows=("A",)), (1768, 975)).page
    assert len(page.board.pictures) == 12
    assert page.pane.horizontalScrollBar().maximum() == 0
    assert not walk(page, "twelve").faults


@pytest.mark.parametrize("high", range(560, 1000, 20))
@pytest.mark.parametrize("words", language.LANGUAGES)
def test_at_no_height_of_the_window_a_line_is_cut(qtbot: QtBot, words: str, high: int) -> None:
    language.set_language(words)
    page = page_of(qtbot, rack_room(), (1380, high)).page
    faults = [fault for fault in walk(page, str(high)).faults if "cut in height" in fault]
    assert not faults, "\n".join(faults)


@given(text=st.text("数据库政务云计算节点server 0123456789A路", min_size=1, max_size=24), wide=st.integers(30, 200))
def test_a_shortened_name_fits_and_keeps_its_number(qapp: QApplication, text: str, wide: int) -> None:
    shown = shortened(text, 11, wide)
    assert lettering.width(shown, 11) <= wide
    if shown == text:
        return
    head, _, tail = shown.partition("…")
    assert text.startswith(head) and text.endswith(tail)


def test_a_shortened_name_keeps_as_much_of_its_beginning_as_fits(qapp: QApplication) -> None:
    wide = lettering.width("数据库…07", 11)
    assert shortened("数据库服务器07", 11, wide) == "数据库…07"
    assert shortened("数据库服务器", 11, wide).endswith("器")


def test_the_racks_own_name_is_not_repeated_in_its_items(qtbot: QtBot) -> None:
    copy = rack_room(rows=("A",))
    assert copy.room is not None
    first = copy.room.racks[0]
    items = [
        item.model_copy(update={"names": names(f"{first.id}{side}路PDU", f"{first.id} PDU {side}")})
        for item, side in zip(first.items[1:3], "AB", strict=True)
    ]
    room = copy.room.model_copy(update={"racks": [first.model_copy(update={"items": items}), *copy.room.racks[1:]]})
    page = page_of(qtbot, copy.model_copy(update={"room": room})).page
    told = [text.text for text in page.board.pictures[0].letterings]
    assert any("PDU A" in text for text in told) and not any(text.startswith(f"{first.id} PDU") for text in told)


def test_the_rack_that_was_asked_for_has_a_frame(racks: Racks) -> None:
    board = racks.page.board
    racks.page.show_rack("A03")
    accent = QColor(theme.current().accent)
    image = board.grab().toImage()
    for place in range(len(board.pictures)):
        column = board.column(place)
        edge = [image.pixelColor(column.left(), y) for y in range(column.top() + 60, column.bottom(), 40)]
        assert all(colour == accent for colour in edge) == (board.watches[place].rack.id == "A03")


def test_the_frames_are_whole_at_125_percent(racks: Racks, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line drawn by drawRect at the border of the board fell beside it."""
    board = racks.page.board
    board.select(None)
    picture = QPixmap(round(board.width() * 1.25), round(board.height() * 1.25))
    picture.setDevicePixelRatio(1.25)
    board.render(picture)
    image, accent = picture.toImage(), QColor(theme.current().accent)
    seen = board.visibleRegion().boundingRect()
    right = [image.pixelColor(round((seen.right() + 1) * 1.25) - 1, 400)]
    below = [image.pixelColor(400, round((seen.bottom() + 1) * 1.25) - 1)]
    assert accent in right and accent in below


def test_one_rack_of_unknown_power_does_not_take_the_rows_figure_away(racks: Racks) -> None:
    before = racks.page._summary.text()
    states = racks.page.board.states()
    keys = [key for feed in racks.page.board.watches[0].rack.feeds for key in feed.power]
    assert keys and " kW" in before
    tell(racks.model, *(live(key, None, Quality.BAD, reason=Reason.NO_ANSWER) for key in keys))
    known = [state.total.watts for state in states[1:] if state.total.watts is not None]
    metered = sum(state.total.metered for state in states)
    assert f"{sum(known) / 1000:.2f} kW in {len(known)} of {metered} racks, the rest unknown" in racks.page._summary.text()


def test_a_row_of_which_no_power_is_known_says_so_in_words(racks: Racks) -> None:
    keys = {key for watch in racks.page.board.watches for feed in watch.rack.feeds for key in feed.power}
    tell(racks.model, *(live(key, None, Quality.BAD, reason=Reason.NO_ANSWER) for key in keys))
    assert racks.page._summary.text().endswith(" · power not known")
