"""A console on another machine: a real station over TLS, and somebody else's server in its place, which must hear nothing."""

import contextlib
import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from cityops_desktop.cli.pairing import known, pair
from cityops_desktop.errors import Exit, OperatorError
from cityops_desktop.link import files, remote
from cityops_desktop.link.acts import CommandResult, Silence
from cityops_desktop.station import tls
from tests.peers.slaves import free_port
from tests.peers.station import PASSWORD, StationPeer, slave, station
from ui.feed import Trouble
from ui.link import Link
from ui.models.room import RoomModel
from ui.sound import Sound
from ui.window import Window

WAIT = 20_000


class Stranger:
    """Somebody else's TLS server; `heard` is all that anybody said to it inside TLS, `greeted` how many came so far."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        folder.mkdir(exist_ok=True)
        made = tls.make(folder, "r1", datetime.datetime.now(datetime.UTC))
        self.fingerprint = made.fingerprint
        self.pem = (made.folder / tls.CERTIFICATE).read_text()
        self.heard = b""
        self.greeted = self.called = 0
        self._context = tls.context(made)
        self._listener = socket.create_server(("127.0.0.1", port))
        self._listener.settimeout(0.1)
        self.port = int(self._listener.getsockname()[1])
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                plain, _ = self._listener.accept()
            except TimeoutError:
                continue
            self.called += 1
            plain.settimeout(2)
            with contextlib.suppress(OSError), self._context.wrap_socket(plain, server_side=True) as inside:
                self.greeted += 1
                while data := inside.recv(4096):
                    self.heard += data

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        self._listener.close()


@pytest.fixture
def stranger(tmp_path: Path) -> Iterator[Stranger]:
    server = Stranger(tmp_path / "stranger")
    yield server
    server.close()


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stations of this user stand in the test's own folder."""
    monkeypatch.setattr(remote, "stations_folder", lambda: tmp_path / "config" / "stations")


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[Window]:
    """A whole window on the station "duty", not yet looking for it."""
    model = RoomModel()
    folder = remote.station_folder("duty")
    assert folder is not None
    link = Link(folder, model)
    made = Window(model, link, Sound(model, players=()), asks=False)
    made.link, made.model = link, model  # type: ignore[attr-defined]
    made.resize(1366, 768)
    qtbot.addWidget(made)
    made.show()
    yield made
    link.stop()
    made.close()


def line_of(peer: StationPeer) -> tuple[str, str]:
    """A console's id and the line that pairs it."""
    peer.first_administrator()
    told = peer.act(peer.login("root"), {"kind": "console.pair", "name": "wall 2"})
    return str(told["data"]["console"]), str(told["data"]["line"])


def banner(window: Window) -> str:
    return window.banner.why.text()


def test_a_remote_console_shows_values_acts_and_is_cut_off_when_revoked(qtbot, tmp_path, window):
    with slave() as device, station(tmp_path, device.port, listen="127.0.0.1:0") as peer:
        console, line = line_of(peer)
        assert pair(line, "duty") == "duty"
        window.link.start()
        qtbot.waitUntil(lambda: window.model.connected, timeout=WAIT)
        qtbot.waitUntil(lambda: window.model.live["a.temp"].value == 25.0, timeout=WAIT)
        results: list[CommandResult] = []
        window.link.log_in("root", PASSWORD, results.append)
        qtbot.waitUntil(lambda: len(results) == 1, timeout=WAIT)
        assert window.link.person is not None and window.link.person.name == "root"
        device.set(10, 275)
        qtbot.waitUntil(lambda: window.model.live["a.temp"].value == 27.5, timeout=WAIT)
        window.link.command(Silence(console="wall 2"), results.append)
        qtbot.waitUntil(lambda: len(results) == 2, timeout=WAIT)
        assert results[1].outcome == "done"
        assert peer.act(peer.login("root"), {"kind": "console.revoke", "console": console})["outcome"] == "done"
        qtbot.waitUntil(lambda: window.link.feed.trouble is Trouble.WRONG_TOKEN, timeout=WAIT)
        qtbot.waitUntil(lambda: "paired anew" in banner(window), timeout=WAIT)


def test_a_strangers_certificate_is_said_loudly_and_hears_nothing(qtbot, window, stranger, tmp_path, expected_log):
    expected_log("not the pinned")
    ours = tls.make(tmp_path, "r1", datetime.datetime.now(datetime.UTC))
    folder = remote.station_folder("duty")
    remote.keep(folder, f"https://127.0.0.1:{stranger.port}", (ours.folder / tls.CERTIFICATE).read_text(), "secret-token")
    window.link.start()
    qtbot.waitUntil(lambda: window.link.feed.trouble is Trouble.WRONG_CERTIFICATE, timeout=WAIT)
    assert window.link.feed.detail == stranger.fingerprint
    qtbot.waitUntil(lambda: "ANOTHER CERTIFICATE" in banner(window), timeout=WAIT)
    assert f"https://127.0.0.1:{stranger.port}" in banner(window)
    qtbot.waitUntil(lambda: stranger.called >= 3, timeout=WAIT)
    assert stranger.heard == b""


def test_a_stranger_who_takes_the_stations_place_later_hears_nothing(qtbot, window, tmp_path, expected_log):
    expected_log("not the pinned")
    port = free_port()
    with station(tmp_path, free_port(), listen=f"127.0.0.1:{port}") as peer:
        pair(line_of(peer)[1], "duty")
        window.link.start()
        qtbot.waitUntil(lambda: window.model.connected, timeout=WAIT)
    qtbot.waitUntil(lambda: window.link.feed.trouble is Trouble.NOT_REACHED, timeout=WAIT)
    server = Stranger(tmp_path / "stranger", port)
    try:
        qtbot.waitUntil(lambda: window.link.feed.trouble is Trouble.WRONG_CERTIFICATE, timeout=WAIT)
        qtbot.waitUntil(lambda: server.called >= 2, timeout=WAIT)
        assert server.heard == b""
    finally:
        server.close()


def test_a_certificate_that_the_pinned_url_would_accept_by_name_but_that_is_not_pinned_gets_no_code(stranger, tmp_path):
    ours = tls.make(tmp_path, "r1", datetime.datetime.now(datetime.UTC))
    with pytest.raises(OperatorError) as refused:
        pair(f"cityops1 127.0.0.1:{stranger.port} {ours.fingerprint} {'A' * 26}", "duty")
    assert refused.value.exit_code is Exit.REFUSED and "ANOTHER CERTIFICATE" in str(refused.value)
    assert stranger.heard == b"" and remote.stations() == {}


def test_without_tls_in_qt_the_console_says_what_is_missing(qtbot, window, tmp_path, monkeypatch):
    from ui import pin

    monkeypatch.setattr(pin, "can_encrypt", lambda: False)
    ours = tls.make(tmp_path, "r1", datetime.datetime.now(datetime.UTC))
    remote.keep(remote.station_folder("duty"), "https://127.0.0.1:1", (ours.folder / tls.CERTIFICATE).read_text(), "t")
    window.link.start()
    qtbot.waitUntil(lambda: window.link.feed.trouble is Trouble.NO_TLS, timeout=WAIT)
    qtbot.waitUntil(lambda: "OpenSSL" in banner(window), timeout=WAIT)


def test_a_record_that_asks_for_plain_http_is_not_followed(qtbot, window, tmp_path):
    ours = tls.make(tmp_path, "r1", datetime.datetime.now(datetime.UTC))
    with socket.create_server(("127.0.0.1", 0)) as plain:
        plain.settimeout(0.5)
        url = f"http://127.0.0.1:{plain.getsockname()[1]}"
        remote.keep(remote.station_folder("duty"), url, (ours.folder / tls.CERTIFICATE).read_text(), "t")
        window.link.start()
        qtbot.waitUntil(lambda: window.link.feed.trouble is Trouble.NO_STATION, timeout=WAIT)
        with pytest.raises(TimeoutError):
            plain.accept()


def test_the_record_is_private_and_known_by_its_name(tmp_path):
    ours = tls.make(tmp_path, "r1", datetime.datetime.now(datetime.UTC))
    pem = (ours.folder / tls.CERTIFICATE).read_text()
    for name in ("北京", "duty"):
        remote.keep(remote.station_folder(name), "https://10.0.0.5:18622", pem, "secret-token")
    assert list(remote.stations()) == ["duty", "北京"]
    address = remote.stations()["duty"]
    assert (address.url, address.token, address.fingerprint) == ("https://10.0.0.5:18622", "secret-token", ours.fingerprint)
    assert "secret-token" not in repr(address)
    file = remote.station_folder("duty") / files.REMOTE
    assert file.stat().st_mode & 0o777 == 0o600 and file.parent.stat().st_mode & 0o777 == 0o700
    known("duty")
    for name in ("other", "../duty", ""):
        with pytest.raises(OperatorError):
            known(name)


def test_the_cli_client_speaks_only_to_the_pinned_certificate(stranger, tmp_path):
    from cityops_desktop.cli.client import ask, connect

    ours = tls.make(tmp_path, "r1", datetime.datetime.now(datetime.UTC))
    folder = remote.station_folder("duty")
    remote.keep(folder, f"https://127.0.0.1:{stranger.port}", (ours.folder / tls.CERTIFICATE).read_text(), "secret-token")
    with connect(folder) as client, pytest.raises(OperatorError):
        ask(client, "GET", "/api/v1/state")
    assert stranger.heard == b""
    remote.keep(folder, f"https://127.0.0.1:{stranger.port}", stranger.pem, "secret-token")
    with connect(folder) as client, contextlib.suppress(OperatorError, ssl.SSLError):
        ask(client, "GET", "/api/v1/state")
    assert b"secret-token" in stranger.heard, "the stranger hears what is meant for it"
