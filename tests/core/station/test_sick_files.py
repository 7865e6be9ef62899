"""The real station on a data directory where something is not as it was left."""

import os
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from cityops_desktop.clock import SystemClock
from cityops_desktop.errors import Exit
from cityops_desktop.model.alarms import Alarm, AlarmState, Cause
from cityops_desktop.model.points import Level
from cityops_desktop.store import alarms
from cityops_desktop.store.store import Store
from tests.peers import warm
from tests.peers.slaves import free_port
from tests.peers.station import StationPeer, station

ALARM = Alarm("x", "bus:tcp#lost", "bus:tcp", Cause.BUS_LOST, Level.MAJOR, AlarmState.UNACKNOWLEDGED, 1)


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a room and the data of a station that has run once."""
    folder = tmp_path_factory.mktemp("left")
    with station(folder, free_port()):
        pass
    store = Store.open(folder / "data", SystemClock())
    store.write(lambda conn: alarms.save(conn, ALARM, 1)).result(30)
    store.close()
    return folder


def start(folder: Path) -> tuple[int, str]:
    """Start a station that must refuse: exit code and what it said."""
    room, data = str(folder / "room.yaml"), str(folder / "data")
    command = [warm.python(), "-m", "cityops_desktop", "station", "--room", room, "--data", data, "--port", "0", "--until-eof"]
    done = subprocess.run(
        command, input="", capture_output=True, text=True, timeout=60, env={**os.environ, "CITYOPS_LANG": "en"}, check=False
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "what",
    ["state = 'unackn0wledged'", "level = 77", "raised = 'soon'", "detail = CAST(x'fffe' AS TEXT)"],
    ids=["state", "level", "type", "text"],
)
def test_a_row_that_makes_no_sense_is_said_and_not_tried_again_and_again(left: Path, what: str):
    with closing(sqlite3.connect(left / "data" / "records.db")) as records, records:
        before = records.execute("SELECT * FROM alarm").fetchall()[0]
        records.execute(f"UPDATE alarm SET {what}")
    try:
        code, said = start(left)
    finally:
        with closing(sqlite3.connect(left / "data" / "records.db")) as records, records:
            records.execute("DELETE FROM alarm")
            records.execute(f"INSERT INTO alarm VALUES ({', '.join('?' * len(before))})", before)
    assert code == Exit.STORE
    assert "the records are damaged" in said and "backup" in said and "Traceback" not in said


@pytest.mark.parametrize("name", ["token", "origin", "station.lock"])
def test_a_folder_in_the_place_of_a_file_is_said(left: Path, name: str):
    place = left / "data" / name
    kept = place.read_bytes() if place.exists() else b""
    place.unlink(missing_ok=True)
    place.mkdir()
    try:
        code, said = start(left)
    finally:
        place.rmdir()
        place.write_bytes(kept)
    assert code == Exit.STORE
    assert name in said and "Traceback" not in said


@pytest.mark.skipif(os.name != "posix", reason="modes")
def test_everything_is_private_whatever_the_umask(tmp_path: Path):
    with station(tmp_path, free_port(), before="umask 000;") as peer:
        found = {path: path.stat().st_mode & 0o077 for path in (peer.data, *peer.data.rglob("*"))}
    assert not [path for path, others in found.items() if others]


def test_recording_that_works_again_after_a_restart_ends_its_alarm(tmp_path: Path):
    """The station fell while the journal was gone; the new one records, so the alarm of the former run must not stand for ever."""
    port = free_port()
    with station(tmp_path, port) as peer:

        def recording(peer: StationPeer, state: AlarmState) -> None:
            peer.until(lambda s: [a for a in s.alarms if a.key == "station#recording" and a.state is state and a.recorded], state)

        (peer.data / "journal.db").unlink()
        recording(peer, AlarmState.UNACKNOWLEDGED)
        os.kill(peer.child(), signal.SIGKILL)
        peer.wait_ready()
        recording(peer, AlarmState.RETURNED)
        assert peer.state().station.recording
