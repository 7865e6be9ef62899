"""Guidance beside the chosen alarm: what is told, steps ticked by mouse and key only when the station says so, pictures, and that it rests
while nobody sees it."""

import pytest
from PySide6.QtCore import QBuffer, QObject, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel, QPushButton

from cityops_desktop.link.acts import CommandResult, TickStep
from cityops_desktop.link.guidance import GuidanceInfo, LastTime, StillInfo, TickInfo
from cityops_desktop.link.messages import Change, NamesInfo
from cityops_desktop.model.alarms import AlarmState
from cityops_desktop.model.people import Outcome, Role
from tests.ui.peoplerooms import session_of
from tests.ui.rooms import NOW, alarm, copy_of_room
from ui.acts import Acts
from ui.models.room import RoomModel
from ui.pages.alarms.guidance import ANEW_BEATS, GuidanceView

STEPS = [NamesInfo(zh="看", en="look at it"), NamesInfo(zh="修", en="mend it")]
LOAD = "ups-1.load"


def tick(step: int, *, done: bool = True, remark: str = "", time: int = NOW) -> TickInfo:
    return TickInfo(
        step=step, names=STEPS[step - 1] if step else NamesInfo(zh="", en=""), done=done, remark=remark, time=time, actor_name="Zhang"
    )


class GuidanceLink(QObject):
    """Answers with `info`; notes what was asked, fetched and sent."""

    sessionChanged = Signal()

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self.model, self.session = model, session_of(Role.DUTY)
        self.info = GuidanceInfo(
            alarm="a1",
            source="standard:leak",
            cause=NamesInfo(zh="水", en="water"),
            consequence=NamesInfo(zh="短路", en="a short"),
            steps=STEPS,
            page="floor",
            ticks=[],
        )
        self.asked: list[str] = []
        self.fetched: list[str] = []
        self.sent: list[TickStep] = []
        self.refused = ""

    def ask(self, path, kind, callback, query=None, *, wait_ms=0):
        self.asked.append(path)
        callback(CommandResult(id="", outcome=Outcome.REFUSED, code=self.refused) if self.refused else self.info)

    def fetch(self, path, file, callback, query=None):
        self.fetched.append(path)
        picture = QPixmap(64, 36)
        picture.fill(Qt.GlobalColor.gray)
        buffer = QBuffer()
        buffer.open(QBuffer.OpenModeFlag.ReadWrite)
        picture.save(buffer, "PNG")
        file.write(bytes(buffer.data()))
        callback(CommandResult(id="", outcome=Outcome.DONE))
        return lambda: None

    def command(self, act, on_result, wait_ms=0):
        self.sent.append(act)
        if act.step:
            self.info = self.info.model_copy(update={"ticks": [*self.info.ticks, tick(act.step, done=act.done)]})
        else:
            self.info = self.info.model_copy(update={"ticks": [*self.info.ticks, tick(0, remark=act.remark)]})
        on_result(CommandResult(id="", outcome=Outcome.DONE))


@pytest.fixture
def link(qapp, clock):
    model = RoomModel(clock)
    model.apply_copy(copy_of_room(calm=True))
    model.set_connected(True)
    return GuidanceLink(model)


@pytest.fixture
def view(qtbot, link):
    acts = Acts(link, lambda purpose, then: None)
    view = GuidanceView(link.model, link, acts)
    qtbot.addWidget(view)
    view.resize(340, 600)
    view.show()
    view.show_alarm("a1")
    return view


def words(view: GuidanceView) -> str:
    return "\n".join(label.text() for label in view.area.widget().findChildren(QLabel))


def buttons(view: GuidanceView) -> dict[str, QPushButton]:
    return {button.text(): button for button in view.area.widget().findChildren(QPushButton)}


def test_cause_consequence_steps_and_where_they_come_from(view, link):
    assert link.asked == ["/api/v1/alarms/a1/guidance"]
    told = words(view)
    for part in ("water", "a short", "1. look at it", "2. mend it", "Standard guidance of the program"):
        assert part in told
    link.info = link.info.model_copy(update={"source": "area:hall"})
    view._ask()
    assert "Guidance of this room, for area:hall" in words(view)
    link.info = GuidanceInfo(alarm="a1", source="")
    view._ask()
    assert "There is no guidance for this alarm" in words(view)


def test_a_step_is_ticked_by_key_and_by_mouse_and_taken_back(qtbot, view, link):
    view.steps[0].box.setFocus()
    qtbot.keyClick(view.steps[0].box, Qt.Key.Key_Space)
    assert [(act.alarm, act.step, act.done) for act in link.sent] == [("a1", 1, True)]
    assert [step.box.isChecked() for step in view.steps] == [True, False]
    assert "by Zhang" in words(view)
    qtbot.mouseClick(view.steps[1], Qt.MouseButton.LeftButton, pos=view.steps[1].text.geometry().center())
    assert [step.box.isChecked() for step in view.steps] == [True, True]
    qtbot.mouseClick(view.steps[0].box, Qt.MouseButton.LeftButton)
    assert (link.sent[-1].step, link.sent[-1].done) == (1, False)
    assert [step.box.isChecked() for step in view.steps] == [False, True]


def test_a_step_stands_ticked_only_when_the_station_says_so(qtbot, view, link):
    link.command = lambda act, on_result, wait_ms=0: link.sent.append(act)
    qtbot.mouseClick(view.steps[0].box, Qt.MouseButton.LeftButton)
    assert len(link.sent) == 1
    assert not view.steps[0].box.isChecked()


def test_what_helped_is_written_down(qtbot, view, link):
    qtbot.keyClicks(view.remark, "fan was dusty")
    qtbot.keyClick(view.remark, Qt.Key.Key_Return)
    assert [(act.step, act.remark) for act in link.sent] == [(0, "fan was dusty")]
    assert view.remark.text() == ""
    assert "“fan was dusty”" in words(view)
    qtbot.mouseClick(view.write, Qt.MouseButton.LeftButton)
    assert len(link.sent) == 1


def test_what_helped_the_last_time_leaves_out_what_was_taken_back(view, link):
    ticks = [tick(1), tick(2), tick(1, done=False), tick(0, remark="drain was blocked")]
    last = LastTime(alarm="a0", raised=NOW - 86_400_000, returned=NOW - 86_400_000 + 600_000, ticks=ticks)
    link.info = link.info.model_copy(update={"last": last, "steps": []})
    view._ask()
    told = words(view)
    assert "What helped the last time" in told and "drain was blocked" in told and "2. mend it" in told
    assert "1. look at it" not in told


def test_the_page_is_opened_at_what_the_alarm_is_about(qtbot, view, link):
    link.model.apply_change(Change(seq=2, now=NOW, alarms=[alarm(1, LOAD, 2, AlarmState.UNACKNOWLEDGED).model_copy(update={"id": "a1"})]))
    opened = []
    view.openPage.connect(lambda page, subject: opened.append((page, subject)))
    qtbot.mouseClick(buttons(view)["Open: Floor"], Qt.MouseButton.LeftButton)
    assert opened == [("floor", LOAD)]


def test_pictures_come_by_themselves_but_those_that_are_recorded_only_when_asked_for(qtbot, view, link):
    devices = link.model.devices
    for device, sensitive in (("surveillance-1", False), ("access-control-1", True)):
        devices[device] = devices[device].model_copy(update={"sensitive": sensitive})
    stills = [
        StillInfo(id="s1", device="surveillance-1", time=NOW + 700, asked=NOW),
        StillInfo(id="s2", device="access-control-1", time=NOW, asked=NOW),
    ]
    link.info = link.info.model_copy(update={"stills": stills})
    view._ask()
    assert link.fetched == ["/api/v1/alarms/a1/stills/s1"]
    view._ask()
    assert len(link.fetched) == 1
    qtbot.mouseClick(buttons(view)["Show the picture"], Qt.MouseButton.LeftButton)
    assert link.fetched[1:] == ["/api/v1/alarms/a1/stills/s2"]
    assert "Show the picture" not in buttons(view)
    assert sum(not label.pixmap().isNull() for label in view.area.widget().findChildren(QLabel)) == 2


def test_it_asks_again_when_something_happens_and_rests_unseen(view, link):
    asked = len(link.asked)
    for _ in range(ANEW_BEATS):
        link.model.beat.emit()
    assert len(link.asked) == asked + 1
    link.model.alarmsChanged.emit(frozenset({"a1"}))
    assert len(link.asked) == asked + 2
    link.model.alarmsChanged.emit(frozenset({"other"}))
    view.hide()
    view.show_alarm("a2")
    for _ in range(2 * ANEW_BEATS):
        link.model.beat.emit()
    assert len(link.asked) == asked + 2
    view.show()
    assert link.asked[-1] == "/api/v1/alarms/a2/guidance"


def test_why_there_is_nothing_is_said(view, link):
    link.refused = "log_in_to_see"
    view.show_alarm("a3")
    assert "refused" in words(view)
    assert not view.write.isEnabled()
    view.show_alarm("")
    assert words(view) == ""
