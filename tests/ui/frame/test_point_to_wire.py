"""From a point's details to the frames of its device; and when its value last changed."""

import pytest
from PySide6.QtCore import Qt

from tests.ui.pages.equipment.equipmentroom import point_detail
from ui.models.pointfacts import sections

KEY = "ups-1.load"


def test_the_details_lead_to_the_frames_of_the_device(qtbot, desk):
    desk.window.point_details()
    panel = desk.window._panel
    panel.show_point(KEY)
    qtbot.mouseClick(panel.wire, Qt.MouseButton.LeftButton)
    page = desk.window.page("wires")
    assert (desk.window.current, panel.isVisible()) == ("wires", False)
    assert page.frames.bus == desk.model.devices["ups-1"].bus
    assert page.frames.device.currentData() == "ups-1" and page.tabs.currentWidget() is page.frames


@pytest.mark.parametrize(("ago", "words"), [(None, "none since the station started"), (95_000, "(1 min)")])
def test_the_last_change_of_the_value(desk, ago, words):
    model = desk.model
    detail = point_detail(model.points[KEY], model.live[KEY], 3, changed=None if ago is None else model.now() - ago)
    now, *_ = sections(model, KEY, detail, old=False)
    [text] = [fact.text for fact in now.facts if fact.title == "Last change"]
    assert words in text
