"""The console's end of the wire against a real HTTP server that says what it should not."""

import gc

import numpy as np
import pytest

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import Beat, Change, Refusal
from cityops_desktop.link.strips import packed
from cityops_desktop.model.alarms import AlarmState
from cityops_desktop.model.envelope import Past, samples
from cityops_desktop.model.people import Outcome
from tests.ui.canned_station import CannedStation
from tests.ui.conftest import SESSION
from tests.ui.rooms import BOOT, NOW, alarm, copy_of_room
from ui import feed as feed_module
from ui import wire as wire_module
from ui.actions.alarms import acknowledge, silence
from ui.actions.people import first_administrator, login, logout
from ui.feed import Trouble
from ui.link import Link
from ui.models.room import RoomModel


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(feed_module, "RETRY_MS", (20, 40, 60))


@pytest.fixture
def link(qapp, canned):
    link = Link(canned.data, RoomModel())
    yield link
    link.stop()


@pytest.fixture
def connected(qtbot, link):
    with qtbot.waitSignal(link.model.connectedChanged):
        link.start()
    return link


def beat(seq: int, boot: str = BOOT) -> Beat:
    return Beat(seq=seq, now=NOW + seq * 1000, boot=boot, newest=NOW)


def test_a_copy_then_changes_then_beats(qtbot, canned: CannedStation, connected: Link):
    model = connected.model
    assert model.connected
    assert len(model.points) > 100
    new = alarm(50, "ups-2.load", 1, AlarmState.UNACKNOWLEDGED)
    with qtbot.waitSignal(model.alarmsChanged) as told:
        canned.send("change", Change(seq=3, now=NOW + 1500, alarms=[new]))
    assert told.args[0] == {"alarm-0050"}
    canned.send("beat", beat(4))
    qtbot.waitUntil(lambda: model.now() >= NOW + 4000)
    assert canned.opened == 1


def test_the_stream_carries_the_token_and_no_proxy_is_asked(canned, connected, monkeypatch):
    method, path, headers, _ = canned.requests[0]
    assert (method, path) == ("GET", "/api/v1/stream")
    assert headers["Authorization"].startswith("Bearer ttt")
    assert headers["Accept"] == "text/event-stream"


def test_a_station_that_ends_is_lost_at_once_and_found_again(qtbot, canned, connected):
    model = connected.model
    with qtbot.waitSignal(model.connectedChanged) as lost:
        canned.drop()
    assert lost.args == [False]
    assert connected.feed.trouble is Trouble.NO_STATION
    qtbot.waitUntil(lambda: model.connected)
    assert connected.feed.trouble is Trouble.NONE
    assert canned.opened == 2


def test_a_frozen_station_is_noticed(qtbot, canned, monkeypatch):
    monkeypatch.setattr(feed_module, "SILENCE_MS", 300)
    link = Link(canned.data, RoomModel())
    link.start()
    qtbot.waitUntil(lambda: link.model.connected)
    with qtbot.waitSignal(link.model.connectedChanged, timeout=5000):
        pass
    assert link.feed.trouble is Trouble.NO_ANSWER
    link.stop()


@pytest.mark.parametrize("event", [("change", Change(seq=9, now=NOW)), ("beat", beat(9)), ("beat", beat(3, boot="another"))])
def test_a_gap_or_another_boot_brings_a_new_copy_without_a_banner(qtbot, canned, connected, event):
    lost = []
    connected.model.connectedChanged.connect(lost.append)
    qtbot.waitUntil(lambda: connected.model.now() > NOW + 900)
    with qtbot.waitSignal(connected.model.replaced):
        canned.send(*event)
    assert canned.opened == 2
    assert not lost


def test_a_station_that_always_misses_something_is_not_asked_in_a_circle(qtbot, canned):
    canned.greeting = [("copy", copy_of_room()), ("beat", beat(7))]
    link = Link(canned.data, RoomModel())
    link.start()
    qtbot.waitUntil(lambda: link.feed.trouble is Trouble.OTHER_VERSION)
    assert not link.model.connected
    link.stop()


def test_a_wrong_token_is_said(qtbot, canned, link):
    (canned.data / "token").write_text("x" * 40)
    link.start()
    qtbot.waitUntil(lambda: link.feed.trouble is Trouble.WRONG_TOKEN)
    assert link.feed.detail == "wrong_token"
    (canned.data / "token").write_text("t" * 40)
    qtbot.waitUntil(lambda: link.model.connected)


def test_no_files_no_station_then_one_appears(qtbot, canned, link):
    (canned.data / "station.json").unlink()
    link.start()
    assert link.feed.trouble is Trouble.NO_STATION
    canned.publish()
    qtbot.waitUntil(lambda: link.model.connected)


@pytest.mark.parametrize("told", ["", "{", "[]", '{"url": 5}', '{"url": "http://127.0.0.1:1", "boot": "b"}'])
def test_broken_files_are_no_station(qtbot, canned, link, told):
    (canned.data / "station.json").write_text(told)
    link.start()
    qtbot.waitUntil(lambda: link.feed.trouble is Trouble.NO_STATION)


def test_a_station_of_another_version_is_said(qtbot, canned, link, expected_log):
    expected_log("stream cannot be read")
    canned.greeting = [("beat", Refusal(code="not a beat"))]
    link.start()
    qtbot.waitUntil(lambda: link.feed.trouble is Trouble.OTHER_VERSION)


def test_unknown_events_are_passed_over(qtbot, canned, connected):
    canned.send_raw(b"event: news\ndata: {}\n\n")
    canned.send("beat", beat(3))
    qtbot.waitUntil(lambda: connected.model.now() >= NOW + 3000)
    assert canned.opened == 1


def outcome_of(qtbot, act) -> CommandResult:
    results: list[CommandResult] = []
    act(results.append)
    qtbot.waitUntil(lambda: bool(results), timeout=5000)
    return results[0]


def test_an_acknowledgement_goes_out_once_with_its_deadline_and_session(qtbot, canned, connected):
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="x", outcome=Outcome.DONE))
    assert outcome_of(qtbot, lambda on: login(connected, name="zhang", password="pw", on_result=on)).outcome is Outcome.DONE
    assert connected.person.display == "张工"
    result = outcome_of(qtbot, lambda on: acknowledge(connected, alarms=["a", "b"], on_result=on))
    assert result.outcome is Outcome.DONE
    sent = [one for one in canned.requests if one[1] == "/api/v1/commands"]
    assert len(sent) == 1
    _, _, headers, body = sent[0]
    assert {key.lower(): value for key, value in headers.items()}["x-cityops-session"] == SESSION.token
    assert body["act"] == {"kind": "alarm.acknowledge", "alarms": ["a", "b"]}
    assert 0 < body["deadline"] - connected.model.now() <= wire_module.ANSWER_MS
    logout(connected)
    assert connected.person is None
    qtbot.waitUntil(lambda: any(one[0] == "DELETE" for one in canned.requests))


def test_a_refusal_says_why_and_a_lost_session_is_forgotten(qtbot, canned, connected):
    canned.answers["/api/v1/session"] = (401, Refusal(code="wrong_name_or_password"))
    refused = outcome_of(qtbot, lambda on: login(connected, name="zhang", password="pw", on_result=on))
    assert (refused.outcome, refused.code) == (Outcome.REFUSED, "wrong_name_or_password")
    canned.answers["/api/v1/session"] = (201, SESSION)
    outcome_of(qtbot, lambda on: login(connected, name="zhang", password="pw", on_result=on))
    canned.answers["/api/v1/commands"] = (200, CommandResult(id="x", outcome=Outcome.REFUSED, code="not_logged_in"))
    outcome_of(qtbot, lambda on: acknowledge(connected, alarms=["a"], on_result=on))
    assert connected.person is None


def test_a_slow_answer_is_unknown(qtbot, canned, connected, monkeypatch):
    monkeypatch.setattr(wire_module, "ANSWER_MS", 200)
    canned.hold("/api/v1/commands")
    result = outcome_of(qtbot, lambda on: silence(connected, on_result=on))
    assert (result.outcome, result.code) == (Outcome.UNKNOWN, "no_answer")


@pytest.mark.parametrize(("status", "body"), [(500, b"oops"), (200, b"not json")])
def test_an_answer_that_is_none_is_unknown(qtbot, canned, connected, status, body):
    canned.answers["/api/v1/commands"] = (status, body)
    result = outcome_of(qtbot, lambda on: silence(connected, on_result=on))
    assert (result.outcome, result.code) == (Outcome.UNKNOWN, "no_answer")


def test_nothing_is_sent_or_kept_without_a_station(qtbot, canned, connected):
    (canned.data / "station.json").unlink()
    with qtbot.waitSignal(connected.model.connectedChanged):
        canned.drop()
    for act in (
        lambda on: acknowledge(connected, alarms=["a"], on_result=on),
        lambda on: silence(connected, on_result=on),
        lambda on: login(connected, name="a", password="b", on_result=on),
        lambda on: first_administrator(connected, name="a", display="A", password="b", on_result=on),
    ):
        result = outcome_of(qtbot, act)
        assert (result.outcome, result.code) == (Outcome.REFUSED, "no_station")
    canned.publish()
    qtbot.waitUntil(lambda: connected.model.connected)
    assert not [one for one in canned.requests if one[0] == "POST"]


def test_a_session_ends_by_itself(qtbot, canned, connected):
    canned.answers["/api/v1/session"] = (201, SESSION.model_copy(update={"expires": NOW + 5000}))
    outcome_of(qtbot, lambda on: login(connected, name="zhang", password="pw", on_result=on))
    canned.send("beat", beat(3))
    canned.send("beat", Beat(seq=4, now=NOW + 5000, boot=BOOT, newest=NOW))
    qtbot.waitUntil(lambda: connected.person is None)


def test_the_past_comes_as_arrays(qtbot, canned, connected):
    strip = samples(np.array([NOW]), np.array([42.0]), np.array([0], np.uint8))
    canned.answers["/api/v1/history"] = (200, packed(Past(NOW, {"ups-1.load": strip})))
    got = []
    connected.history(["ups-1.load", "it-1.load"], NOW - 3_600_000, NOW, 900, got.append)
    qtbot.waitUntil(lambda: bool(got))
    assert got[0].strips["ups-1.load"].first.tolist() == [42.0]
    asked = f"/api/v1/history?from={NOW - 3_600_000}&to={NOW}&buckets=900&point=ups-1.load&point=it-1.load"
    assert canned.requests[-1][1] == asked


def test_a_past_that_cannot_be_read_is_none(qtbot, canned, connected, expected_log):
    expected_log("history cannot be read")
    canned.answers["/api/v1/history"] = (200, b"nonsense")
    got = []
    connected.history(["ups-1.load"], NOW - 60_000, NOW, 900, got.append)
    qtbot.waitUntil(lambda: bool(got))
    assert got == [None]


def test_a_link_that_goes_with_its_questions_unanswered_leaves_nothing_behind(qtbot, canned):
    canned.keep_alive = True
    for _ in range(3):
        link = Link(canned.data, RoomModel())
        link.start()
        qtbot.waitUntil(lambda link=link: link.model.connected)
        outcome_of(qtbot, lambda on, link=link: login(link, name="zhang", password="pw", on_result=on))
        silence(link, on_result=lambda result: pytest.fail("called back after the end"))
        logout(link)
        link.stop()
        del link
        gc.collect()
        qtbot.wait(50)
