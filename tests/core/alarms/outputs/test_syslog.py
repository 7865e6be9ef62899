"""Syslog to real receivers: the format of RFC 5424, the alarm of RFC 5674, framing, and a server that hangs up."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cityops_desktop.alarms.outputs.syslog import MOST_UDP, Syslog, line
from cityops_desktop.clock import SystemClock
from cityops_desktop.model.notify import SENT, By, Message
from cityops_desktop.room.ways import SyslogPart
from tests.peers.notifyservers import Lines, certificate, syslog

ABOUT = {"subject": 'ups"1]', "cause": "high", "state": "unacknowledged", "standing": True, "time": 1_790_000_000_123}


def told(level: int = 1, text: str = "温度过高", **about: object) -> Message:
    return Message("id", By.POST, "", "", text, level, ("0190-a",), {**ABOUT, **about})


def made(lines: Lines, transport: str, ca: Path | str = "") -> Syslog:
    options = {"id": "s", "kind": "syslog", "host": "127.0.0.1", "port": lines.port, "transport": transport, "ca": str(ca)}
    return Syslog(SyslogPart.model_validate(options), SystemClock())


def until(so: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not so():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_line_is_what_the_standards_say() -> None:
    found = line(told(), 16, "room1", 0)
    assert found == (
        f"<129>1 2026-09-21T14:13:20.123Z room1 cityops {os.getpid()} unacknowledged ".encode()
        + rb'[alarm resource="ups\"1\]" probableCause="high" perceivedSeverity="critical" eventType="environmentalAlarm" '
        + b'resourceURI="urn:uuid:0190-a"] \xef\xbb\xbf'
        + "温度过高".encode()
    )


@pytest.mark.parametrize(("level", "severity", "word"), [(1, 1, "critical"), (2, 2, "major"), (3, 3, "minor"), (4, 4, "warning")])
def test_severities_are_mapped_as_rfc_5674_says(level: int, severity: int, word: str) -> None:
    found = line(told(level), 16, "h", 0).decode()
    assert found.startswith(f"<{128 + severity}>1 ")
    assert f'perceivedSeverity="{word}"' in found
    gone = line(told(level, standing=False), 16, "h", 0).decode()
    assert gone.startswith("<133>1 ")
    assert 'perceivedSeverity="cleared"' in gone


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_lines_arrive_whole_and_in_order(tmp_path: Path, transport: str) -> None:
    ca, context = certificate(tmp_path)
    with syslog(context if transport == "tls" else None, udp=transport == "udp") as lines:
        output = made(lines, transport, ca)
        assert [output.send(told(text=f"温度 {n}\n二")) for n in range(3)] == [SENT] * 3
        until(lambda: len(lines.heard) == 3)
        output.close()
    assert [heard.decode().partition("\ufeff")[2] for heard in lines.heard] == [f"温度 {n}\n二" for n in range(3)]


def test_a_datagram_is_cut_between_signs() -> None:
    with syslog(udp=True) as lines:
        made(lines, "udp").send(told(text="温" * 2000))
        until(lambda: lines.heard)
    assert len(lines.heard[0]) <= MOST_UDP
    assert lines.heard[0].decode().endswith("温")


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_a_server_that_hung_up_is_called_again_and_nothing_is_lost(tmp_path: Path, transport: str) -> None:
    ca, context = certificate(tmp_path)
    with syslog(context if transport == "tls" else None) as lines:
        output = made(lines, transport, ca)
        assert output.send(told(text="1")) == SENT
        until(lambda: len(lines.heard) == 1)
        lines.hang_up()
        until(lambda: output._connection is not None and _gone(output))
        assert output.send(told(text="2")) == SENT
        until(lambda: len(lines.heard) == 2)
        output.close()


def _gone(output: Syslog) -> bool:
    from cityops_desktop.alarms.outputs.syslog import _is_closed

    assert output._connection is not None
    return _is_closed(output._connection)


def test_a_server_that_nobody_vouches_for_hears_nothing(tmp_path: Path) -> None:
    _, context = certificate(tmp_path)
    with syslog(context) as lines:
        assert made(lines, "tls").send(told()).why.startswith("certificate ")
        assert lines.heard == []
    assert made(lines, "tcp").send(told()).why == "refused"
