"""The intake as a process, fed by other programs: logger (util-linux), snmptrap (Net-SNMP), openssl. And by nobody who means well."""

import json
import os
import queue
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cityops_desktop.logs import shelf
from cityops_desktop.model.calendarmonths import LATEST, month_of
from cityops_desktop.model.loglines import Channel, LogLine, Severity
from tests.peers import warm
from tests.peers.slaves import free_port

PATIENCE = 30.0


class Peer:
    """A running intake."""

    def __init__(self, data: Path, told: dict[str, Any]) -> None:
        self.data = data
        command = [warm.python(), "-m", "cityops_desktop", "logs-run"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.events: queue.Queue[dict[str, Any]] = queue.Queue()
        self.told: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.events.put(json.loads(line))

    def event(self, kind: str, fits: Callable[[dict[str, Any]], bool] = lambda _: True) -> dict[str, Any]:
        """The next event of this kind that fits."""
        while True:
            found = self.events.get(timeout=PATIENCE)
            self.told.append(found)
            if found["event"] == kind and fits(found):
                return found

    def kept(self, n: int) -> list[LogLine]:
        """All lines, once there are so many."""
        end = time.monotonic() + PATIENCE
        while len(found := [one.line for one in shelf.every(self.data, 0, LATEST)]) < n:
            assert time.monotonic() < end, found
            time.sleep(0.05)
        return found

    def stop(self) -> None:
        """In order."""
        assert self.process.stdin is not None and self.process.stdout is not None
        if not self.process.stdin.closed:
            self.process.stdin.close()
        self.process.wait(PATIENCE)
        self._reader.join()
        self.process.stdout.close()


@contextmanager
def intake(data: Path, channel: str, port: int, **more: Any) -> Iterator[Peer]:
    """Listens at one place."""
    listen = [{"channel": channel, "host": "127.0.0.1", "port": port}]
    told = {"data": str(data), "listen": listen, "rules": [], "allow": [], "lines": 1000, "burst": 1000, "whole": 10_000}
    peer = Peer(data, {**told, "certificate": "", "key": "", **more})
    try:
        peer.event("ready")
        yield peer
    finally:
        peer.stop()


def rule(**more: Any) -> dict[str, Any]:
    made = {"id": "leak", "level": 1, "words": "漏水", "severity": 7, "cls": None, "source": "", "count": 1, "within": 60, "hold": 1}
    return {**made, **more}


def run(*command: str, typed: str = "") -> None:
    subprocess.run(command, input=typed, text=True, check=True, timeout=PATIENCE, capture_output=True)


@pytest.mark.parametrize(("way", "flag"), [("udp", "-d"), ("tcp", "-T")])
def test_what_logger_sends_is_kept(tmp_path: Path, way: str, flag: str) -> None:
    port = free_port()
    with intake(tmp_path, way, port) as peer:
        run("logger", "-n", "127.0.0.1", "-P", str(port), flag, "-p", "auth.err", "-t", "guard", "机房漏水 at rack 3")
        (line,) = peer.kept(1)
    assert (line.channel, line.facility, line.severity, line.app) == (Channel(way), 4, Severity.ERROR, "guard")
    assert line.text.endswith("机房漏水 at rack 3")
    assert line.told is not None and abs(line.told - line.time) < 3_600_000


def test_what_comes_over_tls_is_kept(tmp_path: Path) -> None:
    key, certificate, port = tmp_path / "key.pem", tmp_path / "cert.pem", free_port()
    subject = ("-subj", "/CN=station", "-days", "1", "-nodes")
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-keyout", str(key), "-out", str(certificate), *subject)
    with intake(tmp_path, "tls", port, certificate=str(certificate), key=str(key)) as peer:
        with socket.create_connection(("127.0.0.1", port)) as plain:
            plain.sendall(b"<13>in the clear\n")
        run("openssl", "s_client", "-quiet", "-no_ign_eof", "-connect", f"127.0.0.1:{port}", typed="<13>one\n<13>two\n")
        lines = peer.kept(2)
    assert [line.text for line in lines] == ["one", "two"]


@pytest.mark.parametrize("version", ["1", "2c"])
def test_a_trap_is_a_line_in_words(tmp_path: Path, version: str) -> None:
    port = free_port()
    what = ["1.3.6.1.4.1.318", "10.0.0.9", "6", "5", "42"] if version == "1" else ["42", "1.3.6.1.4.1.318.0.5"]
    with intake(tmp_path, "trap", port) as peer:
        run("snmptrap", "-v", version, "-c", "public", f"127.0.0.1:{port}", *what, "1.3.6.1.4.1.318.2.3.3", "s", "UPS on battery")
        (line,) = peer.kept(1)
    assert line.channel is Channel.TRAP
    assert "1.3.6.1.4.1.318" in line.text and line.text.endswith("1.3.6.1.4.1.318.2.3.3=UPS on battery")


def test_a_rule_comes_goes_and_comes_again(tmp_path: Path) -> None:
    port = free_port()
    with intake(tmp_path, "udp", port, rules=[rule()]) as peer:
        for _ in range(2):
            run("logger", "-n", "127.0.0.1", "-P", str(port), "-d", "-t", "leak", "漏水")
            came = peer.event("rule")
            assert (came["rule"], came["source"], came["present"]) == ("leak", "127.0.0.1", True)
            assert "漏水" in came["text"]
            assert peer.event("rule")["present"] is False


def test_who_is_not_allowed_is_counted_and_not_kept(tmp_path: Path) -> None:
    port = free_port()
    with intake(tmp_path, "udp", port, allow=["10.0.0.0/8"]) as peer:
        run("logger", "-n", "127.0.0.1", "-P", str(port), "-d", "x")
        assert peer.event("beat", lambda beat: beat["refused"] == 1)["kept"] == 0
    assert shelf.found(tmp_path) == []


def test_too_much_of_one_source_is_dropped_counted_and_said(tmp_path: Path) -> None:
    port = free_port()
    with intake(tmp_path, "tcp", port, lines=1, burst=50) as peer:
        with socket.create_connection(("127.0.0.1", port)) as flood:
            flood.sendall(b"<13>x\n" * 500)
        lines = peer.kept(51)
        dropped = peer.event("beat", lambda beat: beat["dropped"] > 0)["dropped"]
    (own,) = [line for line in lines if line.channel is Channel.OWN]
    assert own.text.startswith(f"{dropped} lines of 127.0.0.1")
    assert len(lines) - 1 + dropped == 500


def test_garbage_and_broken_connections_stop_nothing(tmp_path: Path) -> None:
    port = free_port()
    with intake(tmp_path, "tcp", port) as peer:
        for data in (os.urandom(5000), b"9999999 <13>never", b"<13>no end", b""):
            with socket.create_connection(("127.0.0.1", port)) as one:
                one.sendall(data)
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        with socket.create_connection(("127.0.0.1", port)) as one:
            one.sendall(b"<13>still here\n")
        end = time.monotonic() + PATIENCE
        while "still here" not in [line.text for line in peer.kept(1)]:
            assert time.monotonic() < end
            time.sleep(0.05)


def test_a_place_that_is_taken_stops_no_other_and_is_named_and_had_later(tmp_path: Path) -> None:
    port, other = free_port(), free_port()
    taken = socket.create_server(("127.0.0.1", other))
    places = [{"channel": "tcp", "host": "127.0.0.1", "port": other}, {"channel": "udp", "host": "127.0.0.1", "port": port}]
    places.append({"channel": "tls", "host": "127.0.0.1", "port": free_port()})
    with taken, intake(tmp_path, "udp", port, listen=places) as peer:
        run("logger", "-n", "127.0.0.1", "-P", str(port), "-d", "heard")
        peer.kept(1)
        trouble = peer.event("beat")["trouble"]
        assert f"tcp 127.0.0.1:{other}: Address already in use" in trouble and "tls 127.0.0.1" in trouble and "udp" not in trouble
        taken.close()
        peer.event("beat", lambda beat: "tcp" not in beat["trouble"])
        socket.create_connection(("127.0.0.1", other)).close()


def test_a_rule_that_would_search_for_ever_is_named_and_lines_go_on(tmp_path: Path) -> None:
    port = free_port()
    with intake(tmp_path, "udp", port, rules=[rule(words="(a+)+$", id="slow"), rule()]) as peer:
        run("logger", "-n", "127.0.0.1", "-P", str(port), "-d", "a" * 60 + "! 漏水")
        assert peer.event("rule")["rule"] == "leak"
        peer.event("beat", lambda beat: beat["trouble"] == "rule slow: too slow")
        assert any(line.channel is Channel.OWN and "rule slow" in line.text for line in peer.kept(2))


def test_a_line_of_the_station_is_kept_as_its_own(tmp_path: Path) -> None:
    with intake(tmp_path, "udp", free_port()) as peer:
        assert peer.process.stdin is not None
        peer.process.stdin.write(json.dumps({"severity": 3, "app": "cityops", "text": "PDU A lost\u202e"}) + "\n")
        peer.process.stdin.flush()
        (line,) = peer.kept(1)
    assert (line.channel, line.severity, line.app, line.text) == (
        Channel.OWN,
        Severity.ERROR,
        "cityops",
        "PDU A lost\N{WHITE SQUARE}",
    )


def test_a_trap_made_to_hurt_is_a_line_of_bounded_length(tmp_path: Path) -> None:
    port = free_port()
    with intake(tmp_path, "trap", port) as peer:
        text = "x\u202e" + "y" * 20_000
        run("snmptrap", "-v", "2c", "-c", "p", f"127.0.0.1:{port}", "1", "1.3.6.1.4.1.318.0.5", "1.3.6.1.4.1.318.2.3.3", "s", text)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rough:
            rough.sendto(os.urandom(900), ("127.0.0.1", port))
        lines = peer.kept(2)
    assert max(len(line.text) for line in lines) == 8192 and "\u202e" not in lines[0].text
    assert lines[1].text.startswith("unreadable: ")


def test_a_kill_costs_no_line_that_was_on_the_disk_and_the_file_stays_sound(tmp_path: Path) -> None:
    for _ in range(3):
        port = free_port()
        with intake(tmp_path, "tcp", port) as peer, socket.create_connection(("127.0.0.1", port)) as flood:
            flood.sendall(b"<13>kill\n" * 300)
            before = len(peer.kept(1))
            os.kill(peer.process.pid, signal.SIGKILL)
        assert len(list(shelf.every(tmp_path, 0, LATEST))) >= before
        for month in shelf.found(tmp_path):
            assert shelf.verify(shelf.path_of(tmp_path, month)) == []


def test_a_disk_that_fails_is_told_and_nothing_is_forgotten_meanwhile(tmp_path: Path) -> None:
    port = free_port()
    path = shelf.path_of(tmp_path, month_of(time.time_ns() // 1_000_000))
    path.mkdir()  # nobody can open a folder as a file, not even root
    with intake(tmp_path, "udp", port) as peer:
        run("logger", "-n", "127.0.0.1", "-P", str(port), "-d", "kept in mind")
        assert peer.event("beat", lambda beat: bool(beat["trouble"]))["waiting"] == 1
        path.rmdir()
    assert [one.line.text.endswith("kept in mind") for one in shelf.every(tmp_path, 0, LATEST)] == [True]
