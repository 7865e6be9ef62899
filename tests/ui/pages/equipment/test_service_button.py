"""Out of service, and back, from the equipment page and from a point's details."""

import pytest
from PySide6.QtCore import Qt

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import Change, HidingInfo
from cityops_desktop.model.people import Outcome, Role
from tests.ui.peoplerooms import session_of
from tests.ui.rooms import NOW, station_info
from tests.ui.test_walk import keep
from ui.dialogs.service import ServiceDialog

OPENS_A_PAGE = True
HOUR = 3_600_000


@pytest.fixture
def desk(canned, live_desk):
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="1", outcome=Outcome.DONE))
    live_desk.link._set_session(session_of(Role.ENGINEER))
    return live_desk


@pytest.fixture
def page(desk):
    desk.window.show_page("equipment")
    shown = desk.window.page("equipment")
    shown.show_device("ups-1")
    return shown


def serve(desk, *targets: str) -> None:
    told = [HidingInfo(id=target, since=NOW, until=NOW + HOUR, why="battery", actor_name="陈工", level=1) for target in targets]
    desk.model.apply_change(Change(seq=9, now=NOW, station=station_info(services=told)))


def acts(canned) -> list[dict]:
    return [body["act"] for verb, url, _, body in canned.requests if verb == "POST" and url == "/api/v1/commands"]


def test_the_device_that_is_looked_at_goes_out_of_service_and_comes_back(qapp, qtbot, canned, desk, page):
    keep(desk.window, "equipment-service")
    assert page.service.text() == "Out of service…"
    width = page.service.width()
    qtbot.mouseClick(page.service, Qt.MouseButton.LeftButton)
    dialog = desk.window.door.dialog
    assert isinstance(dialog, ServiceDialog) and dialog.chosen() == "device:ups-1"
    dialog.reject()
    serve(desk, "bus:line2", "device:ups-1")
    assert page.service.text() == "In service again" and page.service.width() == width
    assert page.service.words.text() == "Out of service until 23:13"
    assert page.service.toolTip() == "UPS 1 is out of service until 23:13: battery (陈工)"
    qapp.processEvents()
    assert page.service.words.width() >= page.service.words.sizeHint().width()
    keep(desk.window, "equipment-out-of-service")
    qtbot.mouseClick(page.service, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(acts(canned)))
    assert acts(canned) == [{"kind": "service.end", "target": "device:ups-1"}]


def test_what_its_line_is_out_of_service_for_is_said_and_ended_at_the_line_only(qtbot, desk, page):
    serve(desk, "bus:line2")
    assert page.service.text() == "Out of service…"
    assert page.service.toolTip() == "RS-485 line 2 is out of service until 23:13: battery (陈工)"
    page.service.show_subject("bus:line2")
    assert page.service.text() == "In service again"
    page.service.show_subject("")
    assert not page.service.isEnabled() and page.service.text() == "Out of service…"


def test_from_the_details_of_a_point(qtbot, desk, page):
    desk.window.point_details()
    panel = desk.window._panel
    panel.show_point("ups-1.load")
    keep(desk.window, "panel-service")
    qtbot.mouseClick(panel.service, Qt.MouseButton.LeftButton)
    dialog = desk.window.door.dialog
    assert isinstance(dialog, ServiceDialog) and dialog.chosen() == "device:ups-1"
    dialog.reject()
    panel.ask()
    assert panel.service.isHidden()
