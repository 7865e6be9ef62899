"""The command line of remote consoles: the certificate, the address, pairing, opening; each mistake with its cure."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from cityops_desktop.errors import Exit
from tests.peers import warm
from tests.peers.slaves import free_port
from tests.peers.station import slave, station, write_room


@pytest.fixture
def cityops(tmp_path: Path):
    """Run a command to its end, with a home of its own."""

    def run(*arguments: object, said: str = "") -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
        environment |= {"CITYOPS_LANG": "en", "XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_DATA_HOME": str(tmp_path / "share")}
        command = [warm.python(), "-m", "cityops_desktop", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, env=environment, input=said, timeout=90, check=False)

    return run


def test_the_certificate_is_told_and_renewed(tmp_path, cityops):
    missing = cityops("station", "certificate", "--data", tmp_path / "data")
    assert missing.returncode == Exit.CONFIGURATION and "--listen" in missing.stderr
    with station(tmp_path, free_port(), listen="127.0.0.1:0") as peer:
        told = cityops("station", "certificate", "--data", peer.data)
        assert (told.returncode, told.stdout.strip()) == (Exit.OK, peer.fingerprint)
    renewed = cityops("station", "certificate", "--renew", "--data", peer.data)
    assert renewed.returncode == Exit.OK and "paired anew" in renewed.stdout and peer.fingerprint not in renewed.stdout
    now = json.loads(cityops("station", "certificate", "--json", "--data", peer.data).stdout)
    assert now["fingerprint"] in renewed.stdout and now["name"] == "r1"
    (peer.data / "tls" / "cert.pem").write_text("nothing")
    assert cityops("station", "certificate", "--data", peer.data).returncode == Exit.STORE


@pytest.mark.parametrize("place", ["18622", "10.0.0.5", "name:18622", "10.0.0.5:70000", "10.0.0.5:x", ":18622"])
def test_an_address_that_is_none(tmp_path, cityops, place):
    done = cityops("station", "--room", write_room(tmp_path, 1), "--data", tmp_path / "data", "--listen", place)
    assert done.returncode == Exit.USAGE and "0.0.0.0:18622" in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_station_that_let_others_in_before_does_not_wait_for_the_networks_address(tmp_path):
    with station(tmp_path, free_port(), listen="127.0.0.1:0"):
        pass
    with station(tmp_path, free_port(), listen="192.0.2.1:18622") as peer:
        assert peer.remote == "192.0.2.1:18622"


def test_an_address_of_another_machine_and_a_station_without_a_room(tmp_path, cityops):
    done = cityops("station", "--room", write_room(tmp_path, 1), "--data", tmp_path / "data", "--port", 0, "--listen", "192.0.2.1:18622")
    assert done.returncode == Exit.IN_USE and "192.0.2.1:18622" in done.stderr
    assert cityops("station").returncode == Exit.USAGE


def test_pairing_asks_keeps_and_opens(tmp_path, cityops, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert cityops("console", "--stations").stdout == ""
    for wrong in ("nonsense", "cityops1 a:1 b c"):
        done = cityops("console", "--pair", wrong)
        assert done.returncode == Exit.USAGE and "HOST:PORT" in done.stderr
    unknown = cityops("console", "--station", "hall-1")
    assert unknown.returncode == Exit.NO_STATION and "--pair" in unknown.stderr
    with slave() as device, station(tmp_path, device.port, listen="127.0.0.1:0") as peer:
        peer.first_administrator()
        admin = peer.login("root")
        line = peer.act(admin, {"kind": "console.pair", "name": "hall"})["data"]["line"]
        done = cityops("console", "--pair", "-", "--station", "hall-1", said=f"{line}\n")
        assert done.returncode == Exit.OK and "console --station hall-1" in done.stdout, done.stderr
        again = cityops("console", "--pair", line)
        assert again.returncode == Exit.REFUSED and "new line" in again.stderr
        assert cityops("console", "--stations").stdout == f"hall-1\thttps://{peer.remote}\t{peer.fingerprint}\n"
        picture = tmp_path / "console.png"
        opened = cityops("console", "--station", "hall-1", "--screenshot", picture)
        assert opened.returncode == Exit.OK, opened.stderr
        assert picture.stat().st_size > 5000
    gone = cityops("console", "--pair", line)
    assert gone.returncode == Exit.NO_STATION and "--listen" in gone.stderr
