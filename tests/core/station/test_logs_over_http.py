"""A station that collects logs: who may look for lines, which lines are alarms, and what a fall of the intake or of the station costs."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pysqlite3 import dbapi2

from cityops_desktop.logs.shelf import found, path_of
from cityops_desktop.model.calendarmonths import begin_of
from cityops_desktop.station.logs import MOST_ALARMS, _forget
from cityops_desktop.store.store import RECORDS
from tests.peers.slaves import free_port
from tests.peers.station import PASSWORD, PATIENCE, Slave, StationPeer, slave, write_room

LOGS = """
logs:
  listen: ["udp 127.0.0.1:{port}"]
  rules:
    - {{id: breakin, level: major, words: "Failed password", group: security, count: 3, within: 60, hold: {hold}}}
"""


class House:
    """The station, where it takes lines in, and a session of a duty person."""

    def __init__(self, folder: Path, device: int, hold: int) -> None:
        self.port = free_port()
        self.room, self.data = write_room(folder, device), folder / "data"
        with self.room.open("a", encoding="utf-8") as file:
            file.write(LOGS.format(port=self.port, hold=hold))
        self.peer = StationPeer(self.room, self.data).wait_ready()
        self.duty = self.peer.duty()
        until(lambda: self.page()["intake"]["state"] == "running" and self.line("hello"), "the intake takes lines in")

    def line(self, text: str) -> bool:
        """Sent, and found again."""
        command = ["logger", "-n", "127.0.0.1", "-P", str(self.port), "-d", "-p", "auth.notice", "-t", "sshd", text]
        subprocess.run(command, check=True, timeout=PATIENCE)
        end = time.monotonic() + 3.0
        while time.monotonic() < end:
            if any(text in row["text"] for row in self.page()["rows"]):
                return True
            time.sleep(0.1)
        return False

    def page(self, **question: Any) -> dict[str, Any]:
        """What the duty person finds."""
        assert self.peer.client is not None
        answer = self.peer.client.get("/api/v1/logs", params=question, headers=self.peer.headers(self.duty))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def alarm(self, state: str, key: str = "log:breakin@127.0.0.1") -> Any:
        """The rule's alarm, once it is in this state."""
        seen = self.peer.until(lambda copy: [one for one in copy.alarms if one.key == key and one.state == state], f"{key} {state}")
        return next(one for one in seen.alarms if one.key == key and one.state == state)


def until(so: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not so():
        assert time.monotonic() < end, what
        time.sleep(0.1)


@pytest.fixture(scope="module")
def device() -> Iterator[Slave]:
    with slave() as found:
        yield found


@pytest.fixture
def house(tmp_path: Path, device: Slave, request: pytest.FixtureRequest) -> Iterator[House]:
    made = House(tmp_path, device.port, getattr(request, "param", 3600))
    yield made
    made.peer.stop()


@pytest.mark.parametrize("house", [2], indirect=True)
def test_lines_of_a_rule_are_an_alarm_that_returns_when_they_cease(house: House) -> None:
    for n in range(3):
        assert house.line(f"Failed password for root {n}")
    alarm = house.alarm("unacknowledged")
    assert (alarm.cause, alarm.level, "Failed password" in alarm.detail) == ("log_rule", 2, True)
    house.alarm("returned_unacknowledged")


def test_who_looks_for_lines_must_be_somebody_and_finds_words(house: House) -> None:
    assert house.line("机房漏水 row B")
    (row,) = house.page(words="漏水")["rows"]
    assert (row["group"], row["severity"], row["app"], row["source"]) == ("security", 5, "sshd", "127.0.0.1")
    assert house.page(words="水漏")["rows"] == house.page(group="network")["rows"] == house.page(severity=3)["rows"] == []
    assert house.peer.client is not None
    assert house.peer.client.get("/api/v1/logs").status_code in (401, 403)


def test_forged_senders_make_no_flood_of_alarms(house: House) -> None:
    for n in range(MOST_ALARMS + 5):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as forged:
            forged.bind((f"127.0.1.{n + 1}", 0))
            for _ in range(3):
                forged.sendto(b"<38>sshd: Failed password <b>", ("127.0.0.1", house.port))
    joined = house.alarm("unacknowledged", "log:breakin@*")
    seen = house.peer.until(lambda copy: [one for one in copy.alarms if one.key.startswith("log:breakin@")], "alarms of the rule")
    alarms = [one for one in seen.alarms if one.key.startswith("log:breakin@")]
    assert len(alarms) == MOST_ALARMS + 1
    assert joined.detail.startswith("127.0.1.") and "<" not in joined.detail


def test_a_month_that_cannot_be_read_is_named_and_the_others_are_told(house: House) -> None:
    assert house.line("hello again")
    (house.data / "logs-202001.db").write_bytes(b"no database" * 100)
    answer = house.page()
    assert answer["broken"] == [202001] and answer["rows"]


def test_a_device_that_falls_silent_is_a_line_of_our_own(tmp_path: Path) -> None:
    with slave() as own:
        house = House(tmp_path, own.port, 3600)
    try:
        until(lambda: [row for row in house.page()["rows"] if row["channel"] == "own"], "the line about it")
        (row,) = [row for row in house.page()["rows"] if row["channel"] == "own"]
        assert row["text"].endswith("does not answer") and (row["app"], row["source"]) == ("cityops", "")
    finally:
        house.peer.stop()


def test_a_clock_that_jumps_years_ahead_deletes_nothing(tmp_path: Path) -> None:
    for month in range(1, 9):
        path_of(tmp_path, 202600 + month).write_bytes(b"x")
    _forget(tmp_path, 184, begin_of(209901))
    assert found(tmp_path) == [202604, 202605, 202606, 202607, 202608]
    _forget(tmp_path, 184, begin_of(209901))
    assert len(found(tmp_path)) == 5
    _forget(tmp_path, 184, begin_of(202609))
    assert len(found(tmp_path)) == 5


def test_an_intake_that_falls_is_started_again_and_a_station_that_falls_keeps_its_alarm(house: House) -> None:
    for n in range(3):
        house.line(f"Failed password for root {n}")
    raised = house.alarm("unacknowledged").raised
    child = subprocess.run(["pgrep", "-f", "-P", str(house.peer.child()), "logs-run"], capture_output=True, text=True, check=True)
    os.kill(int(child.stdout.split()[0]), signal.SIGKILL)
    until(lambda: house.line("after the intake's fall"), "collecting goes on")
    os.kill(house.peer.child(), signal.SIGKILL)
    house.peer.wait_ready()
    until(lambda: house.line("after the station's fall"), "collecting goes on")
    assert house.alarm("unacknowledged").raised == raised
    texts = [row["text"] for row in house.page()["rows"]]
    assert any("Failed password for root 0" in text for text in texts)


def test_a_month_that_was_put_away_stands_in_the_change_log_with_its_hash(house: House, tmp_path: Path) -> None:
    assert house.line("to be kept")
    month = found(house.data)[-1]
    command = [sys.executable, "-m", "cityops_desktop", "logs", "archive", str(tmp_path), "--month", str(month), "--data", str(house.data)]
    by = ("--as", "root", "--password-stdin")
    wrong = subprocess.run([*command, *by], input="wrong\n", capture_output=True, text=True, timeout=PATIENCE)
    assert wrong.returncode != 0 and not list(tmp_path.glob("logs-*.gz*"))
    done = subprocess.run([*command, *by], input=f"{PASSWORD}\n", capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    hash = (tmp_path / f"logs-{month}.jsonl.gz.sha256").read_text().split()[0]
    with closing(dbapi2.connect(str(house.data / RECORDS))) as db:
        ((told,),) = db.execute("SELECT body FROM change WHERE kind = 'log.archived'").fetchall()
    assert json.loads(told) == {"console": "command line", "month": month, "sha256": hash}
