"""`sim fault` and `sim story` against a running simulator: what they print, and what they say when something is not there."""

import contextlib
import json
import socket
import threading
import time

import pytest

from cityops_desktop.cli import sim
from cityops_desktop.errors import Exit, OperatorError
from cityops_desktop.paths import ROOMS
from tests.core.cli.test_commands import cityops
from tests.peers.sim import SimPeer


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    with SimPeer(ROOMS / "demo.yaml", folder / "sim"):
        yield folder


def active(data):
    done = cityops("sim", "fault", "list", "--data", data, "--json", cold=True)
    assert done.returncode == Exit.OK, done.stderr
    return json.loads(done.stdout)


def test_faults_start_are_listed_and_stop(data):
    assert cityops("sim", "fault", "start", "mains_loss", "--data", data).returncode == Exit.OK
    done = cityops("sim", "fault", "start", "hot_spot", "B07", "--amount", 12, "--data", data)
    assert done.returncode == Exit.OK and "DEMO" in done.stdout
    listed = active(data)
    told = [(each["kind"], each["subject"], each["amount"]) for each in listed["active"]]
    assert told == [("mains_loss", "", 0.0), ("hot_spot", "B07", 12.0)]
    assert {"mains_loss", "bus_unplugged", "gas_loss"} <= {each["kind"] for each in listed["kinds"]}
    said = cityops("sim", "fault", "list", "--data", data).stdout
    assert "active: hot_spot B07" in said and "crac1, crac2" in said and "Hot spot" in said
    assert cityops("sim", "fault", "stop", "hot_spot", "B07", "--data", data).returncode == Exit.OK
    assert [each["kind"] for each in active(data)["active"]] == ["mains_loss"]
    assert cityops("sim", "fault", "stop", "--all", "--data", data).returncode == Exit.OK
    assert active(data)["active"] == []


def test_the_story_is_switched_off_and_on(data):
    for word, on in (("off", False), ("on", True)):
        assert cityops("sim", "story", word, "--data", data).returncode == Exit.OK
        assert active(data)["story"] is on


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("start", "mains_los"), "mains_loss"),
        (("start", "air_conditioner_fails"), "crac1, crac2, crac3, crac4"),
        (("start", "air_conditioner_fails", "crac9"), "crac1, crac2, crac3, crac4"),
        (("start", "hot_spot", "A01", "--amount", "99"), "1 to 30"),
        (("stop",), "--all"),
        (("stop", "hot_spot", "--all"), "--all"),
        (("stop", "nothing"), "mains_loss"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(data, arguments, said):
    done = cityops("sim", "fault", *arguments, "--data", data)
    assert done.returncode == Exit.USAGE and said in done.stderr and "Traceback" not in done.stderr
    assert active(data)["active"] == []


def drops(caller):
    while True:
        caller.sendall(b"x")
        time.sleep(0.01)


def a_flood(caller):
    while True:
        caller.sendall(b"x" * 100_000)


@pytest.mark.parametrize(
    "says",
    [
        b"[]\n",
        b"null\n",
        b"[" * 100_000 + b"\n",
        b'{"ok": true}\n',
        b'{"ok": true, "kinds": [5], "active": {}}\n',
        b'{"ok": false, "problem": 5}\n',
        b'{"ok": false, "error": "", "problem": {"what": "{a.b}", "do": "{0}", "params": {}}}\n',
        b"\xff\xfe\n",
        b"half a line",
        drops,
        a_flood,
    ],
)
def test_whoever_else_listens_at_that_port_is_no_simulator(tmp_path, monkeypatch, says):
    monkeypatch.setattr(sim, "SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as stranger:

        def serve() -> None:
            caller, _ = stranger.accept()
            with caller, contextlib.suppress(OSError):
                caller.recv(65536)
                caller.sendall(says) if isinstance(says, bytes) else says(caller)

        thread = threading.Thread(target=serve)
        thread.start()
        (tmp_path / "sim").mkdir()
        (tmp_path / "sim" / "control.json").write_text(json.dumps({"port": stranger.getsockname()[1], "token": "t"}))
        with pytest.raises(OperatorError, match="no demo is running"):
            sim._ask(tmp_path, {"fault": "kinds"}, sim._Kinds)
        thread.join(30)
        assert not thread.is_alive()


def test_without_a_demo_it_says_how_to_start_one(tmp_path):
    done = cityops("sim", "fault", "list", "--data", tmp_path)
    assert done.returncode == Exit.NO_STATION and "cityops-desktop demo" in done.stderr
