"""The real station process on a real wire: values, alarms, acts, restarts, and everything that can be wrong at start."""

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from cityops_desktop.errors import Exit
from cityops_desktop.link.messages import AlarmInfo, Copy
from cityops_desktop.link.strips import unpacked
from cityops_desktop.model.alarms import AlarmState, Cause
from cityops_desktop.model.envelope import Past
from cityops_desktop.model.readings import Quality, Reason
from cityops_desktop.station.run import Station
from tests.peers import warm
from tests.peers.slaves import free_port
from tests.peers.station import Slave, StationPeer, slave, station, write_room

FULL = 44 * 1024
"""Bytes that the records have at the start and the journal reaches some seconds later."""


@pytest.fixture(scope="module")
def device():
    with slave() as found:
        yield found


@pytest.fixture
def peer(tmp_path: Path, device: Slave):
    device.set(10, 250)
    device.set(20, 0)
    with station(tmp_path, device.port) as found:
        yield found


@pytest.fixture
def cold_peer(tmp_path: Path, device: Slave):
    """Started by the plain Python: its processes are each other's children."""
    device.set(10, 250)
    device.set(20, 0)
    with station(tmp_path, device.port, cold=True) as found:
        yield found


def live(state: Copy, key: str):
    return next(item for item in state.live if item.key == key)


def alarm(state: Copy, key: str, *, open_only: bool = True) -> AlarmInfo | None:
    found = [a for a in state.alarms if a.key == key and (a.state is not AlarmState.NORMAL or not open_only)]
    return found[-1] if found else None


def test_values_arrive_and_follow_the_register(cold_peer: StationPeer, device: Slave):
    peer = cold_peer
    state = peer.until(lambda s: live(s, "a.temp").quality is Quality.GOOD, "a good value")
    assert live(state, "a.temp").value == 25.0
    device.set(10, -55)
    peer.until(lambda s: live(s, "a.temp").value == -5.5, "the new value")


def test_an_alarm_from_the_register_to_the_end(peer: StationPeer, device: Slave):
    session = peer.duty()
    device.set(10, 312)
    raised = alarm(peer.until(lambda s: alarm(s, "a.temp#high"), "the alarm"), "a.temp#high")
    assert raised is not None
    assert (raised.state, raised.value, raised.limit, raised.level, raised.recorded) == (
        AlarmState.UNACKNOWLEDGED,
        31.2,
        30.0,
        2,
        True,
    )
    assert peer.act(session, {"kind": "alarm.acknowledge", "alarms": [raised.id]})["outcome"] == "done"
    seen = alarm(peer.state(), "a.temp#high")
    assert seen is not None and seen.state is AlarmState.ACKNOWLEDGED and seen.actor_name == "张工"
    device.set(10, 295)  # inside the dead band: still an alarm
    peer.until(lambda s: live(s, "a.temp").value == 29.5, "the value")
    assert alarm(peer.state(), "a.temp#high") is not None
    device.set(10, 250)
    state = peer.until(lambda s: alarm(s, "a.temp#high") is None, "the end of the alarm")
    ended = alarm(state, "a.temp#high", open_only=False)
    assert ended is not None and ended.returned is not None


def test_acts_are_refused_with_their_reason(peer: StationPeer, device: Slave):
    ack = {"kind": "alarm.acknowledge", "alarms": ["nothing"]}
    assert peer.act(None, ack)["code"] == "setup_required"
    session = peer.duty()
    admin = peer.login("root")
    now = peer.state().now
    assert peer.act(None, ack)["code"] == "not_logged_in"
    assert peer.act("made-up-token", ack)["code"] == "not_logged_in"
    assert peer.act(admin, ack)["code"] == "no_right"
    assert (
        peer.act(session, {"kind": "account.create", "name": "x", "display": "x", "password": "y", "roles": ["duty"]})["code"] == "no_right"
    )
    assert peer.act(session, ack, deadline=now - 1)["code"] == "expired"
    assert peer.act(session, ack, deadline=now + 3_600_000)["code"] == "deadline_too_far"
    assert peer.act(session, ack)["code"] == "no_such_alarm"
    assert peer.client is not None
    second = peer.client.post("/api/v1/setup", json={"administrator": {"name": "b", "display": "b", "password": "Correct-horse-8"}})
    assert (second.status_code, second.json()["code"]) == (409, "setup_done")
    peer.client.delete("/api/v1/session", headers=peer.headers(session))
    assert peer.act(session, ack)["code"] == "not_logged_in"


def test_the_same_command_is_carried_out_once(peer: StationPeer, device: Slave):
    peer.first_administrator()
    admin = peer.login("root")
    account = {"kind": "account.create", "name": "li", "display": "李工", "password": "Correct-horse-7", "roles": ["duty"]}
    answers = [peer.act(admin, account, id="the-same-id-twice") for _ in range(2)]
    assert [a["outcome"] for a in answers] == ["done", "done"]
    assert peer.act(admin, account)["code"] == "name_taken"


def test_silence_needs_no_person_and_a_new_alarm_breaks_it(peer: StationPeer, device: Slave):
    device.set(10, 312)
    peer.until(lambda s: alarm(s, "a.temp#high"), "the alarm")
    assert peer.act(None, {"kind": "alarm.silence", "console": "desk 1"})["outcome"] == "done"
    state = peer.state()
    assert state.station.silenced_by == "desk 1"
    assert state.station.silenced_until is not None and state.station.silenced_until <= state.now + 120_000
    device.set(20, 1)
    peer.until(lambda s: alarm(s, "a.wet#states") or any(a.subject == "a.wet" for a in s.alarms), "the second alarm")
    peer.until(lambda s: s.station.silenced_until is None, "the end of the silence")


def test_a_lost_device_turns_unknown_and_comes_back(tmp_path: Path):
    with slave() as own, station(tmp_path, own.port) as peer:
        peer.until(lambda s: live(s, "a.temp").quality is Quality.GOOD, "a good value")
        port = own.port
        own.close()
    # the slave is gone; a station started on the same room says why nothing is known
    with station(tmp_path, port) as peer:
        state = peer.until(lambda s: live(s, "a.temp").reason is Reason.CONNECTION_REFUSED, "the reason")
        assert live(state, "a.temp").value is None
        lost = alarm(peer.until(lambda s: alarm(s, "bus:tcp#lost"), "the alarm of the bus"), "bus:tcp#lost")
        assert lost is not None and (lost.cause, lost.points) == (Cause.BUS_LOST, 3)


def test_kill_minus_nine_loses_no_acknowledge_and_restores_alarms(cold_peer: StationPeer, device: Slave, tmp_path: Path):
    peer = cold_peer
    session = peer.duty()
    device.set(10, 450)
    state = peer.until(lambda s: alarm(s, "a.temp#high") and alarm(s, "a.temp#top"), "both alarms")
    high, top = alarm(state, "a.temp#high"), alarm(state, "a.temp#top")
    assert high is not None and top is not None
    assert peer.act(session, {"kind": "alarm.acknowledge", "alarms": [high.id]})["outcome"] == "done"
    for _ in range(3):
        time.sleep(random.uniform(0, 0.3))
        os.kill(peer.child(), signal.SIGKILL)
        peer.wait_ready()
        state = peer.until(lambda s: live(s, "a.temp").quality is Quality.GOOD, "values after the restart")
        again_high, again_top = alarm(state, "a.temp#high"), alarm(state, "a.temp#top")
        assert again_high is not None and again_top is not None
        assert (again_high.id, again_high.state, again_high.actor_name) == (high.id, AlarmState.ACKNOWLEDGED, "张工")
        assert (again_top.id, again_top.state) == (top.id, AlarmState.UNACKNOWLEDGED)
    assert peer.state().station.restarts == 3
    assert "SIGKILL" in peer.state().station.restart_reason
    assert alarm(peer.state(), "station#restarted") is not None
    assert peer.act(session, {"kind": "alarm.acknowledge", "alarms": [top.id]})["outcome"] == "done", "sessions survive a restart"
    assert peer.stop() == 0
    with closing(sqlite3.connect(tmp_path / "data" / "records.db")) as records:
        kinds = [row[0] for row in records.execute("SELECT kind FROM change ORDER BY seq")]
    assert kinds.count("alarm.acknowledged") == 2
    assert kinds.count("station.restarted") == 3
    assert kinds[-2:] == ["station.stopped", "audit.head"], "the head that is signed at the end covers the stop, too"


def test_the_curves_of_the_last_hours_survive_a_kill(peer: StationPeer, device: Slave):
    assert peer.client is not None
    peer.until(lambda s: live(s, "a.temp").quality is Quality.GOOD, "a good value")
    span = {"point": "a.temp", "from": int(time.time() * 1000) - 60_000, "to": int(time.time() * 1000) + 600_000}
    before = Past(None, {})
    while len(before.strips.get("a.temp", ())) < 8:
        before = unpacked(peer.client.get("/api/v1/history", params=span).content)
    os.kill(peer.child(), signal.SIGKILL)
    peer.wait_ready()
    after = unpacked(peer.client.get("/api/v1/history", params=span).content)
    assert len(after.strips["a.temp"]) >= len(before.strips["a.temp"]) - 8, "at most the running second may be missing"
    assert after.oldest is not None and abs(after.oldest - int(before.strips["a.temp"].time[0])) < 60_000


def test_after_a_power_cut_it_says_from_when_to_when_nothing_was_recorded(tmp_path: Path, device: Slave):
    """Supervisor and station are killed in the same moment, as by a power cut; an ordered stop leaves no such alarm."""
    with station(tmp_path, device.port, cold=True) as peer:
        peer.until(lambda s: live(s, "a.temp").quality is Quality.GOOD, "a good value")
        time.sleep(1.5)
        child = peer.child()
        peer.process.kill()
        os.kill(child, signal.SIGKILL)
        cut = time.time() * 1000
    with station(tmp_path, device.port) as peer:
        gap = alarm(peer.until(lambda s: alarm(s, "station#gap"), "the alarm of the gap"), "station#gap")
        assert gap is not None and (gap.cause, gap.state) == (Cause.RECORDING_GAP, AlarmState.RETURNED)
        start, end = map(int, gap.detail.split())
        assert cut - 3000 < start <= cut + 1000 and start < end <= gap.raised + 1000
    with station(tmp_path, device.port) as peer:
        found = [a for a in peer.state().alarms if a.key == "station#gap"]
        assert [a.id for a in found] == [gap.id], "the stop in order has made no second one"


def test_our_own_fault_on_the_loop_ends_the_station_instead_of_half_a_report():
    station_like = SimpleNamespace(_fault=None, _stopping=asyncio.Event())

    def breaks(_: object) -> None:
        raise ZeroDivisionError

    Station._whole(station_like, breaks, "report")  # type: ignore[arg-type]
    assert isinstance(station_like._fault, ZeroDivisionError) and station_like._stopping.is_set()


def test_acts_from_many_consoles_at_once_are_all_kept(peer: StationPeer, device: Slave):
    """Two people acknowledge the same alarm at the same moment: one act is recorded, both are told that it is done."""
    session = peer.duty()
    device.set(10, 350)
    found = alarm(peer.until(lambda s: alarm(s, "a.temp#high"), "the alarm"), "a.temp#high")
    assert found is not None
    outcomes: list[str] = []
    threads = [
        threading.Thread(target=lambda: outcomes.append(peer.act(session, {"kind": "alarm.acknowledge", "alarms": [found.id]})["outcome"]))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == ["done"] * 6


def test_a_full_disk_pauses_the_record_and_nothing_else(tmp_path: Path, device: Slave):
    """A limit on the size of files stands for the full disk: the write fails in the same way, at a moment nobody chose."""
    device.set(10, 250)
    with station(tmp_path, device.port) as peer:
        psutil.Process(peer.child()).rlimit(psutil.RLIMIT_FSIZE, (FULL, FULL))
        state = peer.until(lambda s: not s.station.recording and alarm(s, "station#recording"), "the pause and its alarm")
        assert state.station.recording_detail
        paused = alarm(state, "station#recording")
        assert paused is not None and paused.level == 1 and ".db" in paused.detail
        peer.until(lambda s: "journal.db" in s.station.recording_detail, "the journal's own trouble")
        device.set(10, 263)
        peer.until(lambda s: live(s, "a.temp").value == 26.3, "values while nothing is recorded")
        device.set(20, 1)
        peer.until(lambda s: [a for a in s.alarms if a.subject == "a.wet"], "an alarm while nothing is recorded")


def start_and_fail(room: Path, data: Path, *options: str, cold: bool = False) -> tuple[int, str]:
    command = [sys.executable if cold else warm.python(), "-m", "cityops_desktop", "station"]
    command += ["--room", str(room), "--data", str(data), "--port", "0", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env={**os.environ, "CITYOPS_LANG": "en"}, check=False)
    return done.returncode, done.stderr


def test_a_second_station_on_the_same_data_is_refused(peer: StationPeer, tmp_path: Path):
    code, said = start_and_fail(tmp_path / "room.yaml", peer.data, cold=True)
    assert code == Exit.IN_USE
    assert "another station runs on this data directory" in said and peer.url in said
    assert peer.state().station.recording


def test_a_port_in_use_is_said(peer: StationPeer, tmp_path: Path):
    port = peer.url.rsplit(":", 1)[1]
    code, said = start_and_fail(tmp_path / "room.yaml", tmp_path / "other", "--port", port)
    assert code == Exit.IN_USE
    assert f"127.0.0.1:{port}" in said and "--port" in said


def test_a_damaged_store_is_refused_and_kept(tmp_path: Path):
    room = write_room(tmp_path, free_port())
    data = tmp_path / "data"
    data.mkdir()
    (data / "records.db").write_bytes(b"SQLite format 3\0" + random.Random(1).randbytes(50_000))
    before = (data / "records.db").read_bytes()
    code, said = start_and_fail(room, data)
    assert code == Exit.STORE
    assert "records.db" in said and "backup" in said
    assert (data / "records.db").read_bytes() == before


def test_demo_and_real_data_are_not_mixed(tmp_path: Path):
    room = write_room(tmp_path, free_port())
    data = tmp_path / "data"
    data.mkdir()
    (data / "origin").write_text("demo\n")
    code, said = start_and_fail(room, data)
    assert code == Exit.CONFIGURATION
    assert "never mixed" in said


def test_a_wrong_room_file_is_said_before_anything_starts(tmp_path: Path):
    room = write_room(tmp_path, 1)
    room.write_text(room.read_text("utf-8").replace("scale: 0.1", "scael: 0.1"), "utf-8")
    code, said = start_and_fail(room, tmp_path / "data")
    assert code == Exit.CONFIGURATION
    assert "room.yaml:" in said and "scale" in said


def test_a_data_path_that_is_a_file_is_said(tmp_path: Path):
    (tmp_path / "file").write_text("x")
    code, said = start_and_fail(write_room(tmp_path, 1), tmp_path / "file")
    assert code == Exit.STORE
    assert "--data" in said


def test_the_death_of_the_supervisor_stops_the_station(cold_peer: StationPeer):
    child = cold_peer.child()
    cold_peer.process.kill()
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError("the station lives on without its supervisor")
