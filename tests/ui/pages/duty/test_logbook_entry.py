"""F2 from anywhere: an entry with the page's own context, sent by Ctrl+Enter, a draft until the station has it; by keyboard alone."""

import base64
import struct
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QInputMethodEvent
from PySide6.QtWidgets import QApplication

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.model.people import Outcome, Role
from tests.ui.conftest import Desk, made_desk
from tests.ui.pages.duty.logrows import templates
from tests.ui.peoplerooms import session_of
from tests.ui.test_walk import keep
from tests.ui.walker import walk
from ui import theme
from ui.dialogs.logentry import LogEntryDialog
from ui.widgets.attachments import prepared

OPENS_A_PAGE = True
TEMPLATES = "/api/v1/duty/log/templates"
COMMANDS, FILES = "/api/v1/commands", "/api/v1/duty/attachments"
DONE = (200, CommandResult(id="x", outcome=Outcome.DONE))
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def station(canned):
    canned.answers[TEMPLATES] = (200, templates())
    canned.answers[COMMANDS] = DONE
    return canned


@pytest.fixture
def here(station, live_desk: Desk) -> Desk:
    live_desk.link._set_session(session_of(Role.DUTY))
    return live_desk


def acts(canned, kind: str = "") -> list[dict]:
    sent = [body["act"] for verb, url, _, body in canned.requests if verb == "POST" and url in (COMMANDS, FILES)]
    return [act for act in sent if kind in ("", act["kind"])]


def commit(widget, text: str) -> None:
    """What an input method types."""
    event = QInputMethodEvent()
    event.setCommitString(text)
    QApplication.sendEvent(widget, event)


def f2(qtbot, desk: Desk) -> LogEntryDialog:
    desk.window.activateWindow()
    qtbot.waitUntil(desk.window.isActiveWindow)
    qtbot.keyClick(desk.window, Qt.Key.Key_F2)
    qtbot.waitUntil(lambda: any(one.isActiveWindow() for one in desk.window.findChildren(LogEntryDialog)))
    return next(one for one in desk.window.findChildren(LogEntryDialog) if one.isActiveWindow())


def kept(desk: Desk) -> list[Path]:
    folder = desk.window.acts.drafts.folder
    return sorted(folder.glob("*.draft")) if folder.exists() else []


def test_an_entry_by_keyboard_alone(qtbot, station, here):
    dialog = f2(qtbot, here)
    assert dialog.text.hasFocus() or dialog.focusWidget() is dialog.text
    commit(dialog.text, "2 号空调漏水")
    qtbot.keyClick(dialog.text, Qt.Key.Key_Return)
    qtbot.keyClicks(dialog.text, "valve shut")
    qtbot.keyClick(dialog.text, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: len(acts(station)) == 1 and not here.window.findChildren(LogEntryDialog))
    (act,) = acts(station)
    assert act["text"] == "2 号空调漏水\nvalve shut" and act["template"] == "note"
    assert act["time"] <= here.model.now() and act["links"] == [] and not act["handover"]
    qtbot.waitUntil(lambda: not kept(here))


def test_fields_of_a_sort_must_be_filled_in(qtbot, station, here):
    dialog = f2(qtbot, here)
    dialog.sort.setFocus()
    qtbot.keyClick(dialog.sort, Qt.Key.Key_Down)
    assert dialog.sort.currentData() == "fault" and dialog.handover.isChecked()
    qtbot.keyClick(dialog, Qt.Key.Key_Return, CTRL)
    assert dialog.wrong.text() == "Fill in: Text"
    qtbot.keyClicks(dialog.text, "x")
    qtbot.keyClick(dialog.text, Qt.Key.Key_Return, CTRL)
    assert dialog.wrong.text() == "Fill in: What was seen"
    qtbot.keyClicks(dialog.entered["seen"], "water")
    qtbot.keyClick(dialog.entered["state"], Qt.Key.Key_Down)
    dialog.time.selectAll()
    qtbot.keyClicks(dialog.time, "yesterday")
    qtbot.keyClick(dialog.time, Qt.Key.Key_Return, CTRL)
    assert "this is no date" in dialog.wrong.text() and not acts(station)
    dialog.time.selectAll()
    qtbot.keyClicks(dialog.time, "2026-09-21 20:15")
    qtbot.keyClick(dialog.time, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: len(acts(station)) == 1)
    assert acts(station)[0]["fields"] == {"seen": "water", "state": "mended"}
    assert acts(station)[0]["time"] == 1_789_992_900_000


@pytest.mark.parametrize("answer", [CommandResult(id="x", outcome=Outcome.REFUSED, code="busy"), None], ids=["refused", "line cut"])
def test_what_is_typed_survives_and_is_sent_again_as_the_same(qtbot, station, here, answer):
    station.answers[COMMANDS] = (200, answer) if answer is not None else (500, b"")
    dialog = f2(qtbot, here)
    qtbot.keyClicks(dialog.text, "door open")
    qtbot.keyClick(dialog.text, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: len(acts(station)) == 1 and dialog.send.isEnabled())
    assert dialog.isVisible() and dialog.text.toPlainText() == "door open" and dialog.wrong.text()
    qtbot.waitUntil(lambda: len(kept(here)) == 1)
    station.answers[COMMANDS] = DONE
    qtbot.keyClick(dialog.text, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: len(acts(station)) == 2)
    first, second = acts(station)
    assert first == second
    qtbot.waitUntil(lambda: not kept(here))


def test_a_console_that_died_offers_what_was_typed(qtbot, station, request, tmp_path):
    first = made_desk(qtbot, station.data, request)
    with qtbot.waitSignal(first.model.connectedChanged):
        first.link.start()
    first.link._set_session(session_of(Role.DUTY))
    dialog = f2(qtbot, first)
    qtbot.keyClicks(dialog.text, "half a sentence")
    dialog.handover.click()
    qtbot.waitUntil(lambda: len(kept(first)) == 1 and first.window.acts.drafts.is_kept(dialog.id))
    id = dialog.id
    dialog.hide()  # it never comes to an end
    first.window.close()
    second = made_desk(qtbot, station.data, request)
    with qtbot.waitSignal(second.model.connectedChanged):
        second.link.start()
    second.link._set_session(session_of(Role.DUTY))
    again = f2(qtbot, second)
    qtbot.waitUntil(again.draft_bar.isVisible)
    assert "half a sentence" in again.draft_bar.words.text()
    again.draft_bar.go_on.setFocus()
    qtbot.keyClick(again.draft_bar.go_on, Qt.Key.Key_Space)
    assert again.text.toPlainText() == "half a sentence" and again.handover.isChecked() and again.id == id
    qtbot.keyClick(again.text, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: len(acts(station)) == 1 and not kept(second))
    assert acts(station)[0]["id"] == id
    second.window.close()


def test_esc_keeps_and_nothing_typed_is_nothing_kept(qtbot, station, here):
    dialog = f2(qtbot, here)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    dialog = f2(qtbot, here)
    assert not dialog.draft_bar.isVisible()
    qtbot.keyClicks(dialog.text, "later")
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: len(kept(here)) == 1)
    dialog = f2(qtbot, here)
    assert dialog.draft_bar.isVisible()
    qtbot.mouseClick(dialog.draft_bar.away, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not kept(here) and not dialog.draft_bar.isVisible())
    assert not acts(station)


def test_the_selected_alarm_goes_along(qtbot, station, here):
    here.window.show_page("alarms")
    page = here.window.page("alarms")
    qtbot.waitUntil(lambda: page.table.rowCount() > 0)
    rect = page.view.visualRect(page.table.index(0, 1))
    qtbot.mouseClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    dialog = f2(qtbot, here)
    targets = [link.target for _, links in dialog.links for link in links]
    assert targets[0] == f"alarm:{page.table.alarm(0).id}"
    qtbot.keyClicks(dialog.text, "seen")
    dialog.links[0][0].setFocus()
    qtbot.keyClick(dialog.links[0][0], Qt.Key.Key_Space)
    qtbot.keyClick(dialog.text, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: len(acts(station)) == 1)
    assert [link["target"] for link in acts(station)[0]["links"]] == targets[1:]


def test_the_curves_on_the_chart_go_along_with_their_span(qtbot, station, here):
    here.window.show_page("trends")
    page = here.window.page("trends")
    page.show_point("ups-1.load")
    qtbot.waitUntil(lambda: bool(page.keys))
    dialog = f2(qtbot, here)
    qtbot.keyClicks(dialog.text, "a step")
    qtbot.keyClick(dialog.text, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: len(acts(station)) == 1)
    trend = acts(station)[0]["trend"]
    assert trend["points"] == page.keys and trend["begins"] < trend["ends"]
    assert base64.b64decode(trend["picture"]).startswith(b"\x89PNG")
    assert [link["target"] for link in acts(station)[0]["links"]] == [f"point:{key}" for key in page.keys]


def png(wide: int = 4) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", wide, 4) + bytes(20)


def test_files_are_attached_first_and_once(qtbot, station, here, tmp_path):
    picture = tmp_path / "水.png"
    picture.write_bytes(png())
    (tmp_path / "tool.exe").write_bytes(b"MZ\x90\0")
    dialog = f2(qtbot, here)
    qtbot.keyClicks(dialog.text, "with a picture")
    dialog.files.take([picture, tmp_path / "tool.exe", tmp_path / "none.png"])
    qtbot.waitUntil(lambda: len(dialog.files.chosen()) == 1 and bool(dialog.wrong.text()))
    qtbot.waitUntil(lambda: here.window.acts.drafts.is_kept(dialog.id))
    station.answers[FILES] = (200, CommandResult(id="x", outcome=Outcome.REFUSED, code="busy"))
    qtbot.keyClick(dialog.text, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: len(acts(station)) == 1 and dialog.send.isEnabled())
    station.answers[FILES] = DONE
    qtbot.keyClick(dialog.text, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: bool(acts(station, "logbook.write")))
    first, again = acts(station, "attachment.add")
    assert first == again and base64.b64decode(again["content"]) == png() and again["name"] == "水.png"
    assert acts(station, "logbook.write")[0]["attachments"] == [again["id"]]


def test_without_a_station_an_entry_is_begun_and_kept(qtbot, station, desk):
    desk.model.set_connected(False)
    dialog = f2(qtbot, desk)
    qtbot.keyClicks(dialog.text, "power is out")
    qtbot.keyClick(dialog.text, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: len(kept(desk)) == 1)
    qtbot.waitUntil(lambda: "no connection" in dialog.wrong.text() or "station" in dialog.wrong.text())
    assert dialog.isVisible() and b"power is out" in kept(desk)[0].read_bytes()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_a_picture_that_is_too_large_is_made_smaller(qapp):
    image = QImage(3000, 2200, QImage.Format.Format_RGB32)
    image.fill(0x336699)
    noise = bytes(range(256)) * 7000
    whole = bytearray(image.constBits())
    whole[: len(noise)] = noise
    noisy = QImage(bytes(whole), 3000, 2200, QImage.Format.Format_RGB32)
    from ui.widgets.attachments import _written

    data = _written(noisy, "BMP")
    assert len(data) > 2 * 1024 * 1024
    found = prepared("现场.bmp", data)
    assert not isinstance(found, str)
    name, smaller = found
    assert name == "现场.jpg" and len(smaller) <= 2 * 1024 * 1024 and smaller.startswith(b"\xff\xd8")
    assert isinstance(prepared("a.exe", b"MZ\0"), str) and isinstance(prepared("a.pdf", b"%PDF-" + bytes(3_000_000)), str)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_nothing_is_cut(qtbot, qapp: QApplication, station, here, language):
    faults = []
    for colours in theme.THEMES:
        theme.apply(qapp, theme.THEMES[colours])
        here.window.set_language(language)
        here.window.show_page("trends")
        here.window.page("trends").show_point("ups-1.load")
        qtbot.waitUntil(lambda: bool(here.window.page("trends").keys))
        dialog = f2(qtbot, here)
        commit(dialog.text, "1号空调漏水，已关闭加湿并擦干地面，通知厂家明早到场。")
        dialog.choose("fault")
        dialog.files.take_back([*dialog.files.chosen()])
        qapp.processEvents()
        faults += walk(dialog, f"log entry {colours}").faults
        keep(dialog, f"logentry-{language}-{colours}")
        assert dialog.height() <= 740, dialog.height()
        dialog.text.setPlainText("")
        dialog._values = {}
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: not here.window.findChildren(LogEntryDialog))
    assert not faults, "\n".join(faults)
