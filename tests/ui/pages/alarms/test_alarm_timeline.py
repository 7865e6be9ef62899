"""The time line of an alarm: its steps and messages in words, asked for only while somebody looks."""

import pytest

from cityops_desktop.link.messages import NamesInfo
from cityops_desktop.link.notify import Timeline, TimelineStep
from cityops_desktop.model.notify import By, DeliveryState
from cityops_desktop.texts import set_language
from tests.ui.rooms import NOW, alarms_of
from ui.pages.alarms.timeline import AlarmTimeline, Column

PATH = "/api/v1/alarms/alarm-0001/timeline"
WANG = NamesInfo(zh="王工", en="Wang")
STEPS = [
    TimelineStep(kind="alarm.raised", time=NOW - 600_000, actor="station"),
    TimelineStep(
        kind="message", time=NOW - 420_000, call="wang", names=WANG, way="phone", by=By.SMS, about="alarm", alarms=12,
        state=DeliveryState.DELIVERED, sent=NOW - 419_000, ended=NOW - 415_000, tries=1,
    ),
    TimelineStep(
        kind="message", time=NOW - 300_000, call="li", way="mail", by=By.MAIL, about="alarm", alarms=1,
        state=DeliveryState.FAILED, why="login 535 no", ended=NOW - 290_000, tries=7,
    ),
    TimelineStep(kind="alarm.acknowledged", time=NOW - 60_000, actor="a", actor_name="王工 (SMS)"),
]  # fmt: skip


@pytest.fixture
def line(qtbot, canned, live_desk):
    canned.answers[PATH] = (200, Timeline(alarm="alarm-0001", steps=STEPS))
    made = AlarmTimeline(live_desk.model, live_desk.link)
    qtbot.addWidget(made)
    made.resize(1000, 260)
    return made


def first(**more):
    return alarms_of()[0].model_copy(update=more)


def asked(canned) -> int:
    return [path for _, path, _, _ in canned.requests].count(PATH)


def cells(line: AlarmTimeline, row: int) -> list[str]:
    return [line.table.index(row, column).data() for column in Column]


def test_it_says_who_was_told_how_and_what_became_of_it(qtbot, line):
    line.show_alarm(first())
    line.show()
    qtbot.waitUntil(lambda: line.table.rowCount() == 4)
    assert cells(line, 0)[1:] == ["alarm raised", "", ""]
    assert cells(line, 1)[1:] == ["SMS by phone (12 alarms in one)", "Wang", "delivered, 22:06:25"]
    assert cells(line, 2)[1:3] == ["mail by mail", "li"]
    assert cells(line, 2)[3] == "FAILED, 22:08:30, log-in refused: 535 no, 7 tries"
    assert cells(line, 3)[1:] == ["alarm acknowledged", "王工 (SMS)", ""]
    assert not line.note.isVisible()


def test_nobody_looks_and_nothing_is_asked(qtbot, canned, line):
    line.show_alarm(first())
    assert asked(canned) == 0
    line.show()
    qtbot.waitUntil(lambda: asked(canned) == 1)
    line.hide()
    line.show_alarm(first(actor_name="x"))
    assert asked(canned) == 1
    assert not line._timer.isActive()


def test_another_alarm_takes_the_place_at_once_and_an_old_answer_does_not_come_back(qtbot, canned, line):
    line.show_alarm(first())
    line.show()
    qtbot.waitUntil(lambda: line.table.rowCount() == 4)
    canned.answers["/api/v1/alarms/alarm-0002/timeline"] = (200, Timeline(alarm="alarm-0002", steps=STEPS[:1]))
    line.show_alarm(alarms_of()[1])
    assert line.table.rowCount() == 0
    qtbot.waitUntil(lambda: line.table.rowCount() == 1)
    line.show_alarm(None)
    assert line.table.rowCount() == 0
    assert line.note.text() == "Choose an alarm."


def test_a_refusal_is_said_in_words(qtbot, canned, line):
    canned.answers[PATH] = (409, b'{"code": "log_in_to_see", "params": {"device": "x"}}')
    line.show_alarm(first())
    line.show()
    qtbot.waitUntil(lambda: bool(line.note.text()))
    assert "log_in" not in line.note.text()


def test_it_speaks_chinese_when_it_is_told_to(qtbot, line):
    line.show_alarm(first())
    line.show()
    qtbot.waitUntil(lambda: line.table.rowCount() == 4)
    try:
        set_language("zh_CN")
        line.retranslate()
        assert cells(line, 1)[2] == "王工"
    finally:
        set_language("en")
