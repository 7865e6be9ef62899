"""What leads from one part of the console to another: warnings to the page Incidents, an alarm to an incident and to what it is about."""

from collections.abc import Sequence

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton

from cityops_desktop.incidents.states import Colour, WarningState
from cityops_desktop.link import files
from cityops_desktop.link.acts import CommandResult, OpenIncident
from cityops_desktop.link.guidance import GuidanceInfo
from cityops_desktop.link.messages import AlarmInfo, NamesInfo, WarningInfo
from cityops_desktop.model.alarms import AlarmState, Cause
from cityops_desktop.model.people import Outcome
from cityops_desktop.texts import set_language, tr
from tests.conftest import FakeClock
from tests.ui.pages.equipment.test_identity import log_in
from tests.ui.rooms import NOW, alarm, copy_of_room
from tests.ui.test_walk import keep
from ui import theme
from ui.feed import Trouble
from ui.models.forecasts import Forecasts
from ui.pages.alarms.guidance import PAGES
from ui.wall.awake import Awake
from ui.wall.wall import Wall

OPENS_A_PAGE = True


def warning(id: str, colour: Colour, title: str, *, ago: int = 3600, **more: object) -> WarningInfo:
    told = {"text": "", "source": "", "response": "看住空调", "state": WarningState.ISSUED, "issued": NOW - ago * 1000, "actor_name": "李"}
    return WarningInfo.model_validate({"id": id, "colour": colour, "title": title, **told, **more})


HOST = "10.0.0.5"
NO_NAMES = NamesInfo(zh="", en="")
HEAT = warning("w1", Colour.YELLOW, "高温橙色预警转黄色,机房外温度37°C以上", source="市气象局")
STORM = warning("w2", Colour.ORANGE, "雷暴大风", ago=600, state=WarningState.RESPONDING)


def tell(desk, *warnings: WarningInfo, alarms: Sequence[AlarmInfo] = ()) -> None:
    """The made room, with all of its lines behind one gateway."""
    desk.model._clock = FakeClock()
    copy = copy_of_room(warnings=list(warnings))
    buses = [bus.model_copy(update={"resource": f"{HOST}:502"}) for bus in copy.room.buses]
    room = copy.room.model_copy(update={"buses": buses})
    desk.model.apply_copy(copy.model_copy(update={"room": room, "alarms": [*alarms, *copy.alarms]}))


@pytest.fixture(params=[(1366, 768), (1920, 1080)], ids=str)
def size(request):
    return request.param


def test_a_warning_stands_on_the_overview_while_it_is_in_force_and_leads_to_incidents(qtbot, qapp: QApplication, desk, size):
    desk.window.resize(*size)
    desk.window.show_page("overview")
    strip = desk.window.page("overview").warnings
    tell(desk)
    assert not strip.isVisible(), "calm while there is none"
    tell(desk, HEAT, STORM)
    qapp.processEvents()
    assert strip.isVisible() and strip.warnings[0].id == "w2", "the worst first"
    texts = " ".join(text for _, text, _ in strip.painted_texts())
    assert "orange warning" in texts and "雷暴大风" in texts and tr("and {n} more", n=1) in texts
    keep(desk.window, f"overview-warning-{size[0]}")
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton)
    assert desk.window.current == "incidents"
    assert desk.window.page("incidents").tabs.currentWidget() is desk.window.page("incidents").warning_tab
    desk.window.show_page("overview")
    strip.setFocus()
    qtbot.keyClick(strip, Qt.Key.Key_Return)
    assert desk.window.current == "incidents"
    desk.window.show_page("overview")
    tell(desk)
    assert not strip.isVisible()


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080), (1080, 1920)], ids=str)
@pytest.mark.parametrize("colours", theme.THEMES)
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_a_warning_stands_on_the_wall_with_colour_shape_and_word(qtbot, qapp: QApplication, desk, size, colours: str, language: str):
    theme.apply(qapp, theme.THEMES[colours])
    set_language(language)
    tell(desk, HEAT, STORM)
    wall = Wall(desk.model, Forecasts(desk.model, desk.link), Awake())
    qtbot.addWidget(wall)
    wall.resize(*size)
    wall.show()
    texts = [text for _, text, _ in wall.painted_texts()]
    assert any("雷暴大风" in text for text in texts)
    boxes = [box for box, _, _ in wall.painted_texts()]
    assert all(wall.rect().contains(box) for box in boxes)
    strip, state = wall._warning_strip(), wall._state()
    assert not strip.intersects(state) and strip.height() > 0
    keep(wall, f"wall-warning-{colours}-{language}-{size[0]}")
    tell(desk)
    wall.refresh()
    assert wall._warning_strip().height() == 0 and wall._state().top() < state.top(), "the room's state has all of it again"
    wall.close()


class Sent:
    """What was sent, and answers."""

    def __init__(self, desk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.acts: list[object] = []
        monkeypatch.setattr(desk.link, "command", self._take)

    def _take(self, act, then, wait_ms: int = 0) -> None:
        self.acts.append(act)
        then(CommandResult(id="1", outcome=Outcome.DONE, data={"incident": "i9", "number": "2026-004"}))


def test_an_incident_is_opened_from_the_chosen_alarms(qtbot, desk, monkeypatch):
    tell(desk)
    log_in(desk, "incident.open")
    sent = Sent(desk, monkeypatch)
    desk.window.show_page("alarms")
    page = desk.window.page("alarms")
    shown = []
    desk.window.acts.dialogWanted.connect(shown.append)
    page.show_alarm("alarm-0001")
    qtbot.mouseClick(page.incident, Qt.MouseButton.LeftButton)
    [dialog] = shown
    title = dialog.edits["title"]
    assert isinstance(title, QLineEdit)
    text = desk.model.alarm_text(desk.model.alarms["alarm-0001"])
    assert title.text() == f"{text.place}: {text.sentence}"
    assert dialog.edits["alarm"].currentData() == "alarm-0001" and dialog.edits["begun"].text() == "2026-09-21 22:12"
    keep(dialog, "open-an-incident")
    qtbot.mouseClick(dialog.send, Qt.MouseButton.LeftButton)
    [act] = sent.acts
    assert isinstance(act, OpenIncident) and act.alarms == ["alarm-0001"]
    assert act.begun <= desk.model.alarms["alarm-0001"].raised and act.found >= act.begun
    assert desk.window.current == "incidents", "where its clock runs"


def test_of_several_alarms_all_are_in_it(qtbot, desk, monkeypatch):
    tell(desk)
    log_in(desk, "incident.open")
    sent = Sent(desk, monkeypatch)
    desk.window.show_page("alarms")
    page = desk.window.page("alarms")
    page.view.setFocus()
    page.view.selectRow(0)
    qtbot.keyClick(page.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    shown = []
    desk.window.acts.dialogWanted.connect(shown.append)
    qtbot.mouseClick(page.incident, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(shown[0].send, Qt.MouseButton.LeftButton)
    [act] = sent.acts
    assert isinstance(act, OpenIncident) and act.alarms == [one.id for one in page.chosen_alarms()] and len(act.alarms) == 2


LED = [
    ("wires", "bus", "wires"),
    ("wires", "gateway", "wires"),
    ("wires", "room", "wires"),
    ("wires", "station", "wires"),
    ("wires", "point", "wires"),
    ("equipment", "bus", "equipment"),
    ("equipment", "gateway", "equipment"),
    ("equipment", "room", "equipment"),
    ("equipment", "device", "equipment"),
    ("equipment", "point", "equipment"),
    ("racks", "device", "racks"),
    ("racks", "room", "racks"),
    ("floor", "device", "floor"),
    ("floor", "point", "floor"),
    ("power", "point", "power"),
    ("power", "room", "power"),
    ("trends", "point", "trends"),
    ("trends", "room", "trends"),
]


def subjects(desk) -> dict[str, str]:
    model = desk.model
    bus = next(bus for bus in model.buses.values() if any(device.bus == bus.id for device in model.devices.values()))
    powered = next(key for node in model.room.power for key in node.points.values())
    return {
        "bus": f"bus:{bus.id}",
        "gateway": f"gateway:{HOST}",
        "room": "room",
        "station": "station",
        "point": powered,
        "device": next(device.id for device in model.devices.values() if model.rack_of(device.id)),
    }


@pytest.mark.parametrize(("page", "about", "leads"), LED)
def test_what_guidance_names_is_followed_as_far_as_it_can_be_shown(qtbot, qapp: QApplication, desk, monkeypatch, page, about, leads):
    tell(desk)
    subject = subjects(desk)[about]
    one = alarm(33, subject, 1, AlarmState.UNACKNOWLEDGED, cause=Cause.DEVICE_LOST)
    info = GuidanceInfo(alarm=one.id, source="standard:x", cause=NO_NAMES, consequence=NO_NAMES, steps=[], page=page, ticks=[])
    real = desk.link.ask
    guided = lambda path, *more, **others: more[1](info) if path.endswith("/guidance") else real(path, *more, **others)  # noqa: E731
    monkeypatch.setattr(desk.link, "ask", guided)
    tell(desk, alarms=[one])
    desk.window.show_page("alarms")
    shown_alarms = desk.window.page("alarms")
    shown_alarms.show_alarm(one.id)
    [button] = [each for each in shown_alarms.guidance.findChildren(QPushButton) if each.text() == tr("Open: {page}", page=tr(PAGES[page]))]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qapp.processEvents()
    window, model = desk.window, desk.model
    assert window.current == leads
    shown = window.page(leads)
    if page == "wires" and about in ("bus", "gateway", "room"):
        assert shown._bus in model.buses
    elif page == "equipment" and about == "point":
        assert shown.point() == subject
    elif page == "power" and about == "point":
        box = shown.picture.current()
        assert box is not None and subject in (box.words.key, *box.words.keys)
    elif page == "racks" and about == "device":
        assert shown._wanted in ("", model.rack_of(subject)) and model.rack_of(subject)
    elif page == "floor":
        chosen = shown.view.chosen
        device = model.devices[model.points[subject].device if about == "point" else subject]
        assert chosen is not None and chosen.id in (subject, device.id, model.rack_of(device.id))


def test_a_lost_gateway_and_a_blind_room_lead_to_their_lines(qtbot, desk):
    tell(desk)
    told = subjects(desk)
    lost = [
        alarm(31, told["gateway"], 1, AlarmState.UNACKNOWLEDGED, cause=Cause.GATEWAY_LOST, key=f"{told['gateway']}#lost"),
        alarm(32, "room", 1, AlarmState.UNACKNOWLEDGED, cause=Cause.ROOM_LOST, key="room#lost"),
    ]
    tell(desk, alarms=lost)
    for one in lost:
        desk.window.show_page("alarms")
        page = desk.window.page("alarms")
        page.show_alarm(one.id)
        assert page.go.isEnabled()
        qtbot.mouseClick(page.go, Qt.MouseButton.LeftButton)
        assert desk.window.current == "wires" and desk.window.page("wires")._bus in desk.model.buses
    desk.window.show_page("alarms")
    page.guidance.openPage.emit("wires", "gateway:elsewhere")
    assert desk.window.current == "wires", "what the room has no more leads to the page"


def test_why_a_station_refuses_to_start_stands_over_every_page(qtbot, desk):
    banner = desk.window.banner
    desk.link.feed.trouble = Trouble.NO_STATION
    desk.model.set_connected(False)
    banner._grace.stop()
    banner.refresh()
    assert "No station runs in" in banner.why.text()
    files.write_private(desk.link.wire._data / files.NOT_STARTING, "3\n")
    qtbot.waitUntil(lambda: tr("the room file or the configuration is wrong") in banner.why.text())
    keep(desk.window, "not-starting")
    (desk.link.wire._data / files.NOT_STARTING).unlink()
    qtbot.waitUntil(lambda: "No station runs in" in banner.why.text())
    desk.model.set_connected(True)
    assert not banner.isVisible() and not banner._look.isActive()
