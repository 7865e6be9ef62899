"""Messages of a station without a wire: what is tried again and when, what is not sent any more, one alarm a way, secrets, words."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from cityops_desktop.acquire.report import BusReport
from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.alarms.escalation import OWN
from cityops_desktop.alarms.outputs.output import MOST_WAITING, Quiet, Worker
from cityops_desktop.model.alarms import Alarm, Cause
from cityops_desktop.model.notify import SENT, Delivery, DeliveryState, Message, Signal, failed
from cityops_desktop.model.points import Level
from cityops_desktop.model.readings import Quality, Reading, Reason
from cityops_desktop.model.rooms import Room
from cityops_desktop.room.load import load_room
from cityops_desktop.station import notifying as module
from cityops_desktop.station.info import alarm_info
from cityops_desktop.station.notify_secrets import Secrets
from cityops_desktop.station.notifying import PAUSES, StationNotifying
from cityops_desktop.station.wording import Wording
from cityops_desktop.store import deliveries
from cityops_desktop.store.deliveries import Sent
from cityops_desktop.store.store import Store
from drivers.registry import DRIVERS
from tests.conftest import FakeClock
from tests.peers.station import ROOM

NOTIFY = """notify:
  language: {language}
  {more}
  ways:
    - {{id: mail, kind: mail, host: 127.0.0.1, from: room@example.cn}}
    - {{id: hook, kind: webhook, url: http://127.0.0.1:1/}}
  calls:
    - {{id: wang, name: 王工, mail: wang@example.cn, steps: [{{way: mail, after: 0, level: major}}]}}
    - {{id: desk, steps: [{{way: hook, after: 1}}]}}
"""


def room_of(folder: Path, language: str = "en", more: str = "", origin: str = "real") -> Room:
    file = folder / "room.yaml"
    text = ROOM.format(port=1502).replace("domain:", f"origin: {origin}, domain:") + NOTIFY.format(language=language, more=more)
    file.write_text(text, "utf-8")
    return load_room(file, DRIVERS)


class Way(Quiet):
    """Takes messages as `says` tells, one answer after the other; the last one stays."""

    def __init__(self) -> None:
        self.says: list[Delivery] = [SENT]
        self.took: list[Message] = []
        self.probed = 0

    def send(self, message: Message) -> Delivery:
        self.took.append(message)
        return self.says.pop(0) if len(self.says) > 1 else self.says[0]

    def probe(self) -> Delivery:
        self.probed += 1
        return self.says[0]


class Night:
    """A station's messages, its loop in the hands of the test."""

    def __init__(self, room: Room, data: Path, store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room, self.data, self.store, self.clock = room, data, store, clock
        self.ways: dict[str, Way] = {way.id: Way() for way in room.notify.ways}
        monkeypatch.setattr(module, "make_output", lambda way, *_: self.ways[way.id])
        self.book = AlarmBook(room)
        self.calls: queue.Queue[tuple[Callable[..., None], tuple[Any, ...]]] = queue.Queue()
        self.own: list[tuple[str, Level, str, bool]] = []
        self.reports: list[BusReport] = []
        self.notifying = self._made()

    def _made(self) -> StationNotifying:
        made = StationNotifying(
            self.room, self.data, self.book, self.store, self.clock, self._stand, lambda f, *a: self.calls.put((f, a)), self.reports.append
        )
        made.load(self.book.open())
        made.begin()
        return made

    def restart(self) -> None:
        self.notifying.close()
        self.settle()
        self.rows()
        self.notifying = self._made()

    def _stand(self, key: str, cause: Cause, level: Level, detail: str, present: bool) -> None:
        assert cause is Cause.NOTIFY_FAILED
        self.own.append((key, level, detail, present))
        self.book.station(key, cause, level, detail, present, self.clock.wall(), self.clock.monotonic())

    def settle(self) -> None:
        """What the ways' threads have told."""
        while not self.calls.empty():
            function, arguments = self.calls.get()
            function(*arguments)

    def pass_(self, seconds: float, each: float = 1.0) -> None:
        for _ in range(round(seconds / each)):
            self.clock.advance(each)
            self.tick()

    def tick(self) -> None:
        self.notifying.tick(self.clock.wall(), self.clock.monotonic())
        end = time.monotonic() + 30
        while any(going.busy for going in self.notifying._going.values()) or not self.calls.empty() or self.answers():
            self.settle()
            assert time.monotonic() < end

    def answers(self) -> bool:
        """Is a way still at work?"""
        return any(worker._jobs.unfinished_tasks for worker in self.notifying._workers.values())

    def alarm(self, value: float = 35.0) -> Alarm:
        reading = Reading("a.temp", value, self.clock.wall(), Quality.GOOD)
        changed = list(self.book.feed(reading, self.clock.wall(), self.clock.monotonic()))
        return changed[0]

    def rows(self) -> list[Sent]:
        self.store.write(lambda conn: None).result(30)
        return self.store.read(lambda conn: deliveries.since(conn, 0))

    def states(self, way: str = "mail") -> list[DeliveryState]:
        return [row.state for row in self.rows() if row.way == way]


@pytest.fixture
def night(tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Night]:
    store = Store.open(tmp_path, clock)
    made = Night(room_of(tmp_path), tmp_path, store, clock, monkeypatch)
    yield made
    made.notifying.close()
    store.close()


def test_a_message_is_tried_again_with_growing_pauses_and_in_the_end_has_failed(night: Night) -> None:
    night.ways["mail"].says = [failed("timeout")]
    night.alarm()
    times, took = [], 0
    for _ in range(round(sum(PAUSES)) + 60):
        night.pass_(1)
        if len(night.ways["mail"].took) > took:
            took = len(night.ways["mail"].took)
            times.append(night.clock.monotonic())
    assert [round(later - before) for before, later in pairwise(times)] == [round(pause) for pause in PAUSES]
    assert night.states() == [DeliveryState.FAILED]
    (row,) = night.rows()
    assert (row.why, row.tries) == ("timeout", len(PAUSES) + 1)
    assert len({message.id for message in night.ways["mail"].took}) == 1


def test_a_way_that_fails_is_one_alarm_and_returns_by_itself_without_another_message(night: Night) -> None:
    night.ways["mail"].says = [failed("receiver 550 no", final=True)]
    night.alarm()
    night.pass_(2)
    assert night.own == [(OWN + "mail", Level.MINOR, "mail receiver 550 no", True)]
    night.alarm(45.0)
    night.pass_(200)
    assert len(night.own) == 1
    assert night.notifying.ways()[0].state == "failed"
    night.ways["mail"].says = [SENT]
    night.pass_(320)
    assert night.own[1:] == [(OWN + "mail", Level.MINOR, "mail receiver 550 no", False)]
    assert night.ways["mail"].probed == 1
    assert night.notifying.ways()[0].state == "ready"


def test_what_somebody_acknowledged_meanwhile_is_not_sent_and_the_record_says_so(night: Night) -> None:
    night.ways["mail"].says = [failed("refused"), SENT]
    alarm = night.alarm()
    night.pass_(1)
    night.book.acknowledge(alarm.id, "a", "张工", night.clock.wall())
    night.pass_(10)
    assert len(night.ways["mail"].took) == 1
    assert [(row.state, row.why) for row in night.rows()] == [(DeliveryState.DROPPED, "seen")]


def test_a_restart_sends_what_waited_as_the_same_message_and_nothing_twice(night: Night) -> None:
    night.ways["mail"].says = [failed("refused")]
    night.alarm()
    night.pass_(1)
    (waiting,) = night.rows()
    night.restart()
    night.ways["mail"].says = [SENT]
    night.pass_(600, each=5)
    assert night.states() == [DeliveryState.SENT]
    assert {message.id for message in night.ways["mail"].took} == {waiting.id}
    night.restart()
    night.pass_(600, each=5)
    assert night.states() == [DeliveryState.SENT]


def test_a_flood_is_one_message_that_names_the_worst(night: Night) -> None:
    for n in range(1000):
        night.book.station(f"station#made{n}", Cause.STORE_DAMAGED, Level.MAJOR, "x", True, night.clock.wall(), night.clock.monotonic())
    night.alarm(45.0)
    night.pass_(30)
    (message,) = night.ways["mail"].took
    assert message.subject.startswith("1002 alarms, worst Critical: a temp above 40")
    assert len(message.alarms) == 1002
    night.pass_(60)
    (posted,) = night.ways["hook"].took
    assert posted.about["key"] == "a.temp#top"


def test_an_end_is_told_only_where_it_is_wanted(night: Night) -> None:
    alarm = night.alarm()
    night.pass_(1)
    night.notifying.told([alarm_info(replace(alarm, state=type(alarm.state).NORMAL))])
    night.pass_(2)
    assert [row.kind for row in night.rows()] == ["alarm"]


def test_a_report_of_the_network_ends_a_message_when_all_its_parts_came(night: Night) -> None:
    night.ways["mail"].says = [Delivery(DeliveryState.SENT, refs=(7, 8))]
    night.alarm()
    night.pass_(1)
    night.notifying.report("mail", 7, True)
    assert night.states() == [DeliveryState.SENT]
    night.restart()
    night.notifying.report("hook", 8, True)
    assert night.states() == [DeliveryState.SENT]
    night.notifying.report("mail", 8, False)
    assert [(row.state, row.why) for row in night.rows()] == [(DeliveryState.FAILED, "not_delivered")]


def test_a_modems_silence_and_signal_become_readings(tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    text = """room: {id: r1, name: 房, domain: c/d/s/r1, timezone: Asia/Shanghai}
buses: [{id: modem, driver: modem, way: phone}]
devices:
  - id: m
    bus: modem
    points: [{id: signal, kind: analog, unit: dBm, what: signal}, {id: net, kind: digital, what: registration}]
notify: {ways: [{id: phone, kind: modem, port: /dev/none}]}
"""
    (tmp_path / "room.yaml").write_text(text, "utf-8")
    store = Store.open(tmp_path, clock)
    night = Night(load_room(tmp_path / "room.yaml", DRIVERS), tmp_path, store, clock, monkeypatch)
    night.notifying.heard("phone", Signal(clock.wall(), -73.0, True))
    night.notifying.heard("phone", Signal(clock.wall(), None, False))
    night.notifying.heard("phone", Signal(clock.wall(), why="modem_silent AT"))
    told = [[(one.point, one.value, one.reason) for one in report.readings] for report in night.reports]
    assert told == [
        [("m.signal", -73.0, None), ("m.net", 1, None)],
        [("m.signal", None, Reason.INVALID_VALUE), ("m.net", 0, None)],
        [("m.signal", None, Reason.NO_ANSWER), ("m.net", None, Reason.NO_ANSWER)],
    ]
    assert [present for _, _, _, present in night.own] == [True]
    night.notifying.close()
    store.close()


@pytest.mark.parametrize(
    ("language", "more", "text"),
    [
        (
            "en",
            "",
            "Major: a temp above 30 °C: 35 °C\nTest room, 09-21 22:13:20\nReply 042137 within 10 minutes to acknowledge this one alarm.",
        ),
        ("zh_CN", "templates: {one: '{room}/{level}/{code}'}", "测试机房/重要/042137"),
    ],
)
def test_words(tmp_path: Path, clock: FakeClock, language: str, more: str, text: str) -> None:
    room = room_of(tmp_path, language, more)
    book = AlarmBook(room)
    (alarm,) = book.feed(Reading("a.temp", 35.0, clock.wall(), Quality.GOOD), clock.wall(), 1.0)
    assert Wording(room).alarms([alarm], "alarm", "042137")[1].replace(".0 °C", " °C") == text
    demo = Wording(replace(room, origin="demo")).alarms([alarm], "alarm", None)
    assert all(part.startswith("【") for part in demo)


def test_secrets_are_private_and_a_file_that_is_none_is_no_secret(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path)
    assert secrets.get("mail") == ""
    secrets.set("mail", "one")
    secrets.set("robot", "two")
    file = tmp_path / "notify-secrets"
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    assert (secrets.get("mail"), list(secrets.names())) == ("one", ["mail", "robot"])
    assert file.stat().st_mode & 0o777 == 0o600
    secrets.set("mail", "")
    assert list(secrets.names()) == ["robot"]
    file.write_text("[1]")
    with pytest.raises(ValueError, match="notify-secrets"):
        secrets.get("robot")


def test_our_own_fault_in_a_way_is_a_failed_message_and_the_next_one_goes_out(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(Quiet):
        def send(self, message: Message) -> Delivery:
            if message.id == "1":
                raise KeyError("x")
            return SENT

        def probe(self) -> Delivery:
            return SENT

    told: queue.Queue[Delivery] = queue.Queue()
    worker = Worker("w", Broken())
    for id in ("1", "2"):
        assert worker.send(Message(id, module.By.POST, "", "", "", 1), told.put)
    with caplog.at_level("CRITICAL"):
        assert [told.get(timeout=30) for _ in range(2)] == [failed("own_fault KeyError"), SENT]
    worker.stop(30)
    caplog.clear()


def test_a_way_takes_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    go, begun = threading.Event(), threading.Event()

    class Slow(Quiet):
        def send(self, message: Message) -> Delivery:
            begun.set()
            go.wait(30)
            return SENT

        def probe(self) -> Delivery:
            return SENT

    worker = Worker("w", Slow())
    message = Message("1", module.By.POST, "", "", "", 1)
    assert worker.send(message, lambda delivery: None)
    assert begun.wait(30)
    assert [worker.send(message, lambda delivery: None) for _ in range(MOST_WAITING + 1)] == [True] * MOST_WAITING + [False]
    go.set()
    worker.stop(30)


def test_what_was_told_of_an_alarm_long_ago_is_not_told_again_after_a_restart(night: Night) -> None:
    night.alarm()
    night.pass_(1)
    night.clock.advance(30 * 86_400)
    night.restart()
    night.pass_(600, each=5)
    assert len(night.ways["mail"].took) == 1


DUTY = """notify:
  language: en
  ways:
    - {id: mail, kind: mail, host: 127.0.0.1, from: room@example.cn}
    - {id: modem, kind: modem, port: /dev/null}
  calls:
    - id: watch
      duty: crew
      mail: room@example.cn
      phone: "+8613000000000"
      steps: [{way: mail, after: 0, level: major}, {way: modem, after: 0, level: major}]
    - {id: ann, account: Ann, mail: ann@example.cn}
    - {id: ben, account: ben, mail: ben@example.cn, phone: "+8613900000001"}
"""


def test_whoever_is_on_duty_when_it_goes_out_is_told(tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "room.yaml"
    store = Store.open(tmp_path, clock)
    file.write_text(ROOM.format(port=1502) + DUTY, "utf-8")
    night = Night(load_room(file, DRIVERS), tmp_path, store, clock, monkeypatch)
    on_duty: dict[str, list[str]] = {"crew": ["ann", "ben"]}
    night.notifying.on_duty = lambda post: on_duty[post]
    night.alarm()
    night.tick()
    assert [message.to for message in night.ways["mail"].took] == ["ann@example.cn"]
    assert [message.to for message in night.ways["modem"].took] == ["+8613900000001"], "ann has no telephone here: the next who is on duty"
    [sent] = [row for row in night.rows() if row.way == "modem"]
    assert night.notifying.receiver(sent) == "ben" and sent.call == "watch" and sent.code, "ben may answer by SMS"
    on_duty["crew"] = []
    night.pass_(120)
    night.alarm(20.0)
    night.alarm(45.0)
    night.tick()
    assert night.ways["mail"].took[-1].to == "room@example.cn", "the roster has nobody: the entry's own address"
    night.notifying.close()
    store.close()
