"""`wire frames` of a running station and `wire replay` of what it printed, as a user types them."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from pymodbus.client import ModbusTcpClient

from cityops_desktop.errors import Exit
from tests.core.cli.test_commands import cityops
from tests.peers import warm
from tests.peers.station import slave, station


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The frames of a station in each form, while the device says 25.0 degrees."""
    folder = tmp_path_factory.mktemp("wire")
    with slave() as unit, station(folder, unit.port) as peer:
        peer.until(lambda state: all(one.value is not None for one in state.live), "the values")
        told = {form: cityops("wire", "frames", "--data", peer.data, "--bus", "tcp", "--format", form) for form in ("text", "csv", "json")}
        assert {one.returncode for one in told.values()} == {0}, told
        refused = cityops("wire", "frames", "--data", peer.data, "--bus", "nobody", cold=True)
        assert (refused.returncode, "the room has no line nobody" in refused.stderr) == (Exit.REFUSED, True)
        return {form: one.stdout for form, one in told.items()}


def test_frames(printed: dict[str, str]):
    assert "read holding registers 10" in printed["text"] and "reply, 1 registers" in printed["text"]
    assert printed["csv"].startswith("time,direction,unit,device,")
    frames = [json.loads(line) for line in printed["json"].splitlines()]
    assert {frame["role"] for frame in frames} == {"request", "reply"} and {frame["device"] for frame in frames} == {"a"}


@pytest.mark.parametrize("form", ["csv", "json"])
def test_replay(printed: dict[str, str], form: str, tmp_path: Path):
    file = tmp_path / "frames"
    file.write_text(printed[form], "utf-8")
    command = [warm.python(), "-m", "cityops_desktop", "wire", "replay", str(file), "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "CITYOPS_LANG": "en"})
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert "listening on 127.0.0.1:" in line
        with ModbusTcpClient("127.0.0.1", port=int(line.rpartition(":")[2])) as client:
            answer = client.read_holding_registers(10, count=1, device_id=1)
            assert answer.registers == [250]
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_what_cannot_be_replayed(tmp_path: Path):
    (tmp_path / "empty.csv").write_text("time,direction,role,hex\n", "utf-8")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", "utf-8")
    for name, words in (("empty.csv", "no question with an answer"), ("other.csv", "no file of frames"), ("none.csv", "cannot be read")):
        told = cityops("wire", "replay", tmp_path / name)
        assert told.returncode == Exit.USAGE and words in told.stderr, told.stderr
