"""A view on the chart, export and points that are carried onto the trends page."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from cityops_desktop.link.messages import Copy
from cityops_desktop.model.envelope import samples
from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import Reason
from tests.ui.desk import NOW, Past, model_of, point, room_copy, state, wave
from tests.ui.rooms import names
from ui import theme
from ui.models.room import RoomModel
from ui.pages.trends import legend as legend_module
from ui.pages.trends.curves import MOST_LINES
from ui.pages.trends.page import TrendsPage
from ui.pages.trends.views import View
from ui.settings import Settings
from ui.widgets.carry import carried, packed
from ui.widgets.menubutton import MenuButton

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ROOM = room_copy([*(point(f"a.x{n:02}") for n in range(18)), point("a.h", unit="%RH"), point("a.text", kind=Kind.TEXT), state("a.d")])


def page_of(qtbot: QtBot, folder: Path, past: Past | None = None, copy: Copy = ROOM) -> tuple[RoomModel, TrendsPage]:
    model = model_of(copy)
    page = TrendsPage(model, past or Past(wave), settings=Settings(folder / "console.ini"))  # type: ignore[arg-type]
    qtbot.addWidget(page)
    page.resize(1214, 660)
    page.clear()
    with qtbot.waitExposed(page):
        page.show()
    return model, page


def chosen(button: MenuButton, words: str) -> None:
    """Pick a line of the menu that has just been opened."""
    assert button.opened is not None
    next(action for action in button.opened.actions() if action.text().startswith(words)).trigger()
    button.opened.close()


# saved views


def test_points_that_the_room_has_no_more_are_told(qtbot: QtBot, tmp_path: Path) -> None:
    _, page = page_of(qtbot, tmp_path)
    page.show_view(View("old", ("a.x00", "gone.t"), 900))
    assert page.keys == ["a.x00"] and page._said.text() == "No longer in this room: gone.t"


# points that are carried here


def drop(page: TrendsPage, data: QMimeData) -> bool:
    where = page.plot.geometry().center()
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(where, Qt.DropAction.CopyAction, data, buttons, keys)
    QApplication.sendEvent(page, enter)
    if enter.isAccepted():
        QApplication.sendEvent(page, QDropEvent(QPointF(where), Qt.DropAction.CopyAction, data, buttons, keys))
    return enter.isAccepted()


def test_points_of_any_page_can_be_dropped_here(qtbot: QtBot, tmp_path: Path) -> None:
    _, page = page_of(qtbot, tmp_path)
    assert drop(page, packed(["a.x00", "a.h"]))
    assert page.keys == ["a.x00", "a.h"]
    drop(page, packed(["a.text"]))
    assert page.keys == ["a.x00", "a.h"] and page._said.text() == "Temperature text has no curve"
    drop(page, packed([f"a.x{n:02}" for n in range(18)]))
    assert len(page.keys) == MOST_LINES and page._said.text() == "16 curves is the most: take one off first"
    other = QMimeData()
    other.setText("a.x01")
    assert not drop(page, other)


def test_what_nobody_chose_makes_room_for_what_somebody_drops(qtbot: QtBot, tmp_path: Path) -> None:
    _, page = page_of(qtbot, tmp_path)
    page.curves.lines.clear()
    page.curves.chosen = False
    for n in range(MOST_LINES):
        page.curves.add(f"a.x{n:02}")
    assert drop(page, packed(["a.h"]))
    assert page.keys == ["a.h"], "the chart was full of curves that the program had chosen"
    for n in range(MOST_LINES - 1):
        page.add_point(f"a.x{n:02}")
    drop(page, packed(["a.x17"]))
    assert "a.x17" not in page.keys and len(page.keys) == MOST_LINES, "what somebody chose stays"


def test_rows_of_legend_and_picker_can_be_carried_away(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    carried_away: list[list[str]] = []
    monkeypatch.setattr(legend_module, "carry", lambda _widget, keys: carried_away.append(keys))
    _, page = page_of(qtbot, tmp_path)
    page.add_points(["a.x00", "a.x01"])
    start = QPoint(80, 42 + 10)
    qtbot.mousePress(page.legend, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(page.legend, start + QPoint(2, 0))
    assert carried_away == []
    page.legend.mouseMoveEvent(_moved(page, start + QPoint(60, 0)))
    assert carried_away == [["a.x01"]]
    leaf = page.picker._items["a.h"]
    assert carried(page.picker.tree.mimeData([leaf])) == ["a.h"]
    page.picker.search.setText("x0")
    assert carried(page.picker.tree.mimeData([leaf.parent()])) == [f"a.x{n:02}" for n in range(10)], "what is hidden stays"


def _moved(page: TrendsPage, where: QPoint):  # type: ignore[no-untyped-def]
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    left = Qt.MouseButton.LeftButton
    place = QPointF(page.legend.mapToGlobal(where))
    return QMouseEvent(QEvent.Type.MouseMove, QPointF(where), place, Qt.MouseButton.NoButton, left, Qt.KeyboardModifier.NoModifier)


# export


def table(path: Path) -> list[list[str]]:
    text = path.read_bytes()
    assert text.startswith(b"\xef\xbb\xbf"), "spreadsheets take it for UTF-8 only with its mark"
    return list(csv.reader(text.decode("utf-8-sig").splitlines()))


def told(key: str, seconds: int) -> object:
    """A sample a second, one of them lost."""
    times = np.arange(NOW - seconds * 1000, NOW, 1000, dtype=np.int64)
    lost = times == NOW - 5000
    values = np.where(lost, np.nan, 1.0 if key == "a.d" else 22.25)
    return samples(times, values, np.where(lost, 2, 0).astype(np.uint8), lost.astype(np.uint8), ((None, ""), (Reason.CRC, "")))


def test_values_are_written_sample_by_sample(qtbot: QtBot, tmp_path: Path) -> None:
    _model, page = page_of(qtbot, tmp_path, Past(told))
    page.add_points(["a.x00", "a.d"])
    page.show_span(NOW - 60_000, NOW)
    path = tmp_path / "out.csv"
    page.export_button.save_values(path)
    qtbot.waitUntil(lambda: page.export_button.running is None)
    assert page._said.text() == f"written: {path}"
    rows = table(path)
    assert rows[:3] == [
        ["Room", "Test room"],
        ["Span", "2026-09-21 22:12:20.000+08:00", "2026-09-21 22:13:20.000+08:00"],
        ["Time zone", "Asia/Shanghai"],
    ]
    assert rows[4] == ["time", "point", "name", "value", "unit", "quality", "reason"]
    assert len(rows) == 5 + 2 * 60
    assert rows[5] == ["2026-09-21 22:12:20.000+08:00", "a.x00", "Cooler a · Temperature x00", "22.2", "°C", "good", ""]
    assert rows[6][1:5] == ["a.d", "Cooler a · Temperature d", "1", ""]
    assert ["2026-09-21 22:13:15.000+08:00", "a.d", *rows[6][2:3], "", "", "bad", "reply damaged on the line (CRC)"] in rows
    times = [row[0] for row in rows[5:]]
    assert times == sorted(times)
    assert not path.with_name("out.csv.part").exists()


def test_a_demo_says_so_in_its_files(qtbot: QtBot, tmp_path: Path) -> None:
    copy = ROOM.model_copy(update={"room": ROOM.room.model_copy(update={"origin": "demo"})})
    _, page = page_of(qtbot, tmp_path, Past(told), copy)
    page.add_point("a.x00")
    page.export_button.save_values(tmp_path / "out.csv")
    qtbot.waitUntil(lambda: page.export_button.running is None)
    assert table(tmp_path / "out.csv")[0] == ["DEMO", "simulated data, not of a real room"]
    page.export_button.save_picture(tmp_path / "out.png")
    image = QImage(str(tmp_path / "out.png"))
    page.export_button.save_picture(tmp_path / "again.png")
    assert image.width() == page.plot.width() + 24 and image.height() > page.plot.height() + 60
    assert image.pixelColor(image.width() - 14, 14) == QColor(theme.LIGHT.demo)


def test_a_long_export_goes_in_pieces_never_in_buckets_and_can_be_stopped(qtbot: QtBot, tmp_path: Path) -> None:
    def busy(key: str, seconds: int) -> object:
        times = np.arange(NOW - 7_200_000, NOW, 20, dtype=np.int64)
        return times, np.full(len(times), 22.0), np.zeros(len(times), np.uint8)

    past = Past(busy)
    _, page = page_of(qtbot, tmp_path, past)
    page.add_point("a.x00")
    page.show_span(NOW - 30 * 60_000, NOW)
    before = len(past.asked)
    path = tmp_path / "out.csv"
    page.export_button.save_values(path)
    qtbot.waitUntil(lambda: "%" in page._said.text() and not page._said.text().endswith(" 0 %"), timeout=20_000)
    pieces = [end - start for start, end, _ in past.questions[before:]]
    assert pieces[0] > pieces[-1], "a piece that came in buckets was asked again in halves"
    qtbot.mouseClick(page.export_button, Qt.MouseButton.LeftButton)
    chosen(page.export_button, "Stop")
    assert page.export_button.running is None and page._said.text() == "export given up: no file was written"
    assert list(tmp_path.glob("out.csv*")) == []


def test_a_station_that_is_silent_leaves_no_half_file(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ui.pages.trends import samplefile

    monkeypatch.setattr(samplefile, "RETRY_MS", 1)
    past = Past(told)
    _, page = page_of(qtbot, tmp_path, past)
    page.add_point("a.x00")
    past.answer = None
    page.export_button.save_values(tmp_path / "out.csv")
    qtbot.waitUntil(lambda: page.export_button.running is None)
    assert page._said.text() == "the station gives no answer: no file was written"
    assert list(tmp_path.glob("out.csv*")) == []


def test_a_folder_that_cannot_be_written_is_said(qtbot: QtBot, tmp_path: Path) -> None:
    _, page = page_of(qtbot, tmp_path, Past(told))
    page.add_point("a.x00")
    nowhere = tmp_path / "nowhere"
    words = f"could not be written ({os.strerror(2)}): choose another folder"
    page.export_button.save_values(nowhere / "out.csv")
    assert page.export_button.running is None and page._said.text() == f"out.csv {words}"
    page.export_button.save_picture(nowhere / "out.png")
    assert page._said.text() == "out.png could not be written (No such file or directory): choose another folder"
    kept = tmp_path / "kept.png"
    kept.mkdir()
    page.export_button.save_picture(kept)
    assert page._said.text().startswith("kept.png could not be written") and not list(tmp_path.glob("kept.png.*"))


def test_a_name_is_no_formula_for_a_spreadsheet(qtbot: QtBot, tmp_path: Path) -> None:
    room = ROOM.room.model_copy(update={"names": names("=1+1", "=HYPERLINK()")})
    _, page = page_of(qtbot, tmp_path, Past(told), ROOM.model_copy(update={"room": room}))
    page.add_point("a.x00")
    page.export_button.save_values(tmp_path / "out.csv")
    qtbot.waitUntil(lambda: page.export_button.running is None)
    assert table(tmp_path / "out.csv")[0] == ["Room", "'=HYPERLINK()"]


def test_the_file_dialog_does_not_stop_the_window(qtbot: QtBot, tmp_path: Path) -> None:
    _, page = page_of(qtbot, tmp_path, Past(told))
    page.add_point("a.x00")
    qtbot.mouseClick(page.export_button, Qt.MouseButton.LeftButton)
    chosen(page.export_button, "Picture")
    dialog = page.export_button.dialog
    assert isinstance(dialog, QFileDialog) and dialog.isVisible()
    assert dialog.selectedFiles()[0].endswith("r1-20260921-2158.png")
    dialog.fileSelected.emit(str(tmp_path / "chart.png"))
    dialog.close()
    assert QImage(str(tmp_path / "chart.png")).width() > 400
    assert page._said.text() == f"written: {tmp_path / 'chart.png'}"
    page.clear()
    qtbot.mouseClick(page.export_button, Qt.MouseButton.LeftButton)
    menu = page.export_button.opened
    assert menu is not None and not any(action.isEnabled() for action in menu.actions())
    menu.close()
