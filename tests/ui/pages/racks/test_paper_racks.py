"""Racks on paper: every rack and every name can be found in the PDF, the font is our own, nothing blocks, and no half file is left."""

import subprocess
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from cityops_desktop import texts as language
from cityops_desktop.model.readings import Quality, Reason
from cityops_desktop.sentences import level_name
from tests.ui.desk import NOW, Past, live, model_of, tell
from tests.ui.pages.racks.rackrooms import rack_room
from ui.models.room import RoomModel
from ui.pages.racks import paper
from ui.pages.racks.page import RacksPage
from ui.pages.racks.paper import PaperRun, record_of
from ui.pages.racks.state import RackWatch, by_device
from ui.paper import sheet
from ui.paper.sheet import NOT_FIRST, SMALL, area, broken, heading_of, metrics


def words_of(pdf: Path) -> str:
    done = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def fonts_of(pdf: Path) -> list[list[str]]:
    done = subprocess.run(["pdffonts", str(pdf)], capture_output=True, text=True, check=True, timeout=60)
    return [line.split() for line in done.stdout.splitlines()[2:]]


def watches_of(model: RoomModel) -> list[RackWatch]:
    points = list(model.points.values())
    assert model.room is not None
    return [RackWatch(rack, points, by_device(points)) for rack in model.room.racks]


def printed(qtbot: QtBot, model: RoomModel, path: Path, *, several: bool = False) -> PaperRun:
    run = PaperRun(path, heading_of(model, "机柜"), [record_of(model, one) for one in watches_of(model)], several=several)
    with qtbot.waitSignal(run.finished):
        run.start()
    return run


@pytest.mark.parametrize("several", [False, True], ids=["one", "three"])
def test_every_rack_and_every_name_is_found(qtbot: QtBot, tmp_path: Path, several: bool) -> None:
    language.set_language("zh_CN")
    model = model_of(rack_room(per_row=12))
    pdf = tmp_path / "机柜.pdf"
    printed(qtbot, model, pdf, several=several)
    told = words_of(pdf)
    assert model.room is not None
    flat = "".join(told.split())
    for rack in model.room.racks:
        assert rack.id in told and rack.names.zh in told, rack.id
        for item in rack.items:
            assert item.names.zh[:9] in flat, item.names.zh
    for words in ("数据库服务器00", "光纤配线架", "PowerEdge R740", "srv-A01-0", "一号机房", "city/district/site/room1", "演示"):
        assert words in told, words
    assert "2026-09-21 22:13:20 (UTC+08:00 Asia/Shanghai)" in told and "CityOps Desktop 0.1.0" in told
    pages = told.count("\f")
    assert told.count("演示") >= pages and f"{pages}" in told.split("\f")[pages - 1]
    assert pages >= 25 if not several else 9 <= pages <= 25


def test_our_own_font_is_inside_and_no_other(qtbot: QtBot, tmp_path: Path) -> None:
    language.set_language("zh_CN")
    printed(qtbot, model_of(rack_room(per_row=1)), tmp_path / "a.pdf")
    fonts = fonts_of(tmp_path / "a.pdf")
    assert {name[0].rpartition("+")[2] for name in fonts} == {"CityOpsSans-Regular", "CityOpsSans-Bold"}
    for font in fonts:
        embedded, _, unicode = font[-5:-2]
        assert (embedded, unicode) == ("yes", "yes"), font


def test_the_state_is_that_of_the_moment_of_asking(qtbot: QtBot, tmp_path: Path) -> None:
    model = model_of(rack_room(per_row=1, rows=("A",)))
    records = [record_of(model, one) for one in watches_of(model)]
    run = PaperRun(tmp_path / "a.pdf", heading_of(model, "Racks"), records, several=False)
    tell(model, live("pdu-A01.w0", 4321.0))
    with qtbot.waitSignal(run.finished):
        run.start()
    told = words_of(tmp_path / "a.pdf")
    assert "263 W" in told and "4.32 kW" not in told
    assert "Critical," in told and "not monitored" in told and "not metered" in told and "Page 1 of 2" in told


def test_stale_power_is_called_stale(qtbot: QtBot, tmp_path: Path) -> None:
    model = model_of(rack_room(per_row=1, rows=("A",)))
    old = live("pdu-A01.w2", None, Quality.BAD, reason=Reason.NO_ANSWER, last_value=250.0, last_time=NOW - 60_000)
    tell(model, old)
    (first, _) = [record_of(model, one) for one in watches_of(model)]
    assert ("Storage array 12", "250 W (stale)") in [(line[3], line[7]) for line in first.lines]


def test_a_rack_in_alarm_says_so_in_its_line(qtbot: QtBot) -> None:
    model = model_of(rack_room(per_row=2, rows=("A",)))
    watches = watches_of(model)
    levels = [watch.state(model).level for watch in watches]
    assert any(levels)
    for watch, level in zip(watches, levels, strict=True):
        assert level_name(level) in record_of(model, watch).head.split(" · Power")[0] if level else True, watch.rack.id
        assert level or "acknowledged" not in record_of(model, watch).head


def test_a_list_longer_than_its_page_goes_on_without_losing_a_line(qtbot: QtBot, tmp_path: Path) -> None:
    copy = rack_room(per_row=1, rows=("A",))
    thing = next(item for item in copy.room.racks[0].items if item.height == 1)
    copy.room.racks[0].u_height = 47
    copy.room.racks[0].items = [
        thing.model_copy(update={"u": 1 + n / 2, "height": 0.5, "names": type(thing.names)(zh=f"半高设备{n:03d}", en=f"Half {n:03d}")})
        for n in range(94)
    ]
    printed(qtbot, model_of(copy), tmp_path / "a.pdf")
    told = words_of(tmp_path / "a.pdf")
    assert all(f"Half {n:03d}" in told for n in range(94))
    assert "Page 4 of 4" in told


@pytest.mark.parametrize("several", [False, True], ids=["one", "three"])
def test_no_line_lies_outside_its_page(several: bool) -> None:
    model = model_of(rack_room(per_row=12))
    records = [record_of(model, one) for one in watches_of(model)]
    whole = area(landscape=not several)
    for chunk in paper._chunks(records, 3 if several else 1):
        sheets = paper._sheets(chunk, several=several)
        assert sum(len(one.lines) for one in sheets) == sum(len(record.lines) for record in chunk)
        for one in sheets:
            high = sum(max(len(cell) for cell in cells) for cells in one.lines) * paper.LINE
            assert whole.contains(QRectF(one.left, one.top, one.width, high + paper.LINE).adjusted(1, 1, -1, -1))


@pytest.mark.parametrize(
    "text",
    ["政务云计算节点（二层东侧扩容批次）18（备用）", "a very long English name of a thing in a rack", "NoBlankAnywhereInThisNameOfAThing"],
)
@pytest.mark.parametrize("wide", [300.0, 500.0, 900.0])
def test_wrapped_lines_fit_and_lose_nothing(text: str, wide: float) -> None:
    lines = broken(text, wide, SMALL)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(metrics(SMALL).horizontalAdvance(line) <= wide for line in lines)
    assert not any(line[0] in NOT_FIRST for line in lines)


def test_a_page_is_painted_per_turn_so_that_the_window_lives(qtbot: QtBot, tmp_path: Path) -> None:
    model = model_of(rack_room(per_row=4))
    run = PaperRun(tmp_path / "a.pdf", heading_of(model, "Racks"), [record_of(model, one) for one in watches_of(model)], several=False)
    seen: list[tuple[int, int]] = []
    run.progress.connect(lambda page, pages: seen.append((page, pages)))
    run.start()
    assert seen == [] and not (tmp_path / "a.pdf").exists()
    with qtbot.waitSignal(run.finished):
        pass
    assert seen == [(n, 9) for n in range(1, 10)]


def test_cancelled_leaves_nothing_behind(qtbot: QtBot, tmp_path: Path) -> None:
    model = model_of(rack_room(per_row=4))
    run = PaperRun(tmp_path / "a.pdf", heading_of(model, "Racks"), [record_of(model, one) for one in watches_of(model)], several=False)
    run.progress.connect(lambda page, _pages: run.cancel() if page == 3 else None)
    with qtbot.waitSignal(run.cancelled):
        run.start()
    assert list(tmp_path.iterdir()) == []


# through the page


@pytest.fixture
def page(qtbot: QtBot) -> RacksPage:
    made = RacksPage(model_of(rack_room(per_row=2)), Past())  # type: ignore[arg-type]
    qtbot.addWidget(made)
    made.resize(1214, 675)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_the_page_asks_for_a_file_and_says_where_it_is(qtbot: QtBot, page: RacksPage, tmp_path: Path) -> None:
    page.ask_paper(everything=True, several=False)
    dialog = page._dialog
    assert isinstance(dialog, QFileDialog) and dialog.isVisible() and page.isEnabled()
    assert dialog.labelText(QFileDialog.DialogLabel.LookIn) == "Folder"
    assert dialog.labelText(QFileDialog.DialogLabel.FileType) == "Type of file"
    assert dialog.selectedFiles()[0].endswith("Room 1 racks all racks 2026-09-21 2213.pdf")
    dialog.fileSelected.emit(str(tmp_path / "audit.pdf"))
    dialog.reject()
    qtbot.waitUntil(lambda: page._said.text().startswith("Saved: "))
    assert page._said.text() == f"Saved: {tmp_path / 'audit.pdf'}"
    assert not page.cancel_button.isVisible() and page.print_button.isEnabled()
    assert "B02" in words_of(tmp_path / "audit.pdf")


def test_a_folder_that_cannot_be_written_is_said(qtbot: QtBot, page: RacksPage, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    target = tmp_path / "file" / "audit.pdf"
    page.print_to(target, page.board.watches, several=True)
    qtbot.waitUntil(lambda: page._said.text().startswith("Not saved: "))
    assert str(target) in page._said.text() and page._said.text().endswith("Choose another folder.")
    assert page.print_button.isEnabled() and not page.cancel_button.isVisible()


def test_cancel_on_the_page(qtbot: QtBot, page: RacksPage, tmp_path: Path) -> None:
    page.print_to(tmp_path / "audit.pdf", page.board.watches, several=False)
    assert page.cancel_button.isVisible() and not page.print_button.isEnabled()
    qtbot.mouseClick(page.cancel_button, Qt.MouseButton.LeftButton)
    assert page._said.text() == "Cancelled: nothing was saved" and list(tmp_path.iterdir()) == []


def test_ctrl_p_offers_the_choices(qtbot: QtBot, page: RacksPage, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[object] = []
    monkeypatch.setattr(page.menu, "popup", shown.append)
    page.board.setFocus()
    qtbot.keyClick(page.board, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    qtbot.mouseClick(page.print_button, Qt.MouseButton.LeftButton)
    assert len(shown) == 2
    assert [action.text() for action in page.menu.actions()] == [
        "This row, one rack on a page",
        "This row, three racks on a page",
        "All racks, one rack on a page",
        "All racks, three racks on a page",
    ]


def test_a_real_room_says_nothing_of_a_demo() -> None:
    assert heading_of(model_of(rack_room(origin="real")), "x").demo == ""
    assert heading_of(model_of(rack_room()), "x").demo == "DEMO: simulated"
    assert sheet.INK.name() == "#000000"
