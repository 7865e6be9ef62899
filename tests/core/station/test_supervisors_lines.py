"""The station proper at its standard input: what is no line of the supervisor, such as one typed at a terminal, ends nothing."""

import json
import subprocess
import sys
import time

import httpx
import pytest

from tests.peers.station import PATIENCE, write_room

NONSENSE = ["{", "5", "null", "[]", '{"frozen": 5}', '{"frozen": null}', '{"frozen": [["a", "b"]]}', "[" * 100_000, "\x00", "x" * 300_000]


@pytest.fixture
def station(tmp_path):
    command = [sys.executable, "-m", "cityops_desktop", "station-run", "--room", write_room(tmp_path, 1), "--data", tmp_path / "data"]
    process = subprocess.Popen([*map(str, command)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    (tmp_path / "data").mkdir(exist_ok=True)
    yield process
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        stream.close()


def test_only_a_line_of_the_supervisor_is_heard(station, tmp_path):
    assert json.loads(station.stdout.readline()) == {"event": "wires"}, "before it speaks on them"
    ready = json.loads(station.stdout.readline())
    for line in [*NONSENSE, json.dumps({"frozen": {"c/wall": "Hall"}})]:
        station.stdin.write(line + "\n")
        station.stdin.flush()
    token = (tmp_path / "data" / "token").read_text().strip()
    end = time.monotonic() + PATIENCE
    with httpx.Client(base_url=ready["url"], headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=30) as client:
        while not (found := [a for a in client.get("/api/v1/state").json()["alarms"] if a["cause"] == "console_frozen"]):
            assert time.monotonic() < end and station.poll() is None
            time.sleep(0.02)
    assert [alarm["key"] for alarm in found] == ["station#console:c/wall"]
    station.stdin.close()
    station.stdout.read()
    assert station.wait(PATIENCE) == 0
